from __future__ import annotations

import pytest

from benchmarks.drift import by_process, drift
from benchmarks.timing import Series


def series(*samples, warmups=()):
    return Series(warmups_ms=warmups, samples_ms=samples)


def test_each_process_has_its_own_runs():
    first, second = by_process(series(1.0, 2.0, 3.0, 4.0, warmups=(8.0, 9.0)), 2)
    assert (first.warmups_ms, first.samples_ms) == ((8.0,), (1.0, 2.0))
    assert (second.warmups_ms, second.samples_ms) == ((9.0,), (3.0, 4.0))


def test_a_machine_that_grows_slower_is_seen():
    assert drift(series(10, 10, 10, 12, 12, 12), 1) == pytest.approx(1.2)
    assert drift(series(10, 10, 99, 10, 10), 1) == pytest.approx(1.0)  # one disturbed run is none


def test_processes_that_differ_are_no_drift():
    assert drift(series(10, 10, 10, 10, 30, 30, 30, 30), 2) == pytest.approx(1.0)
    assert drift(series(10, 10, 12, 12, 30, 30, 36, 36), 2) == pytest.approx(1.2)


def test_too_few_samples_tell_nothing():
    assert drift(series(1.0, 2.0, 3.0), 1) is None
    assert drift(series(1.0, 1.0, 2.0, 2.0), 2) is None
