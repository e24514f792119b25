"""`auto`: the fastest recipe on this machine whose pictures are good enough, with the reason."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass

from edge_app.core.errors import ExportError
from edge_app.core.manifest import AT_MOST, Gate, Metric, ModelFile
from edge_app.core.runtime import load_runtime
from export.parity import Case, Judge, measure
from export.recipes import GOOD_ENOUGH, Recipe, Threshold

RUNS = 15
"""Of every candidate, turn by turn, so that whatever else the machine does meets all alike."""

EQUALLY_FAST = 1.05
"""Within this factor of the fastest, the smaller file is the better one."""

FORMS: dict[Metric, str] = {
    "psnr": "{:.1f} dB",
    "ssim": "SSIM {:.3f}",
    "content_change": "content by {:.1%}",
    "style_change": "style by {:.1%}",
}
"""How the figures of GOOD_ENOUGH are told."""


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A recipe's file of one size, and what to compare it on."""

    model: ModelFile
    content: bytes
    cases: Sequence[Case]
    judge: Judge | None
    """The one that judged the cases."""


MakeFiles = Callable[[Recipe], Sequence[Candidate]]
"""A recipe's files, one a size; the speed of the first one counts."""


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What was chosen."""

    recipe: Recipe
    why: str
    """For people: the figures of the chosen one, and why the others are not."""


@dataclass(frozen=True, kw_only=True)
class _Tried:
    recipe: Recipe
    size_bytes: int
    latency_ms: float
    gates: tuple[Gate, ...]
    """Of all sizes."""

    @property
    def is_good(self) -> bool:
        return all(gate.holds for gate in self.gates)

    def worst(self, metric: Metric) -> float | None:
        """Of all sizes; None where nothing judged it."""
        found = [gate.worst for gate in self.gates if gate.metric == metric]
        return (max if metric in AT_MOST else min)(found, default=None)

    def __str__(self) -> str:
        figures = [
            f"{self.recipe.name} {self.latency_ms:.1f} ms",
            f"{self.size_bytes / 1e3:.0f} kB",
        ]
        for metric, form in FORMS.items():
            worst = self.worst(metric)
            if worst is not None:
                figures.append(form.format(worst))
        return ", ".join(figures)


def choose(
    make: MakeFiles, recipes: Sequence[Recipe], step: Callable[[str, float], None]
) -> Choice:
    """Make files by every recipe, compare all their pictures, run the first of each in turn.

    One thread each. Pictures have to be good enough at every size.

    Args:
        make: makes the files.
        recipes: to choose from.
        step: told of every recipe.

    Raises:
        ExportError: none is good enough; or a file cannot be made or run.
    """
    made = []
    for recipe in recipes:
        step(f"auto: trying {recipe.name}", 1)
        made.append((recipe, make(recipe)))
    gates = [[gate for each in candidates for gate in _gates(each)] for _, candidates in made]
    latencies_ms = _latencies_ms([candidates[0] for _, candidates in made])
    tried = [
        _Tried(
            recipe=recipe,
            size_bytes=len(candidates[0].content),
            latency_ms=latency_ms,
            gates=tuple(each),
        )
        for (recipe, candidates), each, latency_ms in zip(made, gates, latencies_ms)
    ]
    return _chosen(tried)


def _gates(candidate: Candidate) -> tuple[Gate, ...]:
    model = candidate.model
    with closing(load_runtime(model, candidate.content, threads=1)) as runtime:
        return measure(model.path, runtime.run, candidate.cases, GOOD_ENOUGH, candidate.judge)


def _latencies_ms(candidates: Sequence[Candidate]) -> list[float]:
    """Medians."""
    samples: list[list[float]] = [[] for _ in candidates]
    picture = candidates[0].cases[0].given
    with ExitStack() as stack:
        runtimes = [
            stack.enter_context(closing(load_runtime(each.model, each.content, threads=1)))
            for each in candidates
        ]
        for runtime in runtimes:
            runtime.run(picture)  # the first run also lays out memory
        for _ in range(RUNS):
            for runtime, times in zip(runtimes, samples):
                begin = time.perf_counter()
                runtime.run(picture)
                times.append((time.perf_counter() - begin) * 1e3)
    return [statistics.median(times) for times in samples]


def _chosen(tried: Sequence[_Tried]) -> Choice:
    good = [each for each in tried if each.is_good]
    if not good:
        raise ExportError(
            "auto: no recipe is good enough: " + "; ".join(str(each) for each in tried)
        )
    limit = min(each.latency_ms for each in good) * EQUALLY_FAST
    best = min((e for e in good if e.latency_ms <= limit), key=lambda e: e.size_bytes)
    judged = [each for each in GOOD_ENOUGH if best.worst(each.metric) is not None]
    asked = ", ".join(map(_bound, judged))
    others = [
        f"{each} ({'not as fast or small' if each.is_good else 'not good enough'})"
        for each in tried
        if each is not best
    ]
    why = f"auto: {best} on one thread here, worst of all photographs and sizes; asked for {asked}"
    if unjudged := [each.metric for each in GOOD_ENOUGH if each not in judged]:
        why += f"; {' and '.join(unjudged)} were not judged: the painting or the teacher is missing"
    return Choice(recipe=best.recipe, why="; ".join([why, *others]))


def _bound(threshold: Threshold) -> str:
    """'at least 38.0 dB', 'at most style by 2.0%'."""
    bound = "at most" if threshold.metric in AT_MOST else "at least"
    return f"{bound} {FORMS[threshold.metric].format(threshold.value)}"
