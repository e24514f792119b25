from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from edge_app.core.errors import RunError
from training.distil import LAYERS, DistilConfig, augmented, distil, new_student, write_weights
from training.teacher import load_vgg
from training.vgg import CONVOLUTIONS


@pytest.fixture
def config(photos: Path, tmp_path: Path) -> DistilConfig:
    """A random VGG-shaped teacher of 16 channels and a student of 8, for two dozen steps."""
    generator = torch.Generator().manual_seed(0)
    weights: dict[str, torch.Tensor] = {}
    channels = 3
    for name in CONVOLUTIONS[:13]:
        weight = torch.randn(16, channels, 3, 3, generator=generator) / (channels * 4.5) ** 0.5
        weights |= {f"conv{name}.weight": weight, f"conv{name}.bias": torch.zeros(16)}
        channels = 16
    save_file(weights, tmp_path / "teacher.safetensors")
    return DistilConfig(
        teachers=(tmp_path / "teacher.safetensors",),
        photos=photos,
        out=tmp_path / "out",
        widths=(8,) * 13,
        coordinates=(8,) * 5,
        steps=24,
        batch=2,
        crop=64,
        held_out=2,
        checkpoint_every=12,
        stages=(0.05, 0.1, 0.15, 0.2),
    )


def test_the_student_learns_and_resumes(config):
    lines: list[str] = []
    path = distil(config, lines.append)
    assert len(lines) == 2
    shares = [float(part.split()[1]) for part in lines[-1].split(": ")[1].split(", ")]
    # Two dozen steps do not reach deep layers; the least-squares heads alone explain the first.
    assert shares[0] > 0.5
    assert shares[0] > shares[1] > 0
    assert load_vgg(path).layers[-1] == "relu5_1"
    bases = load_file(config.out / "bases.safetensors")
    for layer in LAYERS:
        torch.testing.assert_close(bases[layer].T @ bases[layer], torch.eye(8), atol=1e-4, rtol=0)
    before = path.read_bytes()
    assert distil(config, lines.append) == path  # finished: nothing is done again
    assert path.read_bytes() == before
    with pytest.raises(RunError, match=r"gram_weight was 0\.3, is 0\.5"):
        distil(replace(config, gram_weight=0.5))


def test_the_written_weights_give_the_students_features(config, tmp_path):
    torch.manual_seed(0)
    student = new_student(config)
    for head in student.heads.values():
        torch.nn.init.normal_(head.weight)
    write_weights(tmp_path / "student.safetensors", student, {})
    pictures = torch.rand(1, 3, 64, 48)
    written = load_vgg(tmp_path / "student.safetensors")(pictures, LAYERS)
    for layer, expected in student(pictures, LAYERS).items():
        error = (written[layer] - expected).square().sum() / expected.square().sum()
        assert error < 1e-4, layer  # float16 weights


def test_augmented_pictures_are_pictures_and_repeatable():
    photos = torch.rand(4, 3, 40, 56)
    for seed in range(16):
        first, again = (augmented(photos, torch.Generator().manual_seed(seed)) for _ in range(2))
        assert first.shape == photos.shape
        assert first.min() >= 0
        assert first.max() <= 1
        assert torch.equal(first, again)
