"""Everything that can be chosen about the network and its training. Imports no torch."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from tyro.conf import Positional

from edge_app.core.errors import ConfigError


class Padding(StrEnum):
    """What a convolution sees beyond the picture's edge."""

    ZEROS = "zeros"
    REFLECT = "reflect"


@dataclass(frozen=True, kw_only=True)
class StylizerConfig:
    """The shape of a stylizer (see training/network.py)."""

    width: int = 48
    """Channels at quarter size; half as many at half size, a quarter at full size."""
    blocks: int = 5
    """Residual blocks at quarter size."""
    separable: bool = True
    """Depthwise + pointwise convolutions in the blocks instead of full ones."""
    full_size_ends: bool = False
    """Begin and end with layers at full size, as the paper does. Without them the first of the two
    stride-2 steps reads the picture itself and the last upsampling step writes it: half of the
    time on a mobile CPU, and most of the memory, goes into full-size layers."""
    end_kernel: int = 5
    """Side of the first and the last convolution's kernel."""
    padding: Padding = Padding.ZEROS
    """Reflection is the paper's; zeros keep a mobile graph in one piece."""
    margin: int = 16
    """Pixels that the picture's edges are drawn out by before the first layer and that are cut off
    after the last: the frame that zero padding makes falls there."""

    def __post_init__(self) -> None:
        """Refuse shapes that cannot be built."""
        if self.width < 4 or self.width % 4:
            raise ConfigError(f"width: expected a multiple of 4 from 4 on, got {self.width}")
        if self.blocks < 1:
            raise ConfigError(f"blocks: expected at least 1, got {self.blocks}")
        if self.margin < 0 or self.margin % 4:
            raise ConfigError(f"margin: expected a multiple of 4 from 0 on, got {self.margin}")
        if self.end_kernel < 3 or self.end_kernel % 2 == 0:
            raise ConfigError(f"end_kernel: expected an odd number from 3, got {self.end_kernel}")


PRESETS: dict[str, StylizerConfig] = {
    "nano": StylizerConfig(width=32, blocks=3),
    "small": StylizerConfig(),
    "base": StylizerConfig(width=96),
    "paper": StylizerConfig(
        width=128,
        separable=False,
        full_size_ends=True,
        end_kernel=9,
        padding=Padding.REFLECT,
        margin=0,
    ),
}
"""Named shapes; `paper` is the ResNet-IN paper's: 32/64/128 channels, five full residual blocks,
9x9 ends, reflection padding."""


def preset(name: str) -> StylizerConfig:
    """The named shape, or ConfigError with the names there are."""
    if name not in PRESETS:
        raise ConfigError(f"unknown preset '{name}'; there are: {', '.join(PRESETS)}")
    return PRESETS[name]


@dataclass(frozen=True, kw_only=True)
class LossConfig:
    """What the teacher rewards (see training/losses.py; all distances are relative)."""

    content_layers: tuple[str, ...] = ("relu3_1", "relu4_1")
    """Layers of the teacher in which the photograph is kept; deeper ones keep less detail."""
    style_layers: tuple[str, ...] = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
    """Layers in which the painting is matched; deeper ones bring larger forms."""
    content_weight: float = 1.0
    """Keep what the photograph shows; averaged over the content layers."""
    style_weight: float = 10.0
    """Look like the painting; averaged over the style layers. More is bolder."""
    tv_weight: float = 0.1
    """Total variation: more is smoother."""

    def __post_init__(self) -> None:
        """Refuse weights and layers that mean nothing."""
        weights = ("content_weight", "style_weight", "tv_weight")
        for name in weights:
            if not 0 <= getattr(self, name) < math.inf:
                raise ConfigError(f"{name}: expected 0 or more, got {getattr(self, name)}")
        if not any(getattr(self, name) for name in weights):
            raise ConfigError(f"{', '.join(weights)}: expected at least one above 0, got none")
        for name in ("content_layers", "style_layers"):
            if not getattr(self, name):
                raise ConfigError(f"{name}: expected at least one layer, got none")


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """One style's training, complete: the same config and files give the same stylizer."""

    painting: Positional[Path]
    """The style: one picture."""
    photos: Path
    """Folder of photographs to learn on (subfolders included)."""
    out: Path
    """Run folder to write: config, weights, checkpoint, losses, previews."""
    network: StylizerConfig = PRESETS["small"]
    """Shape of the stylizer: nano and small for phones and small computers, base for more detail,
    paper as published (15 times slower than small)."""
    teacher: str = "vgg19-lite"
    """'vgg19-lite' (bundled) or 'vgg19' (ImageNet weights, downloaded on first use)."""
    teacher_weights: tuple[Path, ...] = ()
    """Files of weights instead of the teacher's own (.safetensors, or torchvision's .pth); of
    several the first that reaches a layer answers for it."""
    loss: LossConfig = field(default_factory=LossConfig)
    steps: int = 2500
    """Steps of the optimiser, each on one batch. More is prettier, with falling returns."""
    minutes: float | None = None
    """End after this many minutes if the steps are not done by then; the learning rate falls in
    time. Such a run cannot be repeated to the bit."""
    batch: int = 2
    """Photographs a step."""
    crop: int = 192
    """Side of the square training crops, in pixels."""
    style_size: int = 384
    """Long side at which the painting is studied: smaller gives finer strokes, larger broader."""
    learning_rate: float = 1e-3
    """Adam's peak rate; the paper's 1e-3. Rises over the first 5 % of the steps, then falls."""
    clip_norm: float = 5.0
    """Longest gradient that is followed as it is."""
    seed: int = 0
    """Makes a run repeatable: the same seed on the same kind of machine gives the same weights."""
    preview: Path | None = None
    """Photograph that is stylized at every preview; the first of the folder if not given."""
    preview_every: int = 250
    """Steps between two previews."""
    checkpoint_every: int = 250
    """Steps between two checkpoints."""
    cache_mb: int = 1024
    """Memory for decoded photographs, in MiB."""

    def __post_init__(self) -> None:
        """Refuse numbers that cannot be trained with."""
        for name in ("steps", "batch", "preview_every", "checkpoint_every"):
            if getattr(self, name) < 1:
                raise ConfigError(f"{name}: expected at least 1, got {getattr(self, name)}")
        if self.crop < 64 or self.crop % 4:
            raise ConfigError(f"crop: expected a multiple of 4 from 64 on, got {self.crop}")
        if self.style_size < 64:
            raise ConfigError(f"style_size: expected at least 64, got {self.style_size}")
        for name in ("minutes", "learning_rate", "clip_norm"):
            value = getattr(self, name)
            if value is not None and not 0 < value < math.inf:
                raise ConfigError(f"{name}: expected more than 0, got {value}")
        if not 0 <= self.seed < 2**63:
            raise ConfigError(f"seed: expected 0 to 2^63 - 1, got {self.seed}")
        if self.cache_mb < 0:
            raise ConfigError(f"cache_mb: expected 0 or more, got {self.cache_mb}")
