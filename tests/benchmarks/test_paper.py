from __future__ import annotations

import pytest

from benchmarks import paper
from benchmarks.paper import TABLE_II, beside_paper
from benchmarks.results import Verdict
from benchmarks.timing import Series


def steady(value_ms):
    return Series(warmups_ms=(), samples_ms=(value_ms,) * 5)


def test_table_ii_is_the_papers():
    assert [row.average_s for row in TABLE_II] == [
        2.1, 1.408, 2.358, 2.99, 3.146, 2.614, 2.43, 3.086,
    ]  # fmt: skip
    assert [row.style for row in TABLE_II] == list(range(1, 9))
    assert all(test < 3.5 for row in TABLE_II for test in row.tests_s)  # the paper's claim
    assert abs(paper.MEAN_S - 2.5165) < 1e-9


def test_only_the_average_of_style_7_is_misprinted():
    wrong = [row.style for row in TABLE_II if abs(sum(row.tests_s) / 5 - row.average_s) > 0.0005]
    assert wrong == [7]
    assert "Style 7" in paper.MISPRINT
    assert f"{sum(TABLE_II[6].tests_s) / 5:.3f}" in paper.MISPRINT


def test_stands_at_the_most_demanding_setting(results, measurement):
    ours = beside_paper(
        results(
            measurements=(
                measurement(size=(256, 256)),
                measurement(size=(512, 512), recipe="int8-conv", end_to_end=steady(500.0)),
                measurement(size=(512, 512), threads=4),
                measurement(size=(512, 512), end_to_end=steady(100.0)),
            )
        )
    )
    assert (ours.recipe, ours.size, ours.threads) == ("fp32", (512, 512), 1)
    assert ours.rows[0].tests_s == (0.1,) * 5
    assert ours.average_s == pytest.approx(0.1)
    assert ours.ratio == pytest.approx(25.165)
    assert ours.rows[0].ratio == pytest.approx(25.165)
    assert ours.rows[0].row_ratio == pytest.approx(21.0)


def test_without_fp32_the_slowest_recipe_stands(results, measurement):
    ours = beside_paper(
        results(
            measurements=(
                measurement(recipe="int8-conv", model_ms=10.0),
                measurement(recipe="fp16", model_ms=20.0),
            )
        )
    )
    assert ours.recipe == "fp16"


def test_names_all_that_the_times_depend_on(results, measurement):
    text = beside_paper(results(measurements=(measurement(threads=2),))).setting
    for part in ("fp32", "256x256", "LiteRT 2.3.0 with XNNPACK", "2 threads", "Raspberry Pi 5"):
        assert part in text


def test_a_row_for_each_style_beside_the_papers_eight(results, measurement):
    rows = [measurement(title=f"S{i}", pack_sha256=f"{i:064}") for i in range(10)]
    ours = beside_paper(results(measurements=(*rows, rows[0])))
    assert [row.measurement.title for row in ours.rows] == [f"S{i}" for i in range(10)]
    assert [row.row_ratio is None for row in ours.rows] == [False] * 8 + [True] * 2


def test_networks_are_never_averaged(results, measurement):
    """Of 0.17 s and 2.79 s nobody can make a headline of 1.48 s."""
    small = measurement(network="small", end_to_end=steady(170.0))
    base = measurement(network="base", pack_sha256="c" * 64, end_to_end=steady(2790.0))
    ours = beside_paper(results(measurements=(small, base)))
    assert ours.network == "base"
    assert ours.average_s == pytest.approx(2.79)
    assert len(ours.rows) == 1
    assert "base, fp32" in ours.setting


def test_styles_without_the_setting_are_left_out(results, measurement):
    lone = measurement(pack_sha256="c" * 64, size=(128, 128))
    ours = beside_paper(results(measurements=(measurement(), lone)))
    assert len(ours.rows) == 1


def test_a_wrong_picture_is_never_compared(results, measurement, check):
    wrong = measurement(size=(512, 512), check=check(verdict=Verdict.WRONG))
    assert beside_paper(results(measurements=(wrong, measurement()))).size == (256, 256)
    assert beside_paper(results(measurements=(wrong,))) is None


def test_more_tests_are_averaged_and_five_shown(results, measurement):
    series = Series(warmups_ms=(), samples_ms=tuple(float(n) for n in range(1, 11)))
    ours = beside_paper(results(measurements=(measurement(end_to_end=series),)))
    assert ours.rows[0].tests_s == pytest.approx((0.001, 0.002, 0.003, 0.004, 0.005))
    assert ours.average_s == pytest.approx(0.0055)


def test_the_papers_own_network_is_no_style_of_ours(results, measurement):
    theirs = measurement(network="paper", pack_sha256="f" * 64, end_to_end=steady(900.0))
    ours = beside_paper(results(measurements=(theirs, measurement(end_to_end=steady(100.0)))))
    assert [row.measurement.network for row in ours.rows] == ["small"]
    assert ours.average_s == pytest.approx(0.1)
    alone = beside_paper(results(measurements=(theirs,)))
    assert alone.average_s == pytest.approx(0.9)
