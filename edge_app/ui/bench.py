"""The app's own measurement: every style paints one picture a few times, as the paper's table does.

The file that it writes is described in edge_app/core/bench_report.py.
"""

from __future__ import annotations

import os
import platform as python_platform
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from edge_app.core.bench_report import BenchReport, Failure, StyleTimes
from edge_app.core.errors import EdgestyleError
from edge_app.core.image import Bytes, to_uint8
from edge_app.core.styles import Style
from edge_app.ui.atelier import Atelier, Rendering, nearest_size, offered_sizes
from edge_app.ui.platform import Platform
from edge_app.ui.variants import variant_of
from edge_app.ui.worker import Job

RUNS = 5
"""Tests a style in the paper's Table II."""

SIZE = 512
"""Longest side of the picture; a style without it is measured at its nearest."""

PAPER_AVERAGES_S = (2.1, 1.408, 2.358, 2.99, 3.146, 2.614, 2.43, 3.086)
"""Table II of Pu & Li (2023): the averages of its eight styles as printed, in seconds."""

PAPER_MEAN_S = statistics.fmean(PAPER_AVERAGES_S)


@dataclass(frozen=True, kw_only=True)
class Step:
    """How far it is: told before each test and, with `times` or `failure`, after each style."""

    share: float
    title: str
    test: int
    """From 1; 0: the model is being opened."""
    times: StyleTimes | None = None
    failure: Failure | None = None
    error: Exception | None = None
    """What `failure` puts into English, for words in the user's language."""


def measure(
    styles: Sequence[Style],
    atelier: Atelier,
    job: Job,
    tell: Callable[[Step], None],
    *,
    size: int = SIZE,
    runs: int = RUNS,
) -> None:
    """Measure each style on `test_picture`; what fails is told and the next one tried.

    All with the accelerator that the atelier has when it begins: the settings stay within reach
    while it runs, and figures of two accelerators make no table.

    Raises:
        CancelledError: the job was cancelled.
    """
    picture, accelerator = test_picture(size), atelier.accelerator
    for number, style in enumerate(styles):
        title = style.card.title

        def step(
            test: int,
            done: int = number,
            title: str = title,
            **more: StyleTimes | Failure | Exception,
        ) -> None:
            share = (done + test / (runs + 1)) / len(styles)
            tell(Step(share=share, title=title, test=test, **more))  # type: ignore[arg-type]

        try:
            times = _measure_one(style, atelier, accelerator, job, step, picture, size, runs)
        except (EdgestyleError, MemoryError) as error:
            reason = str(error) or "not enough memory"
            step(runs + 1, failure=Failure(style=style.card.id, reason=reason), error=error)
        else:
            step(runs + 1, times=times)


def in_the_papers_order(styles: Sequence[Style]) -> list[Style]:
    """The styles as they are measured: variants of a painting, no styles of their own, last."""
    return sorted(styles, key=lambda style: bool(variant_of(style)))


def paper_averages(styles: Sequence[Style]) -> dict[tuple[str, str], float]:
    """(pack's hash, style's id) -> the paper's average that stands beside it, in seconds.

    The paper names none of its eight styles, so ours stand beside them in their order, as many as
    there are; a variant stands beside none.
    """
    own = [(style.pack.sha256, style.card.id) for style in styles if not variant_of(style)]
    return dict(zip(own, PAPER_AVERAGES_S))


def report(
    times: Sequence[StyleTimes],
    failures: Sequence[Failure],
    platform: Platform,
    app_version: str,
    *,
    complete: bool,
) -> BenchReport:
    """Put the figures together with the machine's facts; nothing that names a person is read."""
    return BenchReport(
        app_version=app_version,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        platform=platform.name,
        device=platform.device,
        system=f"{python_platform.system()} {python_platform.release()}",
        architecture=python_platform.machine(),
        python=python_platform.python_version(),
        cores=os.cpu_count() or 1,
        complete=complete,
        times=tuple(times),
        failures=tuple(failures),
    )


def test_picture(side: int) -> Bytes:
    """A square with smooth parts, edges and grain, the same every time.

    How long a model takes does not depend on what it shows.
    """
    y, x = np.mgrid[0:side, 0:side].astype(np.float32) / np.float32(side)
    rings = np.sin(40 * np.hypot(x - 0.6, y - 0.4)) > 0.2
    colours = np.stack([x, 0.5 + 0.4 * np.sin(6 * y), 1 - y], axis=-1)
    grain = np.random.default_rng(0).standard_normal((side, side, 1)).astype(np.float32)
    return to_uint8(colours * (0.6 + 0.4 * rings[..., None]) + np.float32(0.03) * grain)


def _measure_one(
    style: Style,
    atelier: Atelier,
    accelerator: str,
    job: Job,
    step: Callable[[int], None],
    picture: Bytes,
    size: int,
    runs: int,
) -> StyleTimes:
    job.check()
    step(0)
    pack, mix = style.pack, style.mix()
    sizes = offered_sizes(pack)
    side = nearest_size(sizes, size) if sizes else size

    def paint() -> Rendering:
        return atelier.stylize(pack, picture, longest_side=side, mix=mix, accelerator=accelerator)

    begin = time.perf_counter()
    runtime = atelier.runtime(pack, side, accelerator=accelerator)
    load_ms = (time.perf_counter() - begin) * 1000
    warmup = paint()
    samples_ms = []
    for test in range(1, runs + 1):
        job.check()
        step(test)
        samples_ms.append(paint().latency_ms)
    info, model = runtime.info, runtime.model
    height, width = warmup.styled.shape[:2]
    return StyleTimes(
        style=style.card.id,
        title=style.card.title,
        pack_sha256=pack.sha256,
        model=model.path,
        recipe=model.recipe,
        size=(height, width),
        backend=info.backend,
        version=info.version,
        threads=info.threads,
        accelerator=info.accelerator,
        note=info.note,
        load_ms=load_ms,
        warmup_ms=(warmup.latency_ms,),
        samples_ms=tuple(samples_ms),
    )
