from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_app.core.errors import TeacherError
from training.losses import (
    botero_style,
    gatys_style,
    gram,
    mogharrab_style,
    paper_content,
    relative_content,
    relative_style,
    total_variation,
)
from training.optimise.config import Formula, OptimiseConfig
from training.optimise.distance import Distance
from training.optimise.tiles import tiles
from training.vgg import CONVOLUTIONS, Vgg

CONTENT = ("relu3_1", "conv4_2")
STYLE = ("relu1_1", "conv3_1", "relu5_1")
WEIGHTS = (1.0, 0.5, 0.25)


@pytest.fixture(scope="module")
def teacher() -> Vgg:
    """All of VGG-19 up to conv5_1, with few channels."""
    generator = torch.Generator().manual_seed(0)
    weights, channels = {}, 3
    for name in CONVOLUTIONS[:13]:
        shape = (6, channels, 3, 3)
        weights[f"conv{name}.weight"] = 0.3 * torch.randn(*shape, generator=generator)
        weights[f"conv{name}.bias"] = 0.1 * torch.randn(6, generator=generator)
        channels = 6
    return Vgg(weights)


def picture(seed: int, height: int = 64, width: int = 96) -> torch.Tensor:
    return torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(seed))


def config(**changes: object) -> OptimiseConfig:
    given = {
        "content_layers": CONTENT,
        "style_layers": STYLE,
        "style_layer_weights": WEIGHTS,
        "content_weight": 2.0,
        "style_weight": 3.0,
        "tv_weight": 0.5,
    }
    return OptimiseConfig(**{**given, **changes})


def expected(formula: Formula, teacher: Vgg, y, photo, painting) -> tuple[float, float]:
    """Content and style from whole feature maps, by the functions of training/losses.py."""
    layers = CONTENT + STYLE
    found, kept, wanted = (teacher(x, layers) for x in (y, photo, painting))
    content = relative_content if formula is Formula.RELATIVE else paper_content
    contents = [content(found[x], kept[x]).item() for x in CONTENT]

    def style(layer: str) -> float:
        grams, target = gram(found[layer]), gram(wanted[layer])
        positions = found[layer].flatten(2).shape[2]
        if formula is Formula.RELATIVE:
            return relative_style(grams, target).item()
        if formula is Formula.GATYS:
            return gatys_style(grams, target).item()
        function = botero_style if formula is Formula.BOTERO else mogharrab_style
        return function(grams, target, positions).item()

    weighted = sum(w * style(layer) for layer, w in zip(STYLE, WEIGHTS))
    if formula is Formula.RELATIVE:
        return sum(contents) / len(contents), weighted / sum(WEIGHTS)
    return sum(contents), weighted


@pytest.mark.parametrize("formula", Formula)
def test_the_total_is_what_the_formulas_say(teacher, formula):
    y, photo, painting = picture(0), picture(1), picture(2, 80, 48) ** 2
    losses, gradient = Distance(teacher, photo, [painting], config(formula=formula))(y)
    content, style = expected(formula, teacher, y, photo, painting)
    tv = total_variation(y).item()
    assert losses.content == pytest.approx(content, rel=1e-4)
    assert losses.style == pytest.approx(style, rel=1e-4)
    assert losses.tv == pytest.approx(tv)
    assert losses.total == pytest.approx(2 * content + 3 * style + 0.5 * tv, rel=1e-4)
    assert gradient.shape == y.shape


@pytest.mark.parametrize("formula", Formula)
def test_the_gradient_is_the_totals_slope(teacher, formula):
    """A small step along the gradient changes the total by the gradient's square."""
    y = picture(0)
    distance = Distance(teacher, picture(1), [picture(2) ** 2], config(formula=formula))
    _, gradient = distance(y)
    step = gradient * (1e-3 / gradient.abs().max())
    change = distance(y + step)[0].total - distance(y - step)[0].total
    assert change == pytest.approx(2 * (step * gradient).sum().item(), rel=0.02)


