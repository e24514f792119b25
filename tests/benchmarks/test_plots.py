from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest

from benchmarks import plots
from benchmarks.front import Point
from benchmarks.losses import LossCurves
from benchmarks.timing import Series


@pytest.fixture
def rows(measurement):
    return [
        measurement(recipe=recipe, size=(side, side), model_ms=side / 10, threads=threads)
        for recipe in ("fp32", "int8-conv")
        for side in (128, 256, 512)
        for threads in (1, 2)
    ]


@pytest.fixture
def points():
    return [
        Point(name=name, latency_ms=ms, distance=d, styles=1, in_front=front)
        for name, ms, d, front in (
            ("int8", 10.0, 1.2, True),
            ("slow", 15.0, 1.3, False),
            ("fp32", 20.0, 1.0, True),
        )
    ]


@pytest.fixture
def drawings(rows, profile, points):
    curves = LossCurves(
        steps=tuple(range(1, 301)),
        values={
            "total": tuple(5 / n for n in range(1, 301)),
            "content": tuple(1 + 1 / n for n in range(1, 301)),
            "tv": (0.0,) * 300,
        },
        elapsed_s=60,
    )
    return {
        "latency": plots.latency_by_size(rows),
        "samples": plots.samples(rows),
        "losses": plots.losses(curves),
        "memory": plots.memory(rows),
        "operators": plots.operators(profile(), "a model"),
        "front": plots.front(points),
    }


def texts(svg):
    return [element.text for element in ET.fromstring(svg).iter("text")]


def test_are_well_formed_and_take_colours_and_fonts_from_the_page(drawings):
    for svg in drawings.values():
        root = ET.fromstring(svg)
        assert root.tag == "svg"
        assert "viewBox" in root.attrib
        assert "width" not in root.attrib
        assert root.attrib["aria-label"]
        assert re.findall(r"#[0-9a-f]{6}\b", svg) == []
        assert "var(--ink)" in svg or "var(--series-1)" in svg
        assert "http" not in svg
        assert "font-family" not in svg
        assert "<style" not in svg


def test_bars_and_points_say_what_they_are(drawings, measurement):
    words = set(texts(drawings["operators"]))
    assert "Convolution (NHWC, F32) IGEMM: 0.7 ms, 80%" in words
    words = set(texts(drawings["memory"]))
    assert {"fp32, 128x128, 1 thread: 57 MB", "loaded", "and run"} <= words
    words = set(texts(drawings["front"]))
    assert {"1", "2", "3", "nobody is better in both", "beaten in both"} <= words
    alone = plots.memory([measurement(), measurement(memory=None)])
    assert sum("MB" in (text or "") for text in texts(alone)) == 1
    long = texts(plots.memory([measurement(recipe="x" * 90)]))
    assert any(text.endswith("…: 57 MB") and len(text) < 60 for text in long if text)


def test_text_stays_text(drawings):
    assert {"128x128", "256x256", "512x512"} <= set(texts(drawings["latency"]))
    assert "int8-conv, 2 threads" in texts(drawings["latency"])
    assert "int8-conv, 512x512, 2 threads" in texts(drawings["samples"])
    assert {"total", "content"} <= set(texts(drawings["losses"]))


def test_a_loss_that_is_switched_off_is_not_drawn(drawings):
    assert "tv" not in texts(drawings["losses"])


def test_names_are_unique_on_a_page(drawings):
    ids = [name for svg in drawings.values() for name in re.findall(r'\bid="([^"]+)"', svg)]
    assert len(ids) == len(set(ids))
    for svg in drawings.values():
        own = set(re.findall(r'\bid="([^"]+)"', svg))
        assert set(re.findall(r'href="#([^"]+)"', svg)) <= own
        assert set(re.findall(r"url\(#([^)]+)\)", svg)) <= own


def test_every_sample_is_drawn(measurement):
    series = Series(warmups_ms=(5.0,), samples_ms=(1.0, 2.0, 3.0, 4.0))
    svg = plots.samples([measurement(model=series, end_to_end=series)])
    uses = re.findall(r"<use [^>]*var\(--series-[12]\)", svg)
    # Model and end to end, each one warm-up and four samples; the legend adds one mark each.
    assert len(uses) == 2 * 5 + 2


def test_the_papers_mean_is_named_with_what_it_does_not_say(drawings):
    assert "the paper's mean: Android, size not stated" in texts(drawings["latency"])


def test_one_measurement_and_equal_times_can_be_drawn(measurement):
    flat = Series(warmups_ms=(), samples_ms=(3.0, 3.0))
    rows = [measurement(model=flat, end_to_end=flat, size=(300, 200))]
    assert "300x200" in texts(plots.latency_by_size(rows))
    assert plots.samples(rows)


def test_titles_cannot_break_the_drawing(measurement):
    rows = [measurement(title='A "B" <script> & $x$')]
    root = ET.fromstring(plots.samples(rows))
    assert 'A "B" <script> & $x$' in root.attrib["aria-label"]


def test_the_same_results_give_the_same_drawing(rows):
    assert plots.latency_by_size(rows) == plots.latency_by_size(rows)
    assert plots.samples(rows) == plots.samples(rows)
