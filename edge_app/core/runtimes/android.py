"""TFLite models on Android: LiteRT's Java Interpreter (1.4), reached through pyjnius.

The GPU delegate comes first. Drivers are known that refuse a model, draw a wrong picture, or take
the app down, so it draws a first picture beside the CPU's before it is trusted; where it fails
then or later, XNNPACK takes over, with the reason in `info.note` and as a warning.

On the main thread call `android_java.classes()` once before a worker opens a model; at the end of
the worker's thread `leave_thread()` of edge_app/core/runtime.py. Open and run a model on one
thread: a GPU's context belongs to the thread that made it.
"""

from __future__ import annotations

import hashlib
import threading
import warnings
from dataclasses import replace

import numpy as np

from edge_app.core.errors import ConfigError, PackError, RuntimeUnavailableError
from edge_app.core.image import Picture
from edge_app.core.manifest import ModelFile
from edge_app.core.metrics import psnr_db
from edge_app.core.runtime import RuntimeInfo, check_picture
from edge_app.core.runtimes.android_java import Session, classes, reason
from edge_app.core.runtimes.gpu_trial import GpuTrial
from edge_app.core.runtimes.tflite import check_declared, check_ends
from edge_app.core.size import Size
from edge_app.core.vector import NO_STYLE, Vector, check_style

ACCELERATORS = ("auto", "cpu", "gpu", "xnnpack", "none")

WITHOUT_XNNPACK = "XNNPACK did not take the model: it runs many times slower than it could"

GPU_MIN_PSNR_DB = 30.0
"""What the GPU's first picture must reach, measured against the CPU's. It computes in float16,
which costs little (50 dB and more are expected); a wrong picture is far below."""


class AndroidRuntime:
    """See `Runtime`; made by `load`."""

    def __init__(self, loader: _Loader, session: Session, info: RuntimeInfo) -> None:
        self.model = loader.model
        self.info = info
        self._loader = loader
        self._session: Session | None = session
        self._thread = threading.get_ident()

    def run(self, picture: Picture, style: Vector = NO_STYLE) -> Picture:
        """See `Runtime`."""
        if self._session is None:
            raise RuntimeUnavailableError(f"{self.model.path}: the runtime was closed")
        check_picture(self.model, picture)
        check_style(self.model, style)
        on_gpu = self.info.accelerator == "gpu"
        if on_gpu and threading.get_ident() != self._thread:
            raise RuntimeUnavailableError(
                f"{self.model.path}: opened on the GPU by another thread than the one that runs it"
            )
        try:
            return self._session.run(picture, style)
        except self._loader.java.error as error:
            if not on_gpu:
                raise RuntimeUnavailableError(
                    f"{self.model.path}: LiteRT failed: {reason(error)}"
                ) from error
            self._leave_gpu(f"the GPU failed: {reason(error)}")
        return self.run(picture, style)

    def close(self) -> None:
        """See `Runtime`."""
        if self._session is not None:
            self._session.close()
            self._session = None

    def _leave_gpu(self, why: str) -> None:
        self.close()
        self._session, info = self._loader.on_cpu(xnnpack=True)
        self.info = _told(info, why)


def load(
    model: ModelFile, content: bytes, *, threads: int, accelerator: str = "auto"
) -> AndroidRuntime:
    """Load a TFLite model from its bytes.

    Args:
        model: what the manifest says of it.
        content: the file's bytes.
        threads: 1 or more; of the CPU.
        accelerator: 'auto' (the GPU where it draws what the CPU draws, else XNNPACK), 'cpu'
            (XNNPACK where it works; the GPU is not even tried), 'gpu' or 'xnnpack' (an error where
            it does not work), 'none'.

    Raises:
        ConfigError: an accelerator of another name.
        PackError: not a TFLite model, or not of the manifest's size, type and layout.
        RuntimeUnavailableError: LiteRT is not there, or the accelerator demanded does not work.
    """
    if accelerator not in ACCELERATORS:
        names = ", ".join(ACCELERATORS)
        raise ConfigError(f"accelerator: LiteRT on Android has {names}, not {accelerator}")
    check_declared(model, "LiteRT")
    if model.size is None:
        raise RuntimeUnavailableError(
            f"{model.path}: LiteRT on Android runs models of one size here, and this one takes "
            f"{model.size_text}"
        )
    return _Loader(model, content, threads).load(accelerator)


