from __future__ import annotations

import dataclasses

import pytest
import torch

from training.config import PRESETS, LossConfig, TrainConfig
from training.frame import BAND, CUT, LEAST_CROP, draw_part, frame
from training.train import train


@pytest.fixture
def stylized() -> torch.Tensor:
    return torch.rand(2, 3, 192, 192, generator=torch.Generator().manual_seed(0))


def test_parts_lie_within_and_on_the_networks_steps():
    for step in range(50):
        part = draw_part((192, 200), seed=1, step=step)
        assert part == draw_part((192, 200), seed=1, step=step)
        bottom, right = 192 - part.top - part.height, 200 - part.left - part.width
        for cut in (part.top, part.left, bottom, right):
            assert CUT[0] <= cut <= CUT[1]
            assert cut % 4 == 0
    smallest = draw_part((LEAST_CROP, LEAST_CROP), seed=0, step=0)
    assert min(smallest.height, smallest.width) >= 4 * BAND


def test_what_is_drawn_alike_has_no_frame(stylized):
    part = draw_part((192, 192), seed=0, step=0)
    assert frame(stylized, part.of(stylized), part) == 0
    # Instance norm sees other pixels: as a whole it may be lighter.
    assert frame(stylized, part.of(stylized) + 0.1, part) < 1e-9
    # Strokes may fall elsewhere.
    moved = part.of(stylized.roll(1, -1))
    assert frame(stylized, moved, part) < 0.02


@pytest.mark.parametrize("side", ["top", "left", "all"])
def test_a_frame_costs_and_its_gradient_takes_it_off(stylized, side):
    part = draw_part((192, 192), seed=0, step=0)
    framed = part.of(stylized).clone()
    if side in {"top", "all"}:
        framed[..., :12, :] += torch.tensor([0.4, 0, 0])[:, None, None]
    if side in {"left", "all"}:
        framed[..., :12] += torch.tensor([0.4, 0, 0])[:, None, None]
    framed.requires_grad_()
    loss = frame(stylized.requires_grad_(), framed, part)
    assert loss > 0.02
    loss.backward()
    assert stylized.grad is None  # the whole is right: it is not drawn towards the part
    assert framed.grad[:, 0, 0, 4] @ torch.ones(2) > 0
    assert frame(stylized, (framed - 100 * framed.grad).detach(), part) < loss


def test_training_counts_it(painting, photos, tmp_path):
    crop = TrainConfig(
        paintings=(painting,),
        photos=photos,
        out=tmp_path / "run",
        network=PRESETS["nano"],
        steps=1,
        batch=1,
        crop=LEAST_CROP,
        style_size=128,
    )
    seen = []
    train(crop, lambda progress: seen.append(progress.losses))
    without = dataclasses.replace(crop, loss=LossConfig(frame_weight=0.0), out=tmp_path / "without")
    train(without, lambda progress: seen.append(progress.losses))
    assert seen[0]["frame"] > 0
    assert seen[1]["frame"] == 0
    assert seen[0]["total"] == pytest.approx(seen[1]["total"] + 10 * seen[0]["frame"], rel=1e-3)
