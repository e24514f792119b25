"""Every quantization recipe on several styles: sizes, speed, and what it does to the pictures.

`edgestyle ablate` runs this and writes docs/quantization.md's figures. No gate stops a recipe here:
the bad ones are what the others are compared with.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from edge_app.core.digest import sha256
from edge_app.core.errors import ConfigError
from edge_app.core.files import replacing, write_text
from edge_app.core.image import Bytes, Picture, to_uint8, write_image
from edge_app.core.manifest import Gate, Lint, ModelFile
from edge_app.core.runtime import load_runtime
from export.ablation_config import AblationConfig
from export.calibration import representative
from export.card import card_of
from export.config import ExportConfig, shown
from export.files import TfliteSource, Workshop, tuned_graph
from export.lint import lint
from export.parity import Judge, measure
from export.recipes import GOOD_ENOUGH, INT8_CONV, recipe
from export.subjects import Subject
from training.network import WEIGHTS, load_stylizer
from training.run import read_config

THREADS = (1, 2)

RUNS = 21
"""Of every file and number of threads, turn by turn."""

SHOWN = 224
"""Side of what is shown of every picture, in pixels."""

AMPLIFIED = 8
"""Differences are shown so many times larger."""

BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
"""Between these lines of the page the figures stand."""

JudgeOf = Callable[[Path], Judge | None]
"""Run folder -> its judge."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One recipe on one style."""

    style: str
    recipe: str
    size_bytes: int
    latency_ms: tuple[float, ...]
    """Medians, for THREADS."""
    gates: tuple[Gate, ...]
    lint: Lint


def ablate(
    config: AblationConfig,
    judge_of: JudgeOf,
    on_progress: Callable[[str, float], None] | None = None,
    *,
    machine: str,
) -> list[Row]:
    """Measure all, write the page's figures and the pictures.

    Args:
        config: what on what.
        judge_of: measures content and style by a run's own teacher and painting.
        on_progress: what is being done, and how much of the whole is done, 0..1.
        machine: where the figures come from, for the page: processor, instructions, libraries.

    Raises:
        ConfigError: the page has no place for figures.
        EdgestyleError: as `export.build.export`, but for gates that do not hold.
    """
    _split(config.page)
    rows: list[Row] = []
    for i, run in enumerate(config.runs):

        def tell(text: str, _cost: float, i: int = i, run: Path = run) -> None:
            if on_progress is not None:
                on_progress(f"{run.name}: {text}", i / len(config.runs))

        rows += _rows(config, run, judge_of(run), tell)
        # After every style: this takes long, and what is measured is measured.
        before, after = _split(config.page)
        write_text(
            config.page, f"{before}{BEGIN}\n\n{_tables(config, rows, machine)}\n{END}{after}"
        )
    if on_progress is not None:
        on_progress(f"wrote {config.page}", 1.0)
    return rows


def _rows(
    config: AblationConfig, run: Path, judge: Judge | None, tell: Callable[[str, float], None]
) -> Iterator[Row]:
    training = read_config(run)
    export = ExportConfig(
        run=run, out=Path("nowhere"), sizes=(config.size,), finetune=config.finetune
    )
    stylizer = load_stylizer(run)
    shop = Workshop(
        config=export,
        stylizer=stylizer,
        card=card_of(export, training),
        photos=representative(config.photos, parity_count=config.compared_on),
        subjects=(Subject(stylizer=stylizer, judge=judge),),
        folder=Path("nowhere"),
    )
    source = TfliteSource(shop, config.size, tell)
    kept = None if config.keep is None else config.keep / _folder_name(run)
    files: dict[str, tuple[ModelFile, bytes]] = {}
    for wanted in map(recipe, config.recipes):
        tell(f"making {wanted.name}", 1)
        model = source.describe(wanted)
        files[wanted.name] = model, _made(model, kept, partial(source.make, wanted))
    if config.finetune:
        model, make = _tuned(source)
        content = _made(model, kept, make)
        if content not in (made for _, made in files.values()):  # or it gained nothing
            files[f"{INT8_CONV.name}, fine-tuned"] = model, content
    tell("running all", 1)
    latencies = _latencies(list(files.values()), source.cases[0].given)
    drawn: dict[str, Picture] = {}
    for name, (model, content) in files.items():
        runtime = load_runtime(model, content, threads=1)
        try:
            gates = measure(model.path, runtime.run, source.cases, GOOD_ENOUGH, judge)
            drawn[name] = runtime.run(source.cases[0].given)
        finally:
            runtime.close()
        yield Row(
            style=run.name,
            recipe=name,
            size_bytes=len(content),
            latency_ms=latencies[model.path],
            gates=gates,
            lint=lint(content),
        )
    write_image(config.pictures / f"{run.name}.jpg", _strip(drawn), quality=88)


def _folder_name(run: Path) -> str:
    """Of a run's kept files: another training's have another."""
    weights = sha256((run / WEIGHTS).read_bytes()).hexdigest()
    return f"{run.name}-{weights[:12]}"