class _Loader:
    """Makes the sessions of one model, and keeps its bytes for the one that may come after."""

    def __init__(self, model: ModelFile, content: bytes, threads: int) -> None:
        assert model.size is not None, "load checks it"
        self.model = model
        self.java = classes()
        self._size = model.size
        self._threads = threads
        self._content = self.java.direct(len(content))
        self._content.put(content)
        self._content.rewind()
        self._token = hashlib.sha256(content).hexdigest()[:32]
        self._operators: int | None = None

    def load(self, accelerator: str) -> AndroidRuntime:
        """See `load`."""
        cpu, info = self.on_cpu(xnnpack=accelerator != "none")
        if accelerator == "xnnpack" and info.accelerator == "none":
            cpu.close()
            raise RuntimeUnavailableError(f"{self.model.path}: {info.note}")
        if accelerator in ("none", "cpu", "xnnpack"):
            return AndroidRuntime(self, cpu, info)
        try:
            gpu = self._on_gpu(cpu, insist=accelerator == "gpu")
        except _NoGpuError as error:
            if accelerator == "gpu":
                cpu.close()
                raise RuntimeUnavailableError(f"{self.model.path}: {error}") from error
            return AndroidRuntime(self, cpu, _told(info, str(error)))
        cpu.close()
        known = _share(self._operators, gpu.steps())
        info = replace(info, accelerator="gpu", accelerated_share=known or 0.0, note="")
        return AndroidRuntime(self, gpu, info)

    def on_cpu(self, *, xnnpack: bool) -> tuple[Session, RuntimeInfo]:
        """Raises PackError where this is no model, or not the manifest's."""
        try:
            session = self._cpu(xnnpack=False)
        except self.java.error as error:
            raise PackError(f"{self.model.path}: LiteRT cannot load it: {reason(error)}") from error
        try:
            check_ends(self.model, *session.ends(), self._size)
        except PackError:
            session.close()
            raise
        self._operators = session.steps()
        accelerator, share, note = "none", 0.0, ""
        if xnnpack:
            note = WITHOUT_XNNPACK
            try:
                fast = self._cpu(xnnpack=True)
            except self.java.error as error:
                note += f" ({reason(error)})"
            else:
                session.close()
                session = fast
                known = _share(self._operators, session.steps())
                # Java raises where it cannot have XNNPACK, so not to know is not to have none.
                if known != 0:
                    accelerator, share, note = "xnnpack", known or 0.0, ""
        info = RuntimeInfo(
            backend="android",
            version=self.java.version,
            threads=self._threads,
            accelerator=accelerator,
            accelerated_share=share,
            note=note,
        )
        return session, info

    def _cpu(self, *, xnnpack: bool) -> Session:
        return Session.on_cpu(
            self.java,
            self._content,
            self._size,
            self.model.style_length,
            threads=self._threads,
            xnnpack=xnnpack,
        )

    def _on_gpu(self, cpu: Session, *, insist: bool) -> Session:
        """A session that draws what the CPU's draws; _NoGpuError says why there is none."""
        trial = GpuTrial(self.java.code_cache)
        if self.java.gpu_delegate is None:
            raise _NoGpuError("the app was built without LiteRT's GPU part")
        if trial.failed_before and not insist:
            raise _NoGpuError(trial.reason)
        probe = probe_picture(self._size), probe_style(self.model.style_length)
        try:
            expected = cpu.run(*probe)
        except self.java.error as error:
            cpu.close()
            raise RuntimeUnavailableError(
                f"{self.model.path}: LiteRT failed: {reason(error)}"
            ) from error
        with trial:
            try:
                gpu = Session.on_gpu(
                    self.java,
                    self._content,
                    self._size,
                    self.model.style_length,
                    token=self._token,
                )
            except self.java.error as error:
                raise _NoGpuError(f"the GPU does not take the model: {reason(error)}") from error
            if _share(self._operators, gpu.steps()) == 0:
                gpu.close()
                raise _NoGpuError("the GPU took no part of the model")
            try:
                made = gpu.run(*probe)
            except self.java.error as error:
                gpu.close()
                raise _NoGpuError(f"the GPU failed: {reason(error)}") from error
        fault = _fault(made, expected)
        if fault:
            gpu.close()
            raise _NoGpuError(fault)
        return gpu


class _NoGpuError(Exception):
    """Why the GPU is not used."""


def probe_picture(size: Size) -> Picture:
    """The picture that CPU and GPU draw both: broad colours under fine noise, the same each time.

    float32 of shape (height, width, 3), over the whole of [0, 1].
    """
    rng = np.random.default_rng(0)
    rows, columns = (np.linspace(0, 7, side).round().astype(int) for side in size)
    broad = rng.random((8, 8, 3), np.float32)[rows][:, columns]
    noise = rng.random((*size, 3), np.float32)
    probe: Picture = np.float32(0.75) * broad + np.float32(0.25) * noise
    return probe


def probe_style(length: int) -> Vector:
    """The style that it is drawn in, the same each time: scales and shifts as norms have them."""
    rng = np.random.default_rng(0)
    return rng.uniform(0.5, 1.5, length).astype(np.float32)


def _fault(made: Picture, expected: Picture) -> str:
    """What is wrong with the GPU's picture; '' if nothing."""
    if not np.isfinite(made).all():
        return "the GPU drew values that are not numbers"
    found_db = psnr_db(made, expected)
    if found_db < GPU_MIN_PSNR_DB:
        return (
            f"the GPU drew a wrong picture, {found_db:.1f} dB from the CPU's; at least "
            f"{GPU_MIN_PSNR_DB:.0f} are expected"
        )
    return ""


def _share(operators: int | None, steps: int | None) -> float | None:
    """How much of a model's operators a delegate took at least; None if that is not known.

    It left some and put one step for every stretch that it took, of which there is one or more.
    """
    if operators is None or steps is None:
        return None
    return 0.0 if steps >= operators else (operators - steps + 1) / operators


def _told(info: RuntimeInfo, why: str) -> RuntimeInfo:
    """The CPU's info with the reason why it is not the GPU's; the log gets it too."""
    note = f"{why}; {info.note}" if info.note else why
    warnings.warn(f"LiteRT on Android: {note}", RuntimeWarning, stacklevel=3)
    return replace(info, note=note)
