from __future__ import annotations

import pytest
import torch

from training.steadiness import MAX_SHIFT, NOISE, disturbed, unsteadiness


@pytest.fixture
def photos() -> torch.Tensor:
    return 0.2 + 0.6 * torch.rand(2, 3, 64, 80, generator=torch.Generator().manual_seed(0))


def test_a_step_always_disturbs_alike(photos):
    one, again, other = (disturbed(photos, seed=3, step=step) for step in (5, 5, 6))
    assert torch.equal(one.pictures, again.pictures)
    assert one.shift == again.shift
    assert not torch.equal(one.pictures, other.pictures)


def test_several_processes_disturb_together_as_one_alone(photos):
    whole, shift = disturbed(photos, seed=3, step=5)
    for rank in range(2):
        part = disturbed(photos[rank::2], seed=3, step=5, part=(rank, 2))
        assert torch.equal(part.pictures, whole[rank::2])
        assert part.shift == shift


def test_the_disturbance_is_small(photos):
    for step in range(20):
        pictures, (down, right) = disturbed(photos, seed=0, step=step)
        noise = pictures - photos.roll((down, right), (2, 3))
        assert max(abs(down), abs(right)) <= MAX_SHIFT
        assert noise.std() <= 1.1 * NOISE
        assert 0 <= pictures.min() <= pictures.max() <= 1


def test_a_picture_that_moves_along_is_steady(photos):
    stylized = 1 - photos
    assert unsteadiness(stylized, stylized.roll((2, -1), (2, 3)), (2, -1)) == 0
    assert unsteadiness(stylized, stylized, (2, -1)) > 0.5
    noisy = stylized + 0.02 * torch.randn_like(stylized)
    assert 0 < unsteadiness(stylized, noisy, (0, 0)) < 0.05
