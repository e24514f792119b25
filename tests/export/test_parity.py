"""The gate must be able to fail: each kind of damage here is one that it has to catch."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from edge_app.core.errors import ParityError
from edge_app.core.image import Picture
from edge_app.core.manifest import ModelFile
from edge_app.core.pack import StylePack
from edge_app.core.runtime import load_runtime
from export import parity
from export.calibration import representative
from export.parity import Case
from export.recipes import FP32, INT8_CONV, RECIPES, Threshold
from training.network import Stylizer

from .conftest import PACKED, SIDE, fake_judge

DAMAGES: dict[str, Callable[[Picture], Picture]] = {
    "swapped channel order": lambda picture: picture[..., ::-1],
    "0..255 for 0..1": lambda picture: picture * np.float32(255),
    "-1..1 for 0..1": lambda picture: picture * np.float32(2) - 1,
    "transposed": lambda picture: picture.swapaxes(0, 1),
    "upside down": lambda picture: picture[::-1],
    "shifted by a pixel": lambda picture: np.roll(picture, 1, axis=1),
    "all grey": lambda picture: np.full_like(picture, 0.5),
    "not a number": lambda picture: np.full_like(picture, np.nan),
    "one value not a number": lambda picture: np.where(picture == picture.max(), np.nan, picture),
    "another size": lambda picture: picture[:-4],
}


@pytest.fixture(scope="module")
def cases(stylizer: Stylizer, photos: Path) -> list[Case]:
    return parity.cases(stylizer, representative(photos).parity, [(SIDE, SIDE)], fake_judge)


def fixed(pack: StylePack, recipe: str) -> tuple[ModelFile, bytes]:
    (model,) = pack.models(recipe=recipe, size=(SIDE, SIDE), format="tflite")
    return model, pack.read(model.path)


@pytest.mark.parametrize("recipe", PACKED)
def test_a_sound_file_passes(pack: StylePack, cases: list[Case], recipe: str):
    gates = parity.check_file(*fixed(pack, recipe), cases, RECIPES[recipe].thresholds, fake_judge)
    assert gates == fixed(pack, recipe)[0].gates


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("recipe", PACKED)
def test_a_wrong_picture_is_caught(pack, cases, recipe: str, damage: str):
    runtime = load_runtime(*fixed(pack, recipe), threads=1)
    with pytest.raises(ParityError, match=r"x\.tflite: "):
        parity.check(
            "x.tflite",
            lambda picture: DAMAGES[damage](runtime.run(picture)),
            cases,
            RECIPES[recipe].thresholds,
        )


def test_a_wrong_input_is_caught(pack, cases):
    """The file is sound; it is fed in the wrong order, range or orientation."""
    runtime = load_runtime(*fixed(pack, "int8-conv"), threads=1)
    for damage in ("swapped channel order", "0..255 for 0..1", "transposed"):
        with pytest.raises(ParityError):
            parity.check(
                "x.tflite",
                lambda picture, damage=damage: runtime.run(
                    np.ascontiguousarray(DAMAGES[damage](picture))
                ),
                cases,
                INT8_CONV.thresholds,
            )


@pytest.mark.parametrize("recipe", ["fp32", "int8-conv"])
def test_a_damaged_weight_is_caught(pack: StylePack, cases: list[Case], recipe: str):
    from ai_edge_litert.tools import flatbuffer_utils

    description, content = fixed(pack, recipe)
    model = flatbuffer_utils.read_model_from_bytearray(bytearray(content))
    buffer = max(
        (b for b in model.buffers if b.data is not None), key=lambda buffer: len(buffer.data)
    )
    values = np.frombuffer(bytes(buffer.data), np.float32 if recipe == "fp32" else np.int8).copy()
    values[: len(values) // 8] = values[len(values) // 8 : len(values) // 4]
    buffer.data = np.frombuffer(values.tobytes(), np.uint8)
    damaged = bytes(flatbuffer_utils.convert_object_to_bytearray(model))
    with pytest.raises(ParityError, match=f"{description.path}: does not agree"):
        parity.check_file(description, damaged, cases, RECIPES[recipe].thresholds)


def test_a_single_damaged_weight_is_caught_in_fp32(pack: StylePack, cases: list[Case]):
    from ai_edge_litert.tools import flatbuffer_utils

    description, content = fixed(pack, "fp32")
    model = flatbuffer_utils.read_model_from_bytearray(bytearray(content))
    buffer = max(
        (b for b in model.buffers if b.data is not None), key=lambda buffer: len(buffer.data)
    )
    values = np.frombuffer(bytes(buffer.data), np.float32).copy()
    values[len(values) // 2] += 0.1
    buffer.data = np.frombuffer(values.tobytes(), np.uint8)
    damaged = bytes(flatbuffer_utils.convert_object_to_bytearray(model))
    with pytest.raises(ParityError, match="does not agree"):
        parity.check_file(description, damaged, cases, FP32.thresholds)


def test_a_file_of_another_size_is_caught(pack: StylePack, cases: list[Case]):
    description, _ = fixed(pack, "fp32")
    other = pack.read("tflite/fp32-32x48.tflite")
    with pytest.raises(ParityError, match="the file just written cannot be run"):
        parity.check_file(description, other, cases, FP32.thresholds)


def test_a_file_that_is_no_model_is_caught(pack: StylePack, cases: list[Case]):
    with pytest.raises(ParityError, match="the file just written cannot be run"):
        parity.check_file(fixed(pack, "fp32")[0], b"no model", cases, FP32.thresholds)


@pytest.mark.parametrize(("metric", "place"), [("content_change", 0), ("style_change", 1)])
def test_another_content_or_style_is_caught(cases: list[Case], metric: str, place: int):
    """The pixels agree; what the judge sees in them does not."""

    def other(picture, photo):
        found = list(fake_judge(picture, photo))
        found[place] *= 1.2
        return tuple(found)

    def run(picture: Picture) -> Picture:
        (case,) = (case for case in cases if case.picture is picture)
        return case.expected

    thresholds = INT8_CONV.thresholds
    parity.check("x.tflite", run, cases, thresholds, fake_judge)
    with pytest.raises(ParityError, match=f"{metric} 0.2 .* at most 0.1"):
        parity.check("x.tflite", run, cases, thresholds, other)


def test_without_a_judge_nothing_is_judged(cases: list[Case]):
    gates = parity.check("x", lambda picture: picture, cases, [Threshold(metric="psnr", value=0)])
    assert [gate.metric for gate in gates] == ["psnr"]


def test_the_error_names_everything(cases: list[Case]):
    def run(picture: Picture) -> Picture:
        (case,) = (case for case in cases if case.picture is picture)
        return case.expected + np.float32(0.01 if case is cases[1] else 0)

    with pytest.raises(ParityError) as caught:
        parity.check("a/b.tflite", run, cases, [Threshold(metric="max_abs_diff", value=0.001)])
    for part in ("a/b.tflite", "max_abs_diff", "0.01", "at most 0.001", cases[1].photo, "64x64"):
        assert part in str(caught.value)


def test_the_whole_distribution_is_kept(cases: list[Case]):
    def run(picture: Picture) -> Picture:
        (i,) = (i for i, case in enumerate(cases) if case.picture is picture)
        return cases[i].expected + np.float32(0.001 * (i + 1))

    thresholds = [Threshold(metric="psnr", value=30), Threshold(metric="max_abs_diff", value=1)]
    psnr, difference = parity.check("a.tflite", run, cases, thresholds)
    assert len(psnr.samples) == len(difference.samples) == len(cases)
    assert psnr.worst == min(psnr.samples)
    assert difference.worst == max(difference.samples)
    assert (psnr.unit, difference.unit) == ("dB", "1")
    assert psnr.on == "2 photographs at 64x64"
