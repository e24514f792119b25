"""What the CPU can do, as far as it decides which file of a pack is the fastest on it.

Imports neither numpy nor an inference library.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

DOT_PRODUCTS = ("avx512_vnni", "avx_vnni", "asimddp")
"""Four products of 8-bit integers and their sum in one instruction and lane, by the kernel's names:
AVX-512 VNNI, AVX-VNNI, ARM's SDOT. Without one, integers are hardly faster than floats."""

MATRIX_PRODUCTS = "i8mm"
"""ARM's 8-bit matrix instructions, for which XNNPACK has kernels of their own."""


@dataclass(frozen=True, kw_only=True)
class Processor:
    """The CPU of this machine."""

    flags: frozenset[str] | None
    """What it announces, by the kernel's names; None where the system does not tell."""

    @property
    def dot_products(self) -> str:
        """Its instruction of DOT_PRODUCTS, or ''."""
        return next((flag for flag in DOT_PRODUCTS if flag in (self.flags or ())), "")

    @property
    def matrix_products(self) -> bool:
        """Whether it has MATRIX_PRODUCTS."""
        return MATRIX_PRODUCTS in (self.flags or ())


def processor(root: Path = Path("/")) -> Processor:
    """The CPU that this process runs on; Linux and Android tell.

    Args:
        root: of the file system; tests bring their own.
    """
    try:
        lines = (root / "proc" / "cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return Processor(flags=None)
    for line in lines.splitlines():
        name, _, value = line.partition(":")
        if name.strip() in ("flags", "Features"):  # x86 and ARM
            return Processor(flags=frozenset(value.split()))
    return Processor(flags=None)
