"""What every perceptual teacher has: features by the names of layers, of pictures as ours are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from torch import Tensor

from edge_app.core.errors import TeacherError

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
"""ImageNet's, per channel of RGB in [0, 1]; what its networks are normalised with."""


class Teacher(Protocol):
    """What the losses need of a perceptual network."""

    @property
    def layers(self) -> tuple[str, ...]:
        """Names of the layers that can be asked for, shallow to deep."""

    def __call__(self, pictures: Tensor, layers: Sequence[str]) -> dict[str, Tensor]:
        """Features of `pictures` (B, 3, H, W; RGB in [0, 1]) -> {layer: (B, C, h, w)}.

        Raises:
            TeacherError: a layer that is not in `layers`.
        """


def check_layers(reachable: Sequence[str], wanted: Sequence[str]) -> None:
    """Raise TeacherError, which lists the reachable layers, unless all wanted ones are."""
    unknown = [layer for layer in dict.fromkeys(wanted) if layer not in reachable]
    if unknown:
        raise TeacherError(
            f"this teacher has no layer {', '.join(unknown)}; its weights reach: "
            f"{', '.join(reachable)}"
        )
