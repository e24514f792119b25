"""TFLite models through LiteRT: the package `ai_edge_litert`, or its forerunner `tflite_runtime`.

The forerunner is taken where it alone is installed, on a device set up years ago, say. Its last
release, 2.14, was built for numpy 1: beside numpy 2 it can be imported, and opens no model.

One fixed size or any, float32 at both ends. XNNPACK, without which everything is 4 to 20 times
slower, is taken by default; it can drop out without a word (an unreadable /proc/cpuinfo is enough),
so what it took is read from the interpreter's own list of operators.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from edge_app.core.errors import ConfigError, PackError, RuntimeUnavailableError
from edge_app.core.image import Picture
from edge_app.core.manifest import ModelFile
from edge_app.core.runtime import RuntimeInfo, check_picture, check_result
from edge_app.core.runtimes.tflite import End, check_declared, check_ends
from edge_app.core.size import Size
from edge_app.core.vector import NO_STYLE, Vector, check_style, style_shape

LIBRARY, FORERUNNER = "ai_edge_litert", "tflite_runtime"


class _Interpreter(Protocol):
    """What is used of the library's Interpreter."""

    def resize_tensor_input(
        self, input_index: int, tensor_size: Sequence[int], strict: bool
    ) -> None: ...
    def allocate_tensors(self) -> None: ...
    def get_input_details(self) -> Sequence[Mapping[str, Any]]: ...
    def get_output_details(self) -> Sequence[Mapping[str, Any]]: ...
    def set_tensor(self, tensor_index: int, value: Picture) -> None: ...
    def get_tensor(self, tensor_index: int) -> NDArray[np.float32]: ...
    def invoke(self) -> None: ...


class _Builder(Protocol):
    """Makes an interpreter of a model's bytes; tests give their own."""

    version: str

    def __call__(self, content: bytes, *, threads: int, xnnpack: bool) -> _Interpreter: ...


class LibraryBuilder:
    """Builds the interpreters of the installed library.

    Raises:
        RuntimeUnavailableError: neither library can be imported, or the older one alone and it
            does not get on with the installed numpy.
    """

    def __init__(self) -> None:
        try:
            self._module: Any = import_module(f"{LIBRARY}.interpreter")
            self.version: str = _version(LIBRARY)
        except ImportError as error:
            self._module = _forerunner(error)
            self.version = f"{FORERUNNER} {_version(FORERUNNER)}"

    def __call__(self, content: bytes, *, threads: int, xnnpack: bool) -> _Interpreter:
        """See `_Builder`."""
        kinds = self._module.OpResolverType
        kind = kinds.AUTO if xnnpack else kinds.BUILTIN_WITHOUT_DEFAULT_DELEGATES
        interpreter: _Interpreter = self._module.Interpreter(
            model_content=content, num_threads=threads, experimental_op_resolver_type=kind
        )
        return interpreter


def _forerunner(missing: ImportError) -> Any:  # noqa: ANN401 - a module
    """The older library's interpreter; `missing` is why the newer one is not taken."""
    try:
        module = import_module(f"{FORERUNNER}.interpreter")
    except ImportError:
        raise RuntimeUnavailableError(
            "TFLite models need LiteRT, which cannot be imported here; "
            f"pip install ai-edge-litert ({missing})"
        ) from missing
    if not np.__version__.startswith("1."):
        raise RuntimeUnavailableError(
            f"{FORERUNNER} opens no model beside numpy {np.__version__}: it was built "
            "for numpy 1; pip install ai-edge-litert, or else pip install 'numpy<2'"
        ) from missing
    return module


def _version(package: str) -> str:
    version: str = getattr(import_module(package), "__version__", "unknown")
    return version


class LiteRTRuntime:
    """See `Runtime`; made by `load`."""

    def __init__(
        self, model: ModelFile, interpreter: _Interpreter, info: RuntimeInfo, size: Size
    ) -> None:
        self.model = model
        self.info = info
        self._size: Size | None = size
        self._interpreter: _Interpreter | None = interpreter
        self._inputs = [int(each["index"]) for each in interpreter.get_input_details()]
        self._output = int(interpreter.get_output_details()[0]["index"])

    def run(self, picture: Picture, style: Vector = NO_STYLE) -> Picture:
        """See `Runtime`."""
        if self._interpreter is None:
            raise RuntimeUnavailableError(f"{self.model.path}: the runtime was closed")
        check_picture(self.model, picture)
        check_style(self.model, style)
        given = [picture[np.newaxis], style.reshape(style_shape(self.model))]
        size = picture.shape[:2]
        try:
            if size != self._size:
                self._size = None  # where there is no room for it, neither size can be run
                _bring_to(self._interpreter, size)
                self._size = size
            for index, values in zip(self._inputs, given):  # a model of one style has one input
                self._interpreter.set_tensor(index, values)
            self._interpreter.invoke()
            # get_tensor copies out of the interpreter's memory: the caller owns what it gets.
            stylized: Picture = self._interpreter.get_tensor(self._output)[0]
        except (RuntimeError, ValueError) as error:
            raise RuntimeUnavailableError(f"{self.model.path}: LiteRT failed: {error}") from error
        check_result(self.model, picture, stylized)
        return stylized

    def close(self) -> None:
        """See `Runtime`."""
        self._interpreter = None