@pytest.mark.parametrize("size", [(300, 530), (257, 300), (512, 40)])
@pytest.mark.parametrize("guided", [False, True])
def test_tiles_change_neither_loss_nor_gradient(teacher, size, guided):
    y, photo = picture(0, *size), picture(1, *size)
    paintings = [picture(2) ** 2, picture(3, 300, 270) ** 0.5]
    masks = None
    if guided:
        across = torch.linspace(0, 1, size[1]).expand(size)
        masks = torch.stack([across, 1 - across])
    whole, pieces = (
        Distance(teacher, photo, paintings, config(tile=tile), masks)(y) for tile in (768, 256)
    )
    assert pieces[0] == pytest.approx(whole[0], rel=1e-4)
    scale = whole[1].abs().max().item()
    torch.testing.assert_close(pieces[1], whole[1], rtol=0, atol=1e-3 * scale)


@settings(max_examples=50)
@given(st.integers(1, 3000), st.integers(1, 3000), st.sampled_from([256, 512, 768]))
def test_tiles_cover_every_pixel_once(height, width, side):
    covered = torch.zeros(height, width, dtype=torch.uint8)
    for tile in tiles((height, width), side):
        assert all(start % 32 == 0 for start in (*tile.start, *tile.outer_start))
        (top, left), (bottom, right) = tile.start, tile.stop
        assert 0 < bottom - top <= side
        assert 0 < right - left <= side
        covered[top:bottom, left:right] += 1
    assert covered.min() == covered.max() == 1


def test_of_several_paintings_the_mean_is_matched(teacher):
    photo, first, second = picture(0), picture(1), picture(2) ** 2
    changes = {"formula": Formula.GATYS, "style_layer_weights": (1.0, 0.0, 0.0)}
    both = Distance(teacher, photo, [first, second], config(painting_weights=(3.0, 1.0), **changes))
    (a,), (b,), (y,) = (teacher(x, STYLE[:1]).values() for x in (first, second, photo))
    mean = 0.75 * gram(a) + 0.25 * gram(b)
    assert both(photo)[0].style == pytest.approx(gatys_style(gram(y), mean).item(), rel=1e-4)
    alone = Distance(teacher, photo, [first], config(**changes))
    one = Distance(teacher, photo, [first, second], config(painting_weights=(1.0, 0.0), **changes))
    assert one(photo)[0].style == pytest.approx(alone(photo)[0].style, rel=1e-5)


def test_a_mask_that_is_white_everywhere_changes_nothing(teacher):
    y, photo, painting = picture(0), picture(1), picture(2) ** 2
    plain = Distance(teacher, photo, [painting], config())(y)
    masked = Distance(teacher, photo, [painting], config(), torch.ones(1, 64, 96))(y)
    assert masked[0] == pytest.approx(plain[0], rel=1e-4)
    torch.testing.assert_close(masked[1], plain[1], rtol=1e-3, atol=1e-7)


def test_each_region_is_asked_for_its_own_painting(teacher):
    """Of a picture that is its own left and right painting the guided distance is small."""
    left, right = picture(1, 64, 64), picture(2, 64, 64) ** 3
    both = torch.cat([left, right], 3)
    masks = torch.zeros(2, 64, 128)
    masks[0, :, :64] = masks[1, :, 64:] = 1
    changes = {"style_layers": STYLE[:2], "style_layer_weights": (1.0, 1.0)}
    right_way = Distance(teacher, both, [left, right], config(**changes), masks)(both)[0]
    wrong_way = Distance(teacher, both, [right, left], config(**changes), masks)(both)[0]
    assert right_way.style < 0.01
    assert wrong_way.style > 20 * right_way.style


def test_a_layer_that_the_teacher_does_not_reach(teacher):
    layers = config(content_layers=("relu5_4",))
    with pytest.raises(TeacherError, match="no layer relu5_4"):
        Distance(teacher, picture(0), [picture(1)], layers)


def test_a_layer_of_weight_0_is_not_asked_for(teacher):
    weights = config(style_layers=("relu1_1", "relu5_4"), style_layer_weights=(1.0, 0.0))
    assert Distance(teacher, picture(0), [picture(1)], weights)(picture(2))[0].style > 0
