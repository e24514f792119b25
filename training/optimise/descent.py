"""The way down: Adam or L-BFGS, one step at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from training.optimise.config import Descent
from training.optimise.distance import Losses

HISTORY = 20
"""Steps from which L-BFGS knows the curvature; each needs 24 bytes a pixel."""

Slope = Callable[[Tensor], tuple[Losses, Tensor]]
"""A point -> its losses and the gradient of their total."""


def descend(point: Tensor, slope: Slope, descent: Descent, *, rate: float) -> Iterator[Losses]:
    """Move `point` in place, by one step each time that the next losses are asked for.

    Yields the losses of the point from which the step was made. The total is divided by its first
    value, so neither method depends on the formula's unit.
    """
    evaluated = _Evaluated(slope)
    unit = abs(evaluated.at(point)[0].total) or 1.0

    def closure() -> float:
        losses, gradient = evaluated.at(point)
        point.grad = gradient / unit
        return losses.total / unit

    optimizer = _optimizer(point, descent, rate)
    while True:
        before = evaluated.at(point)[0]
        optimizer.step(closure)
        yield before


def _optimizer(point: Tensor, descent: Descent, rate: float) -> torch.optim.Optimizer:
    if descent is Descent.ADAM:
        # A pixel's share of the loss is a millionth: far below Adam's usual epsilon.
        return torch.optim.Adam([point], lr=rate, eps=1e-12)
    return torch.optim.LBFGS(
        [point],
        max_iter=1,
        max_eval=25,
        history_size=HISTORY,
        tolerance_grad=0,
        tolerance_change=0,
        line_search_fn="strong_wolfe",
    )


class _Evaluated:
    """The slope, remembered at the last points: L-BFGS begins where its line search ended."""

    def __init__(self, slope: Slope) -> None:
        self._slope = slope
        self._last: deque[tuple[Tensor, Losses, Tensor]] = deque(maxlen=2)

    def at(self, point: Tensor) -> tuple[Losses, Tensor]:
        for seen, losses, gradient in self._last:
            if torch.equal(seen, point):
                return losses, gradient
        losses, gradient = self._slope(point)
        self._last.append((point.detach().clone(), losses, gradient))
        return losses, gradient
