from __future__ import annotations

import pytest
import torch

from training.optimise.colours import luminance, match_luminance, recolour, with_luminance


def picture(seed: int, *size: int) -> torch.Tensor:
    """Correlated channels in the middle of the range, so that nothing is clipped."""
    generator = torch.Generator().manual_seed(seed)
    mixing = 0.03 * torch.randn(3, 3, generator=generator)
    pixels = torch.randn(3, size[0] * size[1], generator=generator)
    return (0.5 + mixing @ pixels).view(1, 3, *size)


def test_the_luminance_of_a_picture_is_replaced_and_nothing_else():
    photo, other = picture(0, 20, 30), picture(1, 20, 30)
    result = with_luminance(photo, luminance(other))
    torch.testing.assert_close(luminance(result), luminance(other))
    chroma = photo - luminance(photo)
    torch.testing.assert_close(result - luminance(result), chroma)
    torch.testing.assert_close(with_luminance(photo, luminance(photo)), photo)


def test_the_paintings_luminance_gets_the_photographs_mean_and_deviation():
    photo, painting = picture(0, 20, 30), picture(1, 40, 10) ** 2
    matched = match_luminance(painting, photo)
    assert matched.mean() == pytest.approx(luminance(photo).mean().item(), abs=1e-5)
    assert matched.std() == pytest.approx(luminance(photo).std().item(), rel=1e-4)


def test_a_recoloured_painting_has_the_photographs_mean_and_covariance():
    photo, painting = picture(0, 40, 50), picture(1, 60, 30)
    result = recolour(painting, photo)
    assert result.shape == painting.shape
    (ours, theirs) = (x.flatten(2)[0] for x in (photo, result))
    torch.testing.assert_close(theirs.mean(1), ours.mean(1), rtol=0, atol=2e-3)
    torch.testing.assert_close(torch.cov(theirs), torch.cov(ours), rtol=0.1, atol=1e-4)


def test_the_photograph_keeps_its_colours_and_a_grey_painting_stays_finite():
    photo = picture(0, 40, 50)
    torch.testing.assert_close(recolour(photo, photo), photo, rtol=0, atol=1e-5)
    grey = torch.rand(1, 1, 20, 20).expand(1, 3, 20, 20)
    result = recolour(grey, photo)
    assert torch.isfinite(result).all()
    assert (result.amax(1) - result.amin(1)).std() < 0.2
    assert 0 <= result.min() <= result.max() <= 1
