"""Core ML packages through coremltools, on macOS: 8-bit pictures at both ends.

coremltools predicts on macOS only, and nobody has yet run this there: the tests run it against a
stand-in of the library that evaluates the real package number by number.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module, metadata
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from PIL import Image

from edge_app.core.errors import ConfigError, PackError, RuntimeUnavailableError
from edge_app.core.image import Picture, to_float, to_uint8
from edge_app.core.manifest import ModelFile
from edge_app.core.runtime import RuntimeInfo, check_picture, check_result
from edge_app.core.vector import NO_STYLE, Vector, check_style, style_shape

UNITS = {"auto": "ALL", "none": "CPU_ONLY", "gpu": "CPU_AND_GPU", "npu": "CPU_AND_NE"}
"""Our name of an accelerator -> what Core ML may use, as coremltools.ComputeUnit names it."""


class _Model(Protocol):
    """What is used of coremltools' MLModel."""

    def get_spec(self) -> Any: ...  # noqa: ANN401 - a protobuf message
    def predict(self, data: Mapping[str, Any]) -> Mapping[str, Image.Image]: ...


class CoreMLRuntime:
    """See `Runtime`; made by `load`. What goes in and comes out is rounded to steps of 1/255."""

    def __init__(
        self, model: ModelFile, package: _Model, info: RuntimeInfo, ends: tuple[list[str], str]
    ) -> None:
        self.model = model
        self.info = info
        self._package: _Model | None = package
        self._inputs, self._output = ends

    def run(self, picture: Picture, style: Vector = NO_STYLE) -> Picture:
        """See `Runtime`."""
        if self._package is None:
            raise RuntimeUnavailableError(f"{self.model.path}: the runtime was closed")
        check_picture(self.model, picture)
        check_style(self.model, style)
        given = (Image.fromarray(to_uint8(picture)), style.reshape(style_shape(self.model)))
        try:
            # A model of one style has one input.
            made = self._package.predict(dict(zip(self._inputs, given)))[self._output]
        except Exception as error:  # the library's own classes derive from nothing narrower
            raise RuntimeUnavailableError(f"{self.model.path}: Core ML failed: {error}") from error
        # Core ML gives BGRA, of which coremltools makes RGBA.
        stylized = to_float(np.asarray(made.convert("RGB")))
        check_result(self.model, picture, stylized)
        return stylized

    def close(self) -> None:
        """See `Runtime`."""
        self._package = None


def load(
    model: ModelFile,
    content: Path,
    *,
    threads: int,  # noqa: ARG001 - part of what every `load` takes
    accelerator: str = "auto",
) -> CoreMLRuntime:
    """Load a Core ML package.

    Args:
        model: what the manifest says of it.
        content: the .mlpackage; Core ML compiles it elsewhere, so it may be gone afterwards.
        threads: not used, Core ML decides.
        accelerator: 'auto' (whatever Core ML thinks best), 'none' (the CPU), 'gpu' or 'npu' (these
            or the CPU, operator by operator: Core ML does not tell, so `info` says 'unknown').

    Raises:
        ConfigError: an accelerator of another name.
        PackError: not a package, or not of the manifest's size and type.
        RuntimeUnavailableError: coremltools is not installed, or cannot predict here.
    """
    if accelerator not in UNITS:
        names = ", ".join(UNITS)
        raise ConfigError(f"accelerator: Core ML here has {names}, not {accelerator}")
    if (model.layout, model.dtype, model.value_range) != ("image", "uint8", (0.0, 255.0)):
        raise PackError(
            f"{model.path}: Core ML runs models on images, uint8 in [0, 255]; the manifest says "
            f"{model.dtype} {model.layout} in {list(model.value_range)}"
        )
    try:
        library: Any = import_module("coremltools")
    except ImportError as error:
        raise RuntimeUnavailableError(
            f"Core ML models need coremltools; pip install coremltools ({error})"
        ) from error
    try:
        units = getattr(library.ComputeUnit, UNITS[accelerator])
        package: _Model = library.models.MLModel(str(content), compute_units=units)
    except Exception as error:  # the library's own classes derive from nothing narrower
        raise PackError(f"{model.path}: Core ML cannot load it: {error}") from error
    ends = _ends(model, package)
    info = RuntimeInfo(
        backend="coreml",
        version=metadata.version("coremltools"),
        threads=0,
        accelerator="none" if accelerator == "none" else "unknown",
        note="" if accelerator == "none" else "Core ML does not tell what ran the model",
    )
    return CoreMLRuntime(model, package, info, ends)


def _ends(model: ModelFile, package: _Model) -> tuple[list[str], str]:
    """The names of inputs and output: one image each, of the manifest's size, and the style."""
    description = package.get_spec().description
    inputs = ["imageType", "multiArrayType"] if model.style_length else ["imageType"]
    for end, features, expected in (
        ("input", description.input, inputs),
        ("output", description.output, ["imageType"]),
    ):
        kinds = [feature.type.WhichOneof("Type") for feature in features]
        if kinds != expected:
            raise PackError(
                f"{model.path}: by the manifest its {end} is {_named(expected)}, the package has "
                f"{', '.join(kinds) or 'none'}"
            )
    if model.style_length:
        shape = tuple(int(side) for side in description.input[1].type.multiArrayType.shape)
        if shape != style_shape(model):
            raise PackError(
                f"{model.path}: by the manifest its style has {model.style_length} numbers, the "
                f"package takes {list(shape)}"
            )
    image = description.input[0].type.imageType
    # Beside its own size a package may list others; the manifest names one.
    sizes = {(image.height, image.width)}
    sizes |= {(size.height, size.width) for size in image.enumeratedSizes.sizes}
    if model.size not in sizes:
        listed = ", ".join(f"{height}x{width}" for height, width in sorted(sizes))
        raise PackError(
            f"{model.path}: by the manifest it takes {model.size_text}, the package {listed}"
        )
    return [str(each.name) for each in description.input], str(description.output[0].name)


def _named(kinds: list[str]) -> str:
    return "one image" if len(kinds) == 1 else "one image and an array"
