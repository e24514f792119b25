"""The methods at work, with networks of a few channels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.papers import practice
from benchmarks.papers.config import Method, PapersConfig
from benchmarks.papers.practice import BEFORE_THE_END, painted, recipe, stage_folder, trained
from benchmarks.quality.photographs import Photograph
from edge_app.core.errors import RunError
from training.config import PRESETS
from training.network import load_stylizer
from training.run import read_facts


@pytest.fixture
def config(monkeypatch, tmp_path, painting, photos):
    """Everything as small as it gets."""
    small = {name: replace(PRESETS[name], width=8, blocks=1) for name in practice.NETWORKS.values()}
    monkeypatch.setattr(practice, "PRESETS", small)
    return PapersConfig(
        paintings=(painting,),
        photos=photos,
        test_photos=tmp_path,
        work=tmp_path / "work",
        steps=5,
        batch=2,
        crop=64,
        style_size=64,
        naas_steps=5,
        side=64,
    )


def nothing(_text, _share):
    pass


def test_networks_differ_in_nothing_but_their_shape(config):
    assert recipe(config, Method.CNN, "whirl").learning_rate == practice.GENTLE_RATE
    config = replace(config, learning_rate=1e-4)
    recipes = [recipe(config, method, "whirl") for method in practice.NETWORKS]
    assert len({each.network for each in recipes}) == 4
    same = {replace(each, network=recipes[0].network, out=config.out) for each in recipes}
    assert len(same) == 1


def test_a_training_leaves_its_stages(config):
    told = []
    run = trained(config, Method.RESNET_IN, "whirl", lambda text, share: told.append((text, share)))
    assert told[-1] == ("training ResNet-IN, whirl: step 5/5", 1.0)
    weights = [
        load_stylizer(stage_folder(config, Method.RESNET_IN, share, "whirl")).state_dict()
        for share in BEFORE_THE_END
    ]
    weights.append(load_stylizer(run).state_dict())
    name = next(iter(weights[0]))
    assert all((a[name] != b[name]).any() for a, b in zip(weights, weights[1:]))  # noqa: RUF007


def test_an_interrupted_training_is_gone_on_with(config):
    def interrupt(_text, share):
        if share > 0.5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        trained(config, Method.CNN, "whirl", interrupt)
    stage = stage_folder(config, Method.CNN, 40, "whirl")
    run = recipe(config, Method.CNN, "whirl").out
    assert read_facts(run).steps == 3
    assert stage.is_dir()
    # As after a kill between the checkpoint of the third step and its copy.
    third = stage_folder(config, Method.CNN, 60, "whirl")
    assert not third.exists()

    assert trained(config, Method.CNN, "whirl", nothing) == run
    assert read_facts(run).steps == 5
    assert all(
        stage_folder(config, Method.CNN, share, "whirl").is_dir() for share in BEFORE_THE_END
    )


def test_a_finished_training_is_not_done_again(config, monkeypatch):
    run = trained(config, Method.CNN_BN, "whirl", nothing)
    monkeypatch.setattr(practice, "train", None)
    assert trained(config, Method.CNN_BN, "whirl", nothing) == run


def test_another_recipe_in_the_same_folder_is_refused(config):
    trained(config, Method.FNST, "whirl", nothing)
    with pytest.raises(RunError, match="steps was 5, is 10"):
        trained(replace(config, steps=10), Method.FNST, "whirl", nothing)


def test_a_given_training_is_taken(config, monkeypatch):
    run = trained(config, Method.FNST, "whirl", nothing)
    monkeypatch.setattr(practice, "train", None)
    given = replace(config, work=config.out, runs=(f"FNST={run}",), steps=10)
    assert trained(given, Method.FNST, "whirl", nothing) == run


def test_naas_paints_what_is_missing(config, rng):
    photographs = [
        Photograph(name=name, picture=rng.integers(0, 256, (64, 64, 3), np.uint8), aspect=1.0)
        for name in ("one", "clip/two")
    ]
    told = []

    def tell(text, _share):
        told.append(text)

    folder = painted(config, "whirl", photographs, "unseen", tell, staged=True)
    pictures = {path.relative_to(folder).as_posix() for path in folder.rglob("*.png")}
    assert pictures == {"one.png", "clip/two.png"}
    for share in BEFORE_THE_END:
        assert (stage_folder(config, Method.NAAS, share, "whirl") / "clip/two.png").is_file()
    assert len(told) == 10

    (folder / "one.png").unlink()
    painted(config, "whirl", photographs, "unseen", tell, staged=True)
    assert len(told) == 15
    assert painted(replace(config, naas_steps=10), "whirl", [], "unseen", tell) != folder
