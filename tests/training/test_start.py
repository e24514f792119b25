from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from edge_app.core.errors import ConfigError, RunError
from training.config import TrainConfig, preset, run_and_style
from training.network import WEIGHTS, Stylizer, load_stylizer, save_stylizer, save_weights
from training.start import new_network
from training.train import train
from training.trunk import Trunk, load_style, load_trunk


@pytest.fixture
def config(painting: Path, photos: Path, tmp_path: Path) -> TrainConfig:
    other = tmp_path / "The Coffee!.jpg"
    other.write_bytes((photos / "coffee.jpg").read_bytes())
    return TrainConfig(
        paintings=(painting, other),
        photos=photos,
        out=tmp_path / "trunk",
        network=preset("nano"),
        steps=6,
        batch=2,
        crop=64,
        style_size=96,
        preview_every=3,
    )


@pytest.fixture
def grown(config: TrainConfig, photos: Path, tmp_path: Path) -> TrainConfig:
    """The addition of a painting to the trunk."""
    third = tmp_path / "rocket.jpg"
    third.write_bytes((photos / "rocket.jpg").read_bytes())
    return dataclasses.replace(
        config, paintings=(third,), add_to=config.out, out=tmp_path / "grown"
    )


def test_several_paintings_become_a_trunk_that_learns(config):
    seen = []
    config = dataclasses.replace(config, steps=40, learning_rate=5e-3)
    train(config, seen.append)
    first, last = (sum(p.losses["total"] for p in part) for part in (seen[:8], seen[-8:]))
    assert last < 0.85 * first
    trunk = load_trunk(config.out)
    assert set(trunk.styles) == {"photograph", "whirl", "the_coffee"}
    assert (trunk.styles["whirl"] - trunk.styles["the_coffee"]).abs().max() > 0.01


def test_a_trunk_resumes_exactly(config, tmp_path):
    straight = dataclasses.replace(config, out=tmp_path / "straight", checkpoint_every=3)
    train(straight)
    halves = dataclasses.replace(straight, out=tmp_path / "halves")

    def interrupt(progress):
        if progress.step == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(halves, interrupt)
    train(halves, resume=True)
    expected, resumed = load_file(straight.out / WEIGHTS), load_file(halves.out / WEIGHTS)
    assert all(torch.equal(expected[name], resumed[name]) for name in expected)


def test_an_added_painting_leaves_all_else_as_it_was(config, grown):
    train(config)
    train(grown)
    before, after = load_file(config.out / WEIGHTS), load_file(grown.out / WEIGHTS)
    assert set(after) - set(before) == {"styles.rocket"}
    assert all(torch.equal(before[name], after[name]) for name in before)
    middle = torch.stack([before["styles.whirl"], before["styles.the_coffee"]]).mean(0)
    assert (after["styles.rocket"] - middle).abs().max() > 1e-3


def test_by_choice_the_whole_network_learns_the_added_painting(config, grown):
    train(config)
    train(dataclasses.replace(grown, all_parameters=True))
    before, after = load_file(config.out / WEIGHTS), load_file(grown.out / WEIGHTS)
    assert not torch.equal(before["network.last.weight"], after["network.last.weight"])
    assert torch.equal(before["styles.whirl"], after["styles.whirl"])


def test_what_cannot_be_added_to(config, grown, painting, tmp_path):
    train(config)
    with pytest.raises(ConfigError, match=r"has a style 'whirl' already; it has: .*the_coffee"):
        new_network(dataclasses.replace(grown, paintings=(painting,)))
    with pytest.raises(ConfigError, match=r"holds a 'nano' network.*'small'; add --network nano"):
        new_network(dataclasses.replace(grown, network=preset("small")))
    grainless = dataclasses.replace(preset("nano"), grain=0.0)
    with pytest.raises(ConfigError, match=r"another shape .*\(grain was 0\.06, is 0\.0\)"):
        new_network(dataclasses.replace(grown, network=grainless))
    save_stylizer(Stylizer(preset("nano")), tmp_path / "plain")
    with pytest.raises(RunError, match="not a trunk"):
        new_network(dataclasses.replace(grown, add_to=tmp_path / "plain"))
    with pytest.raises(RunError, match="not a finished training run"):
        new_network(dataclasses.replace(grown, add_to=tmp_path / "missing"))


def test_a_warm_start_begins_with_the_weights_of_the_other_style(config, painting, tmp_path):
    warm = tmp_path / "warm"
    torch.manual_seed(5)
    save_stylizer(Stylizer(preset("nano")), warm)
    one = dataclasses.replace(config, paintings=(painting,), start=warm)
    expected = load_stylizer(warm).state_dict()
    begun = new_network(one).state_dict()
    assert all(torch.equal(begun[name], expected[name]) for name in expected)
    trunk = new_network(dataclasses.replace(config, start=warm))
    picture = torch.rand(1, 3, 32, 32)
    with torch.no_grad():
        torch.testing.assert_close(trunk(picture, ["whirl"]), load_stylizer(warm)(picture))
    with pytest.raises(ConfigError, match=r"^from: .*holds a 'nano' network"):
        new_network(dataclasses.replace(one, network=preset("small")))


def test_a_warm_start_from_one_style_of_a_trunk(config, painting, tmp_path):
    save_weights(Trunk(preset("nano"), ("photograph", "night")), preset("nano"), tmp_path / "trunk")
    start = tmp_path / "trunk#night"
    begun = new_network(dataclasses.replace(config, paintings=(painting,), start=start))
    expected = load_style(tmp_path / "trunk", "night").state_dict()
    assert all(torch.equal(value, expected[name]) for name, value in begun.state_dict().items())
    with pytest.raises(RunError, match="choose one of: "):
        new_network(dataclasses.replace(config, start=tmp_path / "trunk"))
    with pytest.raises(ConfigError, match="no style noon"):
        new_network(dataclasses.replace(config, start=tmp_path / "trunk#noon"))
    (odd := tmp_path / "run#1").mkdir()
    assert run_and_style(odd) == (odd, None)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"paintings": ()}, "at least one picture"),
        ({"paintings": (Path("a/x.jpg"), Path("b/X.png"))}, "two are called 'x'"),
        ({"paintings": (Path("photograph.jpg"), Path("b.jpg"))}, "the photograph itself"),
        ({"network": preset("fnst")}, "has batch norm; train them one by one"),
        ({"add_to": Path("a"), "start": Path("b")}, "one of them at most"),
        ({"all_parameters": True}, "with --add-to only"),
        ({"imitate": Path("run")}, "stylizer of one painting"),
        ({"ema": 1.0}, "0 to below 1"),
    ],
)
def test_settings_that_mean_nothing(config, wrong, message):
    with pytest.raises(ConfigError, match=message):
        dataclasses.replace(config, **wrong)
