"""The loss curves that a training run leaves behind."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from pathlib import Path

from edge_app.core.errors import RunError

FILE = "losses.csv"
CURVES = ("total", "content", "style", "tv")
"""The columns that are losses."""


@dataclass(frozen=True, kw_only=True)
class LossCurves:
    """Losses over a training, unweighted except for their total."""

    steps: tuple[int, ...]
    values: dict[str, tuple[float, ...]]
    """Curve -> one value a step."""
    elapsed_s: float
    """What the training took."""

    def thinned(self, points: int) -> LossCurves:
        """At most `points` points, each the mean of as many steps in a row."""
        stride = math.ceil(len(self.steps) / points)
        starts = range(0, len(self.steps), stride)

        def means(values: tuple[float, ...]) -> tuple[float, ...]:
            chunks = (values[start : start + stride] for start in starts)
            return tuple(sum(chunk) / len(chunk) for chunk in chunks)

        return LossCurves(
            steps=tuple(self.steps[min(s + stride, len(self.steps)) - 1] for s in starts),
            values={name: means(values) for name, values in self.values.items()},
            elapsed_s=self.elapsed_s,
        )


def read_losses(run: Path) -> LossCurves:
    """Read the losses of a run folder.

    Raises:
        RunError: the folder holds no losses, or the file is damaged.
    """
    path = run / FILE
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
    except OSError as error:
        raise RunError(f"{path}: cannot be read: {error.strerror or error}") from error
    if not rows:
        raise RunError(f"{path}: no step is recorded in it")
    try:
        return LossCurves(
            steps=tuple(int(row["step"]) for row in rows),
            values={name: tuple(float(row[name]) for row in rows) for name in CURVES},
            elapsed_s=float(rows[-1]["elapsed_s"]),
        )
    except KeyError as error:
        raise RunError(f"{path}: the column {error} is missing") from error
    except (TypeError, ValueError) as error:
        raise RunError(f"{path}: damaged: {error}") from error
