"""The command itself: judge, write everything, let people answer, sum up."""

from __future__ import annotations

import json

import pytest
import torch

import edgestyle
from benchmarks.quality.results import read_evaluation


@pytest.fixture(autouse=True)
def no_downloads(tmp_path, monkeypatch):
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path / "hub"))


@pytest.fixture
def command(capsys):
    def run(*words):
        with pytest.raises(SystemExit) as ended:
            edgestyle.main(["evaluate", *map(str, words)])
        shown = capsys.readouterr()
        return ended.value.code, shown.out, shown.err

    return run


def test_from_a_pack_to_what_people_said(
    command, pack_at, tflite, many_photos, whirl_file, tmp_path
):
    pack = pack_at({"tflite/fp32-64x64.tflite": tflite((64, 64))})
    out = tmp_path / "out"
    status, shown, _ = command(
        pack, "--photos", many_photos, "--paintings", whirl_file.parent,
        "--count", 4, "--size", 64, "--survey-photos", 2, "--survey", out / "survey",
        "--measures", "distances", "structure",
        "--json", out / "q.json", "--markdown", out / "q.md", "--report", out / "q.html",
    )  # fmt: skip
    assert status == 0
    judged = read_evaluation(out / "q.json").judgements[0]
    assert f"{judged.weighted:.3f}" in shown
    assert f"{judged.weighted:.3f}" in (out / "q.md").read_text()
    assert f"{judged.weighted:.3f}" in (out / "q.html").read_text()
    assert (out / "q.html").read_text().count("<img") == 3 * 3

    key = json.loads((out / "survey" / "key.json").read_text())
    said = {
        "schema_version": 1,
        "survey": key["survey"],
        "person": "p1",
        "created": "2026-11-20T15:00:00.000Z",
        "answers": [
            {
                "item": item["id"],
                "ratings": {"completeness": 8, "fluency": 6, "coherence": 7},
                "seconds": 3.2,
            }
            for item in key["items"]
        ],
    }
    (tmp_path / "p1.json").write_text(json.dumps(said))
    status, shown, _ = command(
        "--survey", out / "survey", "--answers", tmp_path / "p1.json", "--json", out / "said.json"
    )
    assert status == 0
    assert json.loads((out / "said.json").read_text())["people"] == 1
    assert "8.00" in shown
    assert "Satisfaction by style" in shown


def test_errors_are_one_clear_line(command, many_photos, tmp_path):
    for words, message in (
        (("nothing.stylepack", "--photos", many_photos), "neither a style pack's path"),
        (("--answers", tmp_path / "a.json"), "--survey"),
        ((many_photos, "--answers", "a.json", "--survey", tmp_path), "subjects: has no meaning"),
        ((many_photos, "--photos", tmp_path / "none"), "no such folder"),
    ):
        status, _, told = command(*words)
        assert status != 0
        assert message in " ".join(told.split()).replace("│ ", "")


def test_speed_and_quality_of_the_same_file_make_a_point_of_the_front(
    command, pack_at, tflite, many_photos, whirl_file, tmp_path, capsys
):
    pack = pack_at({"tflite/fp32-64x64.tflite": tflite((64, 64))})
    judged, timed = tmp_path / "q.json", tmp_path / "s.json"
    status, _, _ = command(
        pack, "--photos", many_photos, "--paintings", whirl_file.parent, "--count", 2,
        "--size", 64, "--measures", "distances", "--json", judged,
    )  # fmt: skip
    assert status == 0
    for words in (
        ("run", pack, "--runs", 2, "--warmups", 0, "--no-isolate", "--json", timed),
        ("show", timed, "--quality", judged, "--report", tmp_path / "r.html"),
    ):
        with pytest.raises(SystemExit) as ended:
            edgestyle.main(["bench", *map(str, words)])
        assert ended.value.code == 0
    shown = capsys.readouterr().out
    distance = read_evaluation(judged).judgements[0].weighted
    assert "Quality against latency" in shown
    assert f"{distance:.3f}" in shown
    assert "1. nano, fp32, 64x64" in shown
    assert "Picture quality by latency" in (tmp_path / "r.html").read_text()
