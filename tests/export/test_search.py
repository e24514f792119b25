"""`mixed` and `auto`: what they choose, on measurements that are real or given."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge_app.core.errors import ExportError
from edge_app.core.manifest import Gate
from edge_app.core.metrics import psnr_db
from export import choice, tflite
from export.graph import edge_graph
from export.recipes import FP32, INT8_CONV, INT8_DYNAMIC, MIXED, How, Target
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


def tried(recipe, latency_ms: float, size_bytes: int, psnr: float):
    gates = [
        Gate(
            metric=metric,
            unit="dB" if metric == "psnr" else "1",
            threshold=threshold,
            worst=worst,
            median=worst,
            samples=(worst,),
            on="1 photograph",
        )
        for metric, threshold, worst in (("psnr", 38.0, psnr), ("ssim", 0.97, 0.98))
    ]
    return choice._Tried(
        recipe=recipe, size_bytes=size_bytes, latency_ms=latency_ms, gates=tuple(gates)
    )


def test_auto_takes_the_fastest_that_is_good_enough_and_says_why():
    chosen = choice._chosen(
        [
            tried(FP32, 20.0, 300, 120.0),
            tried(INT8_CONV, 10.0, 130, 37.0),
            tried(INT8_DYNAMIC, 15.0, 120, 45.0),
        ]
    )
    assert chosen.recipe is INT8_DYNAMIC
    for part in ("int8-dynamic 15.0 ms", "37.0 dB", "not good enough", "psnr 38 dB"):
        assert part in chosen.why


def test_of_equally_fast_ones_auto_takes_the_smaller():
    chosen = choice._chosen([tried(INT8_CONV, 10.0, 130, 40.0), tried(INT8_DYNAMIC, 10.3, 120, 45)])
    assert chosen.recipe is INT8_DYNAMIC


def test_auto_without_a_good_one_is_an_error_with_the_figures():
    with pytest.raises(ExportError, match=r"no recipe is good enough: int8-conv 10.0 ms, .* 30.0"):
        choice._chosen([tried(INT8_CONV, 10.0, 130, 30.0)])


def test_auto_measures_real_files(card):
    """Two files of one network, one of which draws another picture."""
    from export.calibration import Photographs
    from export.config import ExportConfig
    from export.files import TfliteSource, Workshop
    from export.subjects import Subject

    stylizer = make_stylizer(TINY)
    photo = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    shop = Workshop(
        config=ExportConfig(run=Path("nowhere"), out=Path("nowhere")),
        stylizer=stylizer,
        card=card,
        photos=Photographs(
            folder=Path("nowhere"), calibration=(), parity=(("noise", photo),), skipped={}
        ),
        subjects=(Subject(stylizer=stylizer),),
        folder=Path("nowhere"),
    )
    told = []
    source = TfliteSource(shop, (32, 32), lambda text, cost: told.append(text))

    def candidate(recipe):
        model, content, cases = source.candidate(FP32)
        if recipe is INT8_CONV:
            graph = edge_graph(make_stylizer(TINY, seed=1))
            content = tflite.finish(tflite.convert(graph, (32, 32)), shop.metadata((32, 32)))
        return model, content, cases

    chosen = choice.choose(candidate, [INT8_CONV, FP32], lambda text, cost: told.append(text))
    assert chosen.recipe is FP32
    assert "auto: trying int8-conv" in told
