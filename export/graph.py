"""The network rewritten for small devices: the same function, of operators that delegates take.

A trained network converts as it stands, but badly: its instance norm becomes fifty transpositions,
reflection padding and nearest-neighbour resizing fall out of XNNPACK and cut the graph in pieces,
and a convolution to 3 channels wastes most of a vector register. `edge_graph` replaces each by an
equal computation, so that the whole graph stays in one XNNPACK partition without a TRANSPOSE:

    instance norm            mean and variance written out
    batch norm               part of the convolution before it
    reflection padding       slices and concatenations
    resize, then convolve    a convolution of the small picture for each of the four pixels that a
                             pixel becomes; a transposed convolution likewise
    the first convolution    neighbouring pixels two at a time
    the last convolution     several pixels at once
    the margin               the edge pixels, broadcast

A network's grain is not in the graph: `edge_app.core.stylizer` adds it to the photograph.
All tensors here are (N, H, W, C), as TFLite has them: the converter then finds nothing to turn.
"""

from __future__ import annotations

import copy

import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from edge_app.core.errors import ExportError
from export.layers import (
    BlockedLast,
    Cut,
    FoldedLast,
    FoldedUpsample,
    Nearest,
    PaddedConvolution,
    PairedFirst,
    ShuffledLast,
)
from export.norms import ExplicitNorm, OnePassNorm
from export.padding import drawn_out, extend
from export.recipes import Target
from training.network import Residual, Stylizer, Upsample


class EdgeGraph(nn.Module):
    """A stylizer for devices; `edge_graph` makes it."""

    def __init__(self, stylizer: Stylizer, target: Target) -> None:
        super().__init__()
        stylizer = _fused(stylizer)
        self.down = _rewritten(stylizer.down, target)
        self.blocks = _rewritten(stylizer.blocks, target)
        self.up = _rewritten(stylizer.up, target)
        self.last = _last(stylizer)
        self.margin = stylizer.config.margin

    def forward(self, pictures: Tensor) -> Tensor:
        """(N, H, W, 3) in [0, 1] -> the same, stylized."""
        x = pictures
        for axis in (1, 2):
            x = extend(x, axis, self.margin, self.margin, "replicate")
        stylized: Tensor = self.last(self.up(self.blocks(self.down(x)))).sigmoid()
        return stylized


def edge_graph(stylizer: Stylizer, target: Target = Target.FLOATS) -> EdgeGraph:
    """The stylizer as devices should compute it, equal to it up to rounding (some 1e-6).

    Returns:
        A module of its own weights on (N, H, W, 3), H and W multiples of 4; in evaluation mode and
        without gradients.

    Raises:
        ExportError: the network has a layer that is not known here.
    """
    graph = EdgeGraph(stylizer, target).eval()
    return graph.requires_grad_(False)


class PortableGraph(nn.Module):
    """A stylizer for Core ML and ONNX; `portable_graph` makes it. Tensors are (N, C, H, W)."""

    def __init__(self, stylizer: Stylizer, *, plain_edges: bool = False) -> None:
        super().__init__()
        self.plain_edges = plain_edges
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
        if self.margin and self.plain_edges:
            x = drawn_out(drawn_out(x, 2, self.margin), 3, self.margin)
        elif self.margin:
            x = F.pad(x, (self.margin,) * 4, mode="replicate")
        stylized: Tensor = self.last(self.up(self.blocks(self.down(x)))).sigmoid()
        if self.margin:
            # Counted from the end, so that no converter has to compute with free sizes.
            stylized = stylized[:, :, self.margin : -self.margin, self.margin : -self.margin]
        return stylized


def portable_graph(stylizer: Stylizer, *, plain_edges: bool = False) -> PortableGraph:
    """The stylizer for libraries that have instance norm and padding as operators of their own.

    Only an end at half size is computed there (ONNX Runtime: less than half the time).

    Args:
        stylizer: the network.
        plain_edges: the margin by slices and concatenations, for one that repeats no edges.

    Returns:
        A module on (N, 3, H, W), H and W multiples of 4; in evaluation mode, without gradients.
    """
    graph = PortableGraph(copy.deepcopy(stylizer), plain_edges=plain_edges).eval()
    return graph.requires_grad_(False)


def _last(stylizer: Stylizer) -> nn.Module:
    """The last convolution, and the cut of the margin."""
    margin = stylizer.config.margin
    if stylizer.config.full_size_ends:
        return nn.Sequential(BlockedLast(stylizer.last), Cut(margin))
    if stylizer.last.padding_mode == "zeros":
        return FoldedLast(stylizer.last, margin)
    # What a wide kernel sees mirrored at the large picture's edge is no border of the small one.
    return nn.Sequential(Nearest(), BlockedLast(stylizer.last), Cut(margin))


def _rewritten(module: nn.Module, target: Target) -> nn.Module:
    match module:
        case nn.InstanceNorm2d():
            own = copy.deepcopy(module)
            return OnePassNorm(own) if target is Target.INTEGERS else ExplicitNorm(own)
        case nn.Conv2d() if PairedFirst.fits(module):
            return PairedFirst(module)
        case nn.Conv2d():
            return PaddedConvolution.of(module)
        case nn.ConvTranspose2d():
            return FoldedUpsample.of_transposed(module)
        case Upsample():
            first, *others = module.convolution
            assert isinstance(first, nn.Conv2d)
            rest = (_rewritten(other, target) for other in others)
            return nn.Sequential(FoldedUpsample.of_resized(first), *rest)
        case nn.Sequential() | Residual():
            result = copy.copy(module)  # without its weights, which stay in the leaves
            result._modules = {
                name: None if child is None else _rewritten(child, target)
                for name, child in module._modules.items()
            }
            return result
        case nn.ReLU():
            return nn.ReLU()
    raise ExportError(f"the network has a layer that export does not know: {module}")


def _fused(stylizer: Stylizer) -> Stylizer:
    """A copy whose batch norms are part of the convolutions before them."""
    result = copy.deepcopy(stylizer).eval()
    for sequence in [module for module in result.modules() if isinstance(module, nn.Sequential)]:
        before = ""
        for name, child in list(sequence._modules.items()):
            if isinstance(child, nn.BatchNorm2d):
                convolution = sequence.get_submodule(before)
                assert isinstance(convolution, (nn.Conv2d, nn.ConvTranspose2d))
                transposed = isinstance(convolution, nn.ConvTranspose2d)
                sequence._modules[before] = fuse_conv_bn_eval(convolution, child, transposed)
                del sequence._modules[name]
            before = name
    return result
