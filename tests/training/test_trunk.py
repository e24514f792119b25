from __future__ import annotations

import pytest
import torch

from edge_app.core.errors import ConfigError, RunError
from training.config import preset
from training.network import WEIGHTS, Stylizer, save_stylizer, save_weights
from training.trunk import Trunk, load_style, load_trunk, norms_of


@pytest.fixture
def trunk() -> Trunk:
    """A trunk of three styles that differ."""
    torch.manual_seed(0)
    trunk = Trunk(preset("nano"), ("photograph", "wave", "night"))
    with torch.no_grad():
        for vector in trunk.styles.values():
            vector.add_(0.3 * torch.randn_like(vector))
    return trunk.eval()


@pytest.fixture
def pictures() -> torch.Tensor:
    return torch.rand(3, 3, 32, 48, generator=torch.Generator().manual_seed(1))


@torch.no_grad()
def test_each_picture_gets_its_own_style_and_folding_changes_nothing(trunk, pictures):
    styles = ["wave", "night", "wave"]
    drawn = trunk(pictures, styles)
    assert drawn.shape == pictures.shape
    for picture, style, expected in zip(pictures, styles, drawn):
        folded = trunk.fold({style: 1.0})
        assert type(folded) is Stylizer
        torch.testing.assert_close(folded(picture[None])[0], expected, atol=1e-5, rtol=0)
    assert (trunk(pictures[:1], ["night"]) - drawn[:1]).abs().max() > 0.01


@torch.no_grad()
def test_a_blend_is_the_mean_of_the_vectors(trunk, pictures):
    blended = trunk.fold({"wave": 0.25, "night": 0.75})
    expected = 0.25 * trunk.styles["wave"] + 0.75 * trunk.styles["night"]
    torch.testing.assert_close(norms_of(blended), expected)
    assert (blended(pictures) - trunk.fold({"wave": 1.0})(pictures)).abs().max() > 0.01


def test_a_style_costs_at_most_twenty_kilobytes():
    trunk = Trunk(preset("small"), ("a",))
    assert trunk.styles["a"].numel() * 4 <= 20_000


def test_only_the_style_of_a_picture_is_trained_by_it(trunk, pictures):
    trunk.train()(pictures, ["wave"] * 3).mean().backward()
    assert trunk.styles["wave"].grad.abs().sum() > 0
    assert trunk.styles["night"].grad is None
    assert trunk.network.last.weight.grad.abs().sum() > 0


@torch.no_grad()
def test_saved_and_loaded_it_draws_the_same(trunk, pictures, tmp_path):
    save_weights(trunk, trunk.network.config, tmp_path)
    again = load_trunk(tmp_path)
    assert set(again.styles) == {"photograph", "wave", "night"}
    assert torch.equal(again(pictures, ["night"] * 3), trunk(pictures, ["night"] * 3))
    assert torch.equal(
        load_style(tmp_path, "night")(pictures), trunk.fold({"night": 1.0})(pictures)
    )


def test_what_cannot_be_chosen_is_an_error_that_lists_the_styles(trunk, tmp_path):
    save_weights(trunk, trunk.network.config, tmp_path)
    with pytest.raises(RunError, match=r"choose one of: night, photograph, wave"):
        load_style(tmp_path)
    with pytest.raises(ConfigError, match=r"no style scream; there are: night, photograph, wave"):
        load_style(tmp_path, "scream")


def test_a_plain_run_is_no_trunk_and_has_no_style_to_choose(tmp_path):
    save_stylizer(Stylizer(preset("nano")), tmp_path)
    assert load_style(tmp_path).config == preset("nano")
    with pytest.raises(RunError, match="no style to choose"):
        load_style(tmp_path, "wave")
    with pytest.raises(RunError, match="not a trunk"):
        load_trunk(tmp_path)


def test_a_damaged_trunk(trunk, tmp_path):
    save_weights(trunk, trunk.network.config, tmp_path)
    whole = (tmp_path / WEIGHTS).read_bytes()
    (tmp_path / WEIGHTS).write_bytes(whole[:-100])
    with pytest.raises(RunError, match="damaged"):
        load_trunk(tmp_path)
    with pytest.raises(RunError, match="damaged"):
        load_style(tmp_path, "wave")
