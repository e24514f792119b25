from __future__ import annotations

import dataclasses

import pytest

from benchmarks.anchors import ANCHORS, READ, Chip, Kind, anchor_sheets, beside_anchors
from benchmarks.reported import Scope
from benchmarks.results import Verdict
from benchmarks.timing import Series


def steady(value_ms):
    return Series(warmups_ms=(), samples_ms=(value_ms,) * 5)


@pytest.fixture
def on(results):
    """Results of a device of this name and system."""

    def make(device, *rows, system="Debian GNU/Linux 12 (bookworm)", **changes):
        made = results(measurements=rows, **changes)
        machine = dataclasses.replace(made.environment, device=device, system=system)
        return dataclasses.replace(made, environment=machine)

    return make


def ratios(results):
    return {
        (each.anchor.device, each.anchor.chip): each.ratio
        for each in beside_anchors(results)
        if each.ratio is not None
    }


def test_every_anchor_says_where_it_comes_from():
    for anchor in ANCHORS:
        assert anchor.source
        assert anchor.latency_ms > 0
        assert (anchor.threads is None) or anchor.chip is Chip.CPU
    assert len({dataclasses.astuple(anchor) for anchor in ANCHORS}) == len(ANCHORS)


def test_on_the_same_device_there_is_a_ratio(on, measurement):
    mine = measurement(recipe="fp16", threads=4, model=steady(28.7))
    found = ratios(on("Raspberry Pi 5 Model B Rev 1.0", mine))
    assert found == {("Raspberry Pi 5", Chip.CPU): pytest.approx(10.0)}
    (same,) = [b for b in beside_anchors(on("Raspberry Pi 5 Model B", mine)) if b.ratio]
    assert same.differences == ()
    assert "the network" in {row[-1] for row in anchor_sheets(on("Raspberry Pi 5", mine))[0].rows}


@pytest.mark.parametrize(
    "changes",
    [{"threads": 1}, {"size": (512, 512)}, {"accelerator": "gpu"}, {"recipe": "int8-conv"}],
    ids=str,
)
def test_another_setting_has_none(on, measurement, changes):
    mine = measurement(**{"recipe": "fp16", "threads": 4, **changes})
    assert ratios(on("Raspberry Pi 5", mine)) == {}


def test_another_kind_of_device_has_none_and_it_is_said(on, measurement):
    mine = measurement(recipe="fp16", threads=4)
    assert ratios(on("A laptop", mine)) == {}
    for each in beside_anchors(on("A laptop", mine)):
        assert each.differences[0] == "here a computer"


def test_a_phone_is_compared_with_phones_by_what_computed(on, reported):
    rows = tuple(
        reported(scope=scope, recipe="fp16", size=(256, 256), accelerator=chip, times=steady(3.0))
        for scope in (Scope.MODEL, Scope.PICTURE)
        for chip in ("gpu",)
    )
    phone = on("Google Pixel 8a", system="Android 15 (API 35)", reported=rows)
    assert ratios(phone) == {
        ("Pixel 8a", Chip.GPU): pytest.approx(3.0),
        ("Galaxy S26", Chip.GPU): pytest.approx(13.9 / 3),
    }
    differences = {b.anchor.device: b.differences for b in beside_anchors(phone) if b.ratio}
    assert differences == {"Pixel 8a": (), "Galaxy S26": ("here Google Pixel 8a",)}


def test_what_the_library_chose_is_never_compared(on, measurement):
    mine = measurement(size=(640, 640), recipe="fp16", accelerator="unknown")
    phone = on("iPhone 17 Pro", mine, system="Android")
    (coreml,) = [b for b in beside_anchors(phone) if b.anchor.backend == "Core ML"]
    assert coreml.ratio is None
    assert coreml.differences == ("untold there, the library chose here",)


def test_a_choice_does_not_flatter(on, measurement):
    rows = [
        measurement(title=title, recipe=recipe, threads=4, model=steady(time))
        for title, recipe, time in (
            ("Quick", "fp16", 20.0),
            ("Slow", "fp16", 25.0),
            ("Int8", "int8-conv", 10.0),
        )
    ]
    (pi,) = [b for b in beside_anchors(on("Raspberry Pi 5", *rows)) if b.ratio]
    assert pi.ours.text == "Slow, fp16, 4 threads"
    assert pi.anchor.kind is Kind.RASPBERRY_PI


def test_a_wrong_picture_has_no_time(on, measurement, check):
    wrong = measurement(check=check(verdict=Verdict.WRONG))
    assert anchor_sheets(on("Raspberry Pi 5", wrong)) == ()


def test_sizes_either_way_up_are_one(on, measurement):
    found = beside_anchors(on("A laptop", measurement(size=(640, 480))))
    assert [each.anchor.system for each in found] == ["MACE realtime style"]
    assert "numbers untold there, fp32 here" in found[0].differences


def test_every_published_time_is_shown_once(on, measurement):
    sheets = anchor_sheets(on("A laptop", measurement(size=(384, 384))))
    assert [len(sheet.rows) for sheet in sheets] == [3, len(ANCHORS) - 3]
    assert all(READ in sheet.note for sheet in sheets)
    (others,) = anchor_sheets(on("A laptop", measurement(size=(333, 333))))
    assert len(others.rows) == len(ANCHORS)
