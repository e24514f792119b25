from __future__ import annotations

from itertools import pairwise

import pytest

from training.schedule import WARM_UP, rate_factor


def test_the_rate_rises_from_a_twentieth_and_falls_to_zero():
    assert rate_factor(0) == pytest.approx(0.05)
    assert rate_factor(WARM_UP) == pytest.approx(1)
    assert rate_factor(1) == pytest.approx(0)


def test_it_rises_then_falls_without_a_jump():
    rates = [rate_factor(i / 1000) for i in range(1001)]
    peak = rates.index(max(rates))
    assert peak / 1000 == pytest.approx(WARM_UP)
    assert all(a < b for a, b in pairwise(rates[: peak + 1]))
    assert all(a > b for a, b in pairwise(rates[peak:]))
    assert max(abs(a - b) for a, b in pairwise(rates)) < 0.025
