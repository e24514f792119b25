from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from benchmarks.quality.judge import Judge, judge_of_run
from edge_app.core.errors import TeacherError
from training.config import LossConfig
from training.data import to_tensor
from training.losses import gram, relative_content, relative_style

LOSS = LossConfig()


def test_a_photograph_keeps_its_content_and_a_painting_its_style(judge, real, whirl):
    of_whirl = judge.of_painting(whirl, LOSS, size=128)
    photo = real["chelsea"]
    itself = of_whirl(photo, photo)
    assert all(value == 0 for value in itself.content.values())
    assert itself.style == itself.photo_style
    assert min(itself.style.values()) > 0.05
    painting = of_whirl(whirl, photo)
    assert max(painting.style.values()) < 1e-9
    assert min(painting.content.values()) > 0.5


def test_the_distances_are_those_of_training(judge, real, whirl):
    picture, photo = real["coffee"], real["rocket"]
    found = judge.of_painting(whirl, LOSS, size=128)(picture, photo)
    ours, theirs, target = (
        judge.teacher(to_tensor(x), ("relu4_1",))["relu4_1"] for x in (picture, photo, whirl)
    )
    assert found.content["relu4_1"] == pytest.approx(float(relative_content(ours, theirs)))
    expected = float(relative_style(gram(ours), gram(target)))
    assert found.style["relu4_1"] == pytest.approx(expected, rel=1e-4)
    assert tuple(found.content) == LOSS.content_layers
    assert tuple(found.style) == LOSS.style_layers


def test_content_grows_with_noise(judge, real, whirl, noise):
    photo = real["astronaut"]
    of_whirl = judge.of_painting(whirl, LOSS, size=128)
    found = [of_whirl(noise(photo, s), photo).content["relu3_1"] for s in (5, 20, 60)]
    assert 0 < found[0] < found[1] < found[2]


def test_the_painting_is_studied_at_its_size(judge, real, whirl):
    photo = real["coffee"]
    small, large = (judge.of_painting(whirl, LOSS, size=s)(whirl, photo) for s in (64, 128))
    assert small.style["relu3_1"] > 0.001
    assert large.style["relu3_1"] < 1e-9


def test_other_weights_judge_as_far_as_they_reach(tmp_path, real, whirl):
    torch.manual_seed(0)
    path = tmp_path / "shallow.safetensors"
    weights = {"conv1_1.weight": torch.randn(8, 3, 3, 3), "conv1_1.bias": torch.zeros(8)}
    save_file(weights, path)
    judge = Judge(weights=[path])
    assert judge.name == "shallow.safetensors"
    loss = LossConfig(content_layers=("relu1_1",), style_layers=("relu1_1",))
    assert judge.of_painting(whirl, loss, size=128)(whirl, real["coffee"]).style["relu1_1"] < 1e-9
    with pytest.raises(TeacherError, match=r"relu3_1.*reach: conv1_1, relu1_1"):
        judge.of_painting(whirl, LOSS, size=128)


def test_a_run_brings_its_own_judge(painting, photos, tmp_path):
    from edge_app.core.image import read_image, resize
    from edge_app.core.strict_json import to_json
    from training.config import TrainConfig

    run = tmp_path / "run"
    run.mkdir()
    config = TrainConfig(paintings=(painting,), photos=photos, out=run, style_size=128)
    (run / "config.json").write_text(to_json(config))
    judge = judge_of_run(run)
    photo = resize(read_image(photos / "coffee.jpg"), (96, 96))
    painted = resize(read_image(painting), (96, 96))
    content, style = judge(photo, photo)
    assert content == 0
    assert judge(painted, photo)[0] > 0.5
    assert judge(painted, photo)[1] < 0.5 * style
    with pytest.raises(FileNotFoundError, match="without the painting of wave"):
        judge_of_run(run, "wave")
    gone = dataclasses.replace(config, paintings=(tmp_path / "gone.jpg",))
    (run / "config.json").write_text(to_json(gone))
    with pytest.raises(FileNotFoundError, match=r"gone\.jpg is not there any more"):
        judge_of_run(run)


def test_a_style_that_was_there_before_another_was_added_has_its_own_judge(
    painting, photos, tmp_path
):
    from edge_app.core.image import read_image, resize
    from edge_app.core.strict_json import to_json
    from training.config import TrainConfig

    trunk, grown = tmp_path / "trunk", tmp_path / "grown"
    other = photos / "coffee.jpg"
    before = TrainConfig(paintings=(painting,), photos=photos, out=trunk, style_size=128)
    after = dataclasses.replace(before, paintings=(other,), out=grown, add_to=trunk)
    for config in (before, after):
        config.out.mkdir()
        (config.out / "config.json").write_text(to_json(config))
    photo = resize(read_image(photos / "rocket.jpg"), (96, 96))
    style = before.styles[0]
    assert judge_of_run(grown, style)(photo, photo) == judge_of_run(trunk, style)(photo, photo)
    assert judge_of_run(grown, after.styles[0])(photo, photo) != judge_of_run(trunk)(photo, photo)
    (trunk / "config.json").unlink()
    with pytest.raises(FileNotFoundError, match=r"trunk, which it was added to, is not there"):
        judge_of_run(grown, style)


def test_painting_and_teacher_may_lie_elsewhere(painting, photos, tmp_path):
    """As for the styles that ship: their runs know names, and no places."""
    from edge_app.core.image import read_image, resize
    from edge_app.core.strict_json import to_json
    from training.config import TrainConfig
    from training.teacher import bundled_weights

    photo = resize(read_image(photos / "coffee.jpg"), (96, 96))
    config = TrainConfig(paintings=(painting,), photos=photos, out=tmp_path, style_size=128)
    (tmp_path / "config.json").write_text(to_json(config))
    expected = judge_of_run(tmp_path)(photo, photo)
    with bundled_weights() as lite:
        named = dataclasses.replace(
            config, paintings=(Path(painting.name),), teacher_weights=(Path(lite.name),)
        )
        (tmp_path / "config.json").write_text(to_json(named))
        with pytest.raises(FileNotFoundError, match="safetensors is not there any more"):
            judge_of_run(tmp_path, paintings=painting.parent)
        found = judge_of_run(tmp_path, paintings=painting.parent, teachers=[photos, lite])
        assert found(photo, photo) == expected
