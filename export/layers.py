"""The layers that export/graph.py builds the network of anew, each equal to what it replaces.

Tensors are (N, H, W, C) where nothing else is said; weights are as torch has them.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from export.padding import extend

BLOCK = 4
"""Neighbouring pixels of a row that a last convolution at full size makes at once: 4 x 3 channels
fill most of the 16 floats that XNNPACK works on together. Divides every width there is."""

Padding = tuple[int, int, int, int]
"""(left, right, top, bottom)."""


class ShuffledLast(nn.Module):
    """As FoldedLast, for libraries that have a pixel shuffle. Tensors are (N, C, H, W)."""

    def __init__(self, convolution: nn.Conv2d) -> None:
        super().__init__()
        # A pixel shuffle takes its channels in the order (C', row, column).
        folded = _fold(convolution.weight).permute(2, 0, 1, 3, 4, 5).flatten(0, 2)
        self.weight = _own(folded)
        self.bias = None
        if convolution.bias is not None:
            self.bias = _own(convolution.bias.repeat_interleave(4))

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, C', 2H, 2W)."""
        return F.pixel_shuffle(F.conv2d(x, self.weight, self.bias, padding="same"), 2)


class PaddedConvolution(nn.Module):
    """A convolution whose padding ('zeros', 'reflect' or 'replicate') is made of plain operators.

    Args:
        weight: (C', C / groups, kH, kW).
        bias: (C',), or None.
    """

    def __init__(
        self,
        weight: Tensor,
        bias: Tensor | None,
        *,
        padding: Padding,
        mode: str,
        stride: tuple[int, ...] = (1, 1),
        groups: int = 1,
    ) -> None:
        super().__init__()
        self.weight = _own(weight)
        self.bias = None if bias is None else _own(bias)
        self.padding, self.mode, self.stride, self.groups = padding, mode, stride, groups

    @classmethod
    def of(cls, convolution: nn.Conv2d) -> PaddedConvolution:
        """The same convolution."""
        return cls(
            convolution.weight,
            convolution.bias,
            padding=_same_padding(convolution),
            mode=convolution.padding_mode,
            stride=convolution.stride,
            groups=convolution.groups,
        )

    def forward(self, x: Tensor) -> Tensor:
        """(N, H, W, C) -> (N, H', W', C')."""
        left, right, top, bottom = self.padding
        inside = (0, 0)
        if self.mode != "zeros":
            x = extend(extend(x, 1, top, bottom, self.mode), 2, left, right, self.mode)
        elif (left, top) == (right, bottom):
            inside = (top, left)  # the converter makes a convolution with SAME padding of it
        else:
            x = F.pad(x, (0, 0, left, right, top, bottom))
        x = x.permute(0, 3, 1, 2)
        x = F.conv2d(x, self.weight, self.bias, self.stride, inside, groups=self.groups)
        return x.permute(0, 2, 3, 1)


