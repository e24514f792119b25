"""VGG-19 as a perceptual teacher, and networks of its shape.

One class serves all: the full network (Simonyan & Zisserman 2015), a truncated one, a slimmed one
with 1x1 heads, and `vgg19-lite`, which this project distils (training/distil.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from edge_app.core.errors import TeacherError
from training.config import Padding
from training.features import check_layers
from training.pooling import Pooling

CONVOLUTIONS: tuple[str, ...] = tuple(
    f"{block}_{i}" for block, depth in enumerate((2, 2, 4, 4, 4), 1) for i in range(1, depth + 1)
)
"""VGG-19's convolutions, shallow to deep: '1_1' ... '5_4'. A pooling step precedes each block."""


class Vgg(nn.Module):
    """VGG-19 or a network of its shape, of any width and depth, as its weights say.

    Args:
        weights: `convB_I.weight`, `convB_I.bias` for as many convolutions as there are, without a
            gap; optionally `headB_I.weight`, `headB_I.bias`: a 1x1 convolution through which the
            layer `reluB_I` is read. Weights with heads answer at these layers only: what lies
            between is the slim network's own, not VGG-19's.
        padding: zeros, as VGG-19 was trained, or reflection, which leaves no border in the losses.
        rectified_heads: whether a head's output passes a ReLU.
        mean, std: per channel, subtracted and divided first; leave them out where the weights have
            the preprocessing folded in.
        pooling: of the steps between the blocks.
    """

    convolutions: nn.ModuleDict
    heads: nn.ModuleDict
    mean: Tensor
    std: Tensor
    layers: tuple[str, ...]
    """Names of the layers that can be asked for, shallow to deep."""

    def __init__(
        self,
        weights: Mapping[str, Tensor],
        *,
        padding: Padding = Padding.REFLECT,
        rectified_heads: bool = False,
        mean: Sequence[float] = (0.0, 0.0, 0.0),
        std: Sequence[float] = (1.0, 1.0, 1.0),
        pooling: Pooling = Pooling.MAX,
    ) -> None:
        super().__init__()
        self.rectified_heads = rectified_heads
        self.pooling = pooling
        self.convolutions = nn.ModuleDict()
        self.heads = nn.ModuleDict()
        channels = 3
        for name in CONVOLUTIONS:
            if f"conv{name}.weight" not in weights:
                break
            convolution = _convolution(weights, f"conv{name}", channels, padding)
            self.convolutions[name], channels = convolution, convolution.out_channels
            if f"head{name}.weight" in weights:
                self.heads[name] = _convolution(weights, f"head{name}", channels, padding)
        self.register_buffer("mean", torch.tensor(mean).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(std).view(1, 3, 1, 1), persistent=False)
        # oneDNN's channels-last kernels are about twice as fast here as the channels-first ones.
        self.to(memory_format=torch.channels_last)
        self.requires_grad_(False)
        every = (f"{kind}{name}" for name in self.convolutions for kind in ("conv", "relu"))
        self.layers = tuple(f"relu{name}" for name in self.heads) or tuple(every)

    def forward(self, pictures: Tensor, layers: Sequence[str]) -> dict[str, Tensor]:
        """See `training.features.Teacher`; computes no deeper than the deepest layer asked for."""
        check_layers(self.layers, layers)
        missing = set(layers)
        features: dict[str, Tensor] = {}
        x = (pictures - self.mean) / self.std
        x = x.contiguous(memory_format=torch.channels_last)
        for name, convolution in self.convolutions.items():
            if not missing:
                break
            if name.endswith("_1") and name != "1_1":
                # An odd last row counts too, as in the normalised VGG-19; torchvision drops it.
                pool = F.max_pool2d if self.pooling is Pooling.MAX else F.avg_pool2d
                x = pool(x, 2, ceil_mode=True)
            x = convolution(x)
            if f"conv{name}" in missing:
                features[f"conv{name}"] = x
            x = F.relu(x)
            if f"relu{name}" in missing:
                features[f"relu{name}"] = self._read(name, x)
            missing -= {f"conv{name}", f"relu{name}"}
        return {layer: features[layer] for layer in layers}

    def _read(self, name: str, x: Tensor) -> Tensor:
        if name not in self.heads:
            return x
        read: Tensor = self.heads[name](x)
        return F.relu(read) if self.rectified_heads else read


def _convolution(
    weights: Mapping[str, Tensor], name: str, channels: int, padding: Padding
) -> nn.Conv2d:
    """The layer of that name, which is given so many channels."""
    try:
        weight, bias = weights[f"{name}.weight"].float(), weights[f"{name}.bias"].float()
        out_channels, in_channels, kernel, _ = weight.shape
        layer = nn.Conv2d(
            in_channels, out_channels, kernel, padding=kernel // 2, padding_mode=padding.value
        )
        layer.load_state_dict({"weight": weight, "bias": bias})
    except (KeyError, ValueError, RuntimeError) as error:
        raise TeacherError(f"teacher weights of {name} do not fit: {error}") from error
    if in_channels != channels:
        raise TeacherError(
            f"teacher weights of {name} do not fit: expected {channels} channels, as the layer "
            f"before it gives them, got {in_channels}"
        )
    if not (weight.isfinite().all() and bias.isfinite().all()):
        raise TeacherError(f"teacher weights of {name} hold values that are infinite or no numbers")
    return layer
