from __future__ import annotations

import json

import pytest

from benchmarks.quality.results import read_evaluation, write_evaluation
from edge_app.core.errors import ResultsError


def test_what_is_written_is_read_again(tmp_path, evaluation):
    path = tmp_path / "evaluation.json"
    write_evaluation(path, evaluation())
    assert read_evaluation(path) == evaluation()


def test_means_by_hand(judgement, picture):
    found = judgement(pictures=(picture("one"), picture("two", miou=None, structure=None)))
    assert found.content == pytest.approx(0.75)
    assert found.style_distance == pytest.approx(0.2)
    assert found.photo_style == pytest.approx(1.0)
    assert found.weighted == pytest.approx(0.75 + 10 * 0.2)
    assert found.style_left == pytest.approx(0.2)
    assert found.variation_ratio == pytest.approx(2)
    assert found.mean(lambda p: p.miou) == pytest.approx(0.45)
    assert found.by_layer("style") == pytest.approx({"relu1_1": 0.1, "relu2_1": 0.3})


def test_what_was_not_judged_has_no_mean(judgement, picture):
    found = judgement(pictures=(picture(distances=None, structure=None, miou=None),))
    assert found.content is None
    assert found.weighted is None
    assert found.style_left is None
    assert found.variation_ratio is None
    assert found.mean(lambda p: p.miou) is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda v: v.update(schema_version=3), "newer edgestyle"),
        (lambda v: v.update(mood="good"), "mood: unknown key"),
        (lambda v: v.pop("settings"), "settings: the key is missing"),
        (lambda v: v["judgements"][0].update(kind="film"), "expected one of pack, run, pictures"),
        (lambda v: v["judgements"][0]["pictures"][0].update(miou="high"), "expected a number"),
        (lambda v: v["judgements"][0]["pictures"][0].update(miou=0.99), "changed after"),
        (lambda v: v.pop("sha256"), "changed after"),
    ],
)
def test_a_file_that_was_touched_is_refused(tmp_path, evaluation, change, message):
    path = tmp_path / "evaluation.json"
    write_evaluation(path, evaluation())
    values = json.loads(path.read_text())
    change(values)
    path.write_text(json.dumps(values))
    with pytest.raises(ResultsError, match=rf"evaluation\.json.*{message}"):
        read_evaluation(path)


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(ResultsError, match=r"none\.json"):
        read_evaluation(tmp_path / "none.json")
