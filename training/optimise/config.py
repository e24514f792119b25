"""Everything that can be chosen about the reference method. Imports no torch."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from tyro.conf import Positional

from edge_app.core.errors import ConfigError
from training.pooling import Pooling


class Formula(StrEnum):
    """How distances of features are made a number (training/losses.py has each)."""

    RELATIVE = "relative"
    """Relative to the photograph's and the painting's own: a weight means the same everywhere."""
    GATYS = "gatys"
    """Gatys et al. 2016, and formulas 2 to 6 of the ResNet-IN paper (there: NAAS)."""
    BOTERO = "botero"
    """Botero et al., *Style transfer para imagenes*."""
    MOGHARRAB = "mogharrab"
    """Mogharrab et al., *Arbitrary Style Transfer*."""


STYLE_WEIGHTS: dict[Formula, float] = {
    Formula.RELATIVE: 50.0,
    Formula.GATYS: 1e5,
    Formula.BOTERO: 1e6,
    Formula.MOGHARRAB: 1e6,
}
"""What `style_weight` is where it is not given, chosen by eye within the ratios that the papers
name, 1e-3 to 1e-7; 1e-6 is Botero et al.'s own choice."""


class Descent(StrEnum):
    """The way down."""

    LBFGS = "lbfgs"
    """Quasi-Newton with a line search, as Gatys et al.; lowest loss for the time."""
    ADAM = "adam"
    """As the student papers; steadier where the losses are rough (white noise, ResNet)."""


class Colours(StrEnum):
    """Whose colours the result has."""

    PAINTING = "painting"
    LUMINANCE = "luminance"
    """The photograph's: only the lightness is painted (Gatys et al. 2017, section 5.1)."""
    HISTOGRAM = "histogram"
    """The photograph's: the paintings are recoloured first, mean and covariance (section 5.2)."""


@dataclass(frozen=True, kw_only=True)
class Layers:
    """Where a teacher sees content and style, as the papers take them."""

    content: tuple[str, ...]
    style: tuple[str, ...]


