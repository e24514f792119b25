"""Made-up results, and jobs for tiny models, for the benchmarks' tests."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.arithmetic import Work
from benchmarks.battery import Battery
from benchmarks.ceiling import Ceiling
from benchmarks.environment import Condition, Environment
from benchmarks.interference import Interference
from benchmarks.profiling.operators import Operator, Profile
from benchmarks.reported import Reported, Scope
from benchmarks.results import (
    Check,
    Failure,
    Measurement,
    Memory,
    Results,
    Settings,
    Verdict,
)
from benchmarks.scene import draw_scene
from benchmarks.timing import Series
from benchmarks.worker import Job, Task
from driven_chromium import driven_chromium
from edge_app.core.backends import BackendName
from edge_app.core.image import write_image
from edge_app.core.manifest import Format
from edge_app.core.pack import StylePack
from edge_app.core.runtime import Runtime, RuntimeInfo, choose_models
from edge_app.core.runtimes.fake import FakeRuntime


def make_series(centre_ms: float, *, runs: int = 5, spread: float = 0.02) -> Series:
    rng = np.random.default_rng(int(centre_ms * 1000))
    samples = centre_ms * (1 + spread * rng.standard_normal(runs))
    return Series(
        warmups_ms=(centre_ms * 1.3, centre_ms * 1.1), samples_ms=tuple(map(float, samples))
    )


def make_check(**changes: Any) -> Check:
    values: dict[str, Any] = {
        "verdict": Verdict.AGREES,
        "reference": "onnx/fp32.onnx (onnx 1.31.1)",
        "psnr_db": 98.7,
        "threshold_db": 57.0,
        "reason": "98.7 dB from the reference, at least 57.0 were expected.",
    }
    return Check(**{**values, **changes})


def make_measurement(**changes: Any) -> Measurement:
    model_ms = changes.pop("model_ms", 20.0)
    values: dict[str, Any] = {
        "pack": "starry_night",
        "title": "The Starry Night",
        "network": "small",
        "pack_sha256": "a" * 64,
        "model_path": "tflite/fp32-256x256.tflite",
        "model_sha256": "b" * 64,
        "recipe": "fp32",
        "size": (256, 256),
        "file_bytes": 294_000,
        "backend": "litert",
        "backend_version": "2.3.0",
        "threads": 1,
        "accelerator": "xnnpack",
        "asked": "auto",
        "accelerated_share": 1.0,
        "cold_load_ms": 180.0,
        "load_ms": 6.5,
        "first_run_ms": model_ms * 1.6,
        "decode": make_series(6.0),
        "model": make_series(model_ms),
        "end_to_end": make_series(model_ms + 9),
        "memory": Memory(bare=9_000_000, loaded=48_000_000, peak=66_000_000),
        "check": make_check(),
    }
    return Measurement(**{**values, **changes})


def make_results(**changes: Any) -> Results:
    condition = Condition(
        load_average=(0.1, 0.2, 0.3),
        governor="performance",
        clock_mhz=2400.0,
        temperature_c=48.3,
        throttled="0x0",
    )
    values: dict[str, Any] = {
        "created": "2026-11-20T11:30:00+00:00",
        "version": "0.1.0",
        "settings": Settings(
            runs=5, warmups=2, photo="coffee.jpg", photo_size=(400, 600), isolated=True
        ),
        "environment": Environment(
            device="Raspberry Pi 5 Model B Rev 1.0",
            cpu="4 x Cortex-A76",
            architecture="aarch64",
            cores=4,
            cpu_flags=("asimd", "asimdhp", "asimddp"),
            virtual=False,
            memory_bytes=8 * 2**30,
            system="Debian GNU/Linux 12 (bookworm)",
            kernel="Linux 6.6.51",
            python="CPython 3.11.2",
            libraries={"ai-edge-litert": "2.3.0", "numpy": "2.4.6", "pillow": "13.0.0"},
        ),
        "before": condition,
        "after": dataclasses.replace(condition, temperature_c=61.0, load_average=(1.0, 0.5, 0.3)),
        "measurements": (make_measurement(),),
    }
    return Results(**{**values, **changes})


def make_failure(**changes: Any) -> Failure:
    values: dict[str, Any] = {
        "pack": "starry_night",
        "title": "The Starry Night",
        "recipe": "int8-conv",
        "size": (512, 512),
        "threads": 1,
        "asked": "auto",
        "reason": "The process that measured it was killed by signal 9 (SIGKILL).",
    }
    return Failure(**{**values, **changes})


def make_reported(**changes: Any) -> Reported:
    values: dict[str, Any] = {
        "by": "the app 0.1.0",
        "scope": Scope.PICTURE,
        "pack": "starry_night",
        "title": "The Starry Night",
        "pack_sha256": "a" * 64,
        "model_path": "tflite/fp32-512x512.tflite",
        "recipe": "fp32",
        "size": (512, 512),
        "backend": "android",
        "backend_version": "1.4.1",
        "threads": 4,
        "accelerator": "gpu",
        "asked": "auto",
        "load_ms": 310.0,
        "first_run_ms": 95.0,
        "times": make_series(40.0),
    }
    return Reported(**{**values, **changes})


def make_profile(**kernels: tuple[int, ...]) -> Profile:
    """A profile of named kernels, 'conv' for a convolution and so on."""
    names = {
        "conv": "Convolution (NHWC, F32) IGEMM",
        "pointwise": "Fully Connected (NC, F32) GEMM",
        "add": "Add (ND)",
        "copy": "Copy (NC, X32)",
        "resize": "RESIZE_NEAREST_NEIGHBOR",
    }
    kernels = kernels or {
        "conv": (700, 705, 690),
        "add": (60, 61, 59),
        "copy": (30, 30, 30),
        "resize": (90, 95, 85),
    }
    runs = len(next(iter(kernels.values())))
    return Profile(
        source="LiteRT 2.3.0's profiler",
        threads=1,
        whole=Series(warmups_ms=(2.0,), samples_ms=(1.0,) * runs),
        operators=tuple(
            Operator(kernel=names[name], delegated=name != "resize", samples_us=samples)
            for name, samples in kernels.items()
        ),
    )


def make_ceiling(threads: int = 1, *, giga: float = 50.0, gigabytes: float = 20.0) -> Ceiling:
    """A machine of so many billion multiply-adds and bytes a second."""

    def best(seconds: float) -> Series:
        return Series(warmups_ms=(), samples_ms=(1200 * seconds, 1000 * seconds))

    return Ceiling(
        threads=threads,
        blas="scipy-openblas 0.3.31",
        side=1000,
        product=best(1 / giga),
        copy_bytes=10**9,
        copy=best(2 / gigabytes),
    )


def make_growth(
    *, sides: tuple[int, ...] = (128, 256, 512), threads: tuple[int, ...] = (1, 2), **changes: Any
) -> tuple[Measurement, ...]:
    """fp32 and int8-conv at some sizes and threads, in step with the pixels."""
    return tuple(
        make_measurement(
            recipe=recipe,
            model_path=f"tflite/{recipe}-{side}x{side}.tflite",
            size=(side, side),
            threads=count,
            model_ms=factor * (side / 256) ** 2 / count,
            memory=Memory(bare=9_000_000, loaded=70_000_000, peak=75_000_000 + 100 * side * side),
            work=Work(multiply_adds=6_000 * side * side, traffic_bytes=4_000 * side * side),
            **changes,
        )
        for recipe, factor in (("fp32", 10.0), ("int8-conv", 6.0))
        for side in sides
        for count in threads
    )


def make_interference(**changes: Any) -> Interference:
    """A process of ten seconds on two cores that nothing disturbed."""
    values: dict[str, Any] = {
        "wall_s": 10.0,
        "capacity_s": 20.0,
        "others_s": 0.2,
        "stolen_s": 0.0,
        "preemptions": 30,
    }
    return Interference(**{**values, **changes})


@pytest.fixture
def battery() -> Battery:
    """A phone's that is not on a charger."""
    return Battery(
        charge_uah=3_000_000, current_ua=None, voltage_mv=4000, level_percent=78, plugged=False
    )