def load(
    model: ModelFile,
    content: bytes,
    *,
    threads: int,
    accelerator: str = "auto",
    builder: _Builder | None = None,
) -> LiteRTRuntime:
    """Load a TFLite model from its bytes.

    Args:
        model: what the manifest says of it.
        content: the file's bytes.
        threads: 1 or more.
        accelerator: 'auto' (XNNPACK where it works; a warning where it does not), 'xnnpack' (an
            error where it does not) or 'none'.
        builder: makes the interpreter; the installed library's if not given.

    Raises:
        ConfigError: an accelerator of another name.
        PackError: not a TFLite model, or not of the manifest's size, type and layout.
        RuntimeUnavailableError: LiteRT is not installed, or XNNPACK was demanded and dropped out.
    """
    if accelerator not in {"auto", "xnnpack", "none"}:
        raise ConfigError(f"accelerator: LiteRT here has auto, xnnpack and none, not {accelerator}")
    build = LibraryBuilder() if builder is None else builder
    check_declared(model, "LiteRT")
    size = model.size or probe_size(model.size_multiple)
    try:
        with without_greeting():
            interpreter = build(content, threads=threads, xnnpack=accelerator != "none")
            if model.size is None:
                _check_free(model, interpreter)
                _bring_to(interpreter, size)
                _run_black(interpreter)  # only then the output says its size
            else:
                interpreter.allocate_tensors()
    except (RuntimeError, ValueError) as error:
        raise PackError(f"{model.path}: LiteRT cannot load it: {error}") from error
    ends = _end(interpreter.get_input_details()), _end(interpreter.get_output_details())
    check_ends(model, *ends, size)
    share = delegated_share(_operators(interpreter))
    note = ""
    if share == 0 and accelerator != "none":
        note = "XNNPACK did not take the model: it runs many times slower than it could"
        if accelerator == "xnnpack":
            raise RuntimeUnavailableError(f"{model.path}: {note}")
        warnings.warn(note, RuntimeWarning, stacklevel=2)
    info = RuntimeInfo(
        backend="litert",
        version=build.version,
        threads=threads,
        accelerator="xnnpack" if share > 0 else "none",
        accelerated_share=share,
        note=note,
    )
    return LiteRTRuntime(model, interpreter, info, size)


def probe_size(multiple: int) -> Size:
    """A size that a model which takes any is first brought to: some 32x48, no square."""
    return -(-32 // multiple) * multiple, -(-48 // multiple) * multiple


def _check_free(model: ModelFile, interpreter: _Interpreter) -> None:
    """Raise PackError where the file leaves its sides not open, whatever the manifest says.

    A fixed model takes a new input size without a word, and its output keeps the old one.
    """
    signature = [int(side) for side in interpreter.get_input_details()[0]["shape_signature"]]
    if signature != [1, -1, -1, 3]:
        raise PackError(
            f"{model.path}: by the manifest it takes {model.size_text}, the file has {signature} "
            "(-1 is a free side)"
        )


def _bring_to(interpreter: _Interpreter, size: Size) -> None:
    """Make a model of free size ready for pictures of (height, width)."""
    index = int(interpreter.get_input_details()[0]["index"])
    with without_greeting():
        interpreter.resize_tensor_input(index, [1, *size, 3], strict=True)
        interpreter.allocate_tensors()


def _run_black(interpreter: _Interpreter) -> None:
    for each in interpreter.get_input_details():
        interpreter.set_tensor(int(each["index"]), np.zeros(each["shape"], np.float32))
    interpreter.invoke()


def delegated_share(operators: Sequence[Mapping[str, Any]]) -> float:
    """How much of a graph runs inside delegates, 0 to 1 of its operators; see `delegated`."""
    own = sum(operator["op_name"] != "DELEGATE" for operator in operators)
    return len(delegated(operators)) / own if own else 0.0


def delegated(operators: Sequence[Mapping[str, Any]]) -> set[int]:
    """Which of the interpreter's operators run inside delegates, by their place in its list.

    The interpreter lists the model's operators and behind them one 'DELEGATE' for each piece that
    a delegate took (by default there is only XNNPACK); the operators it stands for stay in the
    list. They are found by walking from the piece's outputs back to its inputs.
    """
    pieces = [operator for operator in operators if operator["op_name"] == "DELEGATE"]
    own = [operator for operator in operators if operator["op_name"] != "DELEGATE"]
    maker = {int(t): i for i, operator in enumerate(own) for t in operator["outputs"]}
    taken: set[int] = set()
    for piece in pieces:
        given = {int(tensor) for tensor in piece["inputs"]}
        wanted = [int(tensor) for tensor in piece["outputs"]]
        while wanted:
            tensor = wanted.pop()
            i = maker.get(tensor)
            if tensor in given or i is None or i in taken:
                continue
            taken.add(i)
            wanted += [int(source) for source in own[i]["inputs"]]
    return taken


def _end(details: Sequence[Mapping[str, Any]]) -> End:
    return [(np.dtype(each["dtype"]).name, each["shape"]) for each in details]


@contextmanager
def without_greeting() -> Iterator[None]:
    """Keep the library's line on having made a delegate from the terminal.

    It is written by C++ to the process's standard error, and no setting stops it. What goes wrong
    comes as an exception. Where there is no standard error to put back (an app), nothing is done.
    """
    try:
        sys.stderr.flush()
        kept = os.dup(2)
    except (AttributeError, OSError):
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def _operators(interpreter: _Interpreter) -> Sequence[Mapping[str, Any]]:
    # Not in the library's public interface, and the only way to learn what the delegate took.
    # Where it is missing, 'none' and the warning are the honest answer: nobody knows.
    listed = getattr(interpreter, "_get_ops_details", list)
    operators: Sequence[Mapping[str, Any]] = listed()
    return operators
