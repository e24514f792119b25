from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import mannwhitneyu

from benchmarks.ratio import LEVEL, _counts, _cut, beyond_chance, fewest_processes, ratio

times = st.lists(st.floats(0.1, 1e4), min_size=1, max_size=12)


def test_counts_are_those_of_every_arrangement():
    for first, second in itertools.product(range(1, 5), range(1, 5)):
        places = range(first + second)
        seen = [0] * (first * second + 1)
        for chosen in itertools.combinations(places, first):
            others = [p for p in places if p not in chosen]
            seen[sum(a > b for a in chosen for b in others)] += 1
        assert _counts(first, second) == tuple(seen)


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


@given(data=st.data(), sizes=st.tuples(st.integers(2, 9), st.integers(2, 9)))
def test_chance_is_scipys(data, sizes):
    ranks = data.draw(st.permutations(range(1, sum(sizes) + 1)))
    first, second = ranks[: sizes[0]], ranks[sizes[0] :]
    expected = mannwhitneyu(first, second, alternative="two-sided", method="exact").pvalue
    assert ratio(first, second).chance == pytest.approx(expected)


def test_the_approximate_chance_meets_the_exact_one(rng, monkeypatch):
    first, second = (10 * np.exp(0.05 * rng.normal(size=(2, 40)))).tolist()
    exact = ratio(first, [1.02 * t for t in second]).chance
    monkeypatch.setattr("benchmarks.ratio.EXACT_UP_TO", 0)
    assert ratio(first, [1.02 * t for t in second]).chance == pytest.approx(exact, abs=0.01)


def test_the_interval_spares_1_where_chance_is_small(rng):
    for shift in np.linspace(0.8, 1.25, 60):
        first, second = np.exp(0.1 * rng.normal(size=(2, 6)))
        found = ratio(list(first), list(shift * second))
        if found.is_slower or found.is_faster:
            assert found.chance <= 1 - LEVEL
        elif found.value not in (found.low, found.high):
            assert found.chance > 1 - LEVEL


def test_holms_procedure():
    """By hand: 0.01 <= 0.05 / 4, 0.016 <= 0.05 / 3, 0.03 > 0.05 / 2, and there it ends."""
    assert beyond_chance([0.03, 0.01, 0.04, 0.016]) == [False, True, False, True]
    assert beyond_chance([0.05]) == [True]
    assert beyond_chance([0.03, 0.03]) == [False, False]
    assert beyond_chance([]) == []


def test_of_many_lines_that_are_the_same_hardly_one_is_called_different(rng):
    alone = together = 0
    for _ in range(200):
        lines = np.exp(0.03 * rng.standard_t(3, (20, 2, 7)))
        chances = [ratio(list(first), list(second)).chance for first, second in lines]
        alone += any(chance <= 1 - LEVEL for chance in chances)
        together += any(beyond_chance(chances))
    assert together <= 200 * (1 - LEVEL) + 3 * math.sqrt(200 * LEVEL * (1 - LEVEL))
    assert alone > 80


@pytest.mark.parametrize(("lines", "processes"), [(1, 4), (2, 5), (6, 5), (7, 6), (23, 6), (24, 7)])
def test_the_fewest_processes_that_can_tell(lines, processes):
    def clearest(count):
        of = ratio(range(1, count + 1), range(100, 100 + count)).chance
        return beyond_chance([of] + [1.0] * (lines - 1))[0]

    assert fewest_processes(lines) == processes
    assert clearest(processes)
    assert processes == 4 or not clearest(processes - 1)


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
