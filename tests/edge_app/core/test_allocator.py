"""What the C library does is seen by the page faults of a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from edge_app.core import allocator
from edge_app.core.allocator import MB, keep_freed_memory

PROGRAM = """
import ctypes, json, resource, sys
ctypes.CDLL(None).prctl(41, 1, 0, 0, 0)  # PR_SET_THP_DISABLE: a fault would stand for 512 pages
import numpy as np
from edge_app.core.allocator import keep_freed_memory

def faults(megabytes):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(10):
        blocks = [np.ones(megabytes << 20, np.uint8) for _ in range(3)]
        del blocks
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

keep, any_size = json.loads(sys.argv[1])
done = [keep_freed_memory(at_most=each << 20, of_any_size=any_size) for each in keep]
print(json.dumps([done, faults(5), faults(40)]))
"""

PAGES = (1 << 20) // os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 0
"""Of a mebibyte."""


def glibc() -> bool:
    try:
        return bool(os.confstr("CS_GNU_LIBC_VERSION"))
    except (AttributeError, ValueError, OSError):
        return False


def run(keep, *, any_size=False):
    words = [sys.executable, "-c", PROGRAM, json.dumps([keep, any_size])]
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("MALLOC_", "GLIBC_"))}
    done = subprocess.run(words, capture_output=True, text=True, check=True, env=environment)
    return json.loads(done.stdout)


@pytest.mark.skipif(not glibc(), reason="another C library")
def test_freed_blocks_are_used_again():
    _, small, large = run([])
    assert small > 10 * 3 * 5 * PAGES / 2
    done, kept, large_too = run([64])
    assert done == [True]
    assert kept < 2 * 3 * 5 * PAGES
    assert large_too > large / 2  # beyond 32 MiB nothing changes
    _, _, large_kept = run([256], any_size=True)
    assert large_kept < 3 * 3 * 40 * PAGES


@pytest.mark.skipif(not glibc(), reason="another C library")
def test_a_later_wish_for_less_takes_nothing_away():
    done, kept, _ = run([64, 1])
    assert done == [True, True]
    assert kept < 2 * 3 * 5 * PAGES


def test_another_c_library_is_left_alone(monkeypatch):
    def unknown(_name):
        raise ValueError("unrecognized configuration name")

    monkeypatch.setattr(allocator.os, "confstr", unknown, raising=False)
    assert not keep_freed_memory(at_most=MB)