LAYERS: dict[str, Layers] = {
    "vgg19": Layers(
        content=("conv4_2",), style=("conv1_1", "conv2_1", "conv3_1", "conv4_1", "conv5_1")
    ),
    "vgg19-lite": Layers(
        content=("relu4_1",), style=("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
    ),
    "resnet34": Layers(
        content=("layer3.5.conv2",), style=("conv1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
    ),
}
"""Teacher -> its layers where none are given. The lite teacher has no conv4_2 and answers after the
ReLU only."""

PAPER_LAYER_WEIGHTS = (1.0, 0.8, 0.5, 0.3, 0.1)
"""Botero et al., section II.F: more at the fine layers than Gatys' 0.2 each."""


@dataclass(frozen=True, kw_only=True)
class OptimiseConfig:
    """The method: one picture is changed until the teacher sees both inputs in it."""

    teacher: str = "vgg19-lite"
    """'vgg19-lite' (bundled), 'vgg19' or 'resnet34' (ImageNet weights, downloaded on first use)."""
    teacher_weights: tuple[Path, ...] = ()
    """Files of weights instead of the teacher's own (.safetensors, or torchvision's .pth)."""
    pooling: Pooling = Pooling.MAX
    """How the teacher comes down between its blocks; average is smoother."""
    formula: Formula = Formula.RELATIVE
    """relative, or one of the papers'."""
    content_layers: tuple[str, ...] = ()
    """Layers in which the photograph is kept: conv4_2 of VGG-19, before its ReLU; relu4_2, after
    it; of the lite teacher relu4_1, of ResNet-34 layer3.5.conv2."""
    style_layers: tuple[str, ...] = ()
    """Layers in which the paintings are matched: conv1_1 to conv5_1 of VGG-19 (relu1_1 to relu5_1:
    after the ReLU; so of the lite teacher); of ResNet-34 conv1_1, relu2_1 to relu5_1."""
    style_layer_weights: tuple[float, ...] = ()
    """Weight of each style layer, 0 to 1; 1 0.8 0.5 0.3 0.1 if not given and there are five, else
    1 each. More at the first: fine strokes; more at the last: large forms."""
    content_weight: float = 1.0
    """Alpha: keep what the photograph shows."""
    style_weight: float | None = None
    """Beta: look like the paintings. 50 for relative, 1e5 for gatys, 1e6 for botero and mogharrab
    if not given."""
    tv_weight: float = 0.0
    """Total variation: more is smoother. Its unit is the formula's: 1 is little for relative."""
    descent: Descent = Descent.LBFGS
    """lbfgs, or adam."""
    steps: int = 500
    """Steps at the smallest size; with --levels half as many at each next."""
    learning_rate: float = 0.05
    """Of adam; lbfgs finds its own step."""
    noise: float = 0.0
    """What to start from: 0 the photograph, 1 white noise, between them a mix."""
    levels: int = 1
    """Sizes that are gone through, each twice the one before: 2 from 768 pixels on, 3 from 1536
    gives large pictures large forms, and is faster."""
    colours: Colours = Colours.PAINTING
    """painting, or the photograph's kept: luminance or histogram."""
    painting_weights: tuple[float, ...] = ()
    """Share of each painting; equal if not given."""
    margin: int = 16
    """Pixels by which the photograph's edges are mirrored outwards first, and which are cut off at
    the end: what the teacher's padding does to a picture's edge falls there."""
    tile: int = 768
    """Side of the pieces, in pixels, in which a larger picture is shown to the teacher: bounds the
    memory, not the result."""
    seed: int = 0
    """Of the white noise."""

    def __post_init__(self) -> None:
        """Refuse what cannot be optimised."""
        for name in ("content_weight", "style_weight", "tv_weight"):
            value = getattr(self, name)
            if value is not None and not 0 <= value < math.inf:
                raise ConfigError(f"{name}: expected 0 or more, got {value}")
        if not (self.content_weight or self.beta or self.tv_weight):
            raise ConfigError("content_weight, style_weight, tv_weight: expected one above 0")
        for name in ("content_layers", "style_layers"):
            layers = getattr(self, name)
            if len(set(layers)) < len(layers):
                raise ConfigError(f"{name}: expected each layer once, got {' '.join(layers)}")
        for name in ("steps", "levels"):
            if getattr(self, name) < 1:
                raise ConfigError(f"{name}: expected at least 1, got {getattr(self, name)}")
        if not 0 < self.learning_rate < math.inf:
            raise ConfigError(f"learning_rate: expected more than 0, got {self.learning_rate}")
        if not 0 <= self.noise <= 1:
            raise ConfigError(f"noise: expected 0 (photograph) to 1 (noise), got {self.noise}")
        if not 0 <= self.margin < 32:
            raise ConfigError(f"margin: expected 0 to 31, got {self.margin}")
        if self.tile < 256 or self.tile % 32:
            raise ConfigError(f"tile: expected a multiple of 32 from 256 on, got {self.tile}")
        if not 0 <= self.seed < 2**63:
            raise ConfigError(f"seed: expected 0 to 2^63 - 1, got {self.seed}")
        _check_weights("style_layer_weights", self.style_layer_weights, most=1.0)
        _check_weights("painting_weights", self.painting_weights, most=math.inf)
        weights, layers = self.style_layer_weights, self.layers.style
        if weights and len(weights) != len(layers):
            raise ConfigError(
                f"style_layer_weights: expected one for each of the {len(layers)} style layers "
                f"({', '.join(layers)}), got {len(weights)}"
            )

    @property
    def beta(self) -> float:
        """`style_weight`, or the formula's own."""
        return STYLE_WEIGHTS[self.formula] if self.style_weight is None else self.style_weight

    @property
    def layers(self) -> Layers:
        """The layers asked for, or the teacher's own."""
        own = LAYERS.get(self.teacher, LAYERS["vgg19"])
        return Layers(
            content=self.content_layers or own.content, style=self.style_layers or own.style
        )

    @property
    def weight_of_layer(self) -> dict[str, float]:
        """Style layer -> its weight."""
        layers = self.layers.style
        equal = (1.0,) * len(layers)
        own = PAPER_LAYER_WEIGHTS if len(layers) == len(PAPER_LAYER_WEIGHTS) else equal
        return dict(zip(layers, self.style_layer_weights or own, strict=True))


@dataclass(frozen=True, kw_only=True)
class OptimiseJob:
    """One picture to make, complete."""

    photo: Positional[Path]
    """The photograph."""
    paintings: Positional[tuple[Path, ...]]
    """One painting or several."""
    out: Path
    """The picture to write: .jpg, .png or .webp."""
    size: int = 512
    """Longest side of the picture, in pixels; a smaller photograph keeps its size."""
    style_size: int | None = None
    """Longest side at which the paintings are studied, the picture's own if not given. Smaller:
    finer strokes; larger: broader. A painting is never enlarged."""
    masks: tuple[Path, ...] = ()
    """One picture for each painting, as large as the photograph: white where the painting goes.
    Together they cover the photograph; where they overlap, the paintings mix."""
    preview_every: int = 25
    """Write the picture as it stands every so many steps; 0 for only at the end."""
    method: OptimiseConfig = field(default_factory=OptimiseConfig)
    """How."""

    def __post_init__(self) -> None:
        """Refuse numbers that mean nothing."""
        if not self.paintings:
            raise ConfigError("paintings: expected at least one, got none")
        if self.preview_every < 0:
            raise ConfigError(f"preview_every: expected 0 or more, got {self.preview_every}")
        for name in ("size", "style_size"):
            value = getattr(self, name)
            if value is not None and value < 64:
                raise ConfigError(f"{name}: expected at least 64, got {value}")


def _check_weights(name: str, weights: tuple[float, ...], *, most: float) -> None:
    upper = "or more" if math.isinf(most) else f"to {most:g}"
    for weight in weights:
        if not 0 <= weight <= most or math.isinf(weight):
            raise ConfigError(f"{name}: expected 0 {upper} each, got {weight}")
    if weights and not any(weights):
        raise ConfigError(f"{name}: expected at least one above 0, got {weights}")
