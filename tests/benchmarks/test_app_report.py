from __future__ import annotations

import json

import pytest

from benchmarks.app_report import PICTURE, SIDE, read_app_report
from benchmarks.compare import compare
from benchmarks.reported import Scope
from benchmarks.results_file import read_results, write_results
from edge_app.core.errors import ResultsError
from edge_app.ui import bench as app


@pytest.fixture
def exported(tmp_path):
    """The app's own file, written by the app's own code."""

    def write(**changes):
        style = app.StyleTimes(
            style="whirl",
            title="Whirl",
            pack_sha256="a" * 64,
            model="tflite/fp32-512x512.tflite",
            recipe="fp32",
            size=(512, 512),
            backend="android",
            version="1.4.1",
            threads=4,
            accelerator="xnnpack",
            note="the GPU drew another picture",
            load_ms=31.5,
            warmup_ms=(90.25,),
            samples_ms=(40.0, 41.0, 42.0, 43.0, 44.5),
        )
        values = {
            "app_version": "0.1.0",
            "created": "2026-11-20T12:00:00+00:00",
            "platform": "android",
            "device": "Fairphone FP5",
            "system": "Linux 5.4",
            "architecture": "aarch64",
            "python": "3.14.0",
            "cores": 8,
            "complete": True,
            "times": (style,),
            "failures": (app.Failure(style="waves", reason="not enough memory"),),
        }
        path = tmp_path / "edgestyle-benchmark.json"
        path.write_text(app.BenchReport(**{**values, **changes}).to_json())
        return path

    return write


def test_reads_what_the_app_writes(exported, tmp_path):
    results = read_app_report(exported())
    (found,) = results.reported
    assert found.times.samples_ms == (40.0, 41.0, 42.0, 43.0, 44.5)
    assert (found.scope, found.by) == (Scope.PICTURE, "the app 0.1.0")
    assert (found.load_ms, found.first_run_ms) == (31.5, 90.25)
    assert found.runtime == "LiteRT for Android 1.4.1 with XNNPACK"
    assert results.environment.device == "Fairphone FP5"
    (failure,) = results.failures
    assert (failure.pack, failure.reason) == ("waves", "not enough memory")
    assert any("the GPU drew another picture" in warning for warning in results.warnings)
    write_results(tmp_path / "r.json", results)
    assert read_results(tmp_path / "r.json") == results


def test_the_picture_is_the_apps():
    assert app.test_picture(app.SIZE).shape == (SIDE, SIDE, 3)
    assert "drawn" in PICTURE


def test_results_of_the_app_can_be_compared(exported):
    results = read_app_report(exported())
    (pair,) = compare(results, results).pairs
    assert pair.ratio.value == 1


def test_stopped_before_its_end(exported):
    assert read_app_report(exported(complete=False)).interrupted


def rewritten(path, change):
    values = json.loads(path.read_text())
    change(values)
    path.write_text(json.dumps(values))
    return path


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda v: v.update(kind="other"), "not the app's benchmark file"),
        (lambda v: v.pop("kind"), "not the app's benchmark file"),
        (lambda v: v.update(schema_version=2), "made by a newer edgestyle"),
        (lambda v: v.update(extra=1), "extra: unknown key"),
        (lambda v: v.pop("cores"), "cores: the key is missing"),
        (lambda v: v["times"][0].update(size="512"), r"times\[0\].size: expected a list"),
        (lambda v: v["times"][0].update(samples_ms=[]), "expected samples above 0 ms"),
        (lambda v: v["times"][0].update(samples_ms=[0.0]), "expected samples above 0 ms"),
        (lambda v: v.update(times=[], failures=[]), "had measured nothing"),
    ],
)
def test_other_files_are_refused(exported, change, message):
    path = rewritten(exported(), change)
    with pytest.raises(ResultsError, match=message) as caught:
        read_app_report(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("text", ["", "[]", "{", "null"])
def test_no_json_of_an_object(tmp_path, text):
    path = tmp_path / "x.json"
    path.write_text(text)
    with pytest.raises(ResultsError, match=r"x\.json"):
        read_app_report(path)
    with pytest.raises(ResultsError, match="No such file"):
        read_app_report(tmp_path / "none.json")


def test_our_own_results_need_no_import(tmp_path, results):
    write_results(tmp_path / "r.json", results())
    with pytest.raises(ResultsError, match="need no import"):
        read_app_report(tmp_path / "r.json")
