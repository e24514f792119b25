from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest

from benchmarks import plots, sample_plots
from benchmarks.front import Point
from benchmarks.lines import by_run, lines
from benchmarks.losses import LossCurves
from benchmarks.reported import Scope
from benchmarks.results import Start
from benchmarks.timing import Series


@pytest.fixture
def timed(results):
    """The lines of measurements and of what was told; of one scope, where it is asked for."""

    def make(measurements=(), reported=(), scope=None):
        made = results(measurements=tuple(measurements), reported=tuple(reported))
        return [line for line in lines(made) if scope in {None, line.scope}]

    return make


@pytest.fixture
def by_size(timed):
    """The plot of measurements by size."""
    return lambda rows: plots.latency_by_size(timed(rows, scope=Scope.END_TO_END))


@pytest.fixture
def samples(timed):
    return lambda rows, told=(): sample_plots.samples(by_run(timed(rows, told)), "A pack")


@pytest.fixture
def over_time(timed):
    return lambda rows, told=(): sample_plots.over_time(by_run(timed(rows, told)), "A pack")


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
def drawings(rows, profile, points, by_size, samples, over_time):
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
        "latency": by_size(rows),
        "samples": samples(rows),
        "over_time": over_time(rows),
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


def test_every_sample_is_drawn(measurement, samples):
    series = Series(warmups_ms=(5.0,), samples_ms=(1.0, 2.0, 3.0, 4.0))
    svg = samples([measurement(model=series, end_to_end=series)])
    uses = re.findall(r"<use [^>]*var\(--series-[12]\)", svg)
    # Model and end to end, each one warm-up and four samples; the legend adds one mark each.
    assert len(uses) == 2 * 5 + 2


def marks(svg, series, *, hollow=False):
    """Places of a series' marks from left to right, in the drawing's pixels; not the legend's."""
    drawn = [group for group in ET.fromstring(svg).iter("g") if "clip-path" in group.attrib]
    return sorted(
        (float(use.attrib["x"]), float(use.attrib["y"]))
        for group in drawn
        for use in group.iter("use")
        if f"var(--series-{series})" in use.attrib["style"]
        and ("fill-opacity: 0" in use.attrib["style"]) is hollow
    )


def test_runs_over_time_stand_in_their_order_and_slower_ones_higher(measurement, over_time):
    rising = Series(warmups_ms=(20.0,), samples_ms=(10.0, 11.0, 12.0, 13.0))
    flat = Series(warmups_ms=(), samples_ms=(5.0,) * 4)
    svg = over_time([measurement(model=rising, end_to_end=flat)])
    assert "fp32, 256x256: model's drift 1.19" in texts(svg)
    (warmup,), model, whole = marks(svg, 1, hollow=True), marks(svg, 1), marks(svg, 2)
    assert warmup[0] < model[0][0]
    assert warmup[1] < min(y for _, y in model)
    heights = [y for _, y in model]
    assert heights == sorted(heights, reverse=True)
    assert len(set(heights)) == 4
    assert model[-1][0] < whole[0][0]
    assert len({y for _, y in whole}) == 1


def test_processes_over_time_are_told_apart(measurement, over_time):
    twice = Series(warmups_ms=(2.0, 3.0), samples_ms=(1.0, 1.0, 2.0, 2.0))
    start = Start(cold_load_ms=1.0, load_ms=1.0, first_run_ms=1.0)
    svg = over_time([measurement(model=twice, end_to_end=twice, further=(start,))])
    warmups = [x for x, _ in marks(svg, 1, hollow=True)]
    runs = [x for x, _ in marks(svg, 1)]
    (stroke,) = re.findall(r'<path d="M ([\d.]+) [^"]*"[^>]*stroke: var\(--muted\)', svg)
    order = [warmups[0], *runs[:2], float(stroke), warmups[1], *runs[2:]]
    assert order == sorted(order)


def test_many_runs_become_a_line(measurement, over_time):
    long = Series(warmups_ms=(2.0,), samples_ms=(1.0,) * 200)
    svg = over_time([measurement(model=long, end_to_end=long)])
    assert len(re.findall("<use ", svg)) < 10


def test_networks_are_lines_of_their_own(measurement, by_size):
    rows = [measurement(), measurement(network="paper", model_ms=300.0)]
    assert {"small, fp32", "paper, fp32"} <= set(texts(by_size(rows)))


def test_accelerators_are_lines_of_their_own_in_old_files_too(measurement, by_size):
    """Where nobody knows what was asked for, by the name of what ran."""
    for asked in ({}, {"asked": None}):
        rows = [
            measurement(**({"asked": name} | asked), accelerator=name, model_ms=ms)
            for name, ms in (("xnnpack", 20.0), ("none", 80.0))
        ]
        assert {"fp32, xnnpack", "fp32, none"} <= set(texts(by_size(rows)))


def test_the_papers_mean_is_named_with_what_it_does_not_say(drawings):
    assert "the paper's mean: Android, size not stated" in texts(drawings["latency"])


def test_one_measurement_and_equal_times_can_be_drawn(measurement, by_size, samples):
    flat = Series(warmups_ms=(), samples_ms=(3.0, 3.0))
    rows = [measurement(model=flat, end_to_end=flat, size=(300, 200))]
    assert "300x200" in texts(by_size(rows))
    assert samples(rows)


def test_titles_cannot_break_the_drawing(measurement, timed):
    title = 'A "B" <script> & $x$'
    root = ET.fromstring(sample_plots.samples(by_run(timed([measurement()])), title))
    assert 'A "B" <script> & $x$' in root.attrib["aria-label"]


def test_the_same_results_give_the_same_drawing(rows, by_size, samples):
    assert by_size(rows) == by_size(rows)
    assert samples(rows) == samples(rows)


def test_what_a_device_told_is_drawn_under_its_own_name(reported, timed, samples, over_time):
    told = [reported(), reported(recipe="fp16", size=(256, 256))]
    words = texts(plots.latency_by_size(timed(reported=told)))
    assert {"fp32", "fp16", "256x256", "512x512", "milliseconds, picture"} <= set(words)
    assert not any("paper" in (word or "") for word in words)  # its times are of whole pictures
    series = Series(warmups_ms=(5.0,), samples_ms=(1.0, 2.0, 3.0, 4.0))
    alone = [reported(times=series)]
    svg = samples((), alone)
    assert "picture" in texts(svg)
    assert len(re.findall(r"<use [^>]*var\(--series-3\)", svg)) == 5 + 1
    assert "fp32, 512x512: picture's drift 2.33" in texts(over_time((), alone))


def test_who_told_it_is_said_beside_what_others_measured(
    measurement, reported, timed, samples, over_time
):
    told = reported(scope=Scope.MODEL, by="the tool")
    both = timed([measurement()], [told], scope=Scope.MODEL)
    words = texts(plots.latency_by_size(both))
    assert {"fp32, 1 thread", "told by the tool, fp32, 4 threads"} <= set(words)
    for draw in (samples, over_time):
        words = [word for word in texts(draw([measurement()], [told])) if word]
        assert sum("told by the tool" in word for word in words) == 1
        assert not any("told by" in word for word in texts(draw((), [told])) if word)
