"""Everything that can be chosen about the network and its training. Imports no torch."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, arg

from edge_app.core.errors import ConfigError


class Padding(StrEnum):
    """What a convolution sees beyond the picture's edge."""

    ZEROS = "zeros"
    REFLECT = "reflect"


class Norm(StrEnum):
    """What evens out the channels after a convolution."""

    INSTANCE = "instance"
    """Statistics of each picture (Ulyanov et al. 2016); the ResNet-IN paper's formula 11."""
    BATCH = "batch"
    """Statistics of the training batches (Ioffe & Szegedy 2015)."""
    NONE = "none"


class Upsampling(StrEnum):
    """How a picture grows back to its size."""

    RESIZE = "resize"
    """Nearest neighbour, then a convolution: no checkerboard (Odena et al. 2016)."""
    TRANSPOSED = "transposed"
    """A transposed convolution of stride 2, as published before."""


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
    norm: Norm = Norm.INSTANCE
    """Instance norm is what makes a stylizer; the others are there to be compared with."""
    residual: bool = True
    """Whether a block adds its input to its result."""
    upsampling: Upsampling = Upsampling.RESIZE
    """See Upsampling."""
    grain: float = 0.0
    """Standard deviation of the faint pattern that a photograph is given before the first layer
    (edge_app/core/grain.py), on a scale of 0 to 1: skies and walls become strokes."""

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
        if not 0 <= self.grain <= 0.5:
            raise ConfigError(f"grain: expected 0 to 0.5, got {self.grain}")


_PAPER = StylizerConfig(
    width=128,
    separable=False,
    full_size_ends=True,
    end_kernel=9,
    padding=Padding.REFLECT,
    margin=0,
)

PRESETS: dict[str, StylizerConfig] = {
    "nano": StylizerConfig(width=32, blocks=3, grain=0.06),
    "small": StylizerConfig(grain=0.06),
    "base": StylizerConfig(width=96, grain=0.06),
    "paper": _PAPER,
    "cnn": replace(_PAPER, norm=Norm.NONE, residual=False),
    "cnn-bn": replace(_PAPER, norm=Norm.BATCH, residual=False),
    "fnst": replace(_PAPER, norm=Norm.BATCH, upsampling=Upsampling.TRANSPOSED),
}
"""Named shapes. `paper` is the ResNet-IN paper's: 32/64/128 channels, five full residual blocks,
9x9 ends, reflection padding. The last three are what it is compared with in the paper's Table III:
the same network without norm and shortcuts (CNN), with batch norm and without shortcuts (CNN-BN),
and Johnson et al.'s (2016) as published, with batch norm and transposed convolutions (FNST; where
they draw the picture's edges out by 40 pixels and let each block eat two, the blocks here pad)."""


def preset(name: str) -> StylizerConfig:
    """The named shape, or ConfigError with the names there are."""
    if name not in PRESETS:
        raise ConfigError(f"unknown preset '{name}'; there are: {', '.join(PRESETS)}")
    return PRESETS[name]


def preset_name(config: StylizerConfig) -> str:
    """The preset of that shape, whatever the grain, or 'custom'."""
    shapes = {replace(shape, grain=0.0): name for name, shape in PRESETS.items()}
    return shapes.get(replace(config, grain=0.0), "custom")


def run_and_style(path: Path) -> tuple[Path, str | None]:
    """RUN#STYLE, or PACK#STYLE, taken apart; what is really named so has no style in its name."""
    place, _, style = str(path).rpartition("#")
    return (Path(place), style) if place and not path.exists() else (path, None)


class StyleTerm(StrEnum):
    """What of a layer's features is matched with the painting's."""

    GRAM = "gram"
    """Gram matrices (Gatys et al. 2016): how channels fire together."""
    MOMENTS = "moments"
    """Mean and deviation of each channel (Li et al. 2017)."""
    WASSERSTEIN = "wasserstein"
    """The 2-Wasserstein distance of Gaussians with the features' means and covariances."""


