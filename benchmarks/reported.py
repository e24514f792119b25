"""Times that another program took on its own device: fewer facts than our measurements have.

The app's export and LiteRT's `benchmark_model` tell how long a model took, but not every stage, and
give no picture that could be checked here. Their times are kept apart, as they were told.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from benchmarks.battery import Battery, drained_j
from benchmarks.timing import Series
from edge_app.core.size import Size

BACKENDS = {
    "android": "LiteRT for Android",
    "litert": "LiteRT",
    "onnx": "ONNX Runtime",
    "coreml": "Core ML",
}
ACCELERATORS = {
    "xnnpack": "XNNPACK",
    "gpu": "the GPU",
    "none": "no accelerator",
    "unknown": "whatever it chose",
}
"""Names for people."""


class Scope(StrEnum):
    """What a time spans; only times of one scope are ever compared."""

    MODEL = "model"
    """The model alone: float picture in, float picture out."""
    PICTURE = "picture"
    """Pixels -> stylized pixels: fit, pad, model, crop, 8 bits; the file is not decoded."""
    END_TO_END = "end to end"
    """Photograph file -> stylized picture."""


@dataclass(frozen=True, kw_only=True)
class Reported:
    """One model on a device, as the program there told it."""

    by: str
    """Who measured: "the app 0.1.0", "benchmark_model"."""
    scope: Scope
    pack: str
    """The style pack's id."""
    title: str
    pack_sha256: str
    model_path: str
    """Inside the pack."""
    recipe: str
    size: Size
    """(height, width) of the picture."""
    backend: str
    backend_version: str
    """"unknown" where the program does not tell."""
    threads: int
    """0 where the library decides and does not tell."""
    accelerator: str
    asked: str | None = None
    """The accelerator that was asked for; None in files of versions 1 to 3, which do not tell."""
    note: str = ""
    """Why it is not the preferred accelerator; empty where it is."""
    load_ms: float | None
    """Opening the model."""
    first_run_ms: float | None
    times: Series
    processes: int = 1
    """Fresh processes that the samples come from, equally many from each."""
    peak_bytes: int | None = None
    """Most memory that the program had; None where it does not tell."""
    battery_before: Battery | None = None
    """The phone's battery before the first run, where it was looked at."""
    battery_after: Battery | None = None
    """Likewise after the last."""
    runs: int | None = None
    """How often the model ran between the two, warm-ups whose times were not told included; None
    where nobody counted, as in files of versions 1 to 4."""

    @property
    def energy_mj(self) -> float | None:
        """Millijoules a run, of the whole phone, warm-ups counted as runs; see `drained_j`."""
        spent_j = drained_j(self.battery_before, self.battery_after)
        if spent_j is None or self.runs is None:
            return None
        return 1000 * spent_j / self.runs

    @property
    def runtime(self) -> str:
        """What ran it, for people: "LiteRT for Android 1.4.1 with the GPU"."""
        return runtime_text(self.backend, self.backend_version, self.accelerator)


def runtime_text(backend: str, version: str, accelerator: str) -> str:
    """What ran a model, for people: "LiteRT 2.3.0 with XNNPACK"."""
    version = "of unknown version" if version == "unknown" else version
    name = f"{BACKENDS.get(backend, backend)} {version}"
    # ONNX Runtime has its fast kernels built in; LiteRT without its accelerator is news.
    if accelerator == "none" and backend != "litert":
        return name
    return f"{name} with {ACCELERATORS.get(accelerator, accelerator)}"
