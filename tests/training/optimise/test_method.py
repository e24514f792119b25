from __future__ import annotations

import threading
from itertools import pairwise

import pytest
import torch

from edge_app.core.errors import ConfigError, ImageError, RunError, TeacherError
from training.optimise.colours import luminance
from training.optimise.config import Colours, Descent, Formula, OptimiseConfig
from training.optimise.distance import Distance
from training.optimise.method import Progress, level_sizes, optimise
from training.teacher import load_teacher
from training.vgg import CONVOLUTIONS, Vgg


@pytest.fixture(scope="module")
def teacher() -> Vgg:
    """VGG-19 up to relu2_1, with few channels: a step takes a millisecond."""
    generator = torch.Generator().manual_seed(0)
    weights, channels = {}, 3
    for name in CONVOLUTIONS[:3]:
        shape = (8, channels, 3, 3)
        weights[f"conv{name}.weight"] = 0.3 * torch.randn(*shape, generator=generator)
        weights[f"conv{name}.bias"] = 0.1 * torch.randn(8, generator=generator)
        channels = 8
    return Vgg(weights)


@pytest.fixture(scope="module")
def photo() -> torch.Tensor:
    """A soft-edged disc on a slope of grey, 48x64."""
    rows, columns = torch.meshgrid(
        torch.linspace(-1, 1, 48), torch.linspace(-1, 1, 64), indexing="ij"
    )
    disc = torch.sigmoid(8 * (0.5 - (rows**2 + columns**2).sqrt()))
    return torch.stack([disc, (rows + 1) / 2, 1 - disc])[None].clamp(0, 1)


@pytest.fixture(scope="module")
def stripes() -> torch.Tensor:
    """A painting of diagonal stripes, 40x40."""
    rows, columns = torch.meshgrid(torch.arange(40.0), torch.arange(40.0), indexing="ij")
    wave = 0.5 + 0.45 * torch.sin((rows + columns) * 0.9)
    return torch.stack([wave, 0.8 * wave, 0.2 + 0.1 * wave])[None]


def config(**changes: object) -> OptimiseConfig:
    given = {
        "content_layers": ("relu1_2",),
        "style_layers": ("relu1_1", "relu2_1"),
        "style_weight": 10.0,
        "steps": 30,
    }
    return OptimiseConfig(**{**given, **changes})


def run(photo, paintings, settings, teacher, **more) -> tuple[torch.Tensor, list[Progress]]:
    seen: list[Progress] = []
    return optimise(photo, paintings, settings, seen.append, teacher=teacher, **more), seen


@pytest.mark.parametrize("formula", Formula)
@pytest.mark.parametrize("descent", Descent)
def test_every_way_down_goes_down(photo, stripes, teacher, formula, descent):
    beta = {Formula.RELATIVE: 10.0, Formula.GATYS: 1e5}.get(formula, 1e6)
    settings = config(formula=formula, descent=descent, learning_rate=0.1, style_weight=beta)
    picture, seen = run(photo, [stripes], settings, teacher)
    assert picture.shape == photo.shape
    assert 0 <= picture.min() <= picture.max() <= 1
    assert seen[-1].losses.total < 0.5 * seen[0].losses.total
    assert seen[-1].losses.style < 0.5 * seen[0].losses.style
    # It is the given pictures' loss that went down, not only what was reported.
    distance = Distance(teacher, photo, [stripes], settings)
    assert distance(picture)[0].total < 0.6 * distance(photo)[0].total


def test_lbfgs_ends_lower_than_adam_where_the_valley_is_narrow(photo, stripes, teacher):
    ends = {
        descent: run(photo, [stripes], config(steps=60, descent=descent), teacher)[1][-1].losses
        for descent in Descent
    }
    assert ends[Descent.LBFGS].total < ends[Descent.ADAM].total


def test_only_content_gives_the_photograph_and_only_style_does_not(photo, stripes, teacher):
    kept, _ = run(photo, [stripes], config(style_weight=0.0), teacher)
    assert (kept - photo).abs().max() < 0.03
    painted, _ = run(photo, [stripes], config(content_weight=0.0, style_weight=1.0), teacher)
    assert (painted - photo).abs().mean() > 0.05


def test_white_noise_finds_the_photograph_again(photo, stripes, teacher):
    settings = config(noise=1.0, style_weight=0.0, steps=100)
    picture, seen = run(photo, [stripes], settings, teacher)
    start, end = seen[0].losses, seen[-1].losses
    assert start.content > 0.5
    assert end.content < 0.02 * start.content
    assert (picture - photo).abs().mean() < 0.1


