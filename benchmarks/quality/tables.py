"""An evaluation as tables: made once, shown on the screen, in Markdown and in the HTML report."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from benchmarks.quality.results import (
    Artefacts,
    Evaluation,
    Fid,
    Judgement,
    Recognition,
    Which,
    mean_of,
)

NONE = "-"
"""What could not be judged."""


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """One table: texts, the first column naming the row."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class _Column:
    name: str
    of: Callable[[Judgement], float | None]
    digits: int = 3


_FAULTS: dict[str, tuple[Callable[[Artefacts], float], int]] = {
    "grid": (lambda a: a.grid_db, 1),
    "frame": (lambda a: a.frame, 3),
    "dots": (lambda a: 1e3 * a.dots, 2),
}
"""Artefact -> its figure of one picture, and digits."""

_LEGEND = {
    "content": "content: relative distance to the photograph, 0 is the photograph",
    "style": "style: relative distance to the painting, 0 is its texture",
    "weighted": "weighted: both by the training's weights",
    "of reference": "of reference: weighted, over that of the reference method on the same weights",
    "style left": "style left: over the unstylized photographs' own",
    "edges": "SSIM, edges, MIoU: what is left of the photograph, 1 is all",
    "TV ratio": "TV ratio: total variation over the photographs'",
    "colour": "colour: distance to the painting's in steps of CIELAB",
    "LPIPS": "LPIPS: to the photograph",
}


def sheets(evaluation: Evaluation) -> tuple[Sheet, ...]:
    """Everything that was found, most important first."""
    judged = evaluation.judgements
    found = [_summary(judged)]
    found += [_faults(judged)] if any(p.artefacts for j in judged for p in j.pictures) else []
    found += [_flicker(judged)] if any(j.clips for j in judged) else []
    found += [_recognition(evaluation.recognition)] if evaluation.recognition else []
    found += [_fid(evaluation.fid)] if evaluation.fid else []
    found += [_layers(judged)] if any(j.content is not None for j in judged) else []
    return tuple(found)


def screen(evaluation: Evaluation) -> Group:
    """For `rich` to print."""
    return Group(
        *sheets_on_screen(sheets(evaluation)).renderables,
        Text(basis(evaluation), style="dim"),
        *(Text(f"! {notice}", style="yellow") for notice in evaluation.notices),
    )


def sheets_on_screen(shown: Iterable[Sheet]) -> Group:
    """Tables for `rich` to print."""
    parts: list[RenderableType] = []
    for sheet in shown:
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
        for i, name in enumerate(sheet.columns):
            table.add_column(name, justify="right" if i else "left", no_wrap=True)
        for row in sheet.rows:
            table.add_row(*map(Text, row))
        parts += [Text(sheet.title, style="bold"), table]
        parts += [Text(sheet.note, style="dim")] if sheet.note else []
        parts.append(Text(""))
    return Group(*parts)


def markdown(evaluation: Evaluation) -> str:
    """The same as a Markdown document."""
    lines = ["# Picture quality", "", basis(evaluation), ""]
    lines += sheets_in_markdown(sheets(evaluation))
    if evaluation.notices:
        lines += ["## Not judged", "", *(f"- {escaped(each)}" for each in evaluation.notices), ""]
    return "\n".join(lines)


def sheets_in_markdown(shown: Iterable[Sheet]) -> list[str]:
    """The lines of Markdown tables."""
    lines: list[str] = []
    for sheet in shown:
        lines += [f"## {escaped(sheet.title)}", ""]
        lines += [_markdown_row(sheet.columns), _markdown_row(_ruler(len(sheet.columns)))]
        lines += [*map(_markdown_row, sheet.rows), ""]
        lines += [escaped(sheet.note), ""] if sheet.note else []
    return lines


def basis(evaluation: Evaluation) -> str:
    """What was judged, in one sentence."""
    settings = evaluation.settings
    return (
        f"{settings.photo_count} photographs of {settings.photos} at "
        f"{settings.size}x{settings.size}, judged by {settings.judge}; "
        f"edgestyle {evaluation.version}, {evaluation.created[:16].replace('T', ' ')} UTC."
    )


def name_of(title: str, method: str) -> str:
    """A subject for people: 'The Starry Night, small'."""
    return f"{title}, {method}"


def _summary(judgements: Sequence[Judgement]) -> Sheet:
    shown = [
        c for c in _summary_columns(judgements) if any(c.of(j) is not None for j in judgements)
    ]
    rows = [
        (name_of(j.title, j.method), *(_figure(c.of(j), c.digits) for c in shown))
        for j in judgements
    ]
    methods: dict[str, list[Judgement]] = {}
    for judgement in judgements:
        methods.setdefault(judgement.method, []).append(judgement)
    for method, members in methods.items():
        if len(members) > 1:
            means = (_figure(mean_of(map(c.of, members)), c.digits) for c in shown)
            rows.append((f"mean of {method}", *means))
    return Sheet(
        title="Pictures",
        columns=("subject", *(column.name for column in shown)),
        rows=tuple(rows),
        note="; ".join(_LEGEND[c.name] for c in shown if c.name in _LEGEND),
    )


