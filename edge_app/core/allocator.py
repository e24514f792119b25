"""Freed memory is kept for the next picture, where glibc manages it.

As it comes, glibc hands large blocks back to the system as soon as they are freed, and gets them
again page by page, each of them cleared first. Drawing one picture after the other, or training,
does that thousands of times a second (docs/benchmarks.md has what it costs). Other systems' C
libraries, and processors of 32 bits, are left as they are.
"""

from __future__ import annotations

import ctypes
import os
import sys
from dataclasses import dataclass

MB = 1_000_000
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _MMAP_MAX = -1, -3, -4  # from glibc's malloc.h
_LARGEST_OWN_BLOCK = 32 << 20  # the most that glibc takes


@dataclass
class _Kept:
    at_most: int = 0
    of_any_size: bool = False


_kept = _Kept()


def keep_freed_memory(*, at_most: int, of_any_size: bool = False) -> bool:
    """From now on keep what is freed; what an earlier call asked for is never made less.

    Args:
        at_most: bytes that may lie free at the end of a heap; each thread that allocates has one.
            Free places between used ones are kept in any case.
        of_any_size: blocks of more than 32 MiB too. Whatever lies in memory after such a block
            keeps it from being given back, which a program that ends soon need not mind.

    Returns:
        Whether it is so: False where the C library is not glibc, or refuses.
    """
    if not _is_glibc():
        return False
    set_option = ctypes.CDLL(None).mallopt
    wanted = []
    if at_most > _kept.at_most:
        # In this order: the second alone would leave every block over 128 kB to the system.
        wanted += [(_MMAP_THRESHOLD, _LARGEST_OWN_BLOCK), (_TRIM_THRESHOLD, at_most)]
        _kept.at_most = at_most
    if of_any_size and not _kept.of_any_size:
        wanted.append((_MMAP_MAX, 0))
        _kept.of_any_size = True
    return all(set_option(option, value) for option, value in wanted)


def _is_glibc() -> bool:
    if sys.maxsize < 2**32:
        return False
    try:
        return (os.confstr("CS_GNU_LIBC_VERSION") or "").startswith("glibc")
    except (AttributeError, ValueError, OSError):  # Windows; other C libraries
        return False
