"""LiteRT's own profiler: what each operator of a model takes, inside XNNPACK too.

Neither of LiteRT's Python interfaces reaches it, so its C interface is called here
(litert/c/litert_profiler.h, litert_compiled_model.h of LiteRT 2.1.6 and later). XNNPACK times each
of its kernels with two clock readings and hands the times on after every run.

A profile is of the compiled model, which gives the same numbers as the interpreter that the app
uses and has the same kernels.
"""

from __future__ import annotations

import ctypes
import importlib.util
from collections.abc import Sequence
from contextlib import ExitStack
from ctypes import byref, c_char_p, c_int, c_size_t, c_uint32, c_uint64, c_void_p
from importlib import metadata
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.profiling.operators import Operator, Profile
from benchmarks.timing import Series, check_counts, time_once
from edge_app.core.errors import RuntimeUnavailableError
from edge_app.core.runtimes.litert import without_greeting

PACKAGE = "ai_edge_litert"
LIBRARIES = ("libLiteRt.so", "libLiteRt.dylib", "libLiteRt.dll")

OLDEST = (2, 1, 6)
"""From here on a model is loaded with the arguments that are given here."""

_CPU = 1
"""LiteRtHwAccelerators: kLiteRtHwAcceleratorCpu."""
_WRITE = 1
"""LiteRtTensorBufferLockMode."""
_LITERT, _DELEGATE, _IN_DELEGATE = 2, 4, 8
"""LiteRtProfilerEventType: an operator that LiteRT runs, one that a delegate runs, and one that a
delegate timed itself."""
_OPERATORS = (_LITERT, _DELEGATE, _IN_DELEGATE)

_BUILTIN_KERNELS = "kernel_mode = 2\n"
"""LiteRtCpuKernelMode: its own kernels instead of XNNPACK's."""

_POISON = 0xA5


class _Event(ctypes.Structure):
    """ProfiledEventData of litert/c/litert_profiler_event.h."""

    _fields_ = (
        ("tag", c_char_p),
        ("kind", c_int),
        ("start_us", c_uint64),
        ("elapsed_us", c_uint64),
        ("memory", c_size_t * 6),
        ("metadata", c_uint64 * 2),
        ("source", c_int),
    )


class _Timed(NamedTuple):
    kernel: str
    delegated: bool
    elapsed_us: int


def profile(
    content: bytes,
    inputs: Sequence[NDArray[np.float32]],
    *,
    threads: int,
    accelerator: str,
    runs: int,
    warmups: int,
) -> Profile:
    """Time the operators of a TFLite model of fixed size.

    Args:
        content: the model's file.
        inputs: as the model takes them: the picture, float32 (height, width, 3) in [0, 1], and for
            a model of several styles the style's vector.
        threads: 1 or more.
        accelerator: 'none' for LiteRT's own kernels; anything else is XNNPACK.
        runs: with the profiler on.
        warmups: runs before them, without.

    Raises:
        RuntimeUnavailableError: LiteRT is not installed, too old, laid out in another way than it
            is known here, or failed.
    """
    check_counts(runs, warmups)
    with without_greeting(), ExitStack() as stack:
        session = _Session(stack, content, inputs, threads=threads, plain=accelerator == "none")
        before = tuple(time_once(session.run) for _ in range(warmups))
        times, found = [], []
        for _ in range(runs):
            session.watch()
            times.append(time_once(session.run))
            found.append(session.take())
    return Profile(
        source=f"LiteRT {version()}'s profiler",
        threads=threads,
        whole=Series(warmups_ms=before, samples_ms=tuple(times)),
        operators=_by_operator(found),
    )


def version() -> str:
    """Of the installed library; RuntimeUnavailableError if there is none."""
    try:
        return metadata.version(PACKAGE.replace("_", "-"))
    except metadata.PackageNotFoundError as error:
        raise RuntimeUnavailableError(
            "a profile by operator needs LiteRT: pip install ai-edge-litert"
        ) from error


