from __future__ import annotations

import dataclasses
import xml.etree.ElementTree as ET

import pytest

from benchmarks.arithmetic import Work
from benchmarks.quality.tables import sheets_in_markdown
from benchmarks.results import Verdict
from benchmarks.scaling import plots as scaling_plots
from benchmarks.scaling.measure import attained, estimates, scaling_lines, speed_up
from benchmarks.scaling.processors import PROCESSORS
from benchmarks.scaling.tables import scaling_sheets
from benchmarks.timing import Series


def steady(ms):
    return Series(warmups_ms=(), samples_ms=(ms,) * 5)


@pytest.fixture
def grown(results, growth, ceiling):
    """Exactly in step with the pixels: 40 ms at 512x512 on one thread, half on two."""
    rows = tuple(
        dataclasses.replace(m, model=steady(40.0 * (m.size[0] / 512) ** 2 / m.threads))
        for m in growth()
    )
    return results(measurements=rows, ceilings=(ceiling(1), ceiling(2, giga=100)))


def test_lines_are_told_apart_and_their_slopes_are_right(grown):
    lines = scaling_lines(grown)
    assert [(line.recipe, line.threads) for line in lines] == [
        ("fp32", 1),
        ("fp32", 2),
        ("int8-conv", 1),
        ("int8-conv", 2),
    ]
    one, two = lines[:2]
    assert [m.size[0] for m in one.rows] == [128, 256, 512]
    assert one.exponent == pytest.approx(1.0)
    assert one.ms_per_megapixel == pytest.approx(40 / (512 * 512 / 1e6))
    assert one.bytes_per_megapixel == pytest.approx(100 * 1e6)
    assert speed_up(lines, two) == pytest.approx(2.0)
    assert speed_up(lines, one) is None


def test_two_packs_of_one_name_and_network_are_told_apart(results, growth):
    ours, theirs = growth(pack_sha256="a" * 64), growth(pack_sha256="b" * 64, threads=(2,))
    lines = scaling_lines(results(measurements=(*ours, *theirs)))
    assert {line.title for line in lines} == {
        "The Starry Night (aaaaaaaa)",
        "The Starry Night (bbbbbbbb)",
    }
    alone = next(line for line in lines if line.pack_sha256 == "b" * 64)
    assert speed_up(lines, alone) is None  # one thread was measured of the other pack alone


def test_styles_of_one_network_share_a_curve_and_libraries_do_not(results, growth):
    ours, theirs = growth(pack_sha256="a" * 64), growth(pack_sha256="b" * 64)
    svg = scaling_plots.latency_growth(scaling_lines(results(measurements=(*ours, *theirs))))
    assert svg.count("median of 2") == 4  # two recipes, one and two threads
    other = [dataclasses.replace(m, backend="onnx") for m in theirs]
    svg = scaling_plots.latency_growth(scaling_lines(results(measurements=(*ours, *other))))
    assert "median of" not in svg
    assert svg.count("ONNX Runtime") == 4


def test_one_size_is_no_line_and_a_wrong_picture_no_point(results, growth, check):
    assert scaling_lines(results()) == ()
    rows = growth(threads=(1,))
    wrong = dataclasses.replace(rows[0], check=check(verdict=Verdict.WRONG))
    (line, _) = scaling_lines(results(measurements=(wrong, *rows[1:])))
    assert [m.size[0] for m in line.rows] == [256, 512]


def test_how_near_the_machines_best(grown, ceiling):
    first = next(a for a in attained(grown) if a.measurement.size == (512, 512))
    per_s = 6000 * 512 * 512 / 0.040
    assert first.multiply_adds_per_s == pytest.approx(per_s)
    assert first.share_of_peak == pytest.approx(per_s / 50e9)
    assert first.share_of_bandwidth == pytest.approx(4000 * 512 * 512 / 0.040 / 20e9)
    on_two = next(
        a
        for a in attained(grown)
        if a.measurement.size == (512, 512) and a.measurement.threads == 2
    )
    assert on_two.share_of_peak == pytest.approx(2 * per_s / 100e9)  # of its own threads' peak


def test_without_a_peak_or_a_count_there_is_nothing_to_be_near(grown, growth):
    assert attained(dataclasses.replace(grown, ceilings=())) == ()
    bare = tuple(dataclasses.replace(m, work=None) for m in growth())
    assert attained(dataclasses.replace(grown, measurements=bare)) == ()


