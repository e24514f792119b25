"""The reports that `edgestyle bench` writes."""

from __future__ import annotations

import sys

import pytest

from benchmarks.config import BenchConfig
from benchmarks.results_file import write_results
from commands.bench import bench_run, bench_show
from edge_app.core.errors import MissingExtraError, ResultsError, StorageError
from edge_app.core.pack import open_pack


@pytest.fixture
def pack(pack_at):
    return pack_at()


@pytest.fixture
def file(tmp_path, pack, results, measurement):
    path = tmp_path / "results.json"
    row = measurement(pack="whirl", pack_sha256=open_pack(pack).sha256)
    write_results(path, results(measurements=(row,)))
    return path


def test_a_run_writes_both_reports(tmp_path, pack, photo):
    html, text = tmp_path / "report.html", tmp_path / "report.md"
    config = BenchConfig(
        packs=(str(pack),),
        runs=2,
        warmups=0,
        photo=photo,
        isolate=False,
        report=html,
        markdown=text,
    )
    bench_run(config)
    assert 'class="enlarge"' in html.read_text(encoding="utf-8")
    assert "tflite/fp32-32x48.tflite" in text.read_text(encoding="utf-8")


def test_a_place_that_cannot_be_written_is_told_before_anything_is_measured(tmp_path, pack):
    (tmp_path / "file").write_text("")
    config = BenchConfig(packs=(str(pack),), markdown=tmp_path / "file" / "report.md")
    with pytest.raises(StorageError):
        bench_run(config)


def test_what_the_report_lacks_is_told_before_anything_is_measured(tmp_path, pack, monkeypatch):
    for name in ("benchmarks.report", "benchmarks.pages"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setitem(sys.modules, "jinja2", None)
    config = BenchConfig(
        packs=(str(pack),), report=tmp_path / "report.html", json=tmp_path / "results.json"
    )
    with pytest.raises(MissingExtraError, match=r"edgestyle\[bench\]"):
        bench_run(config)
    assert not (tmp_path / "results.json").exists()


def test_show_writes_what_results_hold_and_what_the_packs_tell(tmp_path, file, pack):
    bare, told = tmp_path / "bare.md", tmp_path / "told.md"
    bench_show(file, markdown=bare)
    bench_show(file, markdown=told, report=tmp_path / "told.html", packs=(str(pack),))
    assert "## Results" in bare.read_text(encoding="utf-8")
    assert "Is it the trained network?" not in bare.read_text(encoding="utf-8")
    assert "Is it the trained network?" in told.read_text(encoding="utf-8")
    assert "Is it the trained network?" in (tmp_path / "told.html").read_text(encoding="utf-8")


def test_show_takes_no_other_pack(tmp_path, file, pack_at, onnx_file):
    other = pack_at({"onnx/fp32.onnx": onnx_file()}, name="other.stylepack")
    with pytest.raises(ResultsError, match=r"measured in .*results\.json \(whirl\), got another"):
        bench_show(file, markdown=tmp_path / "r.md", packs=(str(other),))
    assert not (tmp_path / "r.md").exists()


def test_quality_may_be_shown_in_markdown_alone(tmp_path):
    BenchConfig(packs=("a",), quality=(tmp_path / "q.json",), markdown=tmp_path / "r.md")
