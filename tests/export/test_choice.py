"""`auto`: what it chooses, on measurements that are real or given."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from edge_app.core.errors import ExportError
from edge_app.core.image import Bytes, read_image
from edge_app.core.manifest import Format, Gate, ModelFile
from export import choice, parity, tflite
from export.choice import Candidate, choose
from export.graph import edge_graph
from export.recipes import FP32, GOOD_ENOUGH, INT8_CONV, INT8_DYNAMIC
from training.config import StylizerConfig

from .conftest import fake_judge, make_stylizer

TINY = StylizerConfig(width=8, blocks=1)
SIZE = (32, 32)
FIGURES = {"psnr": 41.0, "ssim": 0.98, "content_change": 0.003, "style_change": 0.004}


def tried(recipe, latency_ms: float, size_bytes: int, **figures: float):
    gates = [
        Gate(
            metric=threshold.metric,
            unit=threshold.unit,
            threshold=threshold.value,
            worst=worst,
            median=worst,
            samples=(worst,),
            on="1 photograph",
        )
        for threshold in GOOD_ENOUGH
        if (worst := (FIGURES | figures)[threshold.metric]) is not None
    ]
    return choice._Tried(
        recipe=recipe, size_bytes=size_bytes, latency_ms=latency_ms, gates=tuple(gates)
    )


def test_the_fastest_that_is_good_enough_is_taken_and_it_says_why():
    chosen = choice._chosen(
        [
            tried(FP32, 20.0, 300),
            tried(INT8_CONV, 10.0, 130, psnr=37.0),
            tried(INT8_DYNAMIC, 15.0, 120, style_change=0.012),
        ]
    )
    assert chosen.recipe is INT8_DYNAMIC
    for part in (
        "auto: int8-dynamic 15.0 ms, 0 kB, 41.0 dB, SSIM 0.980, content by 0.3%, style by 1.2%",
        "asked for at least 38.0 dB, at least SSIM 0.970, at most content by 2.0%, at most style",
        "int8-conv 10.0 ms, 0 kB, 37.0 dB, SSIM 0.980, content by 0.3%, style by 0.4% (not good",
    ):
        assert part in chosen.why
    assert "not judged" not in chosen.why


def test_what_was_not_judged_is_not_claimed():
    chosen = choice._chosen([tried(FP32, 20.0, 300, content_change=None, style_change=None)])
    assert "asked for at least 38.0 dB, at least SSIM 0.970; content_change and" in chosen.why
    assert "style_change were not judged" in chosen.why


def test_of_equally_fast_ones_the_smaller_is_taken():
    chosen = choice._chosen([tried(INT8_CONV, 10.0, 130), tried(INT8_DYNAMIC, 10.3, 120)])
    assert chosen.recipe is INT8_DYNAMIC


def test_without_a_good_one_it_is_an_error_with_the_figures():
    with pytest.raises(ExportError, match=r"no recipe is good enough: int8-conv 10.0 ms, .* 30.0"):
        choice._chosen([tried(INT8_CONV, 10.0, 130, psnr=30.0)])


@pytest.fixture(scope="module")
def sound(photos: Path) -> Candidate:
    """A file that draws what its network draws."""
    stylizer = make_stylizer(TINY)
    shown = [("chelsea.jpg", read_image(photos / "chelsea.jpg"))]
    return Candidate(
        model=ModelFile(
            path="x.tflite",
            format=Format.TFLITE,
            recipe="fp32",
            size=SIZE,
            layout="NHWC",
            dtype="float32",
            value_range=(0.0, 1.0),
        ),
        content=tflite.convert(edge_graph(stylizer), SIZE),
        cases=parity.cases(stylizer, shown, [SIZE], fake_judge),
        judge=fake_judge,
    )


@pytest.fixture(scope="module")
def wrong(sound: Candidate) -> Candidate:
    """A file of another network."""
    content = tflite.convert(edge_graph(make_stylizer(TINY, seed=1)), SIZE)
    return replace(sound, content=content)


def chosen_of(files: dict):
    """What is chosen of some recipes' files, and what was told."""
    told: list[str] = []
    chosen = choose(files.__getitem__, list(files), lambda text, cost: told.append(text))
    return chosen, told


def test_real_files_are_measured(sound, wrong):
    chosen, told = chosen_of({INT8_CONV: [wrong], FP32: [sound]})
    assert chosen.recipe is FP32
    assert told == ["auto: trying int8-conv", "auto: trying fp32"]


def test_the_pictures_of_every_size_count(sound, wrong):
    chosen, _ = chosen_of({INT8_CONV: [sound, wrong], FP32: [sound, sound]})
    assert chosen.recipe is FP32


def test_another_style_is_not_good_enough(sound):
    """The pixels agree; the judge sees 3 % more, or less, of the painting."""

    def elsewhere(picture: Bytes, photo: Bytes) -> tuple[float, float]:
        content, style = fake_judge(picture, photo)
        return content, 1.03 * style

    drifted = replace(sound, judge=elsewhere)
    chosen, _ = chosen_of({INT8_CONV: [drifted], FP32: [sound]})
    assert chosen.recipe is FP32
    assert "style by 3.0% (not good enough)" in chosen.why
    with pytest.raises(ExportError, match=r"style by 3\.0%"):
        chosen_of({INT8_CONV: [drifted]})