def _tuned(source: TfliteSource) -> tuple[ModelFile, Callable[[], bytes]]:
    """What is said of the fine-tuned file, and what makes it."""
    shop, size, step = source.shop, source.size, source.step

    def make() -> bytes:
        return TfliteSource(shop, size, step, tuned_graph(shop, size, step)).make(INT8_CONV)

    name = f"{INT8_CONV.name}-tuned-{shop.config.finetune}"
    model = source.describe(INT8_CONV)
    return replace(model, path=f"tflite/{name}-{shown(size)}.tflite"), make


def _made(model: ModelFile, kept: Path | None, make: Callable[[], bytes]) -> bytes:
    """A recipe's file, made unless it was kept."""
    if kept is None:
        return make()
    path = kept / Path(model.path).name
    if not path.is_file():
        with replacing(path) as beside:
            beside.write_bytes(make())
    return path.read_bytes()


def _latencies(
    files: Sequence[tuple[ModelFile, bytes]], picture: Picture
) -> dict[str, tuple[float, ...]]:
    """Path -> medians in ms for THREADS. All files take turns, so what disturbs meets all alike."""
    medians: dict[str, list[float]] = {model.path: [] for model, _ in files}
    for threads in THREADS:
        runtimes = [load_runtime(model, content, threads=threads) for model, content in files]
        samples: dict[str, list[float]] = {model.path: [] for model, _ in files}
        for _ in range(RUNS):
            for runtime in runtimes:
                begin = time.perf_counter()
                runtime.run(picture)
                samples[runtime.model.path].append((time.perf_counter() - begin) * 1e3)
        for runtime in runtimes:
            runtime.close()
        for path, times in samples.items():
            medians[path].append(statistics.median(times))
    return {path: tuple(values) for path, values in medians.items()}


def _strip(drawn: dict[str, Picture]) -> Bytes:
    """Above the middle of all recipes' pictures, below the differences from fp32, amplified."""
    above = [_middle(each) for each in drawn.values()]
    exact = _middle(drawn["fp32"])
    below = [np.clip(0.5 + AMPLIFIED * (each - exact), 0, 1) for each in above]
    rows = [np.concatenate(each, axis=1) for each in (above, below)]
    return to_uint8(np.concatenate(rows, axis=0).astype(np.float32))


def _middle(picture: Picture) -> Picture:
    height, width = picture.shape[:2]
    top, left = max(0, height - SHOWN) // 2, max(0, width - SHOWN) // 2
    return picture[top : top + SHOWN, left : left + SHOWN]


def _tables(config: AblationConfig, rows: Sequence[Row], machine: str) -> str:
    styles = list(dict.fromkeys(row.style for row in rows))
    parts = [
        f"{shown(config.size)} pixels, {config.compared_on} photographs that were not calibrated "
        f"on, {RUNS} runs a figure, files taking turns. Quality: worst photograph / median. "
        f"{machine}\n"
    ]
    for style in styles:
        own = [row for row in rows if row.style == style]
        exact = next(row for row in own if row.recipe == "fp32")
        parts.append(
            f"### {style}\n\n"
            "| recipe | kB | ms, 1 thread | faster | ms, 2 threads | PSNR, dB | SSIM | content "
            "changes by | style changes by | XNNPACK pieces |\n"
            "|---|---|---|---|---|---|---|---|---|---|\n"
            + "".join(_line(row, exact) for row in own)
            + f"\n![{', '.join(row.recipe for row in own)}; below, {AMPLIFIED} times the "
            f"difference from fp32]({_relative(config)}/{style}.jpg)\n"
        )
    return "\n".join(parts)


def _line(row: Row, exact: Row) -> str:
    gates: dict[str, Gate] = {gate.metric: gate for gate in row.gates}
    one, two = row.latency_ms
    quality = []
    for metric, form in (
        ("psnr", "{:.1f}"),
        ("ssim", "{:.3f}"),
        ("content_change", "{:.1%}"),
        ("style_change", "{:.1%}"),
    ):
        gate = gates.get(metric)
        figures = () if gate is None else (gate.worst, gate.median)
        quality.append(" / ".join(form.format(figure) for figure in figures) or "not judged")
    (pieces,) = (d.pieces for d in row.lint.delegates if d.name == "xnnpack")
    cells = (
        row.recipe,
        f"{row.size_bytes / 1e3:.0f}",
        f"{one:.1f}",
        f"{exact.latency_ms[0] / one:.2f}",
        f"{two:.1f}",
        *quality,
        str(pieces),
    )
    return "| " + " | ".join(cells) + " |\n"


def _relative(config: AblationConfig) -> str:
    parent, pictures = config.page.parent.resolve(), config.pictures.resolve()
    if pictures.is_relative_to(parent):
        return pictures.relative_to(parent).as_posix()
    return pictures.as_posix()


def _split(page: Path) -> tuple[str, str]:
    """What stands before and after the figures."""
    text = page.read_text(encoding="utf-8") if page.is_file() else f"{BEGIN}\n{END}\n"
    if text.count(BEGIN) != 1 or text.count(END) != 1 or text.index(BEGIN) > text.index(END):
        raise ConfigError(f"{page}: expected the lines {BEGIN} and {END}, once each")
    before, rest = text.split(BEGIN)
    return before, rest.split(END)[1]
