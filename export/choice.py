"""`auto`: the fastest recipe on this machine whose pictures are good enough, with the reason."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from edge_app.core.errors import ExportError
from edge_app.core.manifest import Gate, ModelFile
from edge_app.core.runtime import load_runtime
from export.parity import Case, measure
from export.recipes import GOOD_ENOUGH, Recipe

RUNS = 15
"""Of every candidate, turn by turn, so that whatever else the machine does meets all alike."""

EQUALLY_FAST = 1.05
"""Within this factor of the fastest, the smaller file is the better one."""

Candidate = Callable[[Recipe], tuple[ModelFile, bytes, Sequence[Case]]]
"""A recipe's file, and what to compare it on."""


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

    @property
    def is_good(self) -> bool:
        return all(gate.holds for gate in self.gates)

    def __str__(self) -> str:
        figures = {gate.metric: gate.worst for gate in self.gates}
        return (
            f"{self.recipe.name} {self.latency_ms:.1f} ms, {self.size_bytes / 1e3:.0f} kB, "
            f"{figures['psnr']:.1f} dB, SSIM {figures['ssim']:.3f}"
        )


def choose(
    candidate: Candidate, recipes: Sequence[Recipe], step: Callable[[str, float], None]
) -> Choice:
    """Make a file by every recipe, compare its pictures, run all in turn on one thread.

    Args:
        candidate: makes a file.
        recipes: to choose from.
        step: told of every recipe.

    Raises:
        ExportError: none is good enough; or a file cannot be made or run.
    """
    made = []
    for recipe in recipes:
        step(f"auto: trying {recipe.name}", 1)
        made.append((recipe, *candidate(recipe)))
    runtimes = [load_runtime(model, content, threads=1) for _, model, content, _ in made]
    try:
        gates = [
            measure(model.path, runtime.run, cases, GOOD_ENOUGH)
            for runtime, (_, model, _, cases) in zip(runtimes, made)
        ]
        samples: list[list[float]] = [[] for _ in made]
        picture = made[0][3][0].given
        for _ in range(RUNS):
            for runtime, times in zip(runtimes, samples):
                begin = time.perf_counter()
                runtime.run(picture)
                times.append((time.perf_counter() - begin) * 1e3)
    finally:
        for runtime in runtimes:
            runtime.close()
    tried = [
        _Tried(
            recipe=recipe,
            size_bytes=len(content),
            latency_ms=statistics.median(times),
            gates=each,
        )
        for (recipe, _, content, _), times, each in zip(made, samples, gates)
    ]
    return _chosen(tried)


def _chosen(tried: Sequence[_Tried]) -> Choice:
    good = [each for each in tried if each.is_good]
    if not good:
        raise ExportError(
            "auto: no recipe is good enough: " + "; ".join(str(each) for each in tried)
        )
    limit = min(each.latency_ms for each in good) * EQUALLY_FAST
    best = min((e for e in good if e.latency_ms <= limit), key=lambda e: e.size_bytes)
    asked = ", ".join(
        f"{t.metric} {t.value:g}{'' if t.unit == '1' else ' ' + t.unit}" for t in GOOD_ENOUGH
    )
    others = [
        f"{each} ({'not as fast or small' if each.is_good else 'not good enough'})"
        for each in tried
        if each is not best
    ]
    why = f"auto: {best} on one thread here, worst of the photographs; asked for {asked}"
    return Choice(recipe=best.recipe, why="; ".join([why, *others]))
