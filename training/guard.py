"""Notices a training that goes nowhere, long before its numbers overflow."""

from __future__ import annotations

import math
from collections import deque
from statistics import median

PATIENCE = 100
"""Steps that are looked at together: a spike, or a wild beginning, is no divergence."""

SHORT = 10
"""Steps after which there is a suspicion."""

TOO_HIGH = 4.0
"""How many times the lowest median total so far the median total may be."""

FLAT = 0.01
"""Standard deviation over a picture's pixels, on a scale of 0 to 1, below which it shows nothing:
that of a plain wall."""


class Guard:
    """Is told every step, and says why a training is to be stopped.

    Args:
        drew: the network has drawn something before. One that begins with pictures of one colour
            (without norm, it does) is not yet worse than it was.
    """

    def __init__(self, *, drew: bool = False) -> None:
        self._totals: deque[float] = deque(maxlen=PATIENCE)
        self._lowest: float | None = None
        self._flat = 0
        self._drew = drew

    @property
    def suspects(self) -> bool:
        """Whether the latest steps are such that their weights should not replace better ones."""
        if self._flat and self._drew:
            return True
        latest = list(self._totals)[-SHORT:]
        return self._lowest is not None and median(latest) > TOO_HIGH * self._lowest

    def reason(self, total: float, contrast: float) -> str | None:
        """Why the training diverged; None while it has not.

        Args:
            total: the weighted sum of the losses.
            contrast: mean standard deviation of the pictures over their pixels, on a scale of 0 to
                1.
        """
        if not math.isfinite(total):
            return "its loss or a gradient is infinite or no number"
        self._flat = self._flat + 1 if contrast < FLAT else 0
        self._drew = self._drew or contrast >= FLAT
        if self._flat >= PATIENCE:
            return f"its pictures have been of one colour for {PATIENCE} steps"
        self._totals.append(total)
        if len(self._totals) < PATIENCE:
            return None
        now = median(self._totals)
        self._lowest = now if self._lowest is None else min(now, self._lowest)
        if now > TOO_HIGH * self._lowest:
            medians = f"from {self._lowest:.3g} to {now:.3g}, medians of {PATIENCE} steps"
            return f"its loss rose {medians}"
        return None
