from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from benchmarks.correctness import (
    MARGIN_DB,
    PLAIN_THRESHOLD_DB,
    Drawn,
    judge,
    rounded_threshold_db,
    threshold_db,
)
from benchmarks.results import Verdict
from benchmarks.scene import draw_scene
from edge_app.core.image import to_float, to_uint8
from edge_app.core.metrics import psnr_db as psnr

PATH = "tflite/int8-48x64.tflite"


@pytest.fixture
def picture():
    return to_float(draw_scene(48, 64))


def drew(model, picture, runtime="litert 1", **changes):
    """What a model drew; the whole path's picture goes with it unless something else is said."""
    finite = np.nan_to_num(picture, posinf=1.0)
    values = {"model": model, "runtime": runtime, "picture": picture, "stylized": to_uint8(finite)}
    return Drawn(**{**values, **changes})


@pytest.fixture
def reference(model, picture):
    """What ONNX Runtime made of it: the very photograph, by a model that changes nothing."""
    return drew(model("onnx/fp32.onnx"), picture, "onnx 1")


def noisy(picture, psnr_db):
    noise = np.random.default_rng(0).standard_normal(picture.shape)
    noise *= 10 ** (-psnr_db / 20) / np.sqrt(np.mean(noise**2))
    return (picture + noise).astype(np.float32)


def test_the_same_picture_agrees(model, picture, reference):
    found = judge(picture, drew(model(PATH), picture), reference)
    assert found.verdict is Verdict.AGREES
    assert found.psnr_db == 150.0
    assert found.reference == "onnx/fp32.onnx (onnx 1)"


@pytest.mark.parametrize(("off", "verdict"), [(1.0, Verdict.AGREES), (-1.0, Verdict.WRONG)])
def test_the_line_is_the_packs_gate_less_a_margin(model, picture, reference, off, verdict):
    entry = model(PATH, threshold=38.0)
    assert threshold_db(entry) == 38.0 - MARGIN_DB
    drawn = noisy(picture, 38.0 - MARGIN_DB + off)
    found = judge(picture, drew(entry, drawn), reference)
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
    found = judge(picture, drew(entry, spoil(picture)), reference)
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
    for reference in (drew(entry, bad), None):
        found = judge(picture, drew(entry, bad), reference)
        assert found.verdict is Verdict.WRONG
        assert reason in found.reason


def test_a_photograph_of_one_colour_may_stay_one(model):
    grey = np.full((48, 64, 3), 0.5, np.float32)
    found = judge(grey, drew(model(PATH), grey), drew(model("onnx/fp32.onnx"), grey, "onnx 1"))
    assert found.verdict is Verdict.AGREES


def test_the_same_kernels_twice_prove_nothing_but_must_draw_the_same(model, picture):
    entry = model("tflite/fp32-48x64.tflite")
    itself = drew(entry, picture)
    found = judge(picture, itself, itself)
    assert found.verdict is Verdict.UNCHECKED
    assert "drawn twice by the same kernels (litert 1)" in found.reason
    assert judge(picture, drew(entry, noisy(picture, 20)), itself).verdict is Verdict.WRONG


def test_the_same_file_by_other_kernels_proves_something(model, picture):
    entry = model("tflite/fp32-48x64.tflite")
    plain = drew(entry, picture, "litert 1 without XNNPACK")
    assert judge(picture, drew(entry, picture), plain).verdict is Verdict.AGREES


def test_nothing_to_compare_with(model, picture):
    found = judge(picture, drew(model(PATH), picture), None)
    assert found.verdict is Verdict.UNCHECKED
    assert found.psnr_db is None


@pytest.mark.parametrize(
    "spoil",
    [
        lambda p: p[..., ::-1],
        lambda p: np.roll(p, 3, axis=0),
        lambda p: p // 2,
        lambda p: p[:-1],
        lambda p: np.zeros_like(p),
    ],
    ids=["channels", "cut elsewhere", "darker", "smaller", "black"],
)
def test_a_right_model_in_a_wrong_path_is_wrong(model, picture, reference, spoil):
    wrong = drew(model(PATH), picture, stylized=spoil(to_uint8(picture)))
    found = judge(picture, wrong, reference)
    assert found.verdict is Verdict.WRONG
    assert "whole path" in found.reason
    assert found.psnr_db == 150.0


@pytest.mark.parametrize("gate_db", [30.0, 57.0, 80.0])
def test_rounding_to_8_bits_makes_no_right_picture_wrong(model, picture, reference, gate_db):
    drawn = noisy(picture * 0.8 + 0.1, gate_db + 0.5)
    entry = model(PATH, threshold=gate_db + MARGIN_DB)
    expected = dataclasses.replace(
        reference, picture=picture * np.float32(0.8) + np.float32(0.1), stylized=None
    )
    expected = dataclasses.replace(expected, stylized=to_uint8(expected.picture))
    found = judge(picture, drew(entry, drawn), expected)
    assert found.verdict is Verdict.AGREES
    limit_db = rounded_threshold_db(gate_db)
    assert limit_db < found.end_to_end_db < limit_db + 3
    both = to_float(to_uint8(drawn)), to_float(expected.stylized)
    assert found.end_to_end_db == pytest.approx(psnr(*both))
