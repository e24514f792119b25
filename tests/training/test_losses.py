from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from training.losses import (
    botero_style,
    gatys_style,
    gram,
    mogharrab_style,
    paper_content,
    paper_style,
    relative_content,
    relative_style,
    total_variation,
)


def features(seed: int, *shape: int) -> torch.Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed))


def test_gram_is_the_mean_outer_product_over_positions():
    x = features(0, 2, 3, 4, 5)
    expected = np.einsum("bihw,bjhw->bij", x.numpy(), x.numpy()) / 20
    np.testing.assert_allclose(gram(x).numpy(), expected, rtol=1e-5)


@given(st.integers(0, 1000), st.floats(0.1, 50))
def test_relative_losses_do_not_depend_on_the_scale_of_the_features(seed, scale):
    x, target = features(seed, 1, 3, 6, 6), features(seed + 1, 1, 3, 6, 6)
    assert relative_content(scale * x, scale * target) == pytest.approx(
        relative_content(x, target).item(), rel=1e-3
    )
    assert relative_style(gram(scale * x), gram(scale * target)) == pytest.approx(
        relative_style(gram(x), gram(target)).item(), rel=1e-3
    )


@given(st.integers(0, 1000))
def test_an_orthonormal_map_changes_no_distance(seed):
    """The lite teacher's heads rest on this."""
    x, target = features(seed, 1, 4, 5, 5), features(seed + 1, 1, 4, 5, 5)
    basis = torch.linalg.qr(features(seed + 2, 9, 4))[0][:, :, None, None]
    wide, wide_target = (torch.nn.functional.conv2d(t, basis) for t in (x, target))
    assert relative_content(wide, wide_target) == pytest.approx(
        relative_content(x, target).item(), rel=1e-3
    )
    assert relative_style(gram(wide), gram(wide_target)) == pytest.approx(
        relative_style(gram(x), gram(target)).item(), rel=1e-3
    )


def test_equal_pictures_are_at_no_distance_and_flat_ones_at_one():
    target = features(0, 1, 3, 8, 8)
    flat = target.mean((2, 3), keepdim=True).expand_as(target)
    assert relative_content(target, target) == 0
    assert relative_style(gram(target), gram(target)) == 0
    assert relative_content(flat, target) == pytest.approx(1.0, rel=1e-5)


def test_losses_of_a_flat_target_are_finite():
    flat = torch.zeros(1, 3, 8, 8)
    assert torch.isfinite(relative_content(flat + 1, flat))
    assert torch.isfinite(relative_style(gram(flat + 1), gram(flat)))


def test_the_papers_formulas_by_hand():
    x = torch.tensor([[[[1.0, 2.0]], [[3.0, 4.0]]]])  # one picture, 2 channels, 2 positions
    y = torch.zeros_like(x)
    assert paper_content(x, y) == pytest.approx(0.5 * (1 + 4 + 9 + 16))
    gram_entries = np.array([[5.0, 11.0], [11.0, 25.0]])  # F F^T, not divided
    assert paper_style(x, y) == pytest.approx((gram_entries**2).sum() / (4 * 2**2 * 2**2))


def test_the_student_papers_formulas_by_hand():
    x = torch.tensor([[[[1.0, 2.0]], [[3.0, 4.0]]]])  # one picture, 2 channels, 2 positions
    squares = (np.array([[5.0, 11.0], [11.0, 25.0]]) ** 2).sum()
    grams, none = gram(x), torch.zeros(1, 2, 2)
    assert botero_style(grams, none, 2) == pytest.approx(squares / (2 * 1 * 2))
    assert mogharrab_style(grams, none, 2) == pytest.approx(squares / 2)


@given(st.integers(0, 1000))
def test_gatys_formula_does_not_ask_for_pictures_of_one_size(seed):
    x, painting = features(seed, 1, 3, 6, 4), features(seed + 1, 1, 3, 6, 4)
    wide = painting.repeat(1, 1, 2, 5)
    expected = paper_style(x, painting).item()
    assert gatys_style(gram(x), gram(wide)) == pytest.approx(expected, rel=1e-3)


def test_total_variation_by_hand():
    picture = torch.tensor([[[[0.0, 1.0], [0.0, 1.0]]]])
    assert total_variation(picture) == pytest.approx(1.0)
    assert total_variation(torch.full((1, 3, 8, 8), 0.3)) == 0