@dataclass(frozen=True, kw_only=True)
class LossConfig:
    """What the teacher rewards (see training/losses.py; all distances are relative)."""

    content_layers: tuple[str, ...] = ("relu3_1", "relu4_1")
    """Layers of the teacher in which the photograph is kept; deeper ones keep less detail."""
    style_layers: tuple[str, ...] = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
    """Layers in which the painting is matched; deeper ones bring larger forms."""
    content_layer_weights: tuple[float, ...] = ()
    """One for each content layer, whose sum does not matter; all equal if not given."""
    style_layer_weights: tuple[float, ...] = ()
    """One for each style layer, whose sum does not matter; all equal if not given."""
    style_term: StyleTerm = StyleTerm.GRAM
    """What of a layer is matched: Gram matrices, mean and deviation of each channel, or the
    Wasserstein distance of Gaussians."""
    painting_scales: tuple[float, ...] = (1.0,)
    """Sizes at which the painting is studied, as shares of --style-size; of several the average
    is matched, so that strokes of several sizes appear."""
    content_weight: float = 1.0
    """Keep what the photograph shows; averaged over the content layers."""
    style_weight: float = 10.0
    """Look like the painting; averaged over the style layers. More is bolder."""
    tv_weight: float = 0.1
    """Total variation: more is smoother."""
    lattice_weight: float = 2000.0
    """Against patterns that repeat every two or four pixels, as a weave in skies."""
    frame_weight: float = 10.0
    """Against a frame along the edges: what is drawn must not depend on where the photograph is
    cut. Has no effect on crops below 160 pixels."""
    imitation_weight: float = 1.0
    """With --imitate: draw as the larger stylizer does."""
    steadiness_weight: float = 0.0
    """For video: more makes the picture of a noisy or slightly shifted photograph that of the
    photograph itself, noise and shift taken off."""

    def __post_init__(self) -> None:
        """Refuse weights and layers that mean nothing."""
        weights = ("content_weight", "style_weight", "tv_weight")
        more = ("lattice_weight", "frame_weight", "imitation_weight", "steadiness_weight")
        for name in (*weights, *more):
            if not 0 <= getattr(self, name) < math.inf:
                raise ConfigError(f"{name}: expected 0 or more, got {getattr(self, name)}")
        if not any(getattr(self, name) for name in weights):
            raise ConfigError(f"{', '.join(weights)}: expected at least one above 0, got none")
        for kind in ("content", "style"):
            layers = getattr(self, f"{kind}_layers")
            if not layers:
                raise ConfigError(f"{kind}_layers: expected at least one layer, got none")
            if len(set(layers)) < len(layers):
                raise ConfigError(f"{kind}_layers: a layer is named twice in {', '.join(layers)}")
            _check_layer_weights(kind, layers, getattr(self, f"{kind}_layer_weights"))
        if not self.painting_scales or not all(0 < x <= 4 for x in self.painting_scales):
            raise ConfigError(
                "painting_scales: expected at least one number above 0 and up to 4, "
                f"got {self.painting_scales}"
            )


def _check_layer_weights(kind: str, layers: tuple[str, ...], weights: tuple[float, ...]) -> None:
    if not weights:
        return
    if len(weights) != len(layers):
        raise ConfigError(
            f"{kind}_layer_weights: expected one for each of the {len(layers)} layers "
            f"({', '.join(layers)}), got {len(weights)}"
        )
    if not all(0 <= weight < math.inf for weight in weights) or not any(weights):
        raise ConfigError(
            f"{kind}_layer_weights: expected 0 or more each and one above 0, got {weights}"
        )


class Optimiser(StrEnum):
    """What turns gradients into steps."""

    SOAP = "soap"
    """Adam in the gradients' eigenbases (Vyas et al. 2024): as far in half the steps."""
    ADAM = "adam"
    """The paper's."""


