"""How long packs take: every recipe, size and number of threads, through the app's own path."""

from __future__ import annotations

import datetime
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.ceiling import Ceiling, measure_ceiling
from benchmarks.child import work_in_child
from benchmarks.config import BenchConfig
from benchmarks.correctness import Drawn, judge
from benchmarks.environment import edgestyle_version, read_condition, read_environment
from benchmarks.journal import read_journal
from benchmarks.memory import bare_interpreter_bytes
from benchmarks.outputs import check_outputs
from benchmarks.pictures import Illustration
from benchmarks.plan import Target, in_turns
from benchmarks.profiling.operators import Profile
from benchmarks.reported import runtime_text
from benchmarks.results import (
    Check,
    Failure,
    Measurement,
    Memory,
    Results,
    Settings,
    Verdict,
)
from benchmarks.results_file import save_results, save_so_far
from benchmarks.scene import NAME as SCENE_NAME
from benchmarks.scene import draw_scene
from benchmarks.worker import (
    INPUT,
    JOURNAL,
    OUTPUT,
    STYLIZED,
    Job,
    Outcome,
    Task,
    Timings,
    work,
)
from edge_app.core.errors import EdgestyleError
from edge_app.core.image import Bytes, Picture, crop, read_image, to_uint8, write_image
from edge_app.core.manifest import Format, ModelFile
from edge_app.core.pack import StylePack
from edge_app.core.runtime import DEFAULT_RECIPE
from edge_app.core.stylizer import prepare

REFERENCE_FORMATS = (Format.ONNX, Format.TFLITE)
"""Where the reference picture comes from: another library than the one measured if there is one,
or else other kernels of the same one, as LiteRT's own beside XNNPACK's."""

Worker = Callable[[Job, Path], Outcome]
"""Does a job with a folder for its files; ResultsError or another EdgestyleError if it cannot."""


def bench(
    config: BenchConfig,
    on_progress: Callable[[str, float], None] | None = None,
    on_picture: Callable[[Illustration], None] | None = None,
    *,
    worker: Worker | None = None,
    targets: Sequence[Target] | None = None,
    peak: Callable[[int], Ceiling] = measure_ceiling,
) -> Results:
    """Measure packs x recipes x sizes x threads, one after the other.

    A model that fails, crashes or draws a wrong picture stands in the results as such and keeps
    no other from being measured. A KeyboardInterrupt ends the measuring: what was measured is
    returned, marked as interrupted; if that is nothing, it is passed on.

    Args:
        config: what and how.
        on_progress: called with what is measured now and the share that is done, 0 to 1.
        on_picture: called at the end once a pack, with the picture of its largest model.
        worker: what does the jobs; if not given, a fresh process for each (see
            `BenchConfig.isolate`).
        targets: what to measure; all that `config` names if not given.
        peak: measures what the machine reaches with a number of threads.

    Raises:
        ConfigError: a pack does not hold a recipe or size that was asked for; the text lists what
            it does.
        PackError: a pack is missing or damaged.
        ImageError: the photograph cannot be read.
        StorageError: a file of `config` cannot be written, or holds results already; if the former
            is found at the end only, the text tells where the results are kept.
        ResultsError: `config.roofline`, and the machine's peak could not be measured.
    """
    targets = in_turns(config) if targets is None else targets
    check_outputs(config)
    tell = on_progress or (lambda _text, _share: None)
    with tempfile.TemporaryDirectory(prefix="edgestyle-bench-") as folder:
        bench_one = _Bench(config, Path(folder), worker or _worker(config))
        results = bench_one.no_results()
        if config.roofline:
            tell("what this machine reaches at best", 0.0)
            results = replace(results, ceilings=tuple(map(peak, sorted(set(config.threads)))))
        failed: list[Target] = []
        try:
            for i, target in enumerate(targets):
                if target in failed:  # a further process would fail again, perhaps for minutes
                    continue
                tell(target.text, i / len(targets))
                outcome = bench_one.measure(target)
                if isinstance(outcome, Failure):
                    failed.append(target)
                results = results.adding(outcome, after=read_condition())
                save_so_far(config.json, results)
        except KeyboardInterrupt:
            if (broken_off := bench_one.broken_off()) is not None:
                results = results.adding(broken_off, after=read_condition())
            if not results.measurements and not results.failures:
                raise  # and leave the results of an earlier benchmark where they are
            results = replace(results, interrupted=True)
        else:
            tell("measured", 1.0)
    save_results(config.json, results)
    if on_picture is not None:
        for picture in bench_one.pictures():
            on_picture(picture)
    return results


