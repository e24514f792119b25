"""`edgestyle bench` as a user meets it: real processes, real files."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from benchmarks.results_file import read_results, write_results
from benchmarks.scaling.config import ScaleConfig
from benchmarks.timing import Series
from commands import scale
from edge_app.core.errors import ParityError

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
    perhaps = bench("compare", base, slow)  # one process a side
    assert perhaps.returncode == 0
    assert "perhaps slower" in perhaps.stdout
    worse = bench("compare", base, slow, "--strict")
    assert worse.returncode == 3
    assert "1.49" in worse.stdout
    assert "2 of 2 became slower" in worse.stderr
    assert bench("compare", slow, base, "--strict", "--tolerance", "0.1").returncode == 0
    slow.write_text(slow.read_text().replace("30.1", "3.1"))
    assert "changed after it was written" in complaint(bench("compare", base, slow))


def test_compare_fails_where_the_second_was_cut_short(file, tmp_path, results, measurement):
    both = tmp_path / "both.json"
    write_results(both, results(measurements=(measurement(), measurement(size=(512, 512)))))
    cut = file("cut.json", 20.0, interrupted=True)
    done = bench("compare", both, cut)
    assert done.returncode == 3
    assert "1 not measured" in done.stderr
    assert "interrupted before it was measured" in " ".join(done.stdout.split())


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


def test_show_marks_what_nobody_beats_where_it_is_given_judgements(file, tmp_path):
    base = file("a.json", 20.0)
    missing = complaint(bench("show", base, "--quality", tmp_path / "none.json"))
    assert "none.json" in missing


def test_scale_measures_sizes_threads_and_the_machine(pack_at, tflite, tmp_path, photo):
    pack = pack_at(
        {f"tflite/fp32-{s}x{s}.tflite": tflite((s, s)) for s in (32, 64)},
    )
    words = ("--sizes", 32, 64, 128, "--threads", 1, "--runs", 2, "--warmups", 1, "--photo", photo)
    files = {name: tmp_path / f"scale.{name}" for name in ("json", "markdown", "report")}
    options = [word for name, path in files.items() for word in (f"--{name}", path)]
    done = bench("scale", pack, *words, *options)
    assert done.returncode == 0, done.stderr
    assert "no model for recipe fp32, size 128" in done.stderr
    assert "no model for recipe int8-conv" in done.stderr
    results = read_results(files["json"])
    assert [m.size for m in results.measurements] == [(32, 32), (64, 64)]
    assert results.ceilings[0].threads == 1
    assert "| fp32, 1 thread |" in files["markdown"].read_text()
    assert "Roofline" in files["report"].read_text()
    assert "ESTIMATES" in done.stdout


def test_scale_leaves_a_size_that_fails_its_gate_to_the_onnx_model(monkeypatch, tmp_path, capsys):
    run = tmp_path / "run"
    run.mkdir()
    (run / "run.json").touch()
    asked = []

    def export(config, _tell):
        asked.append([height for height, _ in config.sizes])
        assert config.onnx
        if 2048 in asked[-1]:
            raise ParityError("tflite/fp32-2048x2048.tflite: does not agree")

    monkeypatch.setitem(sys.modules, "export.build", SimpleNamespace(export=export))
    config = ScaleConfig(subjects=(str(run),), sizes=(256, 2048, 512))
    assert list(scale._packs(config, tmp_path)) == [str(tmp_path / "run.stylepack")]
    assert asked == [[256, 512, 2048], [256, 512]]
    assert "2048 pixels are left to the ONNX model" in capsys.readouterr().err
    with pytest.raises(ParityError):
        list(scale._packs(replace(config, sizes=(2048,)), tmp_path))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_benchmark_that_is_stopped_keeps_its_samples(pack_at, tmp_path, name):
    number = getattr(signal, name)
    if (
        signal.getsignal(number) == signal.SIG_IGN
    ):  # by nohup; a child inherits that, and must heed it
        signal.signal(number, signal.SIG_DFL)
    path = tmp_path / "results.json"
    words = (pack_at(), "--runs", 1_000_000, "--json", path)
    with started(*words) as process:
        wait_for_samples(tmp_path)
        process.send_signal(number)
        _, told = process.communicate(timeout=300)
    assert process.returncode == 130, told
    results = read_results(path)
    assert results.interrupted
    (failure,) = results.failures
    assert failure.taken[0].times.samples_ms
    assert not list(tmp_path.glob("edgestyle-bench-*"))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
def test_without_a_file_they_are_kept_aside_and_that_is_said(pack_at, tmp_path):
    with started(pack_at(), "--runs", 1_000_000, cwd=tmp_path) as process:
        wait_for_samples(tmp_path)
        process.send_signal(signal.SIGTERM)
        said, _ = process.communicate(timeout=300)
    place = said.rsplit("what was measured is kept in ", 1)[1].splitlines()[0]
    assert read_results(Path(place)).failures[0].taken


@contextmanager
def started(*words, **options):
    """A benchmark whose temporary files lie beside the test's; it does not outlive the test."""
    folder = next(Path(word).parent for word in words if isinstance(word, Path))
    process = subprocess.Popen(
        [sys.executable, "-m", "edgestyle", "bench", *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(folder), "PYTHONPATH": str(ROOT)},
        **options,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def wait_for_samples(folder):
    """Until a model's first runs are on disk."""
    for _ in range(3000):
        if any(
            len(each.read_text()) > 200 for each in folder.glob("edgestyle-bench-*/samples.txt")
        ):
            return
        time.sleep(0.1)
    raise AssertionError("nothing was measured in five minutes")


def test_one_file_for_two_things_is_refused(tmp_path, pack_at, file):
    page = tmp_path / "page.html"
    refused = bench(pack_at(), "--json", page, "--report", page)
    assert "json, report: both would be written to" in complaint(refused)
    base = file("a.json", 20.0)
    before = base.read_text()
    assert "file, report: both" in complaint(bench("show", base, "--report", base))
    assert "--overwrite" in complaint(bench("merge", base, "--out", base))
    assert base.read_text() == before


def test_a_pack_alone_is_short_for_run(tmp_path):
    assert "no_such_style" in complaint(bench("no_such_style"))
    assert "on: expected here, adb" in complaint(bench("run", "whirl", "--on", "mars"))
    page = bench("--help")
    assert page.returncode == 0
    for command in ("run", "show", "compare", "merge", "import", "devices", "scale"):
        assert command in page.stdout
    assert bench("--runs", "x").returncode == 2
