"""ONNX models through ONNX Runtime, on the CPU."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any, Protocol

import numpy as np

from edge_app.core.errors import ConfigError, PackError, RuntimeUnavailableError
from edge_app.core.image import Picture
from edge_app.core.manifest import ModelFile
from edge_app.core.runtime import RuntimeInfo, check_picture, check_result
from edge_app.core.vector import NO_STYLE, Vector, check_style, style_shape


class _Session(Protocol):
    """What is used of the library's InferenceSession."""

    def get_inputs(self) -> Sequence[Any]: ...
    def get_outputs(self) -> Sequence[Any]: ...
    def run(self, output_names: None, input_feed: Mapping[str, Picture]) -> Sequence[Any]: ...


Builder = Callable[[bytes, int], tuple[_Session, str]]
"""(model file, threads) -> session and the library's version; tests give their own."""


class OnnxRuntime:
    """See `Runtime`; made by `load`."""

    def __init__(self, model: ModelFile, session: _Session, info: RuntimeInfo) -> None:
        self.model = model
        self.info = info
        self._session: _Session | None = session
        self._inputs: list[str] = [each.name for each in session.get_inputs()]

    def run(self, picture: Picture, style: Vector = NO_STYLE) -> Picture:
        """See `Runtime`."""
        if self._session is None:
            raise RuntimeUnavailableError(f"{self.model.path}: the runtime was closed")
        check_picture(self.model, picture)
        check_style(self.model, style)
        channels_first = self.model.layout == "NCHW"
        batch = (picture.transpose(2, 0, 1) if channels_first else picture)[np.newaxis]
        try:
            given = (np.ascontiguousarray(batch), style.reshape(style_shape(self.model)))
            # A model of one style has one input.
            (result,) = self._session.run(None, dict(zip(self._inputs, given)))
        except Exception as error:  # the library's own classes derive from nothing narrower
            raise RuntimeUnavailableError(
                f"{self.model.path}: ONNX Runtime failed: {error}"
            ) from error
        stylized = result[0].transpose(1, 2, 0) if channels_first else result[0]
        check_result(self.model, picture, stylized)
        return np.array(stylized, dtype=np.float32, order="C")

    def close(self) -> None:
        """See `Runtime`."""
        self._session = None


def load(
    model: ModelFile,
    content: bytes,
    *,
    threads: int,
    accelerator: str = "auto",
    builder: Builder | None = None,
) -> OnnxRuntime:
    """Load an ONNX model from its bytes.

    Args:
        model: what the manifest says of it.
        content: the file's bytes.
        threads: 1 or more.
        accelerator: 'auto' or 'none', which are the same here.
        builder: makes the session; the installed library's if not given.

    Raises:
        ConfigError: an accelerator of another name.
        PackError: not an ONNX model, or not of the manifest's size, type and layout.
        RuntimeUnavailableError: ONNX Runtime is not installed.
    """
    if accelerator not in {"auto", "none"}:
        raise ConfigError(f"accelerator: ONNX Runtime here has auto and none, not {accelerator}")
    build = _library_builder() if builder is None else builder
    try:
        session, version = build(content, threads)
    except Exception as error:  # the library's own classes derive from nothing narrower
        raise PackError(f"{model.path}: ONNX Runtime cannot load it: {error}") from error
    _check_ends(model, session)
    info = RuntimeInfo(backend="onnx", version=version, threads=threads, accelerator="none")
    return OnnxRuntime(model, session, info)


def _library_builder() -> Builder:
    try:
        library: Any = import_module("onnxruntime")
    except ImportError as error:
        raise RuntimeUnavailableError(
            f"ONNX models need ONNX Runtime; pip install onnxruntime ({error})"
        ) from error

    def build(content: bytes, threads: int) -> tuple[_Session, str]:
        options = library.SessionOptions()
        options.intra_op_num_threads = threads
        session = library.InferenceSession(
            content, sess_options=options, providers=["CPUExecutionProvider"]
        )
        return session, library.__version__

    return build


def _check_ends(model: ModelFile, session: _Session) -> None:
    """The model must be what the manifest says, or pictures come out wrong without an error."""
    if model.layout == "image" or model.dtype != "float32" or model.value_range != (0.0, 1.0):
        raise PackError(
            f"{model.path}: ONNX Runtime runs float32 NCHW or NHWC models with values in [0, 1]; "
            f"the manifest says {model.dtype} {model.layout} in {list(model.value_range)}"
        )
    height, width = model.size or (None, None)
    picture = (1, 3, height, width) if model.layout == "NCHW" else (1, height, width, 3)
    inputs = [picture, style_shape(model)] if model.style_length else [picture]
    for end, tensors, shapes in (
        ("input", session.get_inputs(), inputs),
        ("output", session.get_outputs(), [picture]),
    ):
        fits = len(tensors) == len(shapes) and all(map(_fits, shapes, tensors))
        if not fits:
            listed = "; ".join(f"{tensor.type} {tensor.shape}" for tensor in tensors)
            style = f" and a style of {model.style_length} numbers" if len(shapes) > 1 else ""
            raise PackError(
                f"{model.path}: by the manifest its {end} is float32 {model.layout} with "
                f"{model.size_text}{style}, the file has {listed}"
            )


def _fits(expected: Sequence[int | None], tensor: Any) -> bool:  # noqa: ANN401 - onnxruntime's
    shape = tensor.shape
    return (
        tensor.type == "tensor(float)"
        and len(shape) == len(expected)
        and all(map(_side_fits, expected, shape))
    )


def _side_fits(expected: int | None, found: object) -> bool:
    # Where the file leaves a side open it has a name or nothing there. What must be free must be
    # open; what is fixed may be.
    return not isinstance(found, int) or found == expected
