from __future__ import annotations

import pytest
import torch

from edge_app.core.errors import TeacherError
from training.config import LossConfig
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
    )
    losses = Objective(teacher, painting, config)(stylized, photo)
    layers = ("relu1_1", "relu2_1", "relu3_1")
    s, c, y = (teacher(picture, layers) for picture in pictures)
    content = sum(relative_content(y[x], c[x]) for x in config.content_layers) / 2
    style = sum(relative_style(gram(y[x]), gram(s[x])) for x in config.style_layers) / 2
    tv = total_variation(stylized)
    for found, expected in zip(losses, (2 * content + 3 * style + 0.5 * tv, content, style, tv)):
        torch.testing.assert_close(found, expected)


def test_the_photograph_has_its_own_content_and_the_painting_its_own_style(teacher, pictures):
    painting, photo, _ = pictures
    objective = Objective(teacher, painting, LossConfig())
    assert objective(photo, photo).content == 0
    assert objective(painting, photo).style == pytest.approx(0, abs=1e-9)


def test_gradients_reach_the_stylized_picture_only(teacher, pictures):
    painting, photo, stylized = pictures
    stylized.requires_grad_(True)
    Objective(teacher, painting, LossConfig())(stylized, photo).total.backward()
    assert stylized.grad.abs().sum() > 0
    assert not any(p.requires_grad for p in teacher.parameters())


def test_a_layer_that_the_teacher_does_not_reach(teacher, pictures):
    with pytest.raises(TeacherError, match="no layer relu5_4"):
        Objective(teacher, pictures[0], LossConfig(content_layers=("relu5_4",)))
