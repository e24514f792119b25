from __future__ import annotations

import pytest
import torch

from training.config import StyleTerm
from training.style_terms import gaussian, moments, relative_wasserstein, style_term


@pytest.fixture
def features() -> torch.Tensor:
    return torch.rand(2, 6, 9, 11, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("kind", StyleTerm)
def test_a_style_is_no_distance_from_itself_and_one_from_nothing(kind, features):
    describe, distance = style_term(kind)
    described = describe(features)
    assert distance(described, described) == pytest.approx(0, abs=1e-4)
    assert distance(describe(torch.zeros_like(features)), described) == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("kind", StyleTerm)
def test_position_does_not_matter_and_statistics_do(kind, features):
    describe, distance = style_term(kind)
    turned = features.flip(2).transpose(2, 3)
    target = describe(features)
    assert distance(describe(turned), target) == pytest.approx(0, abs=1e-4)
    assert distance(describe(1.5 * features), target) > 0.05


@pytest.mark.parametrize("kind", StyleTerm)
def test_the_distance_leads_to_the_painting(kind, features):
    describe, distance = style_term(kind)
    target = describe(features[:1])
    guess = torch.rand(1, 6, 9, 11, generator=torch.Generator().manual_seed(1)).pow(2)
    guess.requires_grad_(True)
    optimizer = torch.optim.Adam([guess], lr=0.05)
    first = distance(describe(guess), target).item()
    for _ in range(100):
        optimizer.zero_grad()
        loss = distance(describe(guess), target)
        loss.backward()
        assert torch.isfinite(guess.grad).all()
        optimizer.step()
    assert distance(describe(guess), target) < 0.05 * first


def test_moments_are_those_of_numpy(features):
    mean, deviation = moments(features)[0]
    flat = features[0].flatten(1).numpy()
    torch.testing.assert_close(mean, torch.from_numpy(flat.mean(1)))
    torch.testing.assert_close(deviation, torch.from_numpy(flat.std(1)), atol=1e-4, rtol=1e-4)


def test_wasserstein_of_uncorrelated_gaussians_is_the_known_sum():
    # For diagonal covariances: ||m - m'||^2 + sum (d - d')^2.
    one = torch.cat([torch.tensor([[1.0, 2.0]]), torch.diag(torch.tensor([4.0, 9.0]))])[None]
    other = torch.cat([torch.tensor([[3.0, 2.0]]), torch.diag(torch.tensor([1.0, 25.0]))])[None]
    expected = (4 + (2 - 1) ** 2 + (3 - 5) ** 2) / (9 + 4 + 26)
    assert relative_wasserstein(one, other).item() == pytest.approx(expected, rel=1e-4)


def test_the_covariance_is_centred(features):
    assert torch.allclose(gaussian(features + 3)[:, 1:], gaussian(features)[:, 1:], atol=1e-4)
