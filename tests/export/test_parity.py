"""The gate must be able to fail: each kind of damage here is one that it has to catch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edge_app.core.errors import ParityError
from edge_app.core.image import Picture, to_float, to_uint8
from edge_app.core.manifest import ModelFile
from edge_app.core.pack import StylePack
from edge_app.core.runtime import load_runtime
from export import parity
from export.calibration import representative
from export.parity import Case
from export.recipes import FP32, INT8_CONV, RECIPES, Threshold
from training.network import Stylizer

from .conftest import PACKED, SIDE, fake_judge, make_stylizer

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


@pytest.fixture(scope="module")
def dark(stylizer: Stylizer, photos: Path) -> Case:
    return parity.dark_case(stylizer, representative(photos).parity[0], (SIDE, SIDE))


def suited(recipe: str, cases: list[Case], dark: Case) -> list[Case]:
    """What a recipe's files are compared on."""
    return cases if RECIPES[recipe].needs_calibration else [*cases, dark]


def fixed(pack: StylePack, recipe: str) -> tuple[ModelFile, bytes]:
    (model,) = pack.models(recipe=recipe, size=(SIDE, SIDE), format="tflite")
    return model, pack.read(model.path)


@pytest.mark.parametrize("recipe", PACKED)
def test_a_sound_file_passes(pack: StylePack, cases: list[Case], dark: Case, recipe: str):
    shown = suited(recipe, cases, dark)
    gates = parity.check_file(*fixed(pack, recipe), shown, RECIPES[recipe].thresholds, fake_judge)
    assert gates == fixed(pack, recipe)[0].gates
    assert len(gates[0].samples) == len(shown)
    told = fixed(pack, recipe)[0].not_reproducible
    assert (told is not None) == RECIPES[recipe].is_measured


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


GIVEN: dict[str, Callable[[Picture], Picture]] = {
    "swapped channel order": lambda picture: picture[..., ::-1],
    "0..255 for 0..1": lambda picture: picture * np.float32(255),
    "0..1 for 0..255": lambda picture: picture / np.float32(255),
    "transposed": lambda picture: picture.swapaxes(0, 1),
}


@pytest.mark.parametrize("damage", GIVEN)
@pytest.mark.parametrize("recipe", PACKED)
def test_a_wrong_input_is_caught(pack, cases, dark, recipe: str, damage: str):
    """The file is sound; it is fed in the wrong order, range or orientation."""
    runtime = load_runtime(*fixed(pack, recipe), threads=1)
    with pytest.raises(ParityError, match=r"x\.tflite: does not agree"):
        parity.check(
            "x.tflite",
            lambda picture: runtime.run(np.ascontiguousarray(GIVEN[damage](picture))),
            suited(recipe, cases, dark),
            RECIPES[recipe].thresholds,
        )


def test_only_a_dark_photograph_shows_a_range_that_is_too_wide(pack, cases, dark):
    """Why there is one: on photographs fp16's gates hold, for norms take the scale out."""
    runtime = load_runtime(*fixed(pack, "fp16"), threads=1)

    def run(picture: Picture) -> Picture:
        return runtime.run(picture * np.float32(255))

    psnr = Threshold(metric="psnr", value=50.0)
    parity.check("x.tflite", run, cases, [psnr])
    with pytest.raises(ParityError, match="at 1/255 of its light at 64x64, expected at least 50"):
        parity.check("x.tflite", run, [*cases, dark], [psnr])


def test_a_dark_photograph_is_looked_at_by_numbers_alone(cases: list[Case], dark: Case):
    def run(picture: Picture) -> Picture:
        (case,) = (case for case in (*cases, dark) if case.given is picture)
        return case.expected

    gates = parity.check("x", run, [*cases, dark], FP32.thresholds, fake_judge)
    for gate in gates:
        is_number = gate.metric in ("psnr", "max_abs_diff")
        assert len(gate.samples) == len(cases) + is_number
        assert gate.on.endswith(", 1 at 1/255 of its light") == is_number


def test_a_model_that_is_given_bytes_is_compared_with_a_network_that_is(
    stylizer: Stylizer, photos: Path
):
    """Else the rounding of what goes in would be taken for an error of the model's."""
    shown = representative(photos).parity
    # Grain as those that ship have it: it is what is rounded.
    grained = make_stylizer(replace(stylizer.config, grain=0.06))
    grained.load_state_dict(stylizer.state_dict())
    exact = make_stylizer(replace(stylizer.config, grain=0.0))
    exact.load_state_dict(stylizer.state_dict())

    def run(picture: Picture) -> Picture:
        return to_float(to_uint8(parity.by_torch(exact, to_float(to_uint8(picture)))))

    worst = []
    for in_bytes in (True, False):
        cases = parity.cases(grained, shown, [(SIDE, SIDE)], in_bytes=in_bytes)
        (gate,) = parity.measure("x", run, cases, [Threshold(metric="psnr", value=50)])
        worst.append(gate.worst)
    # What comes out is rounded as well: 1/255/sqrt(12) is 58.9 dB.
    assert worst[0] > 58
    assert worst[0] > worst[1] + 1


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


@pytest.mark.parametrize("recipe", ["fp32", "int8-conv"])
def test_a_file_of_another_size_is_caught(pack: StylePack, cases: list[Case], recipe: str):
    description, _ = fixed(pack, recipe)
    other = pack.read(f"tflite/{recipe}-32x48.tflite")
    with pytest.raises(ParityError, match="the file just written cannot be run"):
        parity.check_file(description, other, cases, RECIPES[recipe].thresholds)


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
    asked = [Threshold(metric="psnr", value=0), Threshold(metric="style_change", value=0.1)]
    (gate,) = parity.check("x", lambda picture: picture, cases, asked)
    assert gate.metric == "psnr"


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
