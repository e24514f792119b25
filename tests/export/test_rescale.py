"""Channels at one scale: the same function, and a better one once it is rounded."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_app.core.metrics import psnr_db
from export import parity, tflite
from export.graph import edge_graph
from export.norms import ExplicitNorm, OnePassNorm
from export.recipes import INT8_CONV, Target
from export.rescale import rescale
from training.config import Padding, StylizerConfig

from .conftest import make_stylizer

TINY = StylizerConfig(width=8, blocks=1)
SHAPES = {
    "separable": TINY,
    "full blocks": StylizerConfig(width=8, blocks=1, separable=False),
    "reflected": StylizerConfig(width=8, blocks=1, padding=Padding.REFLECT),
    "full ends": StylizerConfig(width=8, blocks=1, full_size_ends=True),
}


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("target", Target)
@torch.inference_mode()
def test_the_function_stays(name: str, target: Target, rng):
    stylizer = make_stylizer(SHAPES[name])
    graph = edge_graph(stylizer, target)
    before = {key: value.clone() for key, value in graph.state_dict().items()}
    picture = rng.random((36, 48, 3), dtype=np.float32)
    rescale(graph, [picture, picture / 2])
    assert any(not torch.equal(before[k], v) for k, v in graph.state_dict().items())
    result = graph(torch.from_numpy(picture)[None])[0].numpy()
    assert np.abs(result - parity.by_torch(stylizer, picture)).max() < 1e-4


@settings(max_examples=20)
@given(scale=st.floats(0.01, 100), seed=st.integers(0, 99))
@pytest.mark.parametrize("kind", [ExplicitNorm, OnePassNorm])
def test_a_norm_takes_a_scale_out(kind, scale: float, seed: int):
    """IN(a x; a^2 eps) = IN(x; eps)."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(1, 8, 8, 4, generator=generator)
    plain, scaled = (kind(torch.nn.InstanceNorm2d(4, affine=True)) for _ in range(2))
    scaled.eps.mul_(scale**2)
    with torch.no_grad():
        assert torch.allclose(scaled(scale * x), plain(x), atol=1e-4)


@torch.inference_mode()
def test_what_norms_and_convolutions_are_given_reaches_one(rng):
    graph = edge_graph(make_stylizer(TINY), Target.INTEGERS)
    pictures = [rng.random((32, 32, 3), dtype=np.float32) for _ in range(3)]
    rescale(graph, pictures)
    reached = []
    for norm in graph.modules():
        if isinstance(norm, ExplicitNorm):
            norm.register_forward_pre_hook(
                lambda _, x: reached.append(x[0].abs().amax((0, 1, 2)).numpy())
            )
    graph(torch.from_numpy(pictures[0])[None])
    assert all(((each > 0.5) & (each < 2)).all() for each in reached)


def test_eight_bits_lose_less(rng):
    """A network whose channels differ in scale a thousandfold, as training may leave them."""
    stylizer = make_stylizer(TINY)
    with torch.no_grad():
        for convolution in (stylizer.down[0][0], stylizer.down[1][0]):
            convolution.weight *= torch.logspace(-1.5, 1.5, len(convolution.weight)).view(
                -1, 1, 1, 1
            )
    pictures = [rng.random((32, 32, 3), dtype=np.float32) for _ in range(2)]
    plain = edge_graph(stylizer, Target.INTEGERS)
    scaled = edge_graph(stylizer, Target.INTEGERS)
    rescale(scaled, pictures)
    expected = parity.by_torch(stylizer, pictures[0])
    decibels = []
    for graph in (plain, scaled):
        converted = tflite.convert(graph, (32, 32))
        content = tflite.quantize(converted, INT8_CONV, pictures)
        decibels.append(psnr_db(run(content, pictures[0]), expected))
    assert decibels[1] > decibels[0] + 6, decibels


def run(content: bytes, picture):
    from edge_app.core.runtime import load_runtime
    from edge_app.core.runtimes.fake import fake_model

    runtime = load_runtime(fake_model(picture.shape[:2]), content, threads=1)
    return runtime.run(picture)