def test_estimates_are_for_float_on_one_core_and_never_below_the_least(grown):
    found = estimates(grown)
    assert [reached.measurement.size[0] for reached, _ in found] == [128, 256, 512]
    assert {reached.measurement.recipe for reached, _ in found} == {"fp32"}
    for _, made in found:
        assert [estimate.processor for estimate in made] == list(PROCESSORS)
        assert all(0 < estimate.least_ms <= estimate.likely_ms for estimate in made)


def test_an_estimate_by_hand():
    """Raspberry Pi 5: 2.4 GHz x 8 multiply-adds, 17.1 GB/s."""
    (pi,) = [p for p in PROCESSORS if p.name == "Raspberry Pi 5"]
    work = Work(multiply_adds=19_200_000, traffic_bytes=17_100_000)
    assert pi.least_ms(work) == pytest.approx(1.0)
    assert pi.likely_ms(work, 0.5) == pytest.approx(2.0)
    heavy = dataclasses.replace(work, traffic_bytes=10 * work.traffic_bytes)
    assert pi.likely_ms(heavy, 0.5) == pytest.approx(10.0)  # the memory takes longer
    unknown = dataclasses.replace(pi, memory_gb_per_s=None)
    assert unknown.likely_ms(heavy, 0.5) == pytest.approx(2.0)


def test_every_processor_has_its_sources():
    assert len({p.name for p in PROCESSORS}) == len(PROCESSORS)
    for processor in PROCESSORS:
        assert len(processor.source) > 20
        assert processor.multiply_adds_per_cycle in {4, 8, 16}


def test_tables_say_what_was_measured_and_what_is_estimated(grown):
    sheets = scaling_sheets(grown)
    titles = [sheet.title for sheet in sheets]
    assert titles[:4] == [
        "Latency by size and threads",
        "Peak memory by size and threads",
        "What this machine reaches at best",
        "Beside the machine's best",
    ]
    (guess,) = sheets[4:]
    assert guess.note.startswith("ESTIMATES, not measurements")
    for processor in PROCESSORS:
        assert processor.source in guess.note
    assert sheets[0].columns[1:4] == ("128x128", "256x256", "512x512")
    assert sheets[0].rows[0] == ("fp32, 1 thread", "2.5", "10.0", "40.0", "152.6", "1.00", "-")
    assert sheets[0].rows[1][-1] == "2.00"
    assert sheets[1].rows[0][1:] == ("68", "73", "92", "100")
    assert sheets[2].rows == (("1", "50.0", "20.0"), ("2", "100.0", "20.0"))
    for sheet in sheets:
        assert all(len(row) == len(sheet.columns) for row in sheet.rows)
    assert "| fp32, 1 thread | 2.5 |" in "\n".join(sheets_in_markdown(sheets))


def test_a_size_that_one_line_lacks_stays_open(results, growth):
    rows = [m for m in growth(threads=(1,)) if (m.recipe, m.size) != ("int8-conv", (256, 256))]
    latency, *_ = scaling_sheets(results(measurements=tuple(rows)))
    assert latency.rows[1][2] == "-"


def test_a_size_that_is_left_to_another_library_stands_in_the_tables(results, growth):
    rows = [
        dataclasses.replace(m, backend="onnx", model_path="onnx/fp32.onnx", work=None)
        if m.size == (512, 512)
        else m
        for m in growth(threads=(1,))
    ]
    latency, memory = scaling_sheets(results(measurements=tuple(rows)))
    assert latency.columns[1:4] == ("128x128", "256x256", "512x512")
    first, second = (row for row in latency.rows if row[0].startswith("fp32"))
    assert first[3] == "-"
    assert second[1:3] == second[4:][:2] == ("-", "-")  # one size has no slope
    assert float(second[3]) == pytest.approx(40, rel=0.05)
    assert [row[3] for row in memory.rows][:2] == ["-", "92"]


def test_one_size_without_a_peak_has_no_tables(results):
    assert scaling_sheets(results()) == ()


def test_plots_are_drawn_with_every_size_named(grown):
    lines, reached = scaling_lines(grown), attained(grown)
    for svg in (
        scaling_plots.latency_growth(lines),
        scaling_plots.memory_growth(lines),
        scaling_plots.roofline(reached, grown.ceilings),
    ):
        root = ET.fromstring(svg)
        assert root.attrib["aria-label"]
    words = {e.text for e in ET.fromstring(scaling_plots.latency_growth(lines)).iter("text")}
    assert {"128", "256", "512", "fp32, 2 threads"} <= words
    words = {
        e.text for e in ET.fromstring(scaling_plots.roofline(reached, grown.ceilings)).iter("text")
    }
    assert {"1 thread", "2 threads", "fp32", "int8-conv"} <= words