def _summary_columns(judgements: Sequence[Judgement]) -> tuple[_Column, ...]:
    return (
        _Column(name="content", of=lambda j: j.content),
        _Column(name="style", of=lambda j: j.style_distance),
        _Column(name="weighted", of=lambda j: j.weighted),
        _of_reference(judgements),
        _Column(name="style left", of=lambda j: j.style_left),
        _Column(
            name="SSIM", of=lambda j: j.mean(lambda p: p.structure.ssim if p.structure else None)
        ),
        _Column(
            name="edges", of=lambda j: j.mean(lambda p: p.structure.edges if p.structure else None)
        ),
        _Column(name="MIoU", of=lambda j: j.mean(lambda p: p.miou)),
        _Column(name="TV ratio", of=lambda j: j.variation_ratio, digits=2),
        _Column(
            name="colour",
            of=lambda j: j.mean(lambda p: p.colour.distance if p.colour else None),
            digits=1,
        ),
        _Column(name="LPIPS", of=lambda j: j.mean(lambda p: p.lpips)),
    )


def _of_reference(judgements: Sequence[Judgement]) -> _Column:
    references = [j for j in judgements if j.kind == "reference"]

    def over(judgement: Judgement) -> float | None:
        ours = judgement.weighted
        for j in references:
            if _aim(j) == _aim(judgement) and ours and j.weighted:
                return ours / j.weighted
        return None

    return _Column(name="of reference", of=over, digits=2)


def _aim(judgement: Judgement) -> tuple[object, ...]:
    """What a picture was to come near to."""
    return judgement.style, judgement.painting, judgement.weights, judgement.style_size


def _faults(judgements: Sequence[Judgement]) -> Sheet:
    rows = []
    for j in judgements:
        found = [p.artefacts for p in j.pictures if p.artefacts is not None]
        cells = []
        for figure, digits in _FAULTS.values():
            values = [figure(each) for each in found]
            cells += [_figure(mean_of(values), digits), _figure(max(values, default=None), digits)]
        rows.append((name_of(j.title, j.method), *cells))
    return Sheet(
        title="Faults",
        columns=("subject", *(f"{name}{part}" for name in _FAULTS for part in ("", ", worst"))),
        rows=tuple(rows),
        note="mean and worst picture; grid: dB above its surroundings in the spectrum; frame: 0 to "
        "1; dots: thousandths of the pixels",
    )


def _flicker(judgements: Sequence[Judgement]) -> Sheet:
    return Sheet(
        title="Clips",
        columns=("subject", "clip", "frames", "change", "warping error", "of the clip", "followed"),
        rows=tuple(
            (
                name_of(j.title, j.method),
                clip.clip,
                str(clip.frames),
                _figure(clip.change, 2),
                _figure(1e3 * clip.warping_error, 2),
                _figure(1e3 * clip.photo_warping_error, 2),
                f"{clip.compared:.0%}",
            )
            for j in judgements
            for clip in j.clips
        ),
        note=(
            "change: of the output per change of the clip; warping error: mean squared difference "
            "to the frame before, moved along, in thousandths; followed: pixels that could be"
        ),
    )


def _recognition(found: Sequence[Recognition]) -> Sheet:
    return Sheet(
        title="Recognisability",
        columns=("method", "accuracy", "recall", "F1", "AUC", "pictures", "control"),
        rows=tuple(
            (
                r.method,
                *(_figure(value, 3) for value in (r.accuracy, r.recall, r.f1, r.auc)),
                str(len(r.truth)),
                _figure(r.control, 3),
            )
            for r in found
        ),
        note=(
            "a classifier of paintings and photographs is asked for the pictures' style, and for "
            "the bare photographs; control: its accuracy on parts of them that it never saw"
        ),
    )


def _fid(found: Sequence[Fid]) -> Sheet:
    return Sheet(
        title="FID",
        columns=("method", "FID", "pictures", "crops"),
        rows=tuple((f.method, _figure(f.value, 1), str(f.pictures), str(f.crops)) for f in found),
        note="pictures beside crops of the paintings; of so few it is an upper bound, see the docs",
    )


def _layers(judgements: Sequence[Judgement]) -> Sheet:
    rows = []
    content, style = _names(judgements, "content"), _names(judgements, "style")
    for j in judgements:
        if j.content is None:
            continue
        found, seen = j.by_layer("content"), j.by_layer("style")
        cells = [found.get(x) for x in content] + [seen.get(x) for x in style]
        rows.append((name_of(j.title, j.method), *(_figure(value, 3) for value in cells)))
    columns = ("subject", *(f"c {x}" for x in content), *(f"s {x}" for x in style))
    note = "c: content distance, s: style distance in that layer of the judge"
    return Sheet(title="Layer by layer", columns=columns, rows=tuple(rows), note=note)


def _names(judgements: Iterable[Judgement], which: Which) -> list[str]:
    return list(dict.fromkeys(layer for j in judgements for layer in j.by_layer(which)))


def _figure(value: float | None, digits: int) -> str:
    return NONE if value is None else f"{value:.{digits}f}"


def _ruler(columns: int) -> tuple[str, ...]:
    return ("---", *["---:"] * (columns - 1))


def _markdown_row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(map(escaped, cells))} |"


def escaped(text: str) -> str:
    """A text that stands in Markdown as it is."""
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")
