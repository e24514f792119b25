from __future__ import annotations

import dataclasses

import pytest

from benchmarks.papers import tables
from benchmarks.papers.config import Method
from benchmarks.quality.results import Picture
from benchmarks.quality.tables import NONE
from benchmarks.results import Verdict


def by_name(sheet):
    return {row[0]: dict(zip(sheet.columns[1:], row[1:])) for row in sheet.rows}


def test_table_ii_has_the_papers_rows_and_ours(findings, results, measurement):
    latency = results(
        measurements=(measurement(), measurement(pack="wave", title="The Wave", pack_sha256="c"))
    )
    rows = by_name(tables.table_ii(latency))
    assert rows["paper, Style 2"]["average"] == "1.408"
    assert rows["paper, Style 8"]["5"] == "3.24"
    assert rows["paper, mean"]["average"] == "2.517"
    ours = rows["The Wave"]
    mean_ms = latency.measurements[1].end_to_end.mean_ms
    assert float(ours["average"]) == pytest.approx(mean_ms / 1000, rel=0.01)
    assert float(ours["times less"]) == pytest.approx(2516.5 / mean_ms, rel=0.01)
    assert "ours, mean" in rows


def test_table_ii_without_a_right_picture(results, measurement, check):
    wrong = measurement(check=check(verdict=Verdict.WRONG))
    sheet = tables.table_ii(results(measurements=(wrong,)))
    assert len(sheet.rows) == 9
    assert "no time of ours" in sheet.note


def test_miou_deals_the_photographs_out_to_five_tests(findings):
    found = tables.miou(findings().comparison.unseen)
    assert list(found) == list(Method)  # no stages
    # Seven photographs: tests 1 and 2 have two; the second style has 0.1 more, the mean 0.05.
    expected = [0.2 + 0.05 + 0.01 * x for x in (2.5, 3.5, 2, 3, 4)]
    assert found["CNN"] == pytest.approx(expected)


def test_a_test_without_a_picture_has_no_figure(findings):
    comparison = findings().comparison
    bare = dataclasses.replace(
        comparison.unseen,
        judgements=tuple(
            dataclasses.replace(j, pictures=tuple(Picture(photo=p.photo) for p in j.pictures))
            for j in comparison.unseen.judgements
        ),
    )
    sheet = tables.table_iii(dataclasses.replace(comparison, unseen=bare))
    assert by_name(sheet)["FNST, ours"]["average"] == NONE
    assert by_name(sheet)["FNST, ours"]["place"] == NONE


def test_table_iii_ranks_both_sides(findings):
    rows = by_name(tables.table_iii(findings().comparison))
    assert [rows[f"{m}, ours"]["place"] for m in Method] == ["2", "5", "4", "1", "3"]
    assert [rows[f"{m}, paper"]["place"] for m in Method] == ["1", "5", "4", "2", "3"]
    assert [rows["CNN, paper"][number] for number in "12345"] == [
        "0.64", "0.69", "0.67", "0.85", "0.79",
    ]  # fmt: skip
    assert rows["ResNet-IN, paper"]["average"] == "0.9"


def test_figure_7(findings):
    rows = by_name(tables.figure_7(findings().comparison))
    assert rows["ResNet-IN"] == {
        "training set": "0.950",
        "test set": "0.950",
        "the paper's, training": "0.985",
        "its, test": "0.993",
    }
    assert rows["NAAS"]["its, test"] == "lower"


def test_figure_8_follows_the_training(findings):
    accuracy, loss = map(by_name, tables.figure_8(findings().comparison))
    row = accuracy["CNN"]
    assert [row[f"{s} %"] for s in (20, 40, 60, 80, 100)] == [
        "0.200", "0.400", "0.600", "0.800", "1.000",
    ]  # fmt: skip
    assert row["the paper's, at its end"] == NONE
    assert accuracy["CNN-BN"]["the paper's, at its end"] == "82.51 %"
    assert loss["FNST"]["20 %"] == "6.000"  # 1 + 10 x 10 / 20
    assert loss["FNST"]["100 %"] == "2.000"


def test_figure_8_of_a_given_training_has_its_end_alone(findings):
    comparison = findings().comparison
    unseen = dataclasses.replace(
        comparison.unseen,
        recognition=tuple(r for r in comparison.unseen.recognition if r.method == "FNST"),
    )
    accuracy, _ = tables.figure_8(dataclasses.replace(comparison, unseen=unseen))
    row = by_name(accuracy)["FNST"]
    assert (row["20 %"], row["100 %"]) == (NONE, "1.000")
    assert list(by_name(accuracy)) == ["FNST"]


def test_figure_10(findings):
    sheet = tables.figure_10(findings().comparison)
    rows = by_name(sheet)
    assert list(rows) == list(Method)
    assert rows["ResNet-IN"]["accuracy"] == "1.000"
    assert rows["ResNet-IN"]["paper's accuracy"] == "97.35 %"
    assert rows["CNN"]["its F1"] == "94.08 %"
    assert "0.970" in sheet.note


def test_times_add_decoding_to_drawing(findings, results, measurement):
    latency = results(measurements=(measurement(),))
    comparison = findings(latency=latency).comparison
    ours, theirs = tables.execution_times(comparison, latency)
    rows = by_name(ours)
    assert rows["CNN"] == {"256x256, JPEG": "2.01", "256x256, PNG": "2.03"}
    assert rows["NAAS"]["256x256, JPEG"] == "400"  # 200 steps of 2 s
    pack = next(name for name in rows if name.startswith("small"))
    mean_s = latency.measurements[0].end_to_end.mean_ms / 1000
    assert float(rows[pack]["256x256, JPEG"]) == pytest.approx(mean_s, rel=0.01)
    assert rows[pack]["256x256, PNG"] == NONE
    assert by_name(theirs)["PNG"]["time for execution"] == "10 s"


def test_without_a_comparison_there_is_table_ii_alone(findings):
    assert len(tables.sheets(findings(comparison=None))) == 1
    titles = [sheet.title for sheet in tables.sheets(findings())]
    assert len(titles) == len(set(titles)) == 8
