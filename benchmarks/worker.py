"""One model, loaded and timed: what a fresh process does for benchmarks/latency.py.

    python -m benchmarks.worker FOLDER

reads FOLDER/job.json and leaves an answer and pictures there. A process of its own makes first run
and peak memory honest, and lets a crash of the inference library cost one line of the table
instead of the benchmark.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

import numpy as np

from benchmarks.arithmetic import Work, count_work
from benchmarks.energy import read_counters, spent_j
from benchmarks.interference import Interference, between, read_moment
from benchmarks.journal import recorder
from benchmarks.memory import peak_bytes
from benchmarks.profiling.operators import Profile
from benchmarks.timing import Series, Times, measure, time_once
from edge_app.core import strict_json
from edge_app.core.backends import BackendName
from edge_app.core.errors import EdgestyleError, ResultsError, RuntimeUnavailableError
from edge_app.core.files import write_text
from edge_app.core.image import Bytes, Picture, read_image
from edge_app.core.manifest import Format
from edge_app.core.pack import open_pack
from edge_app.core.runtime import Runtime, open_runtime
from edge_app.core.size import Size
from edge_app.core.styles import Palette
from edge_app.core.stylizer import prepare, stylize
from edge_app.core.vector import Vector

JOB = "job.json"
ANSWER = "answer.json"
INPUT = "input.npy"
"""What the model was given: float32 (height, width, 3) in [0, 1]."""
OUTPUT = "output.npy"
"""What it made of it: the same shape and range."""
STYLIZED = "stylized.npy"
"""The picture at the end of the whole path: uint8, in the photograph's aspect ratio."""
JOURNAL = "samples.txt"
"""Every sample as soon as it is taken: what is left of a process that dies."""

Opener = Callable[..., Runtime]
"""`open_runtime`, or what a test puts in its place."""

T = TypeVar("T")


