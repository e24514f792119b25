"""How long packs take: every recipe, size and number of threads, through the app's own path."""

from __future__ import annotations

import datetime
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path

import numpy as np

from benchmarks.child import work_in_child
from benchmarks.config import BenchConfig
from benchmarks.correctness import judge
from benchmarks.environment import read_condition, read_environment
from benchmarks.memory import bare_interpreter_bytes
from benchmarks.pictures import Illustration
from benchmarks.results import (
    Check,
    Failure,
    Measurement,
    Memory,
    Results,
    Settings,
    Verdict,
    write_results,
)
from benchmarks.scene import NAME as SCENE_NAME
from benchmarks.scene import draw_scene
from benchmarks.worker import INPUT, OUTPUT, STYLIZED, Job, Outcome, Task, Timings, work
from edge_app.core.catalog import find_pack
from edge_app.core.errors import ConfigError, EdgestyleError
from edge_app.core.files import check_place
from edge_app.core.image import Bytes, Picture, Size, read_image, write_image
from edge_app.core.manifest import Format, ModelFile
from edge_app.core.pack import StylePack, open_pack
from edge_app.core.runtime import DEFAULT_RECIPE, choose_models

FREE_SIZES = (256, 512)
"""Measured for a recipe whose models take any size, when no size is asked for."""

REFERENCE_FORMATS = (Format.ONNX, Format.TFLITE)
"""Where the reference picture comes from, in this order: another library than the one measured
proves more than the same one drawing twice."""

Worker = Callable[[Job, Path], Outcome]
"""Does a job with a folder for its files; ResultsError or another EdgestyleError if it cannot."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """One line of the table to be."""

    pack: StylePack
    recipe: str
    size: Size
    """(height, width) to ask for."""
    threads: int

    @property
    def text(self) -> str:
        """The target for people."""
        return f"{self.pack.manifest.title}: {self.recipe}, {self.size[0]}x{self.size[1]}"


def bench(
    config: BenchConfig,
    on_progress: Callable[[str, float], None] | None = None,
    on_picture: Callable[[Illustration], None] | None = None,
    *,
    worker: Worker | None = None,
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

    Raises:
        ConfigError: a pack does not hold a recipe or size that was asked for; the text lists what
            it does.
        PackError: a pack is missing or damaged.
        ImageError: the photograph cannot be read.
        StorageError: `config.json` or `config.report` cannot be written.
    """
    targets = list(plan(config))
    for path in (config.json, config.report):
        if path is not None:
            check_place(path)
    tell = on_progress or (lambda _text, _share: None)
    with tempfile.TemporaryDirectory(prefix="edgestyle-bench-") as folder:
        bench_one = _Bench(config, Path(folder), worker or _worker(config))
        results = bench_one.no_results()
        try:
            for i, target in enumerate(targets):
                tell(target.text, i / len(targets))
                results = results.adding(bench_one.measure(target), after=read_condition())
                if config.json is not None:
                    write_results(config.json, results)
        except KeyboardInterrupt:
            if not results.measurements and not results.failures:
                raise  # and leave the results of an earlier benchmark where they are
            results = replace(results, interrupted=True)
        else:
            tell("measured", 1.0)
    if config.json is not None:
        write_results(config.json, results)
    if on_picture is not None:
        for picture in bench_one.pictures():
            on_picture(picture)
    return results


def plan(config: BenchConfig) -> Iterator[Target]:
    """Everything that `bench` measures, in order; raises as `bench` does."""
    for name in config.packs:
        pack = open_pack(find_pack(name))
        for recipe in config.recipes or _recipes(pack):
            for size in config.sizes or _sizes(pack, recipe):
                model = choose_models(pack, recipe=recipe, size=size)[0]
                height, width = (size, size) if isinstance(size, int) else size
                for threads in config.threads:
                    yield Target(
                        pack=pack,
                        recipe=recipe,
                        size=model.size or (height, width),
                        threads=threads,
                    )


