from __future__ import annotations

import copy
from pathlib import Path

import numpy as np
import pytest
import torch
from ai_edge_quantizer import qtyping
from ai_edge_quantizer.algorithms.uniform_quantize import uniform_quantize_tensor as library
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from edge_app.core.metrics import psnr_db
from edge_app.core.pack import StylePack
from edge_app.core.runtime import open_runtime
from export.calibration import at_size, representative
from export.graph import EdgeGraph, edge_graph
from export.recipes import Target
from export.rescale import rescale
from export.rounding import Rounding, ordinary, plain, rounded, roundings
from training.network import Stylizer

SIZE = (64, 64)


@pytest.fixture(scope="module")
def pictures(photos: Path):
    return [at_size(photo, SIZE) for photo in representative(photos).calibration]


@pytest.fixture
def graph(stylizer: Stylizer, pictures) -> EdgeGraph:
    graph = edge_graph(stylizer, Target.INTEGERS)
    rescale(graph, pictures)
    return graph


def by_library(x: np.ndarray, low: np.ndarray, high: np.ndarray, *, channels: bool) -> np.ndarray:
    kind = qtyping.QuantGranularity
    zero, scale = library.tensor_zp_scale_from_min_max(
        low, high, 8, channels, kind.CHANNELWISE if channels else kind.TENSORWISE
    )
    grid = qtyping.UniformQuantParams(
        scale=scale,
        zero_point=zero,
        num_bits=8,
        symmetric=channels,
        quantized_dimension=0 if channels else None,
    )
    # In int8 the library's own subtraction of the zero point runs over.
    return library.uniform_dequantize(library.uniform_quantize(x, grid).astype(np.int32), grid)


@settings(max_examples=20)
@given(
    low=st.floats(-20, 2, width=32),
    width=st.floats(0.125, 30, width=32),
    seed=st.integers(0, 99),
)
def test_activations_are_rounded_as_the_quantizer_does(low, width, seed):
    x = np.random.default_rng(seed).normal(0, 8, (1, 5, 6, 3)).astype(np.float32)
    rounding = Rounding()
    rounding.seen = [(low, low + width)]
    rounding.settle()
    expected = by_library(
        x, np.full((1, 1, 1, 1), low), np.full((1, 1, 1, 1), low + width), channels=False
    )
    found = rounding(torch.from_numpy(x)).detach().numpy()
    step = (rounding.ends[1] - rounding.ends[0]) / 255
    # In float32 here and there in float64, a tie may fall to the other side: of the zero, for all.
    assume(abs(-rounding.ends[0] / step % 1 - 0.5) > 1e-3)
    apart = np.abs(found - expected) > 1e-4
    assert np.all(np.abs(found - expected) < 1.01 * step)
    assert apart.mean() < 0.05


def test_weights_are_rounded_as_the_quantizer_does(graph: EdgeGraph, pictures):
    before = [convolution.weight.numpy().copy() for convolution in ordinary(graph)]
    rounded(graph, pictures)
    for weight, convolution in zip(before, ordinary(graph), strict=True):
        most = np.abs(weight).max((1, 2, 3), keepdims=True)
        expected = by_library(weight, -most, most, channels=True)
        np.testing.assert_allclose(convolution.weight.numpy(), expected, atol=1e-6)


def test_gradients_pass_to_the_value_and_to_both_ends():
    rounding = Rounding()
    rounding.seen = [(-1.0, 2.0)]
    rounding.settle()
    rounding.shares.requires_grad_(True)
    x = torch.tensor([-3.0, 0.4, 5.0], requires_grad=True)
    rounding(x).sum().backward()
    assert x.grad is not None
    assert rounding.shares.grad is not None
    assert x.grad.tolist() == [0.0, 1.0, 0.0]  # nothing comes through where it is cut off
    # The ends move what is cut off there: d(-1 share)/d share and d(2 share)/d share.
    np.testing.assert_allclose(rounding.shares.grad, [-1.0, 2.0], atol=0.02)


def test_a_range_shrinks_to_nothing_at_most():
    rounding = Rounding()
    rounding.seen = [(-1.0, 2.0)]
    rounding.settle()
    rounding.shares.data[:] = -1.0
    assert rounding.ends == (0.0, 0.0)
    assert rounding(torch.ones(3)).isfinite().all()


def test_the_four_of_an_upsampling_read_one_range(graph: EdgeGraph, pictures):
    places = rounded(graph, pictures)
    assert len(places) == len(ordinary(graph)) - 1
    assert len(roundings(places)) == 2 * len(places) - 3


def test_a_rounded_graph_draws_what_the_file_draws(
    graph: EdgeGraph, pictures, pack: StylePack, photos: Path
):
    (_, photo), *_ = representative(photos).parity
    picture = at_size(photo, SIZE)
    given_ = torch.from_numpy(picture)[None]
    runtime = open_runtime(pack, recipe="int8-conv", size=SIZE, threads=1)
    by_file = runtime.run(picture)
    runtime.close()
    with torch.no_grad():
        exact = graph(given_)[0].numpy()
        rounded(graph, pictures)
        found = graph(given_)[0].numpy()
    assert psnr_db(found, by_file) > psnr_db(exact, by_file) + 2
    assert psnr_db(found, exact) == pytest.approx(psnr_db(by_file, exact), abs=1)


def test_a_graph_without_its_rounding_is_what_it_was(graph: EdgeGraph, pictures):
    before = copy.deepcopy(graph)
    rounded(graph, pictures)
    picture = torch.from_numpy(pictures[0])[None]
    assert not torch.equal(graph(picture), before(picture))
    after = plain(graph)
    assert torch.equal(after(picture), before(picture))
    assert after.state_dict().keys() == before.state_dict().keys()
    assert not any(parameter.requires_grad for parameter in after.parameters())
