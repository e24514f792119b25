"""Instance norm (Ulyanov et al. 2016; the ResNet-IN paper's formula 11) by plain operators.

Tensors are (N, H, W, C).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from export.padding import repeat

LEAST = -1e30
"""Scale and shift of a flat picture are large; float32 holds them."""


LARGE = 1 << 18
"""Positions of a map above which its mean is taken by rows first. XNNPACK adds up one number
after the other: of a million, float32 loses four digits (pictures of 2048x2048 came out wrong by
1e-3), of twice a thousand none. Smaller maps keep the mean over both sides at once, the only one
that the GPU delegate computes under OpenGL."""


def spatial_mean(x: Tensor) -> Tensor:
    """(N, H, W, C) -> (N, 1, 1, C)."""
    if x.shape[1] * x.shape[2] > LARGE:
        return x.mean(2, keepdim=True).mean(1, keepdim=True)
    return x.mean((1, 2), keepdim=True)


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
        centred = x - spatial_mean(x)
        variance = spatial_mean(centred * centred)
        return centred * (torch.rsqrt(variance + self.eps) * self.weight) + self.bias


class OnePassNorm(ExplicitNorm):
    """The same in fewer passes over memory, for float32 between integer convolutions.

    E[x^2] - E[x]^2 loses the digits by which mean and variance differ, of which half precision has
    none to lose. Scale and shift are written out for a whole row: XNNPACK goes through a factor
    that is broadcast over pixels 24 or 48 numbers at a time, and here through thousands.
    """

    def forward(self, x: Tensor) -> Tensor:
        """(N, H, W, C) -> the same shape."""
        mean = spatial_mean(x)
        # Rounding can make less than nothing of a flat picture's variance.
        variance = (spatial_mean(x * x) - mean * mean).relu()
        scale = torch.rsqrt(variance + self.eps) * self.weight
        shift = self.bias - mean * scale
        scales, shifts = (repeat(each, 2, 0, x.shape[2], least=LEAST) for each in (scale, shift))
        return x * scales + shifts