def _by_operator(runs: Sequence[Sequence[_Timed]]) -> tuple[Operator, ...]:
    names = {tuple((each.kernel, each.delegated) for each in run) for run in runs}
    if len(names) != 1 or not runs[0]:
        raise RuntimeUnavailableError(
            f"LiteRT {version()}'s profiler: expected the same operators in every run, got "
            f"{sorted(map(len, runs))} of them"
        )
    return tuple(
        Operator(
            kernel=each[0].kernel,
            delegated=each[0].delegated,
            samples_us=tuple(one.elapsed_us for one in each),
        )
        for each in zip(*runs)
    )


def _load() -> ctypes.CDLL:
    told = version()
    numbers = tuple(int(part) for part in told.split(".")[:3] if part.isdecimal())
    if numbers < OLDEST:
        raise RuntimeUnavailableError(
            f"LiteRT {told} is too old for a profile by operator, which needs "
            f"{'.'.join(map(str, OLDEST))}: pip install --upgrade ai-edge-litert"
        )
    spec = importlib.util.find_spec(PACKAGE)
    assert spec is not None, "its version was told"
    assert spec.origin is not None
    folder = Path(spec.origin).parent
    for name in LIBRARIES:
        if (folder / name).is_file():
            try:
                return ctypes.CDLL(str(folder / name))
            except OSError as error:
                raise RuntimeUnavailableError(
                    f"{folder / name}: cannot be loaded: {error}"
                ) from error
    raise RuntimeUnavailableError(
        f"LiteRT {told} comes without its C library ({' or '.join(LIBRARIES)}) here: it cannot be "
        f"profiled"
    )


