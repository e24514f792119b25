"""Everything on one page: as Markdown with its plots and pictures beside it, and as HTML.

The HTML holds all that it shows; the Markdown refers to figures/NAME.svg and pictures/STYLE.jpg.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import paper
from benchmarks.environment import condition_warnings
from benchmarks.pages import templates
from benchmarks.papers import drawings, tables
from benchmarks.papers.exhibits import Exhibit, chapters_of, sheets_of
from benchmarks.papers.findings import RESULTS, Findings, write_findings
from benchmarks.pictures import album, data_uri
from benchmarks.quality.results import Evaluation
from benchmarks.quality.tables import Sheet, sheets_in_markdown
from benchmarks.results import Verdict
from edge_app.core.files import write_text
from edge_app.core.image import write_image

TEMPLATE = "papers.html.j2"
MARKDOWN, REPORT = "README.md", "report.html"

TITLE = "The papers' tables again"

INTRODUCTION = (
    "Tables II and III and Figures 7, 8 and 10 of Pu and Li, Application of Image Style Transfer "
    "Based on Normalized Residual Network in Art Design (2023), and the times of Sarika et al., "
    "Neural Style Transfer (2024), made again here, ours beside theirs."
)

PICTURE_QUALITY = 86


@dataclass(frozen=True, kw_only=True)
class Section:
    """A part of the page."""

    name: str
    heading: str
    sheets: tuple[Sheet, ...]
    plots: Mapping[str, str] = field(default_factory=dict)
    """What it shows -> inline SVG."""
    is_of_tests: bool = False
    """Whether its tables have the columns of Table II, and keep them on a phone."""


def write_page(folder: Path, findings: Findings, exhibits: Sequence[Exhibit]) -> list[Path]:
    """Write results, page, report, plots and pictures; gives the first three.

    Raises:
        StorageError: a file cannot be written.
    """
    parts = sections(findings)
    for part in parts:
        for caption, svg in part.plots.items():
            write_text(folder / figure_path(caption), drawings.standalone(svg))
    for style, sheet, _ in sheets_of(exhibits):
        write_image(folder / "pictures" / f"{style}.jpg", sheet, quality=PICTURE_QUALITY)
    written = [folder / name for name in (MARKDOWN, REPORT, RESULTS)]
    write_text(written[0], markdown(findings, parts, exhibits))
    write_text(written[1], render(findings, parts, exhibits))
    write_findings(written[2], findings)
    return written


def sections(findings: Findings) -> list[Section]:
    """The papers' tables and figures, in their order."""
    latency, comparison = findings.latency, findings.comparison
    dots = drawings.seconds_by_style(latency)
    parts = [
        Section(
            name="table-2",
            heading="How long a picture takes",
            sheets=(tables.table_ii(latency),),
            is_of_tests=True,
            plots={} if dots is None else {"Five tests of each style": dots},
        )
    ]
    if comparison is None:
        return parts
    accuracy, loss = drawings.over_training(comparison)
    return [
        *parts,
        Section(
            name="table-3",
            heading="What is left of the photograph",
            sheets=(tables.table_iii(comparison),),
            is_of_tests=True,
            plots={"Five tests of each method": drawings.regions_kept(comparison)},
        ),
        Section(
            name="figure-7",
            heading="How surely the style is recognised",
            sheets=(tables.figure_7(comparison),),
            plots={
                f"ROC on the {name} set": drawings.receiver_curves(
                    tables.by_method(evaluation), f"{name} set"
                )
                for name, evaluation in (("training", comparison.seen), ("test", comparison.unseen))
            },
        ),
        Section(
            name="figure-8",
            heading="While they learn",
            sheets=tables.figure_8(comparison),
            plots={"Accuracy on the test set": accuracy, "Loss on the test set": loss},
        ),
        Section(
            name="figure-10",
            heading="When they have learnt",
            sheets=(tables.figure_10(comparison),),
            plots={"Bars ours, strokes the paper's": drawings.recognised(comparison)},
        ),
        Section(
            name="times",
            heading="How long each method takes",
            sheets=tables.execution_times(comparison, latency),
        ),
    ]


