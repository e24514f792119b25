from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.front import Point, _beats, combine, front_sheet, quality_front
from benchmarks.quality.results import (
    Distances,
    Evaluation,
    Judgement,
    Picture,
    Settings,
    Weights,
)
from benchmarks.results import Verdict
from benchmarks.timing import Series
from edge_app.core.errors import ResultsError

WEIGHTS = Weights(
    content=1.0, style=10.0, content_layers={"relu3_1": 1.0}, style_layers={"relu3_1": 1.0}
)


def judgement(recipe="fp32", *, content=0.5, style=0.05, name="starry_night", **changes):
    picture = Picture(
        photo="a.jpg",
        distances=Distances(
            content={"relu3_1": content}, style={"relu3_1": style}, photo_style={"relu3_1": 1.0}
        ),
    )
    values = {
        "method": "small",
        "style": name,
        "title": "The Starry Night",
        "kind": "pack",
        "source": "starry_night",
        "sha256": "a" * 64,
        "model": f"tflite/{recipe}-256x256.tflite (litert 2.3.0, xnnpack)",
        "painting": "p.jpg",
        "weights": WEIGHTS,
        "pictures": (picture,),
    }
    return Judgement(**{**values, **changes})


def evaluation(*judgements, **changes):
    settings = Settings(
        photos="photos", photo_count=1, size=256, judge="vgg19-lite", judge_sha256=("c" * 64,)
    )
    return Evaluation(
        created="2026-11-20T11:30:00+00:00",
        version="0.1.0",
        libraries={},
        settings=dataclasses.replace(settings, **changes),
        judgements=judgements,
    )


@pytest.fixture
def timed(measurement):
    def make(recipe, ms, **changes):
        series = Series(warmups_ms=(), samples_ms=(ms,) * 5)
        path = f"tflite/{recipe}-256x256.tflite"
        return measurement(recipe=recipe, model_path=path, end_to_end=series, **changes)

    return make


def test_joins_by_pack_and_file_and_marks_the_front(results, timed):
    measured = results(
        measurements=(timed("fp32", 20.0), timed("int8-conv", 12.0), timed("int8-full", 15.0))
    )
    judged = evaluation(
        judgement("fp32", style=0.05),
        judgement("int8-conv", style=0.06),
        judgement("int8-full", style=0.09),  # slower and worse than int8-conv
    )
    found = quality_front(measured, judged)
    assert [(p.name, p.in_front) for p in found.points] == [
        ("small, int8-conv, 256x256", True),
        ("small, int8-full, 256x256", False),
        ("small, fp32, 256x256", True),
    ]
    assert [p.latency_ms for p in found.front] == [12.0, 20.0]
    assert found.front[-1].distance == pytest.approx(0.5 + 10 * 0.05)
    assert found.notes == ()
    rows = front_sheet(found).rows
    assert rows[1] == ("2. small, int8-full, 256x256", "15.0", "1.400", "no")


@given(
    st.lists(st.tuples(st.integers(1, 9), st.integers(1, 9)), min_size=1, max_size=12, unique=True)
)
def test_nobody_in_front_is_beaten_and_all_others_are(places):
    points = [
        Point(name="", latency_ms=ms, distance=d, styles=1, in_front=False) for ms, d in places
    ]
    front = [p for p in points if not any(_beats(q, p) for q in points)]
    assert front
    for p in points:
        better = [
            q
            for q in points
            if q.latency_ms <= p.latency_ms and q.distance <= p.distance and q is not p
        ]
        assert (p in front) is (better == [])


def test_wrong_pictures_other_packs_sizes_and_threads_do_not_count(results, timed, check):
    judged = evaluation(judgement("fp32"))
    for changes in (
        {"check": check(verdict=Verdict.WRONG)},
        {"pack_sha256": "b" * 64},
        {"size": (512, 512)},
    ):
        found = quality_front(results(measurements=(timed("fp32", 20.0, **changes),)), judged)
        assert found.points == ()
        assert "No model was both measured and judged" in found.notes[0]
    two = results(measurements=(timed("fp32", 20.0), timed("fp32", 11.0, threads=2)))
    assert [p.latency_ms for p in quality_front(two, judged).points] == [20.0]
    assert quality_front(two, judged).threads == 1


def test_only_styles_that_all_were_judged_on_are_averaged(results, timed):
    other = {"pack_sha256": "b" * 64, "title": "Udnie"}
    measured = results(
        measurements=(timed("fp32", 20.0), timed("fp32", 30.0, **other), timed("int8-conv", 12.0))
    )
    second = judgement("fp32", name="udnie", sha256="b" * 64, style=0.5)
    judged = evaluation(judgement("fp32"), second, judgement("int8-conv"))
    found = quality_front(measured, judged)
    assert [(p.latency_ms, p.styles) for p in found.points] == [(12.0, 1), (20.0, 1)]
    assert found.notes == ("Left out, since not every model was judged on them: udnie.",)
    both = quality_front(results(measurements=measured.measurements[:2]), judged)
    assert [(p.latency_ms, p.styles) for p in both.points] == [(25.0, 2)]


def test_distances_that_were_weighed_differently_are_no_comparison(results, timed):
    bold = dataclasses.replace(WEIGHTS, style=20.0)
    judged = evaluation(judgement("fp32"), judgement("int8-conv", weights=bold))
    measured = results(measurements=(timed("fp32", 20.0), timed("int8-conv", 12.0)))
    found = quality_front(measured, judged)
    assert found.points == ()
    assert "weighed differently: starry_night" in found.notes[0]


def test_evaluations_of_two_recipes_are_put_together(results, timed):
    one, two = evaluation(judgement("fp32")), evaluation(judgement("int8-conv", style=0.06))
    together = combine([one, two])
    assert [j.method for j in together.judgements] == [
        "small fp32-256x256",
        "small int8-conv-256x256",
    ]
    measured = results(measurements=(timed("fp32", 20.0), timed("int8-conv", 12.0)))
    assert [p.name for p in quality_front(measured, together).points] == [
        "small, int8-conv, 256x256",
        "small, fp32, 256x256",
    ]
    assert combine([one]) == one
    with pytest.raises(ResultsError, match="cannot be put together"):
        combine([one, evaluation(judgement("int8-conv"), photo_count=2)])
