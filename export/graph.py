"""The network rewritten for small devices: the same function, of operators that delegates take.

A trained network converts as it stands, but badly: its instance norm becomes fifty transpositions,
reflection padding and nearest-neighbour resizing fall out of XNNPACK and cut the graph in pieces,
and a convolution to 3 channels wastes most of a vector register. `edge_graph` replaces each by an
equal computation, so that the whole graph stays in one XNNPACK partition without a TRANSPOSE:

    instance norm            mean and variance written out
    reflection padding       slices and concatenations
    resize, then convolve    a convolution of the small picture for each of the four pixels that a
                             pixel becomes
    the last convolution     several pixels at once
    the margin               the edge pixels, broadcast

All tensors here are (N, H, W, C), as TFLite has them: the converter then finds nothing to turn.
"""

from __future__ import annotations

import copy

import torch.nn.functional as F
from torch import Tensor, nn

from export.layers import (
    BlockedLast,
    ExplicitNorm,
    FoldedLast,
    FoldedUpsample,
    Nearest,
    PaddedConvolution,
    ShuffledLast,
)
from export.padding import extend
from training.network import Stylizer, Upsample, cut


class EdgeGraph(nn.Module):
    """A stylizer for devices; `edge_graph` makes it."""

    def __init__(self, stylizer: Stylizer) -> None:
        super().__init__()
        self.down = _rewritten(stylizer.down)
        self.blocks = _rewritten(stylizer.blocks)
        self.up = _rewritten(stylizer.up)
        self.last = _last(stylizer)
        self.margin = stylizer.config.margin

    def forward(self, pictures: Tensor) -> Tensor:
        """(N, H, W, 3) in [0, 1] -> the same, stylized."""
        x = pictures
        for axis in (1, 2):
            x = extend(x, axis, self.margin, self.margin, "replicate")
        stylized: Tensor = self.last(self.up(self.blocks(self.down(x)))).sigmoid()
        return cut(stylized, self.margin, (1, 2))


def edge_graph(stylizer: Stylizer) -> EdgeGraph:
    """The stylizer as devices should compute it, equal to it up to rounding (some 1e-6).

    Returns:
        A module of its own weights on (N, H, W, 3), H and W multiples of 4; in evaluation mode and
        without gradients.
    """
    graph = EdgeGraph(stylizer).eval()
    return graph.requires_grad_(False)


class PortableGraph(nn.Module):
    """A stylizer for Core ML and ONNX; `portable_graph` makes it. Tensors are (N, C, H, W)."""

    def __init__(self, stylizer: Stylizer) -> None:
        super().__init__()
        self.down, self.blocks, self.up = stylizer.down, stylizer.blocks, stylizer.up
        self.last: nn.Module = stylizer.last
        if not stylizer.config.full_size_ends:
            self.last = nn.Sequential(nn.UpsamplingNearest2d(scale_factor=2), stylizer.last)
            if stylizer.last.padding_mode == "zeros":
                self.last = ShuffledLast(stylizer.last)
        self.margin = stylizer.config.margin

    def forward(self, pictures: Tensor) -> Tensor:
        """(N, 3, H, W) in [0, 1] -> the same, stylized."""
        x = pictures
        if self.margin:
            x = F.pad(x, (self.margin,) * 4, mode="replicate")
        stylized: Tensor = self.last(self.up(self.blocks(self.down(x)))).sigmoid()
        if self.margin:
            # Counted from the end, so that no converter has to compute with free sizes.
            stylized = stylized[:, :, self.margin : -self.margin, self.margin : -self.margin]
        return stylized


def portable_graph(stylizer: Stylizer) -> PortableGraph:
    """The stylizer for libraries that have instance norm and padding as operators of their own.

    Only an end at half size is computed there (ONNX Runtime: less than half the time).

    Returns:
        A module on (N, 3, H, W), H and W multiples of 4; in evaluation mode, without gradients.
    """
    graph = PortableGraph(copy.deepcopy(stylizer)).eval()
    return graph.requires_grad_(False)


def _last(stylizer: Stylizer) -> nn.Module:
    if stylizer.config.full_size_ends:
        return BlockedLast(stylizer.last)
    if stylizer.last.padding_mode == "zeros":
        return FoldedLast(stylizer.last)
    # What a wide kernel sees mirrored at the large picture's edge is no border of the small one.
    return nn.Sequential(Nearest(), BlockedLast(stylizer.last))


def _rewritten(module: nn.Module) -> nn.Module:
    match module:
        case nn.InstanceNorm2d():
            return ExplicitNorm(copy.deepcopy(module))
        case nn.Conv2d():
            return PaddedConvolution.of(module)
        case Upsample():
            first, *others = module.convolution
            assert isinstance(first, nn.Conv2d)
            return nn.Sequential(FoldedUpsample(first), *map(_rewritten, others))
    result = copy.copy(module)  # without its weights, which stay in the leaves
    result._modules = {
        name: None if child is None else _rewritten(child)
        for name, child in module._modules.items()
    }
    return result