def test_the_seed_makes_the_noise(photo, stripes, teacher):
    def painted(seed: int) -> torch.Tensor:
        return run(photo, [stripes], config(noise=0.5, steps=5, seed=seed), teacher)[0]

    assert torch.equal(painted(1), painted(1))
    assert not torch.equal(painted(1), painted(2))


def test_total_variation_smooths(photo, stripes, teacher):
    rough, smooth = (
        run(photo, [stripes], config(tv_weight=weight), teacher)[1][-1].losses.tv
        for weight in (0.0, 100.0)
    )
    assert smooth < 0.5 * rough


def test_progress_tells_where_it_stands(photo, stripes, teacher):
    picture, seen = run(photo, [stripes], config(steps=8, levels=1), teacher)
    assert [step.step for step in seen] == list(range(1, 9))
    assert {step.steps for step in seen} == {8}
    assert seen[3].share == pytest.approx(0.5)
    assert seen[-1].share == 1
    assert seen[-1].seconds_left == 0
    assert torch.equal(seen[-1].picture(), picture)


def test_coarse_to_fine_doubles_the_size_and_halves_the_steps(teacher, stripes):
    photo = torch.rand(1, 3, 130, 200, generator=torch.Generator().manual_seed(0))
    picture, seen = run(photo, [stripes], config(steps=8, levels=3), teacher)
    sizes = [step.size for step in seen]
    assert sizes == [(32, 50)] * 8 + [(65, 100)] * 4 + [(130, 200)] * 2
    assert all(step.picture().shape[-2:] == (130, 200) for step in seen[-2:])
    assert picture.shape == photo.shape
    shares = [step.share for step in seen]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    # The last size begins with what the smaller ones have painted, not with the photograph.
    first = Distance(teacher, photo, [stripes], config())(photo)[0]
    assert seen[-2].losses.style < 0.7 * first.style


def test_stopped_early_it_gives_what_there_is_at_full_size(photo, stripes, teacher):
    stop = threading.Event()
    big = photo.repeat(1, 1, 2, 2)

    def watch(progress: Progress) -> None:
        if progress.step == 3:
            stop.set()

    picture = optimise(
        big, [stripes], config(steps=50, levels=2), watch, teacher=teacher, stop=stop
    )
    assert picture.shape == big.shape
    assert (picture - big).abs().mean() > 0.001
    stop.set()
    untouched = optimise(photo, [stripes], config(), teacher=teacher, stop=stop)
    assert (untouched - photo).abs().max() < 0.003


def test_luminance_keeps_the_photographs_colours(photo, stripes, teacher):
    muted = 0.35 + 0.3 * photo  # far from black and white, where colours must be clipped
    settings = config(colours=Colours.LUMINANCE, style_weight=100.0)
    picture, seen = run(muted, [stripes], settings, teacher)
    assert seen[-1].losses.style < seen[0].losses.style
    assert (luminance(picture) - luminance(muted)).abs().mean() > 0.01
    inside = (picture > 0) & (picture < 1)
    kept = (picture - luminance(picture)) - (muted - luminance(muted))
    assert kept[inside.all(1, keepdim=True).expand_as(kept)].abs().max() < 1e-5


def test_histogram_brings_the_photographs_colours(photo, stripes, teacher):
    plain, _ = run(photo, [stripes], config(style_weight=100.0), teacher)
    kept, _ = run(photo, [stripes], config(style_weight=100.0, colours=Colours.HISTOGRAM), teacher)
    means = [x.mean((2, 3)) for x in (photo, plain, kept)]
    assert (means[2] - means[0]).abs().max() < 0.5 * (means[1] - means[0]).abs().max()


def test_masks_paint_each_region_in_its_own_style(photo, stripes, teacher):
    spots = torch.rand(1, 3, 40, 40, generator=torch.Generator().manual_seed(0))
    masks = torch.zeros(2, 48, 64)
    masks[0, :, :32] = masks[1, :, 32:] = 1
    settings = config(content_weight=0.05, style_layers=("relu1_1",), steps=60)
    picture, _ = run(photo, [stripes, spots], settings, teacher, masks=masks)

    def style(part: torch.Tensor, painting: torch.Tensor) -> float:
        return Distance(teacher, part, [painting], settings)(part)[0].style

    left, right = picture[..., :28], picture[..., 36:]
    assert style(left, stripes) < 0.3 * style(left, spots)
    assert style(right, spots) < 0.3 * style(right, stripes)


