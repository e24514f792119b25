from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.ratio import LEVEL, _counts, _cut, ratio

times = st.lists(st.floats(0.1, 1e4), min_size=1, max_size=12)


def test_counts_are_those_of_every_arrangement():
    for first, second in itertools.product(range(1, 5), range(1, 5)):
        places = range(first + second)
        seen = [0] * (first * second + 1)
        for chosen in itertools.combinations(places, first):
            others = [p for p in places if p not in chosen]
            seen[sum(a > b for a in chosen for b in others)] += 1
        assert _counts(first, second) == seen


def test_the_cuts_are_those_of_the_published_tables():
    """Mann and Whitney's critical values, two-sided at 5%: U of at most this is beyond chance."""
    critical = {(4, 4): 0, (5, 5): 2, (6, 6): 5, (10, 10): 23, (20, 20): 127, (3, 8): 2}
    for (first, second), value in critical.items():
        assert _cut(first, second) == _cut(second, first) == value + 1
    for few in ((3, 3), (1, 30), (2, 7)):
        assert _cut(*few) == 0


def test_the_approximation_meets_the_exact_one(monkeypatch):
    exact = [_cut(n, n) for n in (20, 30, 50)]
    monkeypatch.setattr("benchmarks.ratio.EXACT_UP_TO", 0)
    assert [_cut.__wrapped__(n, n) for n in (20, 30, 50)] == pytest.approx(exact, abs=1.5)


def test_a_clear_difference():
    found = ratio([10, 10.1, 9.9, 10.05, 9.95], [12, 12.1, 11.9, 12.05, 11.95])
    assert found.value == pytest.approx(1.2)
    assert 1.17 < found.low < 1.2 < found.high < 1.23
    assert found.is_slower
    assert not found.is_faster


def test_too_few_samples_have_no_interval():
    found = ratio([10, 11, 12], [20, 21, 22])
    assert (found.low, found.high) == (None, None)
    assert not found.is_slower
    assert "too few samples" in found.text


def test_a_clock_too_coarse_for_the_model():
    found = ratio([0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0])
    assert (found.value, found.low, found.high) == (1, 1, 1)


@given(first=times, second=times, factor=st.floats(0.01, 100))
def test_properties(first, second, factor):
    found = ratio(first, second)
    if found.low is not None:
        assert found.low <= found.value <= found.high
        back = ratio(second, first)
        assert back.low == pytest.approx(1 / found.high)
        assert back.high == pytest.approx(1 / found.low)
    scaled = ratio(first, [factor * t for t in second])
    assert scaled.value == pytest.approx(factor * found.value)
    if found.low is not None:
        assert scaled.low == pytest.approx(factor * found.low)
    same = ratio(first, first)
    assert same.value == 1
    assert not same.is_slower
    assert not same.is_faster


@pytest.mark.parametrize("size", [5, 12])
def test_the_interval_holds_the_truth_as_often_as_it_says(rng, size):
    rounds, held = 1000, 0
    for _ in range(rounds):
        first = 10 * np.exp(0.05 * rng.standard_t(3, size))  # heavy tails, as timings have
        second = 11 * np.exp(0.05 * rng.standard_t(3, size))
        found = ratio(list(first), list(second))
        held += found.low <= 1.1 <= found.high
    error = 3 * math.sqrt(LEVEL * (1 - LEVEL) / rounds)
    assert held / rounds > LEVEL - error


def test_processes_that_differ_are_no_regression(rng):
    """Within a process samples are alike; between processes they are not."""

    def runs():
        return [
            float(t) for _ in range(6) for t in 10 * np.exp(0.1 * rng.normal()) + rng.random(20)
        ]

    pooled = clustered = 0
    for _ in range(100):
        first, second = runs(), runs()
        pooled += (found := ratio(first, second)).is_slower or found.is_faster
        found = ratio(first, second, first_processes=6, second_processes=6)
        assert found.units == "processes"
        clustered += found.is_slower or found.is_faster
    assert clustered <= 14 < 40 < pooled
