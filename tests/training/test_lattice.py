from __future__ import annotations

import math

import pytest
import skimage.data
import torch

from styles.whirl import draw
from training.data import to_tensor
from training.lattice import lattice


def grid(down: int, right: int, height: int = 192, width: int = 160) -> torch.Tensor:
    rows, columns = torch.arange(height)[:, None], torch.arange(width)[None, :]
    return torch.cos(0.5 * math.pi * (down * rows + right * columns))


@pytest.fixture(scope="module")
def photo() -> torch.Tensor:
    return to_tensor(skimage.data.coffee()[:192, :160])


@pytest.mark.parametrize(
    ("down", "right"), [(0, 1), (0, 2), (1, 0), (2, 0), (1, 1), (2, 2), (1, 3), (3, 1), (3, 2)]
)
def test_every_grid_is_found_by_its_power(down, right):
    amplitude = 0.05
    found = lattice(0.5 + amplitude * grid(down, right).expand(2, 3, -1, -1))
    # A cosine's power is half its squared amplitude; half of that is at the mirrored frequency.
    # Where the two are one, as at half a cycle a pixel, all of it is here.
    alone = down % 2 == right % 2 == 0
    assert found.item() == pytest.approx(amplitude**2 * (1 if alone else 0.25), rel=0.05)


@pytest.mark.parametrize("period", [3, 5, 7, 40])
def test_other_patterns_are_free(period):
    columns = torch.arange(160)
    pattern = 0.5 + 0.05 * torch.cos(2 * math.pi * columns / period)
    assert lattice(pattern.expand(1, 3, 192, 160)) < 1e-7


def test_photographs_and_paintings_have_little_of_it(photo):
    for picture in (photo, to_tensor(draw(256))):
        gridded = picture + 0.03 * grid(0, 2, *picture.shape[-2:])
        assert lattice(picture) < 1e-4
        assert lattice(gridded) > 10 * lattice(picture)


def test_descending_takes_the_grid_away_and_leaves_the_picture(photo):
    gridded = (photo + 0.05 * grid(2, 0)).requires_grad_(True)
    optimizer = torch.optim.Adam([gridded], lr=2e-3)
    for _ in range(60):
        optimizer.zero_grad()
        (100 * lattice(gridded)).backward()
        optimizer.step()
    assert lattice(gridded) < 0.05 * lattice(photo + 0.05 * grid(2, 0))
    assert (gridded.detach() - photo).square().mean().sqrt() < 0.03


@pytest.mark.parametrize("size", [(16, 16), (66, 130)])
def test_any_size(size):
    assert torch.isfinite(lattice(torch.rand(1, 3, *size)))
