"""Speed and picture quality together: which models nobody beats in both.

Latencies come from `edgestyle bench`, distances from `edgestyle evaluate`, of the very same model
files: a pack's hash, the file in it and the size must agree.
"""

from __future__ import annotations

import dataclasses
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from benchmarks.quality.results import Evaluation, Judgement
from benchmarks.quality.tables import Sheet
from benchmarks.results import Measurement, Results, Verdict, threads_text
from edge_app.core.errors import ResultsError


@dataclass(frozen=True, kw_only=True)
class Point:
    """One way to run one network, over all styles that every other way was judged on too."""

    name: str
    """"small, fp32, 256x256"."""
    latency_ms: float
    """Median from file to picture; mean over the styles."""
    distance: float
    """Content and style distance by the training's weights, mean over the styles; 0 is perfect."""
    styles: int
    in_front: bool
    """No other point is as fast and as close, and better in one of the two."""


@dataclass(frozen=True, kw_only=True)
class Front:
    """The points, the fastest first, and what could not be shown."""

    points: tuple[Point, ...]
    threads: int = 1
    """Of all points: more threads are no better network."""
    notes: tuple[str, ...] = ()

    @property
    def front(self) -> tuple[Point, ...]:
        """Those that nobody beats."""
        return tuple(point for point in self.points if point.in_front)


def quality_front(results: Results, evaluation: Evaluation) -> Front:
    """Join what was measured with what was judged.

    Models that drew a wrong picture are left out, and so are styles whose judgements were weighed
    differently, which makes their distances no comparison.
    """
    notes = []
    judged = {key: j for j in evaluation.judgements if (key := _judged_key(j)) is not None}
    uneven = _unevenly_weighed(judged.values())
    if uneven:
        notes.append(f"Left out, since their judgements were weighed differently: {_list(uneven)}.")
    ways: dict[tuple[str, ...], dict[str, tuple[Measurement, Judgement]]] = {}
    side = evaluation.settings.size
    threads = min((m.threads for m in results.measurements), default=1)
    for m in results.measurements:
        judgement = judged.get((m.pack_sha256, m.model_path))
        if judgement is None or m.check.verdict is Verdict.WRONG:
            continue
        if max(m.size) != side or m.threads != threads:
            continue
        if judgement.weighted is None or judgement.style in uneven:
            continue
        size = f"{m.size[0]}x{m.size[1]}"
        method = judgement.method.removesuffix(f" {_recipe(judgement)}")
        way = (method, m.recipe, size, m.runtime)
        ways.setdefault(way, {})[judgement.style] = (m, judgement)
    if not ways:
        notes.append(
            "No model was both measured and judged: the evaluation must be of the same packs, "
            "recipes (edgestyle evaluate --recipe) and size (--size)."
        )
        return Front(points=(), notes=tuple(notes))
    common = set.intersection(*(set(styles) for styles in ways.values()))
    if not common:
        notes.append("The models have no style in common, so their distances cannot be compared.")
        return Front(points=(), notes=tuple(notes))
    dropped = set.union(*(set(styles) for styles in ways.values())) - common
    if dropped:
        notes.append(f"Left out, since not every model was judged on them: {_list(dropped)}.")
    one_runtime = len({runtime for *_, runtime in ways}) == 1
    bare = [
        Point(
            name=", ".join(way[:-1] if one_runtime else way),
            latency_ms=statistics.fmean(styles[s][0].end_to_end.median_ms for s in common),
            distance=statistics.fmean(styles[s][1].weighted or 0.0 for s in common),
            styles=len(common),
            in_front=False,
        )
        for way, styles in ways.items()
    ]
    points = sorted(
        (dataclasses.replace(p, in_front=not any(_beats(q, p) for q in bare)) for p in bare),
        key=lambda p: p.latency_ms,
    )
    return Front(points=tuple(points), threads=threads, notes=tuple(notes))


def front_sheet(front: Front) -> Sheet:
    """The points as a table; those that nobody beats are marked."""
    return Sheet(
        title="Quality against latency",
        columns=("model", "ms", "distance", "nobody is better in both"),
        rows=tuple(
            (
                f"{number}. {p.name}",
                f"{p.latency_ms:.1f}",
                f"{p.distance:.3f}",
                "yes" if p.in_front else "no",
            )
            for number, p in enumerate(front.points, 1)
        ),
        note=" ".join(
            (
                f"ms from file to picture, {threads_text(front.threads)}; content and style "
                f"distance by the training's weights.",
                *front.notes,
            )
        ),
    )


def combine(evaluations: Sequence[Evaluation]) -> Evaluation:
    """Several evaluations as one, where they were done alike: of several recipes, say.

    A method that several of them judged in one style gets the name of its file added.

    Raises:
        ResultsError: another judge, other photographs, or another size.
    """
    first = evaluations[0]
    for other in evaluations[1:]:
        if other.settings != first.settings:
            raise ResultsError(
                f"quality: the evaluations cannot be put together: {first.settings}, then "
                f"{other.settings}"
            )
    judgements = [j for evaluation in evaluations for j in evaluation.judgements]
    seen = [(j.style, j.method) for j in judgements]
    return dataclasses.replace(
        first,
        judgements=tuple(
            dataclasses.replace(j, method=f"{j.method} {_recipe(j)}".rstrip())
            if seen.count((j.style, j.method)) > 1
            else j
            for j in judgements
        ),
        recognition=tuple(r for evaluation in evaluations for r in evaluation.recognition),
        fid=tuple(f for evaluation in evaluations for f in evaluation.fid),
        notices=tuple(dict.fromkeys(n for evaluation in evaluations for n in evaluation.notices)),
        interrupted=any(evaluation.interrupted for evaluation in evaluations),
    )


def _beats(a: Point, b: Point) -> bool:
    as_good = a.latency_ms <= b.latency_ms and a.distance <= b.distance
    return as_good and (a.latency_ms < b.latency_ms or a.distance < b.distance)


def _judged_key(judgement: Judgement) -> tuple[str, str] | None:
    if judgement.kind != "pack" or judgement.sha256 is None or judgement.model is None:
        return None
    return judgement.sha256, _model_path(judgement)


def _model_path(judgement: Judgement) -> str:
    # "tflite/fp32-256x256.tflite (litert 2.3.0, xnnpack)"
    return (judgement.model or "").partition(" (")[0]


def _recipe(judgement: Judgement) -> str:
    name = _model_path(judgement).rpartition("/")[2]
    return name.partition(".")[0]


def _unevenly_weighed(judgements: Iterable[Judgement]) -> set[str]:
    weights: dict[str, Judgement] = {}
    uneven = set()
    for judgement in judgements:
        if weights.setdefault(judgement.style, judgement).weights != judgement.weights:
            uneven.add(judgement.style)
    return uneven


def _list(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
