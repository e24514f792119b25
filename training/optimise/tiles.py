"""Pieces of a picture that are shown to a teacher one by one.

A convolutional network's features at a place depend on the pixels around it alone. So they can be
had tile by tile, if each tile is shown with a halo and the halo's features are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from torch import Tensor

HALO = 96
"""Pixels that a tile sees beyond its edge; VGG-19's conv5_1 looks 78 pixels far, so tiles change
nothing there. ResNet-34's last stages look further, at little that matters."""


@dataclass(frozen=True)
class Tile:
    """A rectangle of a picture, and the larger one that the teacher needs to see for it.

    All in pixels, (row, column); starts are multiples of every layer's stride, stops too, but for
    the picture's own end.
    """

    start: tuple[int, int]
    stop: tuple[int, int]
    outer_start: tuple[int, int]
    outer_stop: tuple[int, int]

    def of(self, picture: Tensor) -> Tensor:
        """The part of (..., H, W) that the teacher is shown, as a view."""
        (top, left), (bottom, right) = self.outer_start, self.outer_stop
        return picture[..., top:bottom, left:right]

    def inner(self, features: Tensor, stride: int) -> Tensor:
        """Of features of `of`, the tile's own."""
        start = [a - b for a, b in zip(self.start, self.outer_start)]
        stop = [a - b for a, b in zip(self.stop, self.outer_start)]
        return _cut(features, start, stop, stride)

    def part(self, features: Tensor, stride: int) -> Tensor:
        """Of features of the whole picture, the tile's own, as a view."""
        return _cut(features, self.start, self.stop, stride)


def tiles(size: Sequence[int], side: int) -> Iterator[Tile]:
    """Cover a picture of (height, width) pixels; one tile where it is no larger than `side`."""
    rows, columns = (_spans(length, side) for length in size)
    for top, bottom in rows:
        for left, right in columns:
            yield Tile(
                (top, left),
                (bottom, right),
                (max(0, top - HALO), max(0, left - HALO)),
                (min(size[0], bottom + HALO), min(size[1], right + HALO)),
            )


def _spans(length: int, side: int) -> list[tuple[int, int]]:
    """Ranges of about equal length, at most `side`; each starts at a multiple of 32."""
    count = -(-length // side)
    step = -(-length // (count * 32)) * 32
    return [(start, min(length, start + step)) for start in range(0, length, step)]


def _cut(x: Tensor, start: Sequence[int], stop: Sequence[int], stride: int) -> Tensor:
    (top, left), (bottom, right) = ([-(-at // stride) for at in ends] for ends in (start, stop))
    return x[..., top:bottom, left:right]