class _Bench:
    """Measures one target after the other; keeps the reference pictures and the best ones."""

    def __init__(self, config: BenchConfig, folder: Path, worker: Worker) -> None:
        self._config = config
        self._folder = folder
        self._worker = worker
        self._references: dict[tuple[str, Size], tuple[Picture, Outcome] | None] = {}
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
            version=_version(),
            settings=Settings(
                runs=self._config.runs,
                warmups=self._config.warmups,
                photo=SCENE_NAME if self._config.photo is None else self._config.photo.name,
                photo_size=(self._photo.shape[0], self._photo.shape[1]),
                isolated=self._config.isolate,
            ),
            environment=read_environment(),
            before=now,
            after=now,
            measurements=(),
        )

    def measure(self, target: Target) -> Measurement | Failure:
        """One line of the table."""
        manifest = target.pack.manifest
        try:
            outcome = self._worker(self._job(target, Task.MEASURE), self._folder)
        except EdgestyleError as error:
            return Failure(
                pack=manifest.id,
                title=manifest.title,
                recipe=target.recipe,
                size=target.size,
                threads=target.threads,
                reason=str(error),
            )
        timings = outcome.timings
        assert timings is not None
        model = _model(target.pack, outcome.model_path)
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
            accelerated_share=outcome.accelerated_share,
            cold_load_ms=timings.cold_load_ms,
            load_ms=timings.load_ms,
            first_run_ms=timings.first_run_ms,
            decode=timings.decode,
            model=timings.model,
            end_to_end=timings.end_to_end,
            memory=_memory(timings) if self._config.isolate else None,
            check=self._check(target, model),
        )
        self._show(measurement, np.load(self._folder / STYLIZED))
        return measurement

    def pictures(self) -> list[Illustration]:
        """One picture a pack: of its largest model, fp32 before others, right before wrong."""
        return [illustration for _, illustration in self._shown.values()]

    def _job(self, target: Target, task: Task, form: Format | None = None) -> Job:
        return Job(
            task=task,
            pack=target.pack.path.absolute(),
            recipe=target.recipe if task is Task.MEASURE else DEFAULT_RECIPE,
            size=target.size,
            format=form,
            threads=target.threads if task is Task.MEASURE else 1,
            photo=self._photo_path,
            runs=self._config.runs,
            warmups=self._config.warmups,
        )

    def _check(self, target: Target, model: ModelFile) -> Check:
        given: Picture = np.load(self._folder / INPUT)
        drawn: Picture = np.load(self._folder / OUTPUT)
        key = (target.pack.sha256, (given.shape[0], given.shape[1]))
        if key not in self._references:
            self._references[key] = self._reference(target)
        found = self._references[key]
        if found is None:
            return judge(model, given=given, drawn=drawn, reference=None)
        picture, by = found
        return judge(
            model,
            given=given,
            drawn=drawn,
            reference=picture,
            reference_model=_model(target.pack, by.model_path),
            reference_backend=f"{by.backend} {by.backend_version}",
        )

    def _reference(self, target: Target) -> tuple[Picture, Outcome] | None:
        """What the pack's fp32 model makes of the picture that the measured one was given.

        None if no library here draws a picture with it.
        """
        for form in REFERENCE_FORMATS:
            try:
                outcome = self._worker(self._job(target, Task.DRAW, form), self._folder)
            except EdgestyleError:
                continue  # not in the pack, or no library here runs it
            picture: Picture = np.load(self._folder / OUTPUT)
            if np.isfinite(picture).all():
                return picture, outcome
        return None

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


def _recipes(pack: StylePack) -> list[str]:
    """The recipes of a pack that some runtime here has a format for, in the manifest's order."""
    found = []
    for recipe in dict.fromkeys(model.recipe for model in pack.models()):
        try:
            choose_models(pack, recipe=recipe)
        except ConfigError:
            continue
        found.append(recipe)
    if not found:
        choose_models(pack)  # says what the pack holds instead
    return found


def _sizes(pack: StylePack, recipe: str) -> list[Size]:
    """The fixed sizes of a recipe, the smallest first; FREE_SIZES if it has none."""
    fixed = {m.size for m in choose_models(pack, recipe=recipe) if m.size is not None}
    return sorted(fixed, key=lambda size: size[0] * size[1]) or [(s, s) for s in FREE_SIZES]


def _model(pack: StylePack, path: str) -> ModelFile:
    return next(model for model in pack.manifest.models if model.path == path)


def _memory(timings: Timings) -> Memory | None:
    bare = bare_interpreter_bytes()
    if bare is None or timings.loaded_bytes is None or timings.peak_bytes is None:
        return None
    return Memory(bare=bare, loaded=timings.loaded_bytes, peak=timings.peak_bytes)


def _version() -> str:
    try:
        return metadata.version("edgestyle")
    except metadata.PackageNotFoundError:
        return "unknown (not installed)"
