"""Graphs that draw many styles: the scales and shifts of their norms are a second input.

The vector of a style (training/trunk.py) comes as a picture of one pixel, its channels where the
graph's are. Each norm takes its slice, which lies as a constant would: nothing is turned, and the
whole graph stays one piece for XNNPACK.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.func import functional_call

from edge_app.core.image import Picture
from edge_app.core.vector import Vector
from export.graph import EdgeGraph, PortableGraph
from export.norms import ExplicitNorm


class StyledGraph(nn.Module):
    """A graph whose norms are filled in from a style.

    Args:
        graph: of a network with instance norm; its own scales and shifts are no longer looked at.
    """

    def __init__(self, graph: EdgeGraph | PortableGraph) -> None:
        super().__init__()
        self._axis = 1 if isinstance(graph, PortableGraph) else 3
        if isinstance(graph, PortableGraph):
            _open_norms(graph)
        self.network = graph  # "graph" is taken in what torch.export makes of it
        self._slots = {
            f"{name}.{part}": norm.weight.numel()
            for name, norm in graph.named_modules()
            if isinstance(norm, (ExplicitNorm, OpenNorm))
            for part in ("weight", "bias")
        }

    @property
    def style_length(self) -> int:
        """How many numbers a style has."""
        return sum(self._slots.values())

    def forward(self, pictures: Tensor, style: Tensor) -> Tensor:
        """(1, H, W, 3) and (1, 1, 1, N), or (1, 3, H, W) and (1, N, 1, 1) -> as the pictures."""
        norms, begin = {}, 0
        for name, channels in self._slots.items():
            norms[name] = style.narrow(self._axis, begin, channels)
            begin += channels
        stylized: Tensor = functional_call(self.network, norms, (pictures,))
        return stylized


def styled_graph(graph: EdgeGraph | PortableGraph) -> StyledGraph:
    """The same graph, which is used up, for all styles; in evaluation mode, without gradients."""
    return StyledGraph(graph).eval().requires_grad_(False)


class OpenNorm(nn.Module):
    """Instance norm (formula 11) whose scale and shift, (1, C, 1, 1), come after it."""

    def __init__(self, norm: nn.InstanceNorm2d) -> None:
        super().__init__()
        self.weight = nn.Parameter(norm.weight.detach().view(1, -1, 1, 1))
        self.bias = nn.Parameter(norm.bias.detach().view(1, -1, 1, 1))
        self.eps = norm.eps

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> the same shape."""
        return F.instance_norm(x, eps=self.eps) * self.weight + self.bias


def _open_norms(module: nn.Module) -> None:
    for name, child in module.named_children():
        if isinstance(child, nn.InstanceNorm2d):
            setattr(module, name, OpenNorm(child))
        else:
            _open_norms(child)


def arguments(picture: Picture, style: Vector) -> tuple[Tensor, ...]:
    """What an EdgeGraph, or a StyledGraph of one, is called with; no style is no argument."""
    pictures = torch.from_numpy(picture)[None]
    return (pictures, torch.from_numpy(style).view(1, 1, 1, -1)) if style.size else (pictures,)
