from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import memory
from benchmarks.memory import bare_interpreter_bytes, peak_bytes

needs_proc = pytest.mark.skipif(not memory.STATUS.exists(), reason="no /proc on this system")
MB = 1_000_000


def run(code):
    root = str(Path(__file__).parents[2])
    head = f"import sys; sys.path.insert(0, {root!r}); from benchmarks.memory import peak_bytes\n"
    done = subprocess.run([sys.executable, "-c", head + code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


def test_rises_by_what_is_used_and_never_falls():
    before, held, after = (
        run("print(peak_bytes())"),
        run("x = b'1' * 80_000_000; print(peak_bytes())"),
        run("x = b'1' * 80_000_000; del x; print(peak_bytes())"),
    )
    assert 75 * MB < held - before < 100 * MB
    assert abs(after - held) < 5 * MB


@needs_proc
def test_a_large_parent_does_not_count():
    # getrusage's ru_maxrss fails exactly here: a child inherits its parent's mark.
    child = "import subprocess, sys; x = b'1' * 150_000_000; print(subprocess.run("
    child += "[sys.executable, '-c', sys.argv[1]], capture_output=True, text=True).stdout)"
    root = str(Path(__file__).parents[2])
    inner = f"import sys; sys.path.insert(0, {root!r}); import benchmarks.memory as m; "
    inner += "print(m.peak_bytes())"
    done = subprocess.run([sys.executable, "-c", child, inner], capture_output=True, text=True)
    assert int(done.stdout) < 60 * MB


def test_a_bare_interpreter_is_small():
    bare = bare_interpreter_bytes()
    assert bare is not None
    assert 2 * MB < bare < 40 * MB
    assert peak_bytes() > bare


@needs_proc
@pytest.mark.parametrize("text", ["", "Name:\tpython\nVmRSS:\t 100 kB\n"])
def test_unknown_where_it_is_not_told(tmp_path, monkeypatch, text):
    monkeypatch.setattr(sys, "platform", "other")
    status = tmp_path / "status"
    assert peak_bytes(status) is None
    status.write_text(text)
    assert peak_bytes(status) is None


def test_reads_kilobytes(tmp_path):
    status = tmp_path / "status"
    status.write_text("Name:\tpython\nVmPeak:\t  999 kB\nVmHWM:\t   12345 kB\nVmRSS:\t 100 kB\n")
    assert peak_bytes(status) == 12345 * 1024