class PairedFirst(nn.Module):
    """A first convolution that steps by two, reading neighbouring pixels of a row two at a time.

    A row of W pixels of 3 channels lies in memory as one of W/2 pixels of 6, so the reshape moves
    nothing. A 5x5 kernel has 5x3 taps of 6 channels there instead of 25 of 3: integer
    kernels work through channels by fours and eights, and XNNPACK keeps an address of every tap of
    every pixel of the result, 1.6 MB less at 256x256. Only for zero padding.
    """

    def __init__(self, convolution: nn.Conv2d) -> None:
        super().__init__()
        outputs, inputs, height, width = convolution.weight.shape
        left = width // 2
        before = -(-left // 2)  # pairs to the left of the one that a step begins with
        after = left // 2
        # Pixel p of the kernel, from -left to left, is pixel p + 2 before of the row of pairs.
        wide = torch.zeros(outputs, inputs, height, 2 * (before + 1 + after))
        first = 2 * before - left
        wide[..., first : first + width] = convolution.weight.detach()
        paired = wide.view(outputs, inputs, height, -1, 2).permute(0, 4, 1, 2, 3).flatten(1, 2)
        self.convolution = PaddedConvolution(
            paired,
            convolution.bias,
            padding=(before, after, height // 2, height // 2),
            mode="zeros",
            stride=(2, 1),
        )

    @staticmethod
    def fits(convolution: nn.Conv2d) -> bool:
        """Whether a convolution can be made so, and is one that reads pixels."""
        pixels = convolution.in_channels == 3
        steps = convolution.stride == (2, 2)
        return pixels and steps and convolution.padding_mode == "zeros"

    def forward(self, x: Tensor) -> Tensor:
        """(N, H, W, C), W even -> (N, H / 2, W / 2, C')."""
        n, height, width, channels = x.shape
        result: Tensor = self.convolution(x.reshape(n, height, width // 2, 2 * channels))
        return result


class FoldedUpsample(nn.Module):
    """A convolution whose result is twice as large as what it reads, by parity of row and column.

    Of nearest-neighbour resizing and a 3x3 convolution: two of the three rows of taps always fall
    on the same small pixel, so a pixel of the result sees 2x2 small ones. Four 2x2 convolutions
    need 4/9 of the multiplications. Of a transposed convolution, which reads zeros between the
    pixels: a pixel of the result sees one or two rows and columns of small ones, and XNNPACK's own
    takes three times as long.

    Args:
        phases: for the even rows' even and odd columns, then for the odd rows'.
    """

    def __init__(self, phases: Iterable[PaddedConvolution]) -> None:
        super().__init__()
        self.phases = nn.ModuleList(phases)

    @classmethod
    def of_resized(cls, convolution: nn.Conv2d) -> FoldedUpsample:
        """Nearest-neighbour resizing by two, and the 3x3 convolution that follows."""
        assert convolution.kernel_size == (3, 3), "only 3x3 convolutions follow an upsampling"
        # Mirrored at the edge, the large picture shows the outermost small pixel once more.
        mode = "replicate" if convolution.padding_mode == "reflect" else convolution.padding_mode
        folded = _fold(convolution.weight)
        return cls(
            PaddedConvolution(
                # Even places see the small pixels -1 and 0, odd ones 0 and 1.
                folded[row, column, ..., row : row + 2, column : column + 2],
                convolution.bias,
                padding=(1 - column, column, 1 - row, row),
                mode=mode,
                groups=convolution.groups,
            )
            for row in (0, 1)
            for column in (0, 1)
        )

    @classmethod
    def of_transposed(cls, convolution: nn.ConvTranspose2d) -> FoldedUpsample:
        """A 3x3 transposed convolution of stride 2 that doubles the size exactly."""
        shape = (convolution.kernel_size, convolution.stride, convolution.padding)
        assert (*shape, convolution.output_padding) == ((3, 3), (2, 2), (1, 1), (1, 1))
        assert convolution.groups == 1
        weight = convolution.weight.transpose(0, 1)
        # An even place lies under the middle tap alone, an odd one under the outer two: the last
        # reads the small pixel before it, the first the one after.
        taps = ([1], [2, 0])
        return cls(
            PaddedConvolution(
                weight[:, :, taps[row]][..., taps[column]],
                convolution.bias,
                padding=(0, column, 0, row),
                mode="zeros",
            )
            for row in (0, 1)
            for column in (0, 1)
        )

    def forward(self, x: Tensor) -> Tensor:
        """(N, H, W, C) -> (N, 2H, 2W, C')."""
        return depth_to_space(torch.cat([phase(x) for phase in self.phases], 3))


class FoldedLast(nn.Module):
    """Nearest-neighbour resizing by two, the last convolution and the cut of the margin, in one.

    As FoldedUpsample, but with so few channels that one convolution makes all four pixels: 12
    channels fill a vector register that 3 leave empty. Only for zero padding.

    Args:
        convolution: the last one.
        margin: places to cut off all around, at the size that is given, a multiple of 2.
    """

    def __init__(self, convolution: nn.Conv2d, margin: int) -> None:
        super().__init__()
        folded = _fold(convolution.weight).flatten(0, 2)
        side = folded.shape[-1] // 2
        self.convolution = PaddedConvolution(
            folded,
            None if convolution.bias is None else convolution.bias.repeat(4),
            padding=(side, side, side, side),
            mode="zeros",
        )
        self.margin = margin // 2

    def forward(self, x: Tensor) -> Tensor:
        """(N, H, W, C) -> (N, 2H - 2 margin, 2W - 2 margin, C')."""
        return depth_to_space(_cut(self.convolution(x), self.margin))


class BlockedLast(nn.Module):
    """The last convolution, made for `BLOCK` neighbouring pixels of a row at once.

    The kernel stands four times, each a pixel further, in a kernel that is three pixels wider and
    steps by four. Its outputs are then the pixels of the row in their order: the reshape that
    names them so moves nothing.
    """

    def __init__(self, convolution: nn.Conv2d) -> None:
        super().__init__()
        outputs, inputs, height, width = convolution.weight.shape
        wide = torch.zeros(BLOCK, outputs, inputs, height, width + BLOCK - 1)
        for pixel in range(BLOCK):
            wide[pixel, ..., pixel : pixel + width] = convolution.weight.detach()
        self.convolution = PaddedConvolution(
            wide.flatten(0, 1),
            None if convolution.bias is None else convolution.bias.repeat(BLOCK),
            padding=_same_padding(convolution),
            mode=convolution.padding_mode,
            stride=(1, BLOCK),
        )

    def forward(self, x: Tensor) -> Tensor:
        """(N, H, W, C), W a multiple of BLOCK -> (N, H, W, C')."""
        blocks: Tensor = self.convolution(x)
        n, height, width, channels = blocks.shape
        return blocks.reshape(n, height, width * BLOCK, channels // BLOCK)


class Cut(nn.Module):
    """Take the margin off; (N, H, W, C) -> (N, H - 2 margin, W - 2 margin, C)."""

    def __init__(self, margin: int) -> None:
        super().__init__()
        self.margin = margin

    def forward(self, x: Tensor) -> Tensor:
        """See the class."""
        return _cut(x, self.margin)


class Nearest(nn.Module):
    """Twice the size by nearest neighbour: RESIZE_NEAREST_NEIGHBOR falls out of XNNPACK."""

    def forward(self, x: Tensor) -> Tensor:
        """(N, H, W, C) -> (N, 2H, 2W, C)."""
        return depth_to_space(torch.cat((x, x, x, x), 3))


def _own(values: Tensor) -> nn.Parameter:
    # litert-torch 0.10 recognises constants by their address, and takes a copy of those that do not
    # lie in memory as they read: the next copy at that address would get this one's values.
    return nn.Parameter(values.detach().clone(memory_format=torch.contiguous_format))


def _same_padding(convolution: nn.Conv2d) -> Padding:
    height, width = (side // 2 for side in convolution.kernel_size)
    return width, width, height, height


def _fold(weight: Tensor) -> Tensor:
    """Kernels on the small picture for each parity of row and column of the doubled one.

    Args:
        weight: (C', C, k, k) for the doubled picture, k odd.

    Returns:
        (2, 2, C', C, t, t): [row parity, column parity], centred on the small pixel.
    """
    kernel = weight.shape[-1]
    reach = (kernel // 2 + 1) // 2
    matrix = torch.zeros(2, 2 * reach + 1, kernel)
    for parity in (0, 1):
        for tap in range(kernel):
            matrix[parity, (parity + tap - kernel // 2) // 2 + reach, tap] = 1
    return torch.einsum("ockl,aik,bjl->abocij", weight.detach(), matrix, matrix)


def _cut(x: Tensor, margin: int) -> Tensor:
    """(N, H, W, C) -> (N, H - 2 margin, W - 2 margin, C)."""
    # One operator; two slices would be two. Without a margin it would be one that does nothing.
    return F.pad(x, (0, 0, *(-margin,) * 4)) if margin else x


def depth_to_space(x: Tensor) -> Tensor:
    """(N, H, W, 4C), channels (row, column, C) -> (N, 2H, 2W, C)."""
    n, height, width, channels = x.shape
    rows = x.reshape(n, height, width, 2, channels // 2).permute(0, 1, 3, 2, 4)
    return rows.reshape(n, 2 * height, 2 * width, channels // 4)
