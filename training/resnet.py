"""ResNet-34 as a perceptual teacher.

The network of He et al. 2016 with torchvision's ImageNet weights, as Mogharrab et al. (*Arbitrary
Style Transfer*) use it beside VGG-19: style at the first convolution and at the end of each stage,
content at layer 3, block 5, convolution 2.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import torch
from torch import Tensor, nn
from torchvision.models import resnet34

from training.features import IMAGENET_MEAN, IMAGENET_STD, check_layers
from training.pooling import Pooling

STAGES = (3, 4, 6, 3)
"""Blocks of two convolutions in torchvision's layer1 to layer4."""


class ResNet(nn.Module):
    """ResNet-34 with batch norm in evaluation mode; RGB in [0, 1], normalised inside.

    Layers: `conv1_1`, the first convolution; `relu1_1` after its norm and ReLU; `relu2_1` to
    `relu5_1`, the ends of the four stages; and by torchvision's names, which count blocks from 0,
    each block's convolutions: `layer3.5.conv2` is the paper's content layer, read before its norm.
    Features of `relu1_1` have half of the picture's size, of `relu5_1` a 32nd.

    Args:
        weights: torchvision's state dict; the classifier's `fc` may be there and is not used.
        pooling: of the step after the first convolution; all others are strided convolutions.

    Raises:
        RuntimeError: weights of another shape.
    """

    mean: Tensor
    std: Tensor
    layers: tuple[str, ...]
    """Names of the layers that can be asked for, shallow to deep."""

    def __init__(self, weights: Mapping[str, Tensor], pooling: Pooling = Pooling.MAX) -> None:
        super().__init__()
        self.network = resnet34(weights=None)
        self.network.fc = nn.Identity()
        bare = {key: value for key, value in weights.items() if not key.startswith("fc.")}
        self.network.load_state_dict(bare)
        if pooling is Pooling.AVERAGE:
            self.network.maxpool = nn.AvgPool2d(3, 2, padding=1, count_include_pad=False)
        self.register_buffer("mean", torch.tensor(IMAGENET_MEAN).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(IMAGENET_STD).view(1, 3, 1, 1), persistent=False)
        self.to(memory_format=torch.channels_last)
        self.requires_grad_(False)
        self.eval()
        self.layers = ("conv1_1", "relu1_1", *_stage_layers())

    def train(self, mode: bool = True) -> ResNet:  # noqa: ARG002 (the signature is torch's)
        """Stay in evaluation mode: batch statistics would make features depend on the batch."""
        return super().train(False)

    def forward(self, pictures: Tensor, layers: Sequence[str]) -> dict[str, Tensor]:
        """See `training.features.Teacher`; computes no deeper than the deepest layer asked for."""
        check_layers(self.layers, layers)
        missing = set(layers)
        features: dict[str, Tensor] = {}
        for layer, x in self._walk(pictures):
            if layer in missing:
                features[layer] = x
                missing.remove(layer)
            if not missing:
                break
        return {layer: features[layer] for layer in layers}

    def _walk(self, pictures: Tensor) -> Iterator[tuple[str, Tensor]]:
        network = self.network
        x = (pictures - self.mean) / self.std
        x = network.conv1(x.contiguous(memory_format=torch.channels_last))
        yield "conv1_1", x
        x = network.bn1(x).relu()
        yield "relu1_1", x
        x = network.maxpool(x)
        for stage in range(1, len(STAGES) + 1):
            for i, block in enumerate(getattr(network, f"layer{stage}")):
                first = block.conv1(x)
                yield f"layer{stage}.{i}.conv1", first
                second = block.conv2(block.bn1(first).relu())
                yield f"layer{stage}.{i}.conv2", second
                kept = x if block.downsample is None else block.downsample(x)
                x = (block.bn2(second) + kept).relu()
            yield f"relu{stage + 1}_1", x


def _stage_layers() -> Iterator[str]:
    for stage, depth in enumerate(STAGES, 1):
        for block in range(depth):
            yield from (f"layer{stage}.{block}.conv{k}" for k in (1, 2))
        yield f"relu{stage + 1}_1"
