from __future__ import annotations

import pytest

from benchmarks import overhead as module
from benchmarks.overhead import STATUS, Verdict, main, overhead, verdict
from benchmarks.ratio import Ratio, ratio
from edge_app.core.errors import ConfigError, ResultsError
from edge_app.core.pack import open_pack


def test_both_measure_the_same_file_in_turns(pack_at, tflite):
    pack = open_pack(pack_at({"tflite/fp32-32x48.tflite": tflite((32, 48))}))
    theirs, ours, times = overhead(pack, size=48, runs=2, warmups=0, rounds=1)
    assert len(theirs) == len(ours) == 1
    assert min(*theirs, *ours) > 0
    assert times.low is None  # one against one is no interval


def test_a_model_that_is_not_there_and_a_script_that_fails(pack_at, tflite, monkeypatch):
    pack = open_pack(pack_at({"tflite/fp32-32x48.tflite": tflite((32, 48))}))
    with pytest.raises(ConfigError, match="no model for format tflite, recipe fp32, size 64"):
        overhead(pack, size=64)
    monkeypatch.setattr(module, "SCRIPT", ("-c", "raise SystemExit('no such module')"))
    with pytest.raises(ResultsError, match="benchmark script failed: no such module"):
        overhead(pack, size=48, rounds=1)


def between(low, high):
    return Ratio(value=1.0, low=low, high=high, chance=1.0, units="runs")


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.99, 1.02, Verdict.WITHIN),
        (1.04, 1.10, Verdict.BEYOND),
        (0.80, 0.90, Verdict.BEYOND),
        (1.01, 1.05, Verdict.UNKNOWN),
        (0.871, 1.134, Verdict.UNKNOWN),
        (None, None, Verdict.UNKNOWN),
    ],
)
def test_the_interval_decides(low, high, expected):
    assert verdict(between(low, high)) is expected


def test_another_limit_and_senseless_ones():
    assert verdict(between(1.01, 1.05), 0.06) is Verdict.WITHIN
    for limit in (0.0, -0.1, 3.0, float("nan")):
        with pytest.raises(ConfigError, match="limit: expected a share"):
            verdict(between(1.0, 1.0), limit)


@pytest.mark.parametrize(
    ("ours", "status"), [([10.0, 10.1, 10.2, 10.05], 0), ([12.0, 12.1, 12.2, 12.05], 3), ([10], 4)]
)
def test_the_exit_status(pack_at, tflite, monkeypatch, capsys, ours, status):
    theirs = [10.0, 10.1, 10.2, 10.05][: len(ours)]
    found = (theirs, ours, ratio(theirs, ours))
    monkeypatch.setattr(module, "overhead", lambda *_args, **_words: found)
    assert main(str(pack_at())) == status
    assert next(v for v, s in STATUS.items() if s == status) in capsys.readouterr().out


def test_what_cannot_be_measured_is_said_in_a_line(capsys):
    assert main("nothing") == 1
    assert "nothing: neither a style pack's path" in capsys.readouterr().err
