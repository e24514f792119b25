"""Freed memory is kept for the next picture, where glibc manages it.

As it comes, glibc hands large blocks back to the system as soon as they are freed, and gets them
again page by page, each of them cleared first. Drawing one picture after the other, or training,
does that thousands of times a second: a quarter of the time from file to picture with `nano` in
int8 at 640x640, a tenth to a fifth of a training's (docs/benchmarks.md). Other systems' C libraries
are left as they are.
"""

from __future__ import annotations

import ctypes
import os

MB = 1_000_000
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_MMAP_MAX = -1, -3, -4  # from glibc's malloc.h
_LARGEST_OWN_BLOCK = 32 << 20  # the most that glibc takes on 64 bits

_kept = 0


def keep_freed_memory(*, at_most: int, of_any_size: bool = False) -> bool:
    """From now on keep what is freed; what an earlier call asked for is never made less.

    Args:
        at_most: bytes that may lie idle.
        of_any_size: blocks of more than 32 MiB too. Whatever lies in memory after such a block
            keeps it from being given back, which a program that ends soon need not mind.

    Returns:
        Whether it is so: False where the C library is not glibc.
    """
    global _kept
    if not _is_glibc():
        return False
    if at_most <= _kept:
        return True
    _kept = at_most
    set_option = ctypes.CDLL(None).mallopt
    set_option(_M_TRIM_THRESHOLD, at_most)
    set_option(_M_MMAP_THRESHOLD, _LARGEST_OWN_BLOCK)
    if of_any_size:
        set_option(_M_MMAP_MAX, 0)
    return True


def _is_glibc() -> bool:
    try:
        return (os.confstr("CS_GNU_LIBC_VERSION") or "").startswith("glibc")
    except (AttributeError, ValueError, OSError):  # Windows; other C libraries
        return False
