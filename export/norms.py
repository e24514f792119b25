"""Instance norm (Ulyanov et al. 2016; the ResNet-IN paper's formula 11) by plain operators.

Tensors are (N, H, W, C).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from export.padding import repeat

LEAST = -1e30
"""Scale and shift of a flat picture are large; float32 holds them."""


class ExplicitNorm(nn.Module):
    """(x - mean) / sqrt(variance + eps) * weight + bias, the variance that of the centred values.

    Holds in half precision too, in which GPUs compute.
    """

    eps: Tensor

    def __init__(self, norm: nn.InstanceNorm2d) -> None:
        super().__init__()
        self.weight, self.bias = norm.weight, norm.bias
        # By channel, for export/rescale.py: what is before the norm may be measured in other units.
        self.eps = nn.Parameter(torch.full_like(norm.weight, norm.eps), requires_grad=False)

    def forward(self, x: Tensor) -> Tensor:
        """(N, H, W, C) -> the same shape."""
        centred = x - x.mean((1, 2), keepdim=True)
        variance = (centred * centred).mean((1, 2), keepdim=True)
        return centred * (torch.rsqrt(variance + self.eps) * self.weight) + self.bias


class OnePassNorm(ExplicitNorm):
    """The same in fewer passes over memory, for float32 between integer convolutions.

    E[x^2] - E[x]^2 loses the digits by which mean and variance differ, of which half precision has
    none to lose. Scale and shift are written out for a whole row: XNNPACK goes through a factor
    that is broadcast over pixels 24 or 48 numbers at a time, and here through thousands.
    """

    def forward(self, x: Tensor) -> Tensor:
        """(N, H, W, C) -> the same shape."""
        mean = x.mean((1, 2), keepdim=True)
        # Rounding can make less than nothing of a flat picture's variance.
        variance = ((x * x).mean((1, 2), keepdim=True) - mean * mean).relu()
        scale = torch.rsqrt(variance + self.eps) * self.weight
        shift = self.bias - mean * scale
        scales, shifts = (repeat(each, 2, 0, x.shape[2], least=LEAST) for each in (scale, shift))
        return x * scales + shifts
