from __future__ import annotations

import statistics

import pytest

from benchmarks.papers.config import Method
from benchmarks.papers.published import FIGURE_10, MIOU, MIOU_AVERAGE


def test_table_iii_averages_are_its_tests_means():
    for method in Method:
        assert statistics.fmean(MIOU[method]) == pytest.approx(MIOU_AVERAGE[method], abs=5e-4)


def test_the_paper_claims_that_its_own_is_best_everywhere():
    assert max(MIOU_AVERAGE, key=MIOU_AVERAGE.__getitem__) is Method.RESNET_IN
    for name in ("accuracy", "recall", "f1"):
        best = max(FIGURE_10, key=lambda method: getattr(FIGURE_10[method], name))
        assert best is Method.RESNET_IN


def test_figure_10_has_every_method():
    assert set(FIGURE_10) == set(Method)
