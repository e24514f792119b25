from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.timing import Series, measure, time_once
from edge_app.core.errors import ConfigError

samples = st.lists(st.floats(0.001, 1e6), min_size=1, max_size=60)


def series(values):
    return Series(warmups_ms=(), samples_ms=tuple(values))


@settings(max_examples=25)  # every example collects the garbage
@given(runs=st.integers(1, 20), warmups=st.integers(0, 20))
def test_takes_as_many_samples_as_asked_and_keeps_warmups_apart(runs, warmups):
    calls = []
    # A clock that makes the n-th call last n milliseconds.
    ticks = itertools.chain.from_iterable((0, (n + 1) * 1_000_000) for n in itertools.count())
    result = measure(
        lambda: calls.append(None), runs=runs, warmups=warmups, clock_ns=lambda: next(ticks)
    )
    assert len(calls) == runs + warmups
    assert result.warmups_ms == tuple(float(n + 1) for n in range(warmups))
    assert result.samples_ms == tuple(float(n + 1) for n in range(warmups, warmups + runs))


def test_times_real_work():
    def spin():
        total = 0
        for i in range(20_000):
            total += i
        return total

    long = measure(lambda: [spin() for _ in range(20)], runs=5)
    short = measure(spin, runs=5)
    assert 0 < short.min_ms < long.min_ms


def test_warmups_enter_no_figure():
    result = Series(warmups_ms=(1000.0, 900.0), samples_ms=(1.0, 2.0, 3.0))
    assert (result.mean_ms, result.median_ms, result.max_ms) == (2.0, 2.0, 3.0)


@given(values=samples, share=st.floats(0, 100))
def test_percentiles_are_numpys(values, share):
    assert series(values).percentile_ms(share) == pytest.approx(np.percentile(values, share))


@given(values=samples)
def test_figures_are_numpys(values):
    made = series(values)
    assert made.mean_ms == pytest.approx(np.mean(values))
    assert made.median_ms == pytest.approx(np.median(values))
    assert made.p90_ms == pytest.approx(np.percentile(values, 90))
    assert (made.min_ms, made.max_ms) == (min(values), max(values))
    expected = np.std(values, ddof=1) / np.mean(values) if len(values) > 1 else 0
    assert made.variation == pytest.approx(expected, abs=1e-9)
    assert made.min_ms <= made.median_ms <= made.p90_ms <= made.max_ms


def test_one_sample_is_steady_and_spread_samples_are_not():
    assert series([7.0]).is_steady
    assert series([100.0, 101.0, 99.0]).is_steady
    assert not series([100.0, 150.0, 100.0]).is_steady
    assert series([0.0, 0.0]).is_steady


def test_no_sample_no_series():
    with pytest.raises(ConfigError, match="at least one sample"):
        series([])


@pytest.mark.parametrize("counts", [{"runs": 0}, {"runs": -1}, {"warmups": -1}])
def test_refuses_counts_that_measure_nothing(counts):
    with pytest.raises(ConfigError, match=next(iter(counts))):
        measure(lambda: None, **counts)


def test_errors_of_the_function_come_through():
    with pytest.raises(ZeroDivisionError):
        measure(lambda: 1 / 0)


def test_time_once_is_in_milliseconds():
    ticks = iter([5_000_000, 12_500_000])
    assert time_once(lambda: None, clock_ns=lambda: next(ticks)) == 7.5