class Task(StrEnum):
    """What to do with the model."""

    MEASURE = "measure"
    """Time it; writes INPUT, OUTPUT, STYLIZED, and each sample into JOURNAL."""
    DRAW = "draw"
    """Draw the reference of another model: reads INPUT, writes OUTPUT."""
    PROFILE = "profile"
    """Time its operators: reads INPUT."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """One model to load, chosen as the app chooses it."""

    task: Task
    pack: Path
    recipe: str
    size: Size
    format: Format | None = None
    backend: BackendName = "auto"
    accelerator: str = "auto"
    threads: int
    photo: Path
    runs: int
    warmups: int


@dataclass(frozen=True, kw_only=True)
class Timings:
    """What one process found out; see Measurement in benchmarks/results.py."""

    times: Times
    loaded_bytes: int | None
    peak_bytes: int | None
    energy_j: float | None = None
    interference: Interference | None = None


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What was found: the model, what ran it, and its times if it was to be measured."""

    model_path: str
    size: Size
    """At which it was run."""
    backend: str
    backend_version: str
    threads: int
    accelerator: str
    accelerated_share: float
    timings: Timings | None
    work: Work | None = None
    profile: Profile | None = None


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a worker process leaves behind: one of the two."""

    outcome: Outcome | None = None
    error: str | None = None
    """The text of an error that edgestyle raised on purpose."""


def work(job: Job, folder: Path, *, opener: Opener = open_runtime) -> Outcome:
    """Do a job in this process; the pictures are written to `folder`.

    Raises:
        EdgestyleError: the pack, the model or the photograph cannot be used.
    """
    pack = open_pack(job.pack)
    style = Palette(pack).mix().style  # of several the first: they all take the same time

    def load() -> Runtime:
        return opener(
            pack,
            recipe=job.recipe,
            size=job.size,
            threads=job.threads,
            format=job.format,
            backend=job.backend,
            accelerator=job.accelerator,
        )

    runtime, cold_load_ms = _timed(load)
    with closing(runtime):
        timings, counted, watched = None, None, None
        if job.task is Task.MEASURE:
            timings, size = _measure(runtime, style, job, folder, load, cold_load_ms)
            if runtime.info.backend == "litert":
                counted = count_work(pack.read(runtime.model.path), size)
        else:
            picture = np.load(folder / INPUT)
            size = (picture.shape[0], picture.shape[1])
            if job.task is Task.DRAW:
                np.save(folder / OUTPUT, runtime.run(picture, style))
            else:
                content = pack.read(runtime.model.path)
                watched = _profile(runtime, content, (picture, style), job)
        return Outcome(
            model_path=runtime.model.path,
            size=size,
            backend=runtime.info.backend,
            backend_version=runtime.info.version,
            threads=runtime.info.threads,
            accelerator=runtime.info.accelerator,
            accelerated_share=runtime.info.accelerated_share,
            timings=timings,
            work=counted,
            profile=watched,
        )


def main(folder: Path) -> None:
    """Do the job that lies in `folder` and leave the answer there."""
    text = (folder / JOB).read_text(encoding="utf-8")
    job = strict_json.from_json(Job, text, where=JOB, error=ResultsError)
    try:
        answer = Answer(outcome=work(job, folder))
    except EdgestyleError as error:
        answer = Answer(error=str(error))
    write_text(folder / ANSWER, strict_json.to_json(answer))


def _measure(
    runtime: Runtime,
    style: Vector,
    job: Job,
    folder: Path,
    load: Callable[[], Runtime],
    cold_load_ms: float,
) -> tuple[Timings, Size]:
    """Everything that is timed, in order, and the size of the model's picture.

    What an application would not keep is written to `folder` at once and let go, or the peak would
    be the harness's own. Leaves the runtime closed.
    """
    loaded_bytes = peak_bytes()
    picture = prepare(runtime.model, _decoded(job), max(job.size)).given
    size = (picture.shape[0], picture.shape[1])
    np.save(folder / INPUT, picture)
    begin = read_moment()
    first_run_ms, model, energy_j = _model_alone(runtime, picture, style, job, folder)
    del picture

    def whole_path() -> Bytes:
        return stylize(runtime, _decoded(job), style=style, longest_side=max(job.size))

    decode = _measured("decode", lambda: _decoded(job), job, folder)
    end_to_end = _measured("end to end", whole_path, job, folder)
    interference = between(begin, read_moment())
    peak = peak_bytes()
    np.save(folder / STYLIZED, whole_path())
    # Two copies of the model in memory would spoil the peak, so it is loaded again last of all.
    runtime.close()
    again, load_ms = _timed(load)
    again.close()
    times = Times(
        cold_load_ms=cold_load_ms,
        load_ms=load_ms,
        first_run_ms=first_run_ms,
        decode=decode,
        model=model,
        end_to_end=end_to_end,
    )
    timings = Timings(
        times=times,
        loaded_bytes=loaded_bytes,
        peak_bytes=peak,
        energy_j=energy_j,
        interference=interference,
    )
    return timings, size


def _model_alone(
    runtime: Runtime, picture: Picture, style: Vector, job: Job, folder: Path
) -> tuple[float, Series, float | None]:
    """Milliseconds of the first run, those of the runs that count, and the energy of all runs."""
    output, first_run_ms = _timed(lambda: runtime.run(picture, style))
    np.save(folder / OUTPUT, output)
    del output
    # The counter is read around the warm-ups too: splitting them off would put a pause between
    # the last warm-up and the first sample.
    counters = read_counters()
    model = _measured("model", lambda: runtime.run(picture, style), job, folder)
    return first_run_ms, model, spent_j(counters, read_counters())


def _measured(name: str, function: Callable[[], object], job: Job, folder: Path) -> Series:
    """The runs of one series, each in the journal as soon as it is done."""
    record = recorder(folder / JOURNAL, name)
    return measure(function, runs=job.runs, warmups=job.warmups, on_sample=record)


def _decoded(job: Job) -> Bytes:
    """The photograph, as large as the model needs it: as `edgestyle stylize` reads it."""
    return read_image(job.photo, reduce_to=max(job.size))


def _profile(runtime: Runtime, content: bytes, inputs: tuple[Picture, Vector], job: Job) -> Profile:
    """The operators of the model that `runtime` holds, which is closed here."""
    # Its imports are no part of what a model needs.
    from benchmarks.profiling.profiler import profile

    info = runtime.info
    if info.backend != "litert":
        raise RuntimeUnavailableError(f"operators are timed by LiteRT only, not by {info.backend}")
    if runtime.model.size is None:
        raise RuntimeUnavailableError("operators are timed of models of one size only")
    runtime.close()
    return profile(
        content,
        inputs if runtime.model.style_length else inputs[:1],
        threads=job.threads,
        accelerator=info.accelerator,
        runs=job.runs,
        warmups=max(job.warmups, 1),
    )


def _timed(function: Callable[[], T]) -> tuple[T, float]:
    """What a function returns, and the milliseconds it took."""
    results: list[T] = []
    taken_ms = time_once(lambda: results.append(function()))
    return results[0], taken_ms


if __name__ == "__main__":
    main(Path(sys.argv[1]))