def differences(findings: Findings) -> Iterator[str]:
    """What is not as in the papers, a sentence or two each."""
    environment = findings.latency.environment
    machine = environment.device or environment.cpu
    yield (
        f"Machine: {machine}, {environment.system}; the paper's Table II says “{paper.PLATFORM}” "
        "and no more; its Table I names an Intel Core i7-7700K and a GeForce GTX 1080 Ti."
    )
    yield ("Styles of Table II: the packs' own; the paper does not name its eight.")
    comparison = findings.comparison
    if comparison is None:
        yield "Methods: not compared; no paintings were given."
        return
    recipe, seen, unseen = comparison.recipe, comparison.seen, comparison.unseen
    styles = list(dict.fromkeys(each.style.replace("_", " ") for each in unseen.judgements))
    few = f"{len(styles)} style{'' if len(styles) == 1 else 's'} ({', '.join(styles)})"
    yield f"Methods: compared in {few}; the paper does not say in how many."
    yield (
        f"Training: {recipe.steps:,} steps of {recipe.batch} crops of {recipe.crop}x{recipe.crop}, "
        f"Adam at {recipe.learning_rate:g}; the paper's batch is 4 and its rate 1e-3, its steps "
        f"are not told. CNN, which draws one colour at higher rates: {recipe.cnn_learning_rate:g}. "
        "Losses are relative (docs/training.md), the same for all four networks."
        + (f" Given, not so trained: {', '.join(recipe.given)}." if recipe.given else "")
    )
    yield (
        f"Photographs: {recipe.photo_count:,} of “{recipe.photos}” to learn from, "
        f"{seen.settings.photo_count} of them judged, and {unseen.settings.photo_count} of "
        f"“{recipe.test_photos}”, at {unseen.settings.size}x{unseen.settings.size}; the paper "
        "took 5,000 and 1,500 of COCO."
    )
    yield (
        f"Teacher: {recipe.teacher}, not the paper's VGG-19; the judge is {unseen.settings.judge}."
    )
    yield (
        "Networks: the paper draws ResNet-IN, and describes none of the others. CNN is the same "
        "network without norm and shortcuts, CNN-BN with batch norm and without shortcuts, FNST "
        f"Johnson et al.'s; NAAS takes {recipe.naas_steps} steps of L-BFGS on each picture, on the "
        "loss that the networks learn, not on formulas 2 to 6."
    )
    yield (
        "MIoU: between regions that k-means finds; the paper does not say how it segments. "
        f"Accuracy, recall, F1 and AUC: of a classifier that knows {_classes(unseen)} and is "
        "asked for the pictures' style; the paper does not say what is classified. docs/metrics.md "
        "defines ours."
    )


def _classes(evaluation: Evaluation) -> str:
    """What the classifier can answer, for people."""
    labels = next((each.labels for each in evaluation.recognition), ("photograph",))
    paintings = len(labels) - 1
    return f"{paintings} painting{'' if paintings == 1 else 's'} and photographs"


def notices(findings: Findings) -> list[str]:
    """What casts doubt on the figures."""
    found = list(findings.latency.warnings)
    if findings.comparison is not None:
        comparison, timed = findings.comparison, findings.comparison.execution
        found += [*comparison.seen.notices, *comparison.unseen.notices]
        found += [
            f"While the methods were timed: {doubt}"
            for doubt in condition_warnings(timed.environment, timed.before, timed.after)
        ]
        found += [
            f"{drawing.method} at {drawing.size}x{drawing.size}: its times vary by "
            f"{100 * drawing.times.variation:.0f} %."
            for drawing in timed.drawings
            if not drawing.times.is_steady
        ]
    return list(dict.fromkeys(found))


def figure_path(caption: str) -> Path:
    """Where a plot lies, below the page."""
    return Path("figures") / (re.sub(r"\W+", "-", caption.lower()).strip("-") + ".svg")


def markdown(findings: Findings, parts: Sequence[Section], exhibits: Sequence[Exhibit]) -> str:
    """The page as Markdown."""
    lines = [f"# {TITLE}", "", INTRODUCTION, "", _made(findings), ""]
    lines += ["## What differs from the papers", ""]
    lines += [*(f"- {text}" for text in differences(findings)), ""]
    for style, _, names in sheets_of(exhibits):
        title = style.replace("_", " ")
        lines += [f"![{title}](pictures/{style}.jpg)", ""]
        lines += [f"*{title}, from the left: {', '.join(names)}.*", ""]
    for part in parts:
        lines += sheets_in_markdown(part.sheets)
        lines += [f"![{caption}]({figure_path(caption).as_posix()})" for caption in part.plots]
        lines += [""] if part.plots else []
    doubts = notices(findings)
    if doubts:
        lines += ["## To be read with care", "", *(f"- {_escaped(text)}" for text in doubts), ""]
    return "\n".join(lines)


def render(findings: Findings, parts: Sequence[Section], exhibits: Sequence[Exhibit]) -> str:
    """The page as HTML that needs nothing else."""
    return (
        templates()
        .get_template(TEMPLATE)
        .render(
            title=TITLE,
            introduction=INTRODUCTION,
            made=_made(findings),
            differences=list(differences(findings)),
            notices=notices(findings),
            wrong=[m for m in findings.latency.measurements if m.check.verdict is Verdict.WRONG],
            failures=findings.latency.failures,
            album=album(chapters_of(exhibits)),
            sections=parts,
            data_uri=data_uri,
        )
    )


def _made(findings: Findings) -> str:
    when = findings.created[:16].replace("T", " ")
    return f"Made by `edgestyle bench paper`, edgestyle {findings.version}, {when} UTC."


def _escaped(text: str) -> str:
    return text.replace("<", "&lt;")
