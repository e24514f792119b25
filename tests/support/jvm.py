"""A real Java machine in the test's process, with doubles of Android's and LiteRT's classes.

The doubles (tests/support/java) have the names, visibility and signatures of the real ones, so that
what pyjnius makes of them is what it makes of those on a phone.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

SOURCES = Path(__file__).parent / "java"

INSTALL = "needs a JDK: apt-get install openjdk-17-jdk-headless"

OPTIONS = ("-Xmx256m", "-Xrs", "--add-opens=java.base/java.io=ALL-UNNAMED")
"""The last, because the doubles of Android's files hand out numbers that Java keeps to itself."""

_started: list[Any] = []


def compiled(folder: Path) -> Path:
    """The doubles' classes, compiled into a folder; skips where there is no JDK."""
    compiler = shutil.which("javac")
    if compiler is None:
        pytest.skip(INSTALL)
    folder.mkdir(parents=True, exist_ok=True)
    sources = [str(path) for path in sorted(SOURCES.rglob("*.java"))]
    done = subprocess.run(
        [compiler, "-nowarn", "-d", str(folder), *sources],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder


def start(folder: Path) -> Any:
    """The module jnius, its machine running; skips where there is no JDK or no pyjnius.

    Args:
        folder: for the compiled classes; the first call's counts, a process has one machine.
    """
    if not _started:
        jnius_config = pytest.importorskip("jnius_config")
        jnius_config.set_classpath(str(compiled(folder)))
        jnius_config.add_options(*OPTIONS)
        import jnius

        _started.append(jnius)
    return _started[0]