@pytest.fixture
def interference() -> Callable[..., Interference]:
    """Factory: what disturbed a process, with some fields changed; nothing by itself."""
    return make_interference


@pytest.fixture
def profile() -> Callable[..., Profile]:
    """Factory: a profile of three runs."""
    return make_profile


@pytest.fixture
def ceiling() -> Callable[..., Ceiling]:
    """Factory: what a machine reaches at best."""
    return make_ceiling


@pytest.fixture
def growth() -> Callable[..., tuple[Measurement, ...]]:
    """Factory: measurements at several sizes and numbers of threads."""
    return make_growth


@pytest.fixture
def reported() -> Callable[..., Reported]:
    """Factory: what an app told, with some fields changed."""
    return make_reported


@pytest.fixture
def measurement() -> Callable[..., Measurement]:
    """Factory: a measurement with some fields changed; `model_ms` sets its times."""
    return make_measurement


@pytest.fixture
def check() -> Callable[..., Check]:
    """Factory: a check with some fields changed."""
    return make_check


@pytest.fixture
def failure() -> Callable[..., Failure]:
    """Factory: a failure with some fields changed."""
    return make_failure


@pytest.fixture
def results() -> Callable[..., Results]:
    """Factory: results of one measurement, with some fields changed."""
    return make_results


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A small photograph-like picture on disk, 60 high and 80 wide."""
    path = tmp_path / "photo.png"
    write_image(path, draw_scene(60, 80))
    return path


@pytest.fixture
def fake_opener() -> Callable[..., Runtime]:
    """Stands in for `open_runtime`: the pack's own choice of model, run by a function."""

    def open_fake(
        pack: StylePack,
        *,
        recipe: str,
        size: Any,
        threads: int,
        format: Format | None = None,  # noqa: A002 - the name in open_runtime
        backend: BackendName = "auto",
        accelerator: str = "auto",
        style: Callable[[np.ndarray], np.ndarray] = np.copy,
    ) -> FakeRuntime:
        models = choose_models(pack, recipe=recipe, size=size, format=format, backend=backend)
        chosen = models[0]
        info = RuntimeInfo(backend="fake", version="1", threads=threads, accelerator="none")
        return FakeRuntime(chosen, style=style, info=info)

    return open_fake


@pytest.fixture
def job(pack_at: Callable[..., Path], photo: Path) -> Job:
    """Measure the one model of a pack."""
    return Job(
        task=Task.MEASURE,
        pack=pack_at(),
        recipe="fp32",
        size=(32, 48),
        threads=1,
        photo=photo,
        runs=3,
        warmups=1,
    )


@pytest.fixture(scope="module")
def tab(tmp_path_factory):
    """A browser that can be clicked in."""
    with driven_chromium(tmp_path_factory.mktemp("browser")) as opened:
        yield opened