class Precision(StrEnum):
    """Numbers to compute with."""

    AUTO = "auto"
    """bfloat16 where the processor computes with it, float32 elsewhere."""
    FLOAT32 = "float32"
    BFLOAT16 = "bfloat16"
    """Convolutions in bfloat16, sums and weights in float32."""


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """A training, complete: the same config and files give the same stylizer."""

    paintings: Positional[tuple[Path, ...]]
    """The style: one picture. Of several, each becomes a style of one network, a trunk, which can
    blend them."""
    photos: Path
    """Folder of photographs to learn on (subfolders included)."""
    out: Path
    """Run folder to write: config, weights, checkpoint, losses, previews."""
    network: StylizerConfig = PRESETS["small"]
    """Shape of the stylizer: nano and small for phones and small computers, base for more detail,
    paper as published (15 times slower than small); cnn, cnn-bn and fnst to compare it with."""
    start: Annotated[Path | None, arg(name="from")] = None
    """Run folder of a trained style to start from, of a trunk RUN#STYLE: a new painting is learnt
    faster."""
    add_to: Path | None = None
    """Run folder of a trained trunk to which the paintings are added; its other styles stay."""
    all_parameters: bool = False
    """With --add-to: train the whole network on the new paintings, so that they come out better
    and the old styles drift; otherwise only the new styles' own parameters."""
    imitate: Path | None = None
    """Run folder of a larger stylizer of the same painting, RUN#STYLE for a trunk's, whose pictures
    are learnt as well."""
    teacher: str = "vgg19-lite"
    """'vgg19-lite' (bundled), 'vgg19' or 'resnet34' (ImageNet weights, downloaded on first use)."""
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
    """Photographs a step, over all processes."""
    crop: int = 192
    """Side of the square training crops, in pixels."""
    style_size: int = 384
    """Long side at which the painting is studied: smaller gives finer strokes, larger broader."""
    optimiser: Optimiser = Optimiser.SOAP
    """soap, or the paper's adam, which needs about twice the steps; of several styles in one
    network always adam."""
    learning_rate: float = 3e-3
    """Peak rate; the paper's 1e-3. Rises over the first 5 % of the steps, then falls."""
    clip_norm: float = 5.0
    """Longest gradient that is followed as it is."""
    ema: float = 0.0
    """Keep a running average of the weights with this decay (0.99, say), and take that as the
    result; 0 takes the last weights."""
    precision: Precision = Precision.AUTO
    """Numbers for the convolutions: bfloat16 (a third faster where the processor has it), float32,
    or what is faster here."""
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
    tensorboard: bool = False
    """Write losses and previews as TensorBoard events too, into the run folder."""

    @property
    def styles(self) -> tuple[str, ...]:
        """Names of the paintings' styles, from their file names: lower case, digits, - and _."""
        return tuple(
            re.sub(r"[^a-z0-9]+", "_", path.stem.lower()).strip("_") or "style"
            for path in self.paintings
        )

    def __post_init__(self) -> None:
        """Refuse what cannot be trained with."""
        if not self.paintings:
            raise ConfigError("paintings: expected at least one picture, got none")
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
        if not 0 <= self.ema < 1:
            raise ConfigError(f"ema: expected 0 to below 1, got {self.ema}")
        if not 0 <= self.seed < 2**63:
            raise ConfigError(f"seed: expected 0 to 2^63 - 1, got {self.seed}")
        if self.cache_mb < 0:
            raise ConfigError(f"cache_mb: expected 0 or more, got {self.cache_mb}")
        self._check_styles()

    def _check_styles(self) -> None:
        names = self.styles
        several = len(names) > 1 or self.add_to is not None
        for name in names:
            if names.count(name) > 1:
                raise ConfigError(
                    f"paintings: two are called '{name}', which is to name a style; rename a file"
                )
            if several and name == PHOTOGRAPH:
                raise ConfigError(
                    f"paintings: '{name}' is the name of a trunk's own style, the photograph "
                    "itself; rename the file"
                )
        if several and self.network.norm is not Norm.INSTANCE:
            raise ConfigError(
                f"network: several styles live in the instance norm, and this network has "
                f"{self.network.norm.value} norm; train them one by one"
            )
        if several and self.imitate is not None:
            raise ConfigError("imitate: a stylizer of one painting; several were given to learn")
        if self.start is not None and self.add_to is not None:
            raise ConfigError("from, add_to: expected one of them at most, got both")
        if self.all_parameters and self.add_to is None:
            raise ConfigError("all_parameters: has a meaning with --add-to only")


PHOTOGRAPH = "photograph"
"""The style of a trunk that leaves the photograph as it is: strength is a blend with it."""
