"""The stylizer: the ResNet-IN paper's residual instance-norm network, at any width.

After Pu & Li, "Application of Image Style Transfer Based on Normalized Residual Network in Art
Design" (2023): two stride-2 convolutions down, residual blocks H(x) = F(x) + x (formulas 7, 8),
two upsampling steps, instance norm throughout (formula 11), a bounded output. Departures, each at
its line: the output is in [0, 1] instead of [0, 255]; upsampling resizes and convolves instead of
striding by 1/2, which leaves no checkerboard (Odena et al. 2016); the blocks may be
separable and the layers at full size left out (see StylizerConfig); the photograph may be given
grain, so that there is something to draw in a clear sky. What the paper compares its
network with (CNN, CNN-BN, FNST) is the same network with other norms, without shortcuts, or with
transposed convolutions.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import cast

import torch
import torch.nn.functional as F
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from edge_app.core.errors import ConfigError, RunError
from edge_app.core.files import write_text
from edge_app.core.grain import SIDE, tile
from edge_app.core.strict_json import from_json, to_json
from training.config import Norm, StylizerConfig, Upsampling
from training.storage import write_tensors

WEIGHTS = "stylizer.safetensors"
CONFIG = "stylizer.json"
SIZE_MULTIPLE = 4
"""Height and width must be multiples of this: two steps down by two."""


class InstanceNorm(nn.InstanceNorm2d):
    """Instance norm (formula 11) with scale and shift, and with the right gradient.

    PyTorch's own (seen with 2.14.1 on the CPU) gives a wrong one for batches of two or more where
    the gradient that arrives lies channels-last in memory, as a convolution behind a norm without
    a ReLU between them sends it: an error as large as the gradient itself, and no message.
    """

    def __init__(self, channels: int) -> None:
        super().__init__(channels, affine=True)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, h, w) -> the same shape."""
        normed = super().forward(x)
        if normed.requires_grad:
            normed.register_hook(Tensor.contiguous)  # type: ignore[no-untyped-call]
        return normed


class Convolution(nn.Sequential):
    """Convolution, norm (instance norm: formula 11), and by choice a ReLU.

    Separable: a depthwise 3x3 and a pointwise convolution (Howard et al. 2017), nothing between.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        config: StylizerConfig,
        *,
        kernel: int = 3,
        stride: int = 1,
        separable: bool = False,
        relu: bool = True,
    ) -> None:
        bias = config.norm is Norm.NONE  # a norm that follows would subtract it
        first = nn.Conv2d(
            inputs,
            inputs if separable else outputs,
            kernel,
            stride,
            padding=kernel // 2,
            padding_mode=config.padding.value,
            groups=inputs if separable else 1,
            bias=bias,
        )
        layers: list[nn.Module] = [first]
        if separable:
            layers.append(nn.Conv2d(inputs, outputs, 1, bias=bias))
        layers += _norm(outputs, config)
        if relu:
            layers.append(nn.ReLU())
        super().__init__(*layers)


class Residual(nn.Module):
    """H(x) = F(x) + x (formula 8), F two convolutions with norm, the second without ReLU.

    Without the shortcut: F(x), rectified.
    """

    def __init__(self, channels: int, config: StylizerConfig) -> None:
        super().__init__()
        self.shortcut = config.residual
        self.body = nn.Sequential(
            Convolution(channels, channels, config, separable=config.separable),
            Convolution(channels, channels, config, separable=config.separable, relu=False),
        )

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, h, w) -> the same shape."""
        result: Tensor = self.body(x)
        return x + result if self.shortcut else result.relu()


