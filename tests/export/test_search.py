"""`mixed`: what it chooses, by measurement."""

from __future__ import annotations

import numpy as np

from edge_app.core.metrics import psnr_db
from export import tflite
from export.graph import edge_graph
from export.recipes import INT8_CONV, MIXED, How, Target
from export.search import _freed, search
from training.config import StylizerConfig

from .conftest import make_stylizer
from .test_rescale import run

TINY = StylizerConfig(width=8, blocks=1)


def test_the_fewest_and_worst_are_freed():
    errors = {"a": 1.0, "b": 5.0, "c": 3.0}
    assert _freed(errors, 10.0) == []
    assert _freed(errors, 4.0) == ["b"]
    assert _freed(errors, 1.0) == ["b", "c"]
    assert _freed(errors, 0.0) == ["b", "c", "a"]


def test_mixed_is_truer_than_int8_conv(rng, monkeypatch):
    converted = tflite.convert(edge_graph(make_stylizer(TINY), Target.INTEGERS), (32, 32))
    pictures = [rng.random((32, 32, 3), dtype=np.float32) for _ in range(4)]
    monkeypatch.setattr("export.search.AIM_DB", 60.0)
    found = search(converted, MIXED, pictures)
    added = found.rules[len(MIXED.rules) :]
    assert added
    assert {rule.how for rule in added} == {How.INT8_DYNAMIC}
    exact = run(converted, pictures[0])
    plain, mixed = (
        psnr_db(run(tflite.quantize(converted, recipe, pictures), pictures[0]), exact)
        for recipe in (INT8_CONV, found)
    )
    assert mixed > plain + 1
    # The last convolution was dynamic already, and is not asked about.
    assert not any("FoldedLast" in rule.layers for rule in added)
