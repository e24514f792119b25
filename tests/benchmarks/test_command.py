"""`edgestyle bench` as a user meets it: real processes, real files."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.results_file import read_results, write_results
from benchmarks.timing import Series

ROOT = Path(__file__).parents[2]


def bench(*words):
    return subprocess.run(
        [sys.executable, "-m", "edgestyle", "bench", *map(str, words)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )


def complaint(done):
    assert done.returncode == 1, done.stdout + done.stderr
    (line,) = [each for each in done.stderr.splitlines() if each.startswith("edgestyle: ")]
    return line


@pytest.fixture
def file(tmp_path, results, measurement):
    def write(name, ms, **changes):
        series = Series(warmups_ms=(), samples_ms=tuple(ms + 0.1 * i for i in range(5)))
        row = measurement(model=series, end_to_end=series, **changes.pop("row", {}))
        write_results(tmp_path / name, results(measurements=(row,), **changes))
        return tmp_path / name

    return write


def test_compare_has_an_exit_status_for_ci(file):
    base, slow = file("a.json", 20.0), file("b.json", 30.0)
    worse = bench("compare", base, slow)
    assert worse.returncode == 3
    assert "1.49" in worse.stdout
    assert "2 of 2 became slower" in worse.stderr
    assert bench("compare", slow, base, "--tolerance", "0.1").returncode == 0
    slow.write_text(slow.read_text().replace("30.1", "3.1"))
    assert "changed after it was written" in complaint(bench("compare", base, slow))


def test_show_and_merge(file, tmp_path):
    base = file("a.json", 20.0)
    other = file("b.json", 20.0, row={"size": (512, 512)}, created="2026-11-20T12:30:00+00:00")
    shown = bench("show", base, "--details", "--report", tmp_path / "r.html")
    assert shown.returncode == 0, shown.stderr
    assert "Raspberry Pi 5" in shown.stdout
    assert "p99" in shown.stdout
    assert "The Starry Night" in (tmp_path / "r.html").read_text()
    merged = bench("merge", base, other, "--out", tmp_path / "m.json")
    assert merged.returncode == 0, merged.stderr
    assert len(read_results(tmp_path / "m.json").measurements) == 2
    assert "never" not in merged.stderr


def test_a_pack_alone_is_short_for_run(tmp_path):
    assert "no_such_style" in complaint(bench("no_such_style"))
    assert "on: expected here, adb" in complaint(bench("run", "whirl", "--on", "mars"))
    page = bench("--help")
    assert page.returncode == 0
    for command in ("run", "show", "compare", "merge", "import", "devices"):
        assert command in page.stdout
    assert bench("--runs", "x").returncode == 2
