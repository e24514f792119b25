from __future__ import annotations

import pytest

from benchmarks import overhead as module
from benchmarks.overhead import overhead
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
