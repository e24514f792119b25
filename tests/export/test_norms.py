from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from export import tflite
from export.norms import LARGE, ExplicitNorm, OnePassNorm

SIDE = 1024


@pytest.mark.parametrize("kind", [ExplicitNorm, OnePassNorm])
def test_a_large_map_is_summed_without_losing_digits(kind, rng):
    assert SIDE * SIDE > LARGE
    norm = nn.InstanceNorm2d(3, affine=True)
    content = tflite.convert(kind(norm).eval(), (SIDE, SIDE))
    picture = rng.random((1, SIDE, SIDE, 3), np.float32) + np.float32(0.5)
    exact = picture.astype(np.float64)
    exact -= exact.mean((1, 2))
    exact /= np.sqrt(np.square(exact).mean((1, 2)) + norm.eps)
    # Added up one after the other a million numbers are off by some 1e-3.
    assert np.abs(_run(content, picture) - exact).max() < 2e-5


def _run(content: bytes, picture: np.ndarray) -> np.ndarray:
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_content=content, num_threads=1)
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], picture)
    interpreter.invoke()
    return interpreter.get_tensor(interpreter.get_output_details()[0]["index"])


@pytest.mark.parametrize("shape", [(1, 8, 12, 3), (1, 520, 520, 2)])
def test_both_are_the_instance_norm(shape, rng):
    x = torch.from_numpy(rng.random(shape, np.float32))
    norm = nn.InstanceNorm2d(shape[-1], affine=True)
    with torch.no_grad():
        norm.weight.copy_(torch.linspace(-1, 2, shape[-1]))
        norm.bias.copy_(torch.linspace(0.5, -1, shape[-1]))
        expected = norm(x.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
        for kind in (ExplicitNorm, OnePassNorm):
            torch.testing.assert_close(kind(norm)(x), expected, atol=2e-5, rtol=0)
