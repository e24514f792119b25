from __future__ import annotations

import pytest
import torch

from edge_app.core.errors import ConfigError, TeacherError
from training.config import PHOTOGRAPH, LossConfig
from training.data import resized
from training.lattice import lattice
from training.losses import gram, relative_content, relative_style, total_variation
from training.objective import Objective
from training.teacher import load_teacher


@pytest.fixture(scope="module")
def teacher():
    return load_teacher("vgg19-lite")


@pytest.fixture
def pictures(rng):
    """A painting, a photograph, and a picture on the way from one to the other."""
    noise = torch.from_numpy(rng.random((3, 3, 48, 64))).float()
    return noise[:1] ** 2, noise[1:2], noise[2:]


def test_the_total_is_the_weighted_sum_of_means_over_layers(teacher, pictures):
    painting, photo, stylized = pictures
    config = LossConfig(
        content_layers=("relu2_1", "relu3_1"),
        style_layers=("relu1_1", "relu3_1"),
        content_weight=2.0,
        style_weight=3.0,
        tv_weight=0.5,
        lattice_weight=7.0,
    )
    losses = Objective(teacher, {"painting": painting}, config)(stylized, photo)
    layers = ("relu1_1", "relu2_1", "relu3_1")
    s, c, y = (teacher(picture, layers) for picture in pictures)
    content = sum(relative_content(y[x], c[x]) for x in config.content_layers) / 2
    style = sum(relative_style(gram(y[x]), gram(s[x])) for x in config.style_layers) / 2
    tv = total_variation(stylized)
    grid = lattice(stylized)
    total = 2 * content + 3 * style + 0.5 * tv + 7 * grid
    for found, expected in zip(losses, (total, content, style, tv, grid), strict=True):
        torch.testing.assert_close(found, expected)


def test_the_photograph_has_its_own_content_and_the_painting_its_own_style(teacher, pictures):
    painting, photo, _ = pictures
    objective = Objective(teacher, {"painting": painting}, LossConfig())
    assert objective(photo, photo).content == 0
    assert objective(painting, photo).style == pytest.approx(0, abs=1e-9)


def test_gradients_reach_the_stylized_picture_only(teacher, pictures):
    painting, photo, stylized = pictures
    stylized.requires_grad_(True)
    Objective(teacher, {"painting": painting}, LossConfig())(stylized, photo).total.backward()
    assert stylized.grad.abs().sum() > 0
    assert not any(p.requires_grad for p in teacher.parameters())


def test_a_layer_that_the_teacher_does_not_reach(teacher, pictures):
    with pytest.raises(TeacherError, match="no layer relu5_4"):
        Objective(teacher, pictures[0], LossConfig(content_layers=("relu5_4",)))


def test_layer_weights_are_shares(teacher, pictures):
    painting, photo, stylized = pictures
    layers = ("relu1_1", "relu3_1")

    def style(*weights: float, of: tuple[str, ...] = layers) -> torch.Tensor:
        config = LossConfig(style_layers=of, style_layer_weights=weights)
        return Objective(teacher, {"painting": painting}, config)(stylized, photo).style

    one, other = (style(of=(layer,)) for layer in layers)
    torch.testing.assert_close(style(3, 1), 0.75 * one + 0.25 * other)
    torch.testing.assert_close(style(6, 2), style(3, 1))
    torch.testing.assert_close(style(0, 5), other)


def test_of_several_sizes_the_mean_is_matched(teacher, pictures):
    painting, photo, _ = pictures
    config = LossConfig(style_layers=("relu1_1",), painting_scales=(1.0, 0.5))
    half = resized(painting, (32, 32))  # 24 of its 48 pixels would be too few
    means = sum(gram(teacher(x, ["relu1_1"])["relu1_1"]) for x in (painting, half)) / 2
    expected = relative_style(gram(teacher(photo, ["relu1_1"])["relu1_1"]), means)
    found = Objective(teacher, {"painting": painting}, config)(photo, photo).style
    torch.testing.assert_close(found, expected)


def test_each_picture_is_measured_by_its_own_style(teacher, pictures):
    painting, photo, stylized = pictures
    objective = Objective(teacher, {"a": painting, "b": photo.flip(1)}, LossConfig())
    both = objective(torch.cat([stylized, stylized]), torch.cat([photo, photo]), ["a", "b"])
    alone = [objective(stylized, photo, [name]) for name in "ab"]
    for found, one, other in zip(both, *alone):
        torch.testing.assert_close(found, (one + other) / 2)


def test_the_photographs_own_style_is_its_pixels(teacher, pictures):
    painting, photo, stylized = pictures
    objective = Objective(teacher, {"a": painting}, LossConfig())
    assert objective(photo, photo, [PHOTOGRAPH]).style == 0
    expected = relative_content(stylized, photo)
    torch.testing.assert_close(objective(stylized, photo, [PHOTOGRAPH]).style, expected)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"style_layer_weights": (1.0, 2.0)}, "one for each of the 5 layers .*, got 2"),
        ({"style_layer_weights": (1.0, 1.0, -1.0, 1.0, 1.0)}, "0 or more each"),
        ({"content_layer_weights": (0.0, 0.0)}, "one above 0"),
        ({"style_layers": ("relu1_1", "relu1_1")}, "named twice"),
        ({"painting_scales": ()}, "at least one number above 0"),
        ({"painting_scales": (1.0, 0.0)}, "at least one number above 0"),
        ({"steadiness_weight": -1.0}, "0 or more, got -1"),
        ({"style_weight": float("nan")}, "0 or more, got nan"),
    ],
)
def test_losses_that_mean_nothing(wrong, message):
    with pytest.raises(ConfigError, match=message):
        LossConfig(**wrong)
