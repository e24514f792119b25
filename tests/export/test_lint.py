from __future__ import annotations

from collections.abc import Callable

import pytest

from edge_app.core.manifest import Lint
from edge_app.core.pack import StylePack
from export import lint as module
from export import norms
from export import tflite as converter
from export.graph import edge_graph
from export.lint import lint
from training.config import StylizerConfig

from .conftest import SIDE, make_stylizer

TINY = StylizerConfig(width=8, blocks=1)


def by_name(found: Lint):
    return {delegate.name: delegate for delegate in found.delegates}


def test_what_xnnpack_refuses_is_measured(tflite: Callable[..., bytes]):
    found = lint(tflite(operators=("conv", "resize", "conv")))
    assert found.operators == {"CONV_2D": 2, "RESIZE_NEAREST_NEIGHBOR": 1}
    xnnpack = by_name(found)["xnnpack"]
    assert xnnpack.refused == {"RESIZE_NEAREST_NEIGHBOR": 1}
    assert xnnpack.pieces == 2
    assert xnnpack.basis.startswith("measured")


def test_what_is_not_measured_says_so(tflite: Callable[..., bytes]):
    bases = {"gpu": "published list", "gpu-opengl": "sources", "nnapi": "published list"}
    for name, basis in bases.items():
        delegate = by_name(lint(tflite()))[name]
        assert (delegate.pieces, delegate.refused) == (None, {})
        assert basis in delegate.basis
        assert "not run" in delegate.basis


@pytest.mark.parametrize(
    ("name", "operators"), [("gpu", "GPU"), ("gpu-opengl", "OPENGL"), ("nnapi", "NNAPI")]
)
def test_an_operator_outside_the_list_is_refused(tflite, monkeypatch, name, operators):
    listed = getattr(module, f"{operators}_OPERATORS")
    monkeypatch.setattr(module, f"{operators}_OPERATORS", listed - {"CONV_2D"})
    assert by_name(lint(tflite(operators=("conv", "conv"))))[name].refused == {"CONV_2D": 2}


def test_nnapi_refuses_a_convolution_that_rounds_its_own_input(pack: StylePack):
    refused = {
        recipe: by_name(lint(pack.read(f"tflite/{recipe}-{SIDE}x{SIDE}.tflite")))["nnapi"].refused
        for recipe in ("fp32", "int8-dynamic", "int8-conv")
    }
    assert refused["fp32"] == {}
    assert refused["int8-conv"] == {"CONV_2D": 1}
    assert refused["int8-dynamic"]["CONV_2D"] > 5


def test_no_file_has_an_operator_that_the_gpu_delegate_refuses(pack: StylePack):
    for model in pack.models(format="tflite"):
        assert model.lint is not None
        for name in ("gpu", "gpu-opengl"):
            assert by_name(model.lint)[name].refused == {}, model.path


def test_opengl_has_no_mean_by_rows(monkeypatch: pytest.MonkeyPatch):
    refused = []
    for large in (norms.LARGE, 32 * 32 - 1):
        monkeypatch.setattr(norms, "LARGE", large)
        found = lint(converter.convert(edge_graph(make_stylizer(TINY)), (32, 32)))
        assert by_name(found)["gpu"].refused == {}
        refused.append(by_name(found)["gpu-opengl"].refused)
    assert refused[0] == {}
    assert refused[1].keys() == {"MEAN"}
