"""The course of the learning rate over a run."""

from __future__ import annotations

import math

WARM_UP = 0.05
"""Share of the run over which the rate rises."""


def rate_factor(share: float) -> float:
    """Learning rate over its peak when `share` (0..1) of the run is done.

    A linear rise from 1/20, then half a cosine down to zero. A function of the share alone, so a
    resumed run needs no state for it.
    """
    if share < WARM_UP:
        return 0.05 + 0.95 * share / WARM_UP
    return 0.5 * (1 + math.cos(math.pi * (share - WARM_UP) / (1 - WARM_UP)))
