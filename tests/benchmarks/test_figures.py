from __future__ import annotations

import pytest

from benchmarks.figures import byte_size, date_text, figure, mj, ms, seconds, spread, times
from benchmarks.timing import Series


@pytest.mark.parametrize(
    ("show", "value", "text"),
    [
        (ms, 0.5, "0.50"), (ms, 6.549, "6.55"), (ms, 57.12, "57.1"), (ms, 2330.4, "2,330"),
        (mj, 14_400, "14,400"),
        (seconds, 0.0571, "0.057"), (seconds, 2.1, "2.10"),
        (byte_size, 293_600, "294 kB"), (byte_size, 3_500_000, "3.5 MB"),
        (byte_size, 226e6, "226 MB"), (byte_size, 25e9, "25.0 GB"),
        (times, 44.2, "44"), (times, 3.44, "3.4"), (times, 0.5, "0.50"),
        (figure, 0.0, "0"), (figure, 98.76, "98.8"), (figure, 0.00453, "0.00453"),
        (figure, 6.47e-5, "6.5e-5"),
    ],
)  # fmt: skip
def test_figures_for_people(show, value, text):
    assert show(value) == text


def test_a_series_for_people():
    steady = Series(warmups_ms=(), samples_ms=(226.0, 226.0, 227.0))
    assert spread(steady) == "226 / 227"
    wild = Series(warmups_ms=(), samples_ms=(10.0, 20.0, 10.0, 20.0))
    assert spread(wild) == "15.0 / 20.0 ~"


def test_dates_for_people():
    assert date_text("2026-11-20T11:30:00+00:00") == "20 November 2026, 11:30 UTC"
    assert date_text("some day") == "some day"
