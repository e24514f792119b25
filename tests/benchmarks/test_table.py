from __future__ import annotations

import io

import pytest
from rich.console import Console

from benchmarks.results import Verdict
from benchmarks.table import results_table
from benchmarks.timing import Series


def printed(results, width=100):
    console = Console(file=io.StringIO(), width=width)
    console.print(results_table(results))
    return console.file.getvalue()


def test_a_line_for_each_measurement_and_the_papers_beside(results, measurement):
    text = printed(results(measurements=(measurement(), measurement(size=(512, 512)))))
    assert "fp32 256x256 x1" in text
    assert "fp32 512x512 x1" in text
    assert "agrees" in text
    assert "2.517 s" in " ".join(text.split())
    assert "neither the device, nor the picture size" in " ".join(text.split())


def test_wrong_unsteady_and_failed_show(results, measurement, check, failure):
    wild = Series(warmups_ms=(), samples_ms=(10.0, 20.0, 30.0))
    text = printed(
        results(
            measurements=(
                measurement(model=wild),
                measurement(recipe="int8", check=check(verdict=Verdict.WRONG)),
            ),
            failures=(failure(),),
        )
    )
    assert "20.0 / 28.0 ~" in text
    assert "wrong" in text
    assert "SIGKILL" in text


@pytest.mark.parametrize("width", [80, 100, 200])
def test_columns_are_never_cut(results, measurement, width):
    m = measurement(recipe="int8-conv", size=(1024, 1024), threads=4)
    rows = printed(results(measurements=(m,)), width).splitlines()
    assert any("int8-conv 1024x1024 x4" in row and row.rstrip().endswith("agrees") for row in rows)


def test_nothing_measured(results, failure):
    assert "not measured" in printed(results(measurements=(), failures=(failure(),)))
