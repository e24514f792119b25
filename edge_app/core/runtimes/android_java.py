"""LiteRT's Java Interpreter behind pyjnius: its classes, and one loaded model with its buffers.

Java finds the app's own classes on the main thread only, which is why all are looked up at once.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from edge_app.core.errors import RuntimeUnavailableError
from edge_app.core.image import Picture
from edge_app.core.runtimes.tflite import End
from edge_app.core.size import Size
from edge_app.core.vector import Vector

JavaObject = Any
"""An object or class of Java; pyjnius makes their Python classes while the app runs."""

SUSTAINED_SPEED = 1
"""GpuDelegateFactory.Options.INFERENCE_PREFERENCE_SUSTAINED_SPEED."""


@dataclass(frozen=True, kw_only=True)
class Java:
    """The Java classes that are used, and what they say of themselves."""

    byte_buffer: JavaObject
    native_order: JavaObject
    interpreter: JavaObject
    options: JavaObject
    integer: JavaObject
    hash_map: JavaObject
    gpu_delegate: JavaObject
    """None where the app was built without litert-gpu."""
    gpu_options: JavaObject
    version: str
    error: type[Exception]
    """jnius.JavaException."""
    code_cache: Path | None
    """The app's folder for compiled code, which Android empties when app or system change; None
    outside an activity."""

    def direct(self, size_bytes: int) -> JavaObject:
        """A buffer outside Java's heap in the machine's byte order: LiteRT reads it in place."""
        return self.byte_buffer.allocateDirect(size_bytes).order(self.native_order)


@cache
def classes() -> Java:
    """Find every Java class that a model needs; on Android call it on the main thread first.

    Raises:
        RuntimeUnavailableError: no pyjnius, no Java, or an app without LiteRT.
    """
    try:
        jnius: Any = import_module("jnius")
        find = jnius.autoclass
        # Those that are only returned must be known before a worker meets them, too.
        for name in ("Tensor", "DataType", "Delegate"):
            find(f"org.tensorflow.lite.{name}")
        with suppress(jnius.JavaException):  # its name is the library's own business
            find("org.tensorflow.lite.TensorImpl")
        java = Java(
            byte_buffer=find("java.nio.ByteBuffer"),
            native_order=find("java.nio.ByteOrder").nativeOrder(),
            interpreter=find("org.tensorflow.lite.Interpreter"),
            options=find("org.tensorflow.lite.Interpreter$Options"),
            integer=find("java.lang.Integer"),
            hash_map=find("java.util.HashMap"),
            gpu_delegate=None,
            gpu_options=None,
            version=str(find("org.tensorflow.lite.TensorFlowLite").runtimeVersion()),
            error=jnius.JavaException,
            code_cache=None,
        )
    except Exception as error:  # pyjnius raises nearly anything where there is no Java
        raise RuntimeUnavailableError(
            f"TFLite models need LiteRT's Java library, which cannot be reached here ({error})"
        ) from error
    with suppress(java.error):  # without: `info` says so when a model is loaded
        java = replace(
            java,
            gpu_delegate=find("org.tensorflow.lite.gpu.GpuDelegate"),
            gpu_options=find("org.tensorflow.lite.gpu.GpuDelegateFactory$Options"),
        )
    with suppress(java.error, AttributeError):  # without: a service has no activity
        activity = find("org.kivy.android.PythonActivity").mActivity
        java = replace(java, code_cache=Path(str(activity.getCodeCacheDir().getAbsolutePath())))
    return java


class Session:
    """One interpreter and the buffers it is fed through; may have a GPU delegate.

    The ways in and out are the fastest that pyjnius has: whole byte strings, one copy each.
    """

    def __init__(
        self,
        java: Java,
        content: JavaObject,
        options: JavaObject,
        size: Size,
        style_length: int,
    ) -> None:
        self._java = java
        self._delegate: JavaObject = None
        self._interpreter = java.interpreter(content, options)
        self._shape = (*size, 3)
        size_bytes = 4 * size[0] * size[1] * 3
        self._given = [java.direct(size_bytes)]
        if style_length:
            self._given.append(java.direct(4 * style_length))
        self._made = java.byte_buffer.allocate(size_bytes)
        self._outputs = java.hash_map()
        self._outputs.put(java.integer(0), self._made)

    @classmethod
    def on_cpu(
        cls,
        java: Java,
        content: JavaObject,
        size: Size,
        style_length: int,
        *,
        threads: int,
        xnnpack: bool,
    ) -> Session:
        """Raises Java's error where the model cannot be loaded."""
        options = java.options()
        options.setNumThreads(threads)
        options.setUseXNNPACK(xnnpack)
        return cls(java, content, options, size, style_length)

    @classmethod
    def on_gpu(
        cls, java: Java, content: JavaObject, size: Size, style_length: int, *, token: str
    ) -> Session:
        """Raises Java's error where there is no GPU that takes the model.

        `token` names the model: what the driver compiles for it is kept for the next start.
        """
        wishes = java.gpu_options()
        wishes.setInferencePreference(SUSTAINED_SPEED)
        if java.code_cache is not None:
            wishes.setSerializationParams(str(java.code_cache), token)
        delegate = java.gpu_delegate(wishes)
        try:
            options = java.options()
            options.addDelegate(delegate)
            session = cls(java, content, options, size, style_length)
        except BaseException:
            delegate.close()
            raise
        session._delegate = delegate
        return session

    def ends(self) -> tuple[End, End]:
        """The tensors at both ends."""
        interpreter = self._interpreter
        given = [interpreter.getInputTensor(i) for i in range(interpreter.getInputTensorCount())]
        made = [interpreter.getOutputTensor(i) for i in range(interpreter.getOutputTensorCount())]
        return _described(given), _described(made)

    def steps(self) -> int | None:
        """Operators to run one after the other; what a delegate took together is one.

        Not in the library's public interface, and the only way to learn what a delegate took.
        """
        try:
            return int(self._interpreter.getExecutionPlanLength())
        except (self._java.error, AttributeError):
            return None

    def run(self, picture: Picture, style: Vector) -> Picture:
        """A picture of the session's size to the same; raises Java's error where it fails."""
        for buffer, values in zip(self._given, (picture, style)):
            buffer.rewind()
            buffer.put(values.tobytes())
            buffer.rewind()
        self._made.rewind()
        if len(self._given) == 1:
            self._interpreter.run(self._given[0], self._made)
        else:
            # pyjnius would otherwise read the array of inputs back after each call.
            self._interpreter.runForMultipleInputsOutputs(
                self._given, self._outputs, pass_by_reference=False
            )
        raw = self._made.array().tostring()
        return np.frombuffer(raw, np.float32).reshape(self._shape).copy()

    def close(self) -> None:
        """The interpreter first: it uses the delegate."""
        self._interpreter.close()
        if self._delegate is not None:
            self._delegate.close()


def _described(tensors: list[JavaObject]) -> End:
    return [(str(t.dataType().toString()).lower(), list(t.shape())) for t in tensors]


def reason(error: Exception) -> str:
    """What Java says, without pyjnius' introduction and Java's stack."""
    kind = str(getattr(error, "classname", "") or "").rpartition(".")[2]
    text = str(getattr(error, "innermessage", "") or error)
    return f"{kind}: {text}" if kind else text