class _Session:
    """A compiled model with its buffers; whatever the library made is given back by the stack."""

    def __init__(
        self,
        stack: ExitStack,
        content: bytes,
        inputs: Sequence[NDArray[np.float32]],
        *,
        threads: int,
        plain: bool,
    ) -> None:
        self._library = _load()
        self._stack = stack
        # The library reads these for as long as the model lives.
        self._kept: list[Any] = [ctypes.create_string_buffer(content, len(content))]
        environment = self._made("Environment", c_int(0), None)
        size = c_size_t(len(content))
        model = self._made("Model", environment, self._kept[0], size, create="ModelFromBuffer")
        options = self._made("Options")
        self._call("LiteRtSetOptionsHardwareAccelerators", options, _CPU)
        self._add(options, "runtime_options_string", "enable_profiling = true\n")
        kernels = _BUILTIN_KERNELS if plain else ""
        self._add(options, "xnnpack", f"num_threads = {threads}\n{kernels}")
        self._model = self._made("CompiledModel", environment, model, options)
        signature = self._got("LiteRtGetModelSignature", model, c_size_t(0))
        self._inputs = [
            self._buffer(environment, signature, "Input", i) for i in range(len(inputs))
        ]
        self._outputs = [self._buffer(environment, signature, "Output", 0)]
        for buffer, values in zip(self._inputs, inputs):
            self._fill(buffer, np.ascontiguousarray(values, dtype=np.float32))
        self._profiler = self._got("LiteRtCompiledModelGetProfiler", self._model)

    def run(self) -> None:
        """One run of the model."""
        given, made = (
            (c_size_t(len(buffers)), (c_void_p * len(buffers))(*buffers))
            for buffers in (self._inputs, self._outputs)
        )
        self._call("LiteRtRunCompiledModel", self._model, c_size_t(0), *given, *made)

    def watch(self) -> None:
        """Time the operators until `take`."""
        self._call("LiteRtResetProfiler", self._profiler)
        self._call("LiteRtStartProfiler", self._profiler)

    def take(self) -> list[_Timed]:
        """The operators that ran since `watch`, in their order."""
        self._call("LiteRtStopProfiler", self._profiler)
        count = c_int()
        self._call("LiteRtGetNumProfilerEvents", self._profiler, byref(count))
        # The library has no word for how large its events are; a newer one might have larger ones.
        # So there is room for them, and how far it wrote is compared with what is expected.
        room = (_Event * (2 * count.value + 1))()
        ctypes.memset(room, _POISON, ctypes.sizeof(room))
        if count.value:
            self._call("LiteRtGetProfilerEvents", self._profiler, count, room)
        end = count.value * ctypes.sizeof(_Event)
        written = bytes(memoryview(room).cast("B"))
        if set(written[end:]) != {_POISON} or (end and set(written[end - 8 : end]) == {_POISON}):
            raise RuntimeUnavailableError(
                f"LiteRT {version()}'s profiler: its events are not {ctypes.sizeof(_Event)} bytes "
                f"each; this edgestyle knows LiteRT 2.1.6 to 2.3"
            )
        return [
            _Timed(
                kernel=(event.tag or b"?").decode("utf-8", "replace"),
                delegated=event.kind != _LITERT,
                elapsed_us=event.elapsed_us,
            )
            for event in room[: count.value]
            if event.kind in _OPERATORS
        ]

    def _buffer(self, environment: c_void_p, signature: c_void_p, end: str, index: int) -> c_void_p:
        place = c_size_t(index)
        tensor = self._got(f"LiteRtGetSignature{end}TensorByIndex", signature, place)
        kind = (c_uint32 * 64)()  # LiteRtRankedTensorType, which nobody here looks into
        self._call("LiteRtGetRankedTensorType", tensor, kind)
        wishes = f"LiteRtGetCompiledModel{end}BufferRequirements"
        needs = self._got(wishes, self._model, c_size_t(0), place)
        create = "ManagedTensorBufferFromRequirements"
        return self._made("TensorBuffer", environment, kind, needs, create=create)

    def _fill(self, buffer: c_void_p, values: NDArray[np.float32]) -> None:
        room = c_size_t()
        self._call("LiteRtGetTensorBufferPackedSize", buffer, byref(room))
        if room.value != values.nbytes:
            raise RuntimeUnavailableError(
                f"LiteRT {version()}'s profiler: the model takes {room.value} bytes, "
                f"{values.nbytes} were given"
            )
        place = c_void_p()
        self._call("LiteRtLockTensorBuffer", buffer, byref(place), _WRITE)
        ctypes.memmove(place, values.ctypes.data, values.nbytes)
        self._call("LiteRtUnlockTensorBuffer", buffer)

    def _add(self, options: c_void_p, name: str, toml: str) -> None:
        text = ctypes.create_string_buffer(toml.encode())
        self._kept += [text, _DO_NOTHING]
        given = self._got("LiteRtCreateOpaqueOptions", name.encode(), text, _DO_NOTHING)
        self._call("LiteRtAddOpaqueOptions", options, given)  # which owns them from here on

    def _made(self, what: str, *arguments: object, create: str = "") -> c_void_p:
        """What LiteRtCreate... makes, destroyed when the stack is left."""
        handle = self._got(f"LiteRtCreate{create or what}", *arguments)
        self._stack.callback(self._function(f"LiteRtDestroy{what}"), handle)
        return handle

    def _got(self, name: str, *arguments: object) -> c_void_p:
        handle = c_void_p()
        self._call(name, *arguments, byref(handle))
        return handle

    def _call(self, name: str, *arguments: object) -> None:
        status = self._function(name)(*arguments)
        if status != 0:
            raise RuntimeUnavailableError(
                f"LiteRT {version()}'s profiler: {name} failed with status {status}"
            )

    def _function(self, name: str) -> Any:  # noqa: ANN401 - ctypes has no better type for it
        try:
            return getattr(self._library, name)
        except AttributeError as error:
            raise RuntimeUnavailableError(
                f"LiteRT {version()} has no {name}: it cannot be profiled"
            ) from error


_DO_NOTHING = ctypes.CFUNCTYPE(None, c_void_p)(lambda _: None)
"""Frees what Python owns."""
