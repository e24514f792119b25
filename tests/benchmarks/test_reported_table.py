from __future__ import annotations

from dataclasses import replace

from benchmarks.reported import Scope
from benchmarks.reported_table import reported_sheet
from benchmarks.timing import Series


def test_what_an_app_and_a_tool_told(results, reported, battery):
    wild = Series(warmups_ms=(), samples_ms=(10.0, 20.0, 10.0, 20.0))
    tool = reported(
        by="benchmark_model",
        scope=Scope.MODEL,
        times=wild,
        threads=0,
        asked="gpu",
        load_ms=None,
        first_run_ms=None,
        peak_bytes=30_500_000,
        battery_before=battery,
        battery_after=replace(battery, charge_uah=2_990_000),
        runs=10,
    )
    sheet = reported_sheet(results(measurements=(), reported=(reported(), tool)))
    app, told = (dict(zip(sheet.columns, row)) for row in sheet.rows)
    assert told == {
        "model": "The Starry Night, fp32, 512x512, threads untold, gpu asked for",
        "run by": "LiteRT for Android 1.4.1 with the GPU",
        "what": "model",
        "time": "15.0 / 20.0 ~",
        "first run": "-",
        "load": "-",
        "peak memory": "30.5 MB",
        "energy, mJ": "14,400",  # 144 J
        "told by": "benchmark_model",
    }
    assert (app["peak memory"], app["energy, mJ"], app["what"]) == ("-", "-", "picture")
    assert "Nobody has compared these pictures" in sheet.note


def test_columns_that_nobody_told_are_left_out(results, reported):
    sheet = reported_sheet(results(reported=(reported(),)))
    assert not {"peak memory", "energy, mJ"} & set(sheet.columns)
    assert "Peak memory" not in sheet.note
    assert reported_sheet(results()) is None
