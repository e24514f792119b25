from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
import torch
from torch import nn

from export import depth_to_space, tflite
from export.layers import depth_to_space as layer
from export.quiet import quiet


class Doubled(nn.Module):
    def forward(self, x):
        return layer(x.relu()).sigmoid()


class OtherAxes(nn.Module):
    """As large, and with as many axes, but columns before rows."""

    def forward(self, x):
        n, height, width, channels = x.shape
        columns = x.reshape(n, height, width, 2, channels // 2).permute(0, 3, 2, 1, 4)
        return columns.reshape(n, 2 * height, 2 * width, channels // 4)


class UsedTwice(nn.Module):
    """What lies between the parts is a result too."""

    def forward(self, x):
        n, height, width, channels = x.shape
        rows = x.reshape(n, height, width, 2, channels // 2).permute(0, 1, 3, 2, 4)
        return rows.reshape(n, 2 * height, 2 * width, channels // 4), rows


class OtherShape(nn.Module):
    """Five axes of what had three."""

    def forward(self, x):
        return x.reshape(1, 6, 4, 2, 6).permute(0, 1, 3, 2, 4).reshape(1, 12, 8, 3)


def converted(module, x):
    import litert_torch

    with quiet():
        return litert_torch.convert(module.eval(), (torch.from_numpy(x),)).model_content()


def run(content, x):
    """The results, and how many operators of each kind."""
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_content=content, num_threads=1)
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], x)
    interpreter.invoke()
    results = [interpreter.get_tensor(each["index"]) for each in interpreter.get_output_details()]
    return results, Counter(each["op_name"] for each in interpreter._get_ops_details())


@pytest.fixture
def x(rng):
    return rng.standard_normal((1, 6, 4, 12)).astype(np.float32)


def test_it_is_one_operator_that_draws_the_same(x):
    content = converted(Doubled(), x)
    (before,), operators = run(content, x)
    assert operators["TRANSPOSE"] == 1
    (after,), operators = run(depth_to_space.merge(content), x)
    assert (operators["DEPTH_TO_SPACE"], operators["TRANSPOSE"], operators["RESHAPE"]) == (1, 0, 0)
    assert operators["DELEGATE"] == 1
    np.testing.assert_array_equal(before, after)
    expected = x.reshape(1, 6, 4, 2, 2, 3).transpose(0, 1, 3, 2, 4, 5).reshape(1, 12, 8, 3)
    np.testing.assert_allclose(after, 1 / (1 + np.exp(-np.maximum(expected, 0))), atol=1e-6)


@pytest.mark.parametrize("module", [OtherAxes(), UsedTwice(), OtherShape()], ids=type)
def test_what_only_looks_like_it_stays(x, module):
    x = x.reshape(1, 24, 12) if isinstance(module, OtherShape) else x
    content = converted(module, x)
    assert depth_to_space.merge(content) == content
    assert run(content, x)[1]["TRANSPOSE"] == 1


def test_no_tensor_is_left_over(x):
    """ai-edge-quantizer's calibrator reads them all."""
    from ai_edge_litert.tools import flatbuffer_utils

    content = depth_to_space.merge(converted(Doubled(), x))
    (graph,) = flatbuffer_utils.read_model_from_bytearray(bytearray(content)).subgraphs
    used = {int(i) for each in graph.operators for i in (*each.inputs, *each.outputs)}
    assert used == set(range(len(graph.tensors)))


def test_a_stylizer_has_one_for_each_doubling(stylizer):
    from export.graph import edge_graph

    content = tflite.convert(edge_graph(stylizer), (64, 64))
    _, operators = run(content, np.zeros((1, 64, 64, 3), np.float32))
    assert (operators["DEPTH_TO_SPACE"], operators["TRANSPOSE"]) == (2, 0)
