from __future__ import annotations

import pytest

from benchmarks.every_series import every_series, series_sheet
from benchmarks.results import Start
from benchmarks.timing import Series


@pytest.fixture
def hundred():
    return Series(warmups_ms=(50.0,), samples_ms=tuple(map(float, range(1, 101))))


def test_every_figure_of_what_was_measured_and_told(results, measurement, reported, hundred):
    made = results(measurements=(measurement(model=hundred),), reported=(reported(times=hundred),))
    sheet = series_sheet(made)
    rows = {row[0]: dict(zip(sheet.columns, row)) for row in sheet.rows}
    assert [name.rpartition(", ")[2] for name in rows] == [
        "decode",
        "model",
        "end to end",
        "picture",
    ]
    for name in (
        "The Starry Night, fp32, 256x256, 1 thread, model",
        "The Starry Night, fp32, 512x512, 4 threads, told by the app 0.1.0, picture",
    ):
        assert rows[name] == {
            "series": name,
            "runs in processes": "100 in 1",
            "mean": "50.5",
            "median": "50.5",
            "p90": "90.1",
            "p99": "99.0",
            "min": "1.00",
            "max": "100",
            "spread": "57.4%",
            "drift": "2.96",
        }


def test_raw_samples_are_all_there_in_their_order(results, measurement, reported):
    series = Series(warmups_ms=(9.5, 8.25), samples_ms=(3.0, 1.0, 2.0))
    one = Series(warmups_ms=(), samples_ms=(1.0,))
    made = results(measurements=(measurement(model=series),), reported=(reported(times=one),))
    _, model, _, told = every_series(made)
    assert (model.samples, model.warmups) == ("3.000, 1.000, 2.000", "9.500, 8.250")
    assert model.file == f"tflite/fp32-256x256.tflite, sha256 {'b' * 12}"
    assert (told.samples, told.warmups) == ("1.000", "")
    assert told.file == "tflite/fp32-512x512.tflite"  # whose hash a device does not tell


def test_builds_of_one_style_have_names_of_their_own(results, measurement):
    start = Start(cold_load_ms=1.0, load_ms=1.0, first_run_ms=1.0)
    four = Series(warmups_ms=(), samples_ms=(1.0, 2.0, 3.0, 4.0))
    rows = tuple(
        measurement(
            pack_sha256=digest * 64, further=(start,), decode=four, model=four, end_to_end=four
        )
        for digest in "ab"
    )
    sheet = series_sheet(results(measurements=rows))
    names = [row[0] for row in sheet.rows]
    assert len(set(names)) == 6
    assert names[0] == "The Starry Night (aaaaaaaa), fp32, 256x256, 1 thread, decode"
    assert {(row[1], row[-1]) for row in sheet.rows} == {("4 in 2", "-")}  # too few for halves


def test_nothing_was_timed(results):
    assert series_sheet(results(measurements=())) is None
    assert every_series(results(measurements=())) == ()
