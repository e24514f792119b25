from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from edge_app.core.errors import ExportError
from edge_app.core.image import read_image
from export import tflite
from export.calibration import at_size
from export.graph import edge_graph, portable_graph
from export.recipes import Target
from training.config import PRESETS, Padding, StylizerConfig
from training.network import Stylizer

from .conftest import make_stylizer

TOLERANCE = 1e-4
UNUSUAL = {
    "kernel 3": StylizerConfig(width=8, blocks=1, end_kernel=3),
    "kernel 7": StylizerConfig(width=8, blocks=1, end_kernel=7),
    "kernel 9": StylizerConfig(width=8, blocks=1, end_kernel=9),
    "reflected": StylizerConfig(width=8, blocks=1, padding=Padding.REFLECT),
    "full ends": StylizerConfig(width=8, blocks=1, full_size_ends=True),
    "full blocks": StylizerConfig(width=8, blocks=1, separable=False),
}
EVERY = {
    **{name: replace(config, grain=0.0) for name, config in PRESETS.items()},
    **UNUSUAL,
}
"""Without grain, which is added before the graph (tests/training/test_network.py)."""


def on_edge(stylizer: Stylizer, pictures: Tensor, target: Target = Target.FLOATS) -> Tensor:
    return edge_graph(stylizer, target)(pictures.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


@pytest.mark.parametrize(
    ("name", "size"),
    [*((name, (64, 48)) for name in EVERY), *((name, (36, 60)) for name in ("nano", *UNUSUAL))],
)
@torch.inference_mode()
def test_the_graphs_equal_the_network_on_photographs(name: str, size, photos: Path):
    stylizer = make_stylizer(EVERY[name])
    pictures = torch.stack(
        [
            torch.from_numpy(at_size(read_image(path), size)).permute(2, 0, 1)
            for path in sorted(photos.iterdir())[:2]
        ]
    )
    expected = stylizer(pictures)
    for target in Target:
        assert torch.max(torch.abs(on_edge(stylizer, pictures, target) - expected)) < TOLERANCE
    for plain in (False, True):
        portable = portable_graph(stylizer, plain_edges=plain)
        assert torch.max(torch.abs(portable(pictures) - expected)) < TOLERANCE


@settings(max_examples=8)
@given(rows=st.integers(8, 24), columns=st.integers(8, 24), seed=st.integers(0, 9))
@torch.inference_mode()
def test_the_edge_graph_equals_the_network_at_every_legal_size(rows, columns, seed):
    stylizer = make_stylizer(UNUSUAL["kernel 3"], seed=seed)
    pictures = torch.rand(1, 3, 4 * rows, 4 * columns)
    assert torch.allclose(on_edge(stylizer, pictures), stylizer(pictures), atol=TOLERANCE)


def test_the_graphs_have_weights_of_their_own(stylizer: Stylizer):
    before = [parameter.clone() for parameter in stylizer.parameters()]
    for graph in (edge_graph(stylizer), portable_graph(stylizer)):
        for parameter in graph.parameters():
            assert not parameter.requires_grad
            parameter.zero_()
    assert all(torch.equal(a, b) for a, b in zip(before, stylizer.parameters()))
    assert all(parameter.requires_grad for parameter in stylizer.parameters())


def test_every_weight_lies_in_memory_as_it_reads(stylizer: Stylizer):
    """litert-torch confuses constants that do not (a network trained in channels-last does not)."""
    turned = make_stylizer(stylizer.config).to(memory_format=torch.channels_last)
    assert not all(parameter.is_contiguous() for parameter in turned.parameters())
    assert all(parameter.is_contiguous() for parameter in edge_graph(turned).parameters())


def test_the_edge_graph_has_no_layer_that_converts_badly():
    for config in EVERY.values():
        graph = edge_graph(make_stylizer(config))
        bad = (nn.InstanceNorm2d, nn.BatchNorm2d, nn.Upsample, nn.Conv2d, nn.ConvTranspose2d)
        assert not [module for module in graph.modules() if isinstance(module, bad)]


def test_a_layer_that_is_not_known_is_named():
    stylizer = make_stylizer(UNUSUAL["kernel 3"])
    stylizer.down.append(nn.GELU())
    with pytest.raises(ExportError, match=r"a layer that export does not know: GELU"):
        edge_graph(stylizer)


@pytest.mark.parametrize("target", Target)
@torch.inference_mode()
def test_a_flat_picture_stays_a_picture(target: Target):
    """Its variances are zero, and rounding must not make less of them."""
    stylizer = make_stylizer(UNUSUAL["kernel 3"])
    for level in (0.0, 0.3, 1.0):
        flat = torch.full((1, 3, 64, 64), level)
        assert torch.allclose(on_edge(stylizer, flat, target), stylizer(flat), atol=1e-3)


@pytest.mark.slow
@pytest.mark.parametrize("name", PRESETS)
def test_xnnpack_takes_the_whole_graph(name: str):
    content = tflite.convert(edge_graph(make_stylizer(PRESETS[name])), (64, 64))
    operators = operator_counts(content)
    assert operators["DELEGATE"] == 1, operators
    assert not operators.keys() & {"TRANSPOSE", "MIRROR_PAD", "RESIZE_NEAREST_NEIGHBOR"}


def operator_counts(content: bytes) -> Counter[str]:
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_content=content)
    interpreter.allocate_tensors()
    return Counter(operator["op_name"] for operator in interpreter._get_ops_details())
