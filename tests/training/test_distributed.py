"""Two processes on this machine give what one gives: the loop is the engine's, not ours."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from edge_app.core.errors import ConfigError
from training.config import TrainConfig, preset
from training.frame import LEAST_CROP
from training.run import CHECKPOINT
from training.train import train

STEPS = 4


def losses(run: Path) -> list[tuple[float, ...]]:
    with (run / "losses.csv").open() as file:
        return [
            tuple(float(row[name]) for name in ("total", "content", "style", "tv"))
            for row in csv.DictReader(file)
        ]


def command(paintings: list[Path], photos: Path, out: Path, **changes: object) -> list[str]:
    options: dict[str, object] = {
        "--photos": photos,
        "--out": out,
        "--network": "nano",
        "--precision": "float32",
        "--steps": STEPS,
        "--batch": 2,
        "--crop": 64,
        "--style-size": 64,
        # The first steps follow the gradient's signs: where it is nearly 0 rounding decides.
        # With hardly any learning the gradients can be compared instead.
        "--learning-rate": 1e-6,
        **{f"--{name.replace('_', '-')}": value for name, value in changes.items()},
    }
    words = [str(word) for pair in options.items() for word in pair]
    return ["edgestyle", "train", *map(str, paintings), *words]


@pytest.mark.parametrize(
    ("styles", "changes"),
    [
        (1, {}),
        (2, {}),
        # The term against frames needs crops of this size; the disturbance is drawn for all.
        (1, {"steadiness_weight": 5, "crop": LEAST_CROP}),
    ],
)
def test_two_processes_have_the_losses_of_one(styles, changes, painting, photos, tmp_path):
    second = tmp_path / "second.jpg"
    second.write_bytes((photos / "coffee.jpg").read_bytes())
    paintings = [painting, second][:styles]
    one, two = tmp_path / "one", tmp_path / "two"
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    for out, processes in ((one, 1), (two, 2)):
        done = subprocess.run(
            [
                *torchrun,
                f"--nproc-per-node={processes}",
                "-m",
                *command(paintings, photos, out, **changes),
            ],
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout.count("trained") == 1  # the first process alone reports
    assert len(losses(one)) == STEPS
    for alone, together in zip(losses(one), losses(two), strict=True):
        assert together == pytest.approx(alone, rel=1e-3)
    alone, together = load_file(one / CHECKPOINT), load_file(two / CHECKPOINT)
    gradients = [name for name in alone if name.endswith(".exp_avg")]
    assert gradients
    for name in gradients:
        assert torch.dist(alone[name], together[name]) < 0.01 * alone[name].norm() + 1e-6, name


def test_two_processes_add_to_a_trunk_and_train_all_of_it(painting, photos, tmp_path):
    """The old styles stand in the network and are met in no step."""
    second, third = tmp_path / "second.jpg", tmp_path / "third.jpg"
    for path, photo in ((second, "coffee.jpg"), (third, "rocket.jpg")):
        path.write_bytes((photos / photo).read_bytes())
    trunk, grown = tmp_path / "trunk", tmp_path / "grown"
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    adding = [*command([third], photos, grown), "--add-to", str(trunk), "--all-parameters"]
    for words in (
        [sys.executable, "-m", *command([painting, second], photos, trunk)],
        [*torchrun, "--nproc-per-node=2", "-m", *adding],
    ):
        done = subprocess.run(words, capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode == 0, done.stderr
    assert len(losses(grown)) == STEPS


def test_batch_norm_is_for_one_process(painting, photos, tmp_path, monkeypatch):
    from training import train as module

    class Two:
        world_size = 2

    monkeypatch.setattr(module, "engine", lambda *_args, **_options: Two())
    config = TrainConfig(
        paintings=(painting,), photos=photos, out=tmp_path / "run", network=preset("fnst")
    )
    with pytest.raises(ConfigError, match="in one process"):
        train(config)


def test_a_batch_that_cannot_be_shared_out(painting, photos, tmp_path, monkeypatch):
    from training import train as module

    class Three:
        world_size = 3

    monkeypatch.setattr(module, "engine", lambda *_args, **_options: Three())
    config = TrainConfig(paintings=(painting,), photos=photos, out=tmp_path / "run", batch=2)
    with pytest.raises(ConfigError, match="expected a multiple of 3"):
        train(config)
