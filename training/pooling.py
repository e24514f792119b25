"""How a perceptual teacher brings its features down. Imports no torch."""

from __future__ import annotations

from enum import StrEnum


class Pooling(StrEnum):
    """What stands for several neighbouring values where a teacher halves its size."""

    MAX = "max"
    """The largest, as the networks were trained."""
    AVERAGE = "average"
    """The mean: Gatys et al. 2016 found the pictures slightly more appealing."""
