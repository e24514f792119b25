"""How much memory a run takes, asked before it is started."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from edge_app.core.pack import StylePack
from edge_app.core.size import Size
from edge_app.ui.atelier import model_size

FIXED_BYTES = 40_000_000
"""The library, the weights and the interpreter, whatever the picture's size."""

BYTES_PER_PIXEL = {"nano": 300, "small": 400, "base": 800, "paper": 1800}
"""Network -> growth of the process a pixel of the model's picture: activations, and the float and
byte pictures around the model. Measured on Linux, x86-64, float32 with a fifth added: `small` 330
(ONNX Runtime at 512 to 2048 pixels a side; LiteRT 240), `paper` 1430 (LiteRT at 640); the others in
proportion to their channels."""

RESERVE = 0.8
"""Share of the available memory that a run may take; the system needs the rest to stay awake."""


def needed_bytes(network: str, size: Size) -> int:
    """An estimate, on the high side, for a run at (height, width).

    An unknown network counts as the hungriest.
    """
    each = BYTES_PER_PIXEL.get(network, max(BYTES_PER_PIXEL.values()))
    return FIXED_BYTES + each * size[0] * size[1]


def fits(network: str, size: Size, available_bytes: int | None) -> bool:
    """Whether a run would leave the system its reserve; yes where nothing is known."""
    return available_bytes is None or needed_bytes(network, size) <= RESERVE * available_bytes


@dataclass(frozen=True, kw_only=True)
class Shortage:
    """A run that should not be begun."""

    needed_bytes: int
    available_bytes: int
    smaller: int | None
    """The largest size below that would fit."""


def shortage(
    pack: StylePack, photo: Size, size: int, sizes: Sequence[int], available_bytes: int | None
) -> Shortage | None:
    """What stands against painting a photograph of (height, width) at a size; None: nothing.

    Args:
        pack: the style.
        photo: the photograph's size.
        size: the longest side that is wished.
        sizes: those that the style offers.
        available_bytes: None where the system does not tell.
    """

    def fitting(side: int) -> bool:
        return fits(pack.manifest.network, model_size(pack, photo, side), available_bytes)

    if available_bytes is None or fitting(size):
        return None
    return Shortage(
        needed_bytes=needed_bytes(pack.manifest.network, model_size(pack, photo, size)),
        available_bytes=available_bytes,
        smaller=max((each for each in sizes if each < size and fitting(each)), default=None),
    )
