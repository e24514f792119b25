"""What the reference method moves, and how it becomes a picture."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from training.data import resized
from training.optimise.colours import luminance, match_luminance, recolour, with_luminance
from training.optimise.config import Colours, OptimiseConfig
from training.optimise.distance import Distance, Losses

_FROM_THE_EDGE = 0.0025
"""How close to 0 and 1 a pixel may begin: at the very end the curve is level and holds it fast."""


class Canvas:
    """One picture at one size: RGB or its luminance alone, x = 1/2 + 1/2 sin(v) for the point v.

    The sine keeps x in [0, 1]. Without a bound, what lies outside is cut off at the end, and with
    it a part of what was gained; a sigmoid is so level near black and white that L-BFGS needs 150
    steps for what takes 60 here (288x192, lite teacher).
    """

    def __init__(
        self, photo: Tensor, size: tuple[int, int], config: OptimiseConfig, before: Canvas | None
    ) -> None:
        self._size, self._margin = size, config.margin
        self._colours = config.colours
        self._grey = config.colours is Colours.LUMINANCE
        self._photo = self.framed(photo)
        if before is not None:
            start = self.framed(before.painted())
        else:
            generator = torch.Generator().manual_seed(config.seed)
            noise = torch.rand(self._photo.shape, generator=generator).to(photo)
            start = self._seen(torch.lerp(self._photo, noise, config.noise))
        start = start.clamp(_FROM_THE_EDGE, 1 - _FROM_THE_EDGE)
        self.values = torch.asin(2 * start - 1)

    def framed(self, picture: Tensor) -> Tensor:
        """(1, C, H, W) at the canvas's size, its edges mirrored outwards by the margin."""
        return F.pad(resized(picture, self._size), (self._margin,) * 4, mode="reflect")

    def content(self) -> Tensor:
        """The photograph as the teacher is shown it."""
        return self._seen(self._photo).expand_as(self._photo)

    def style(self, painting: Tensor) -> Tensor:
        """A painting as the teacher is shown it."""
        if self._grey:
            return match_luminance(painting, self._photo).expand_as(painting)
        if self._colours is Colours.HISTOGRAM:
            return recolour(painting, self._photo)
        return painting

    def slope(self, distance: Distance) -> Callable[[Tensor], tuple[Losses, Tensor]]:
        """The distance of the picture that a point stands for, and its gradient there."""

        def at(values: Tensor) -> tuple[Losses, Tensor]:
            losses, gradient = distance(_shown(values).expand_as(self._photo))
            if self._grey:
                gradient = gradient.sum(1, keepdim=True)
            return losses, gradient * 0.5 * torch.cos(values)

        return at

    def painted(self) -> Tensor:
        """What is painted, without the margin: (1, 3 or 1, H, W) in [0, 1]."""
        return self._cut(_shown(self.values))

    def picture(self) -> Tensor:
        """The picture as it is now, (1, 3, H, W), RGB in [0, 1]."""
        painted = self.painted()
        return with_luminance(self._cut(self._photo), painted) if self._grey else painted

    def _seen(self, picture: Tensor) -> Tensor:
        return luminance(picture) if self._grey else picture

    def _cut(self, picture: Tensor) -> Tensor:
        height, width = self._size
        top = left = self._margin
        return picture[..., top : top + height, left : left + width]


def _shown(values: Tensor) -> Tensor:
    return 0.5 + 0.5 * torch.sin(values)
