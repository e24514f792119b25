from __future__ import annotations

import pytest

from benchmarks import ceiling as module
from benchmarks.ceiling import Ceiling, measure_ceiling, reach
from edge_app.core.errors import ResultsError


def test_peak_and_bandwidth_are_the_best_try(ceiling):
    made = ceiling(giga=50, gigabytes=20)
    assert made.multiply_adds_per_s == pytest.approx(50e9)
    assert made.bytes_per_s == pytest.approx(20e9)  # read and written


def test_measures_in_a_process_that_was_told_its_threads():
    found = measure_ceiling(1)
    assert isinstance(found, Ceiling)
    assert found.threads == 1
    assert (len(found.product.samples_ms), len(found.copy.samples_ms)) == (10, 10)
    assert found.multiply_adds_per_s > 1e8  # whatever this is, it is no abacus
    assert found.bytes_per_s > 1e8
    assert found.blas != "unknown"


def test_copies_everything_whatever_the_threads(monkeypatch):
    monkeypatch.setattr(module, "SIDE", 32)
    monkeypatch.setattr(module, "COPY_BYTES", 1001)  # that three threads cannot share evenly
    targets = []
    empty = module.np.empty

    def keep(*args, **kwargs):
        targets.append(empty(*args, **kwargs))
        return targets[-1]

    monkeypatch.setattr(module.np, "empty", keep)
    found = reach(3)
    assert found.copy_bytes == 1001
    assert targets[-1].tolist() == [1] * 1001


def test_a_process_that_dies_or_hangs_is_told(monkeypatch):
    monkeypatch.setattr(module, "THREAD_VARIABLES", ("PYTHONHOME",))  # no Python starts with it
    with pytest.raises(ResultsError, match="peak could not be measured"):
        measure_ceiling(1)
    monkeypatch.undo()
    with pytest.raises(ResultsError, match=r"took more than 0\.01 seconds"):
        measure_ceiling(1, timeout_s=0.01)
