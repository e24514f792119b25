from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from benchmarks.correctness import MARGIN_DB, PLAIN_THRESHOLD_DB, judge, threshold_db
from benchmarks.results import Verdict
from benchmarks.scene import draw_scene
from edge_app.core.image import to_float

PATH = "tflite/int8-48x64.tflite"


@pytest.fixture
def picture():
    return to_float(draw_scene(48, 64))


@pytest.fixture
def reference(model):
    return {"reference_model": model("onnx/fp32.onnx"), "reference_backend": "onnx 1"}


def noisy(picture, psnr_db):
    noise = np.random.default_rng(0).standard_normal(picture.shape)
    noise *= 10 ** (-psnr_db / 20) / np.sqrt(np.mean(noise**2))
    return (picture + noise).astype(np.float32)


def test_the_same_picture_agrees(model, picture, reference):
    found = judge(model(PATH), given=picture, drawn=picture, reference=picture, **reference)
    assert found.verdict is Verdict.AGREES
    assert found.psnr_db == 150.0
    assert found.reference == "onnx/fp32.onnx (onnx 1)"


@pytest.mark.parametrize(("off", "verdict"), [(1.0, Verdict.AGREES), (-1.0, Verdict.WRONG)])
def test_the_line_is_the_packs_gate_less_a_margin(model, picture, reference, off, verdict):
    entry = model(PATH, threshold=38.0)
    assert threshold_db(entry) == 38.0 - MARGIN_DB
    drawn = noisy(picture, 38.0 - MARGIN_DB + off)
    found = judge(entry, given=picture, drawn=drawn, reference=picture, **reference)
    assert found.verdict is verdict
    assert found.psnr_db == pytest.approx(38.0 - MARGIN_DB + off, abs=0.05)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda p: p[..., ::-1],
        lambda p: p[::-1],
        lambda p: p[:, ::-1],
        lambda p: p / 255,
        lambda p: np.roll(p, 6, axis=1),
        lambda p: 1 - p,
        lambda p: p.transpose(1, 0, 2).reshape(p.shape),
    ],
    ids=["channels", "upside down", "mirrored", "range", "shifted", "negative", "transposed"],
)
@pytest.mark.parametrize("gated", [True, False])
def test_wrong_pictures_are_wrong_even_without_a_gate(model, picture, reference, spoil, gated):
    entry = model(PATH, threshold=30.0)
    if not gated:
        entry = dataclasses.replace(entry, gates=(), not_run="x")
        assert threshold_db(entry) == PLAIN_THRESHOLD_DB
    found = judge(entry, given=picture, drawn=spoil(picture), reference=picture, **reference)
    assert found.verdict is Verdict.WRONG
    assert found.reason.startswith("Its picture is")


@pytest.mark.parametrize(
    ("drawn", "reason"),
    [
        (lambda p: np.full_like(p, 0.5), "one single colour"),
        (lambda p: np.where(p > 0.5, np.nan, p), "not numbers"),
        (lambda p: np.where(p > 0.5, np.inf, p), "not numbers"),
        (lambda p: p[:-4], "shape"),
    ],
)
def test_no_picture_at_all_is_wrong_whatever_the_reference(model, picture, drawn, reason):
    entry = model("tflite/fp32-48x64.tflite")
    bad = drawn(picture)
    # Even if the reference is just as bad, and even if there is none.
    for reference in (bad, None):
        found = judge(entry, given=picture, drawn=bad, reference=reference, reference_model=entry)
        assert found.verdict is Verdict.WRONG
        assert reason in found.reason


def test_a_photograph_of_one_colour_may_stay_one(model, reference):
    grey = np.full((48, 64, 3), 0.5, np.float32)
    found = judge(model(PATH), given=grey, drawn=grey, reference=grey, **reference)
    assert found.verdict is Verdict.AGREES


def test_the_reference_itself_must_draw_the_same_twice(model, picture):
    entry = model("tflite/fp32-48x64.tflite")
    both = {"given": picture, "reference": picture, "reference_model": entry}
    assert judge(entry, drawn=picture, **both).verdict is Verdict.REFERENCE
    assert judge(entry, drawn=noisy(picture, 20), **both).verdict is Verdict.WRONG


def test_nothing_to_compare_with(model, picture):
    found = judge(model(PATH), given=picture, drawn=picture, reference=None)
    assert found.verdict is Verdict.UNCHECKED
    assert found.psnr_db is None