class Upsample(nn.Module):
    """Twice the size by nearest neighbour, then a convolution with norm and ReLU."""

    def __init__(self, inputs: int, outputs: int, config: StylizerConfig) -> None:
        super().__init__()
        self.convolution = Convolution(inputs, outputs, config)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, h, w) -> (B, C', 2h, 2w)."""
        result: Tensor = self.convolution(nearest(x))
        return result


class TransposedUpsample(nn.Sequential):
    """A transposed convolution of stride 2, norm, ReLU (Johnson et al. 2016).

    (B, C, h, w) -> (B, C', 2h, 2w)
    """

    def __init__(self, inputs: int, outputs: int, config: StylizerConfig) -> None:
        bias = config.norm is Norm.NONE
        super().__init__(
            nn.ConvTranspose2d(
                inputs, outputs, 3, stride=2, padding=1, output_padding=1, bias=bias
            ),
            *_norm(outputs, config),
            nn.ReLU(),
        )


class Stylizer(nn.Module):
    """RGB in [0, 1], (B, 3, H, W), H and W multiples of 4 -> the same, stylized."""

    def __init__(self, config: StylizerConfig) -> None:
        super().__init__()
        self.config = config
        full, half, quarter = config.width // 4, config.width // 2, config.width
        end = config.end_kernel
        upsample = Upsample if config.upsampling is Upsampling.RESIZE else TransposedUpsample
        if config.full_size_ends:
            down = [
                Convolution(3, full, config, kernel=end),
                Convolution(full, half, config, stride=2),
            ]
            up = [upsample(quarter, half, config), upsample(half, full, config)]
        else:
            down = [Convolution(3, half, config, kernel=end, stride=2)]
            up = [upsample(quarter, half, config)]
        self.down = nn.Sequential(*down, Convolution(half, quarter, config, stride=2))
        self.blocks = nn.Sequential(*(Residual(quarter, config) for _ in range(config.blocks)))
        self.up = nn.Sequential(*up)
        self.last = nn.Conv2d(
            full if config.full_size_ends else half,
            3,
            end,
            padding=end // 2,
            padding_mode=config.padding.value,
        )
        if config.norm is Norm.NONE:
            # PyTorch's own start makes the signal smaller in every layer, and no norm mends that:
            # what came out would not depend on what went in, and nothing could be learnt. The last
            # layer keeps its small start: the picture begins grey, where the sigmoid is steep.
            for module in (self.down, self.blocks, self.up):
                for part in module.modules():
                    if isinstance(part, nn.Conv2d):
                        nn.init.kaiming_normal_(part.weight, nonlinearity="relu")

        if config.grain:
            pattern = torch.from_numpy(config.grain * tile())
            self.register_buffer("pattern", pattern, persistent=False)

    def forward(self, pictures: Tensor, phase: tuple[int, int] = (0, 0)) -> Tensor:
        """See the class; `phase` is how far the grain is rolled, (down, right)."""
        if self.config.grain:
            pictures = self._grained(pictures, phase)
        margin = self.config.margin
        x = F.pad(pictures, (margin,) * 4, mode="replicate") if margin else pictures
        x = self.up(self.blocks(self.down(x)))
        if not self.config.full_size_ends:
            x = nearest(x)
        # The paper bounds with tanh, scaled to [0, 255]; the sigmoid is the same curve on [0, 1].
        stylized: Tensor = self.last(x).sigmoid()
        return F.pad(stylized, (-margin,) * 4)

    def _grained(self, pictures: Tensor, phase: tuple[int, int]) -> Tensor:
        height, width = pictures.shape[2:]
        pattern = cast("Tensor", self.pattern)
        for axis, (side, rolled) in enumerate(zip((height, width), phase)):
            places = (torch.arange(side, device=pattern.device) - rolled) % SIDE
            pattern = pattern.index_select(axis, places)
        return (pictures + pattern).clamp(0, 1)


def _norm(channels: int, config: StylizerConfig) -> list[nn.Module]:
    match config.norm:
        case Norm.INSTANCE:
            return [InstanceNorm(channels)]
        case Norm.BATCH:
            return [nn.BatchNorm2d(channels)]
        case Norm.NONE:
            return []


def nearest(x: Tensor) -> Tensor:
    """(B, C, h, w) -> (B, C, 2h, 2w), each value four times."""
    return F.interpolate(x, scale_factor=2.0, mode="nearest")


def save_weights(network: nn.Module, config: StylizerConfig, folder: Path) -> None:
    """Write `stylizer.safetensors` and `stylizer.json` into `folder`, each beside and renamed."""
    write_text(folder / CONFIG, to_json(config))
    write_tensors(folder / WEIGHTS, network.state_dict())


def save_stylizer(stylizer: Stylizer, folder: Path) -> None:
    """Write a stylizer as `load_stylizer` reads it."""
    save_weights(stylizer, stylizer.config, folder)


def load_stylizer(folder: Path) -> Stylizer:
    """Read what `save_stylizer` wrote; in evaluation mode, on the CPU.

    Raises:
        RunError: the folder holds no weights, or they are damaged or of another shape.
        ConfigError: the config beside them cannot be read.
    """
    stylizer = Stylizer(read_stylizer_config(folder))
    fill(stylizer, read_weights(folder), folder)
    return stylizer.eval()


def read_weights(folder: Path) -> dict[str, Tensor]:
    """The tensors of a run's network, by name; RunError if the file is damaged."""
    try:
        return load_file(folder / WEIGHTS)
    except (SafetensorError, OSError) as error:
        raise _damaged(folder, error) from error


def fill(network: nn.Module, weights: Mapping[str, Tensor], folder: Path) -> None:
    """Load what `read_weights` gave for `folder`; RunError if it is of another shape."""
    try:
        network.load_state_dict(weights)
    except RuntimeError as error:
        raise _damaged(folder, error) from error


def _damaged(folder: Path, error: Exception) -> RunError:
    reason = str(error).splitlines()[0]
    return RunError(f"{folder / WEIGHTS}: damaged, or not of {CONFIG}'s shape: {reason}")


def read_stylizer_config(folder: Path) -> StylizerConfig:
    """The shape of a run's network.

    Raises:
        RunError: the folder holds no weights.
        ConfigError: the config beside them cannot be read.
    """
    if not folder.is_dir():
        raise RunError(f"{folder}: not a finished training run; there is no such folder")
    for name in (CONFIG, WEIGHTS):
        if not (folder / name).is_file():
            raise RunError(
                f"{folder}: not a finished training run; there is no {name} in it. A training "
                "writes it at its end; an interrupted one goes on with --resume"
            )
    path = folder / CONFIG
    return from_json(StylizerConfig, path.read_bytes(), where=str(path), error=ConfigError)