class _Bench:
    """Measures one target after the other; keeps the reference pictures and the best ones."""

    def __init__(self, config: BenchConfig, folder: Path, worker: Worker) -> None:
        self._config = config
        self._folder = folder
        self._worker = worker
        self._profiled: set[tuple[object, ...]] = set()
        self._target: Target | None = None
        self._references: dict[tuple[object, ...], tuple[Picture, Outcome] | None] = {}
        self._shown: dict[str, tuple[tuple[object, ...], Illustration]] = {}
        if config.photo is None:
            self._photo_path = folder / "photo.jpg"
            write_image(self._photo_path, draw_scene())
        else:
            self._photo_path = config.photo.absolute()
        self._photo = read_image(self._photo_path)

    def no_results(self) -> Results:
        """The results before anything was measured."""
        now = read_condition()
        return Results(
            created=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
            version=edgestyle_version(),
            settings=Settings(
                runs=self._config.runs,
                warmups=self._config.warmups,
                photo=SCENE_NAME if self._config.photo is None else self._config.photo.name,
                photo_size=(self._photo.shape[0], self._photo.shape[1]),
                isolated=self._config.isolate,
                processes=self._config.rounds,
                interleaved=self._config.interleave,
            ),
            environment=read_environment(),
            before=now,
            after=now,
            measurements=(),
        )

    def measure(self, target: Target) -> Measurement | Failure:
        """One line of the table."""
        (self._folder / JOURNAL).unlink(missing_ok=True)
        self._target = target  # until it has its line: an interruption finds its samples
        found = self._measure(target)
        self._target = None
        return found

    def _measure(self, target: Target) -> Measurement | Failure:
        manifest = target.pack.manifest
        try:
            outcome = self._worker(self._job(target, Task.MEASURE), self._folder)
        except EdgestyleError as error:
            return self._failure(target, str(error))
        timings = outcome.timings
        assert timings is not None
        model = _model(target.pack, outcome.model_path)
        profile, unprofiled = self._profile(target)
        measurement = Measurement(
            pack=manifest.id,
            title=manifest.title,
            network=manifest.network,
            pack_sha256=target.pack.sha256,
            model_path=model.path,
            model_sha256=model.sha256,
            recipe=model.recipe,
            size=outcome.size,
            file_bytes=model.size_bytes,
            backend=outcome.backend,
            backend_version=outcome.backend_version,
            threads=outcome.threads,
            accelerator=outcome.accelerator,
            asked=target.accelerator,
            accelerated_share=outcome.accelerated_share,
            **vars(timings.times),
            energy_j=timings.energy_j,
            interference=timings.interference,
            work=outcome.work,
            profile=profile,
            unprofiled=unprofiled,
            memory=_memory(timings) if self._config.isolate else None,
            check=self._check(target, model, outcome),
        )
        self._show(measurement, np.load(self._folder / STYLIZED))
        return measurement

    def broken_off(self) -> Failure | None:
        """What an interruption left of the model that was being measured; None if no sample."""
        if self._target is None:
            return None
        failure = self._failure(self._target, "The benchmark was interrupted.")
        return failure if failure.taken else None

    def pictures(self) -> list[Illustration]:
        """One picture a pack: of its largest model, fp32 before others, right before wrong."""
        return [illustration for _, illustration in self._shown.values()]

    def _failure(self, target: Target, reason: str) -> Failure:
        taken = read_journal(self._folder / JOURNAL, warmups=self._config.warmups)
        return target.failed(reason, taken)

    def _job(
        self, target: Target, task: Task, form: Format | None = None, accelerator: str = "auto"
    ) -> Job:
        measured = task is not Task.DRAW
        return Job(
            task=task,
            pack=target.pack.path.absolute(),
            recipe=target.recipe if measured else DEFAULT_RECIPE,
            size=target.size,
            format=form,
            backend=self._config.runtime if measured else "auto",
            accelerator=target.accelerator if measured else accelerator,
            threads=target.threads if measured else 1,
            photo=self._photo_path,
            runs=self._config.runs,
            warmups=self._config.warmups,
        )

    def _profile(self, target: Target) -> tuple[Profile | None, str]:
        """The model's operators, or why there are none; once for all processes of a target."""
        key = (target.pack.sha256, *target.setting)
        if not self._config.profile or key in self._profiled:
            return None, ""
        self._profiled.add(key)
        try:
            return self._worker(self._job(target, Task.PROFILE), self._folder).profile, ""
        except EdgestyleError as error:
            return None, str(error)

    def _check(self, target: Target, model: ModelFile, outcome: Outcome) -> Check:
        given: Picture = np.load(self._folder / INPUT)
        drawn = Drawn(
            model=model,
            runtime=_runtime(outcome),
            picture=np.load(self._folder / OUTPUT),
            stylized=np.load(self._folder / STYLIZED),
        )
        shape = (given.shape[0], given.shape[1])
        key = (target.pack.sha256, shape, model.format, drawn.runtime)
        if key not in self._references:
            self._references[key] = self._reference(target, model, outcome)
        found = self._references[key]
        if found is None:
            return judge(given, drawn, None)
        picture, by = found
        reference = Drawn(
            model=_model(target.pack, by.model_path),
            runtime=_runtime(by),
            picture=picture,
            stylized=self._cut_back(model, target, picture),
        )
        return judge(given, drawn, reference)

    def _reference(
        self, target: Target, model: ModelFile, outcome: Outcome
    ) -> tuple[Picture, Outcome] | None:
        """What the pack's fp32 model makes of the picture that the measured one was given.

        None if no library here draws a picture with it.
        """
        other = "xnnpack" if outcome.accelerator == "none" else "none"
        ways = [(form, "auto") for form in REFERENCE_FORMATS if form != model.format]
        ways += [(form, other) for form in REFERENCE_FORMATS if form == model.format]
        ways += [(form, "auto") for form in REFERENCE_FORMATS if form == model.format]
        for form, accelerator in ways:
            try:
                drawn = self._worker(self._job(target, Task.DRAW, form, accelerator), self._folder)
            except EdgestyleError:
                continue  # not in the pack, or nothing here runs it so
            picture: Picture = np.load(self._folder / OUTPUT)
            if np.isfinite(picture).all():
                return picture, drawn
        return None

    def _cut_back(self, model: ModelFile, target: Target, picture: Picture) -> Bytes:
        """What the whole path should give if the model drew `picture`."""
        side = max(target.size)
        prepared = prepare(model, read_image(self._photo_path, reduce_to=side), side)
        height, width = prepared.resized.shape[:2]
        return to_uint8(crop(picture, prepared.corner, (height, width)))

    def _show(self, measurement: Measurement, stylized: Bytes) -> None:
        height, width = measurement.size
        right = measurement.check.verdict is not Verdict.WRONG
        rank = (right, height * width, measurement.recipe == DEFAULT_RECIPE)
        best, _ = self._shown.get(measurement.pack_sha256, (None, None))
        if best is None or rank > best:
            illustration = Illustration(
                title=measurement.title,
                photo=self._photo,
                stylized=stylized,
                caption=f"{measurement.recipe} at {height}x{width}"
                + ("" if right else ", a wrong picture"),
            )
            self._shown[measurement.pack_sha256] = (rank, illustration)


def _worker(config: BenchConfig) -> Worker:
    if not config.isolate:
        return work
    return lambda job, folder: work_in_child(job, folder, timeout_s=config.timeout_s)


def _runtime(outcome: Outcome) -> str:
    return runtime_text(outcome.backend, outcome.backend_version, outcome.accelerator)


def _model(pack: StylePack, path: str) -> ModelFile:
    return next(model for model in pack.manifest.models if model.path == path)


def _memory(timings: Timings) -> Memory | None:
    bare = bare_interpreter_bytes()
    if bare is None or timings.loaded_bytes is None or timings.peak_bytes is None:
        return None
    return Memory(bare=bare, loaded=timings.loaded_bytes, peak=timings.peak_bytes)
