"""Pictures drawn out beyond their edges, by operators that stay in XNNPACK.

In `repeat` and `_pick` there is a minimum that changes nothing, for no value is below it, but the
converter does not know that. What it sees through, it rewrites into what XNNPACK does not take:
repetition becomes BROADCAST_TO, and a concatenation within another is flattened into one of more
than the five tensors that are allowed.
"""

from __future__ import annotations

import torch
from torch import Tensor


def extend(x: Tensor, axis: int, before: int, after: int, mode: str) -> Tensor:
    """Mirror ('reflect') or repeat ('replicate') the edges of a picture along an axis."""
    end = x.shape[axis] - 1
    if mode == "replicate":
        edges = [
            repeat(x, axis, place, count) if count else None
            for place, count in ((0, before), (end, after))
        ]
    else:
        edges = [
            _pick(x, axis, range(before, 0, -1)),
            _pick(x, axis, range(end - 1, end - 1 - after, -1)),
        ]
    parts = [part for part in (edges[0], x, edges[1]) if part is not None]
    return torch.cat(parts, axis) if len(parts) > 1 else x


def drawn_out(x: Tensor, axis: int, count: int) -> Tensor:
    """As `extend` by 'replicate' on both sides, of an axis whose size need not be known."""
    before = (slice(None),) * axis
    # Counted from the end: a converter that does not know the size need not compute with it.
    first, last = x[(*before, slice(0, 1))], x[(*before, slice(-1, None))]
    return torch.cat([repeat(first, axis, 0, count), x, repeat(last, axis, 0, count)], axis)


def repeat(x: Tensor, axis: int, place: int, count: int, *, least: float = -5e4) -> Tensor:
    """One place of an axis, `count` times; of values above `least`, a negative number.

    As it stands, `least` is within the range of half precision.
    """
    edge = x.narrow(axis, place, 1)
    if count == 1:
        return edge
    # All different, or they would be taken for one number.
    floor = torch.linspace(1.2 * least, least, count)
    return torch.maximum(edge, floor.view([-1 if i == axis else 1 for i in range(x.ndim)]))


def _pick(x: Tensor, axis: int, places: range) -> Tensor | None:
    """Some places of an axis in any order."""
    slices = [x.narrow(axis, place, 1) for place in places]
    if len(slices) < 2:
        return slices[0] if slices else None
    return torch.cat(slices, axis).clamp(min=torch.finfo(x.dtype).min)