def test_the_margin_is_cut_off_again(photo, stripes, teacher):
    for margin in (0, 5, 31):
        picture, seen = run(photo, [stripes], config(margin=margin, steps=2), teacher)
        assert picture.shape == photo.shape
        assert seen[0].picture().shape == photo.shape


def test_the_bundled_teacher_needs_no_file(photo, stripes):
    picture = optimise(photo, [stripes], OptimiseConfig(steps=3))
    assert (picture - photo).abs().mean() > 0.001
    with pytest.raises(TeacherError, match=r"no layer conv4_2; .* reach: relu1_1, relu2_1, relu3"):
        optimise(photo, [stripes], OptimiseConfig(content_layers=("conv4_2",)))


def test_pictures_that_cannot_be_painted(photo, stripes, teacher):
    def refused(error: type[Exception], match: str, paintings, changes=None, **more) -> None:
        with pytest.raises(error, match=match):
            optimise(photo, paintings, config(**(changes or {})), teacher=teacher, **more)

    refused(ImageError, "painting 2: 31x40 pixels are too small", [stripes, stripes[..., :31]])
    refused(ImageError, "painting 1: .* one even colour", [torch.full((1, 3, 50, 50), 0.3)])
    refused(ConfigError, "paintings: expected at least one", [])
    refused(
        ConfigError,
        "painting_weights: expected one for each of the 1 paintings, got 2",
        [stripes],
        {"painting_weights": (1.0, 2.0)},
    )
    refused(ConfigError, "levels: 2 begin at 32x24 pixels", [stripes], {"levels": 2})
    refused(ConfigError, "masks: expected one for each", [stripes], masks=torch.ones(2, 48, 64))
    refused(ConfigError, "masks: .* 48 rows and 64 col", [stripes], masks=torch.ones(1, 48, 65))
    with pytest.raises(ImageError, match="the photograph is 64x20 pixels"):
        optimise(photo[..., :20, :], [stripes], config(), teacher=teacher)


def test_infinite_losses_end_it_with_an_error(photo, stripes, teacher):
    with pytest.raises(RunError, match="diverged at step 1"):
        optimise(
            photo, [stripes], config(style_weight=1e38, formula=Formula.MOGHARRAB), teacher=teacher
        )


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"style_weight": -1.0}, "style_weight: expected 0 or more, got -1"),
        ({"content_weight": 0.0, "style_weight": 0.0}, "expected one above 0"),
        (
            {"style_layer_weights": (1.0, 0.5)},
            "style_layer_weights: expected one for each of the 5 style",
        ),
        (
            {"style_layer_weights": (1.0, 1.0, 1.0, 1.0, -0.1)},
            "style_layer_weights: expected 0 to 1 each",
        ),
        ({"style_layer_weights": (1.0, 1.0, 1.0, 1.0, 1.1)}, "style_layer_weights: .* got 1.1"),
        ({"style_layer_weights": (0.0,) * 5}, "style_layer_weights: expected at least one above 0"),
        ({"painting_weights": (float("nan"),)}, "painting_weights: expected 0 or more each"),
        ({"style_layers": ("relu1_1", "relu1_1")}, "style_layers: expected each layer once"),
        ({"steps": 0}, "steps: expected at least 1"),
        ({"noise": 1.5}, "noise: expected 0"),
        ({"margin": 40}, "margin: expected 0 to 31"),
        ({"tile": 100}, "tile: expected a multiple of 32"),
    ],
)
def test_senseless_settings(changes, match):
    with pytest.raises(ConfigError, match=match):
        OptimiseConfig(**changes)


def test_the_papers_defaults():
    papers = OptimiseConfig(teacher="vgg19", formula=Formula.GATYS)
    assert papers.layers.content == ("conv4_2",)
    assert papers.weight_of_layer == {
        "conv1_1": 1.0, "conv2_1": 0.8, "conv3_1": 0.5, "conv4_1": 0.3, "conv5_1": 0.1,
    }  # fmt: skip
    assert OptimiseConfig(teacher="resnet34").layers.content == ("layer3.5.conv2",)
    assert set(OptimiseConfig().layers.style) <= set(load_teacher("vgg19-lite").layers)


@pytest.mark.parametrize("levels", [1, 2, 4])
def test_the_last_level_is_the_pictures_own_size(levels):
    sizes = level_sizes((301, 450), levels)
    assert len(sizes) == levels
    assert sizes[-1] == (301, 450)
    for small, large in pairwise(sizes):
        assert large[0] / small[0] == pytest.approx(2, rel=0.05)
