"""Peak memory of a process, without packages beyond the standard library.

The figure is the high-water mark of the resident set: every page that was in memory at once,
shared libraries included. It only ever rises, so an honest figure for one model needs a process
of its own (see benchmarks/worker.py) and a bare interpreter beside it to subtract.
"""

from __future__ import annotations

import re
import sys
from functools import cache
from pathlib import Path

STATUS = Path("/proc/self/status")

# Linux and Android tell the mark in /proc. getrusage's ru_maxrss is no substitute there: a child
# inherits its parent's through exec, so a model measured from a program that holds torch would
# seem to need hundreds of megabytes. macOS resets it at exec, and reports bytes.
_LINUX = f"print(open({str(STATUS)!r}).read())"
_MACOS = "import resource; print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"


def peak_bytes(status: Path = STATUS) -> int | None:
    """High-water mark of this process's resident memory so far; None where it is not told."""
    try:
        return _mark(status.read_text(encoding="ascii"))
    except OSError:
        pass
    if sys.platform == "darwin":
        import resource  # absent on Windows

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return None


@cache
def bare_interpreter_bytes() -> int | None:
    """Peak memory of a Python like this one that does nothing but look at its memory."""
    import subprocess  # which a process that is measured need not load

    code = _MACOS if sys.platform == "darwin" else _LINUX
    try:
        told = subprocess.run(  # noqa: S603 - this interpreter and the code above
            # -I and -S leave site-packages out, whose .pth files may import anything.
            [sys.executable, "-I", "-S", "-c", code],
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    return int(told) if sys.platform == "darwin" else _mark(told)


def _mark(status: str) -> int | None:
    found = re.search(r"^VmHWM:\s+(\d+) kB", status, re.MULTILINE)
    return int(found[1]) * 1024 if found else None
