"""One training run and one pack made of it, for all tests of the export."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from edge_app.core.image import Bytes
from edge_app.core.pack import StylePack
from edge_app.core.strict_json import to_json
from export.build import export
from export.card import Card
from export.config import ExportConfig
from training.config import PRESETS, StylizerConfig, TrainConfig
from training.network import Stylizer, save_stylizer
from training.run import RunFacts

SIDE = 64
PACKED = ("fp32", "fp16", "int8-weights", "int8-dynamic", "int8-conv")
"""The recipes of `pack`; the others take longer to make, and have tests of their own."""


def make_stylizer(config: StylizerConfig, *, seed: int = 0) -> Stylizer:
    """Random, but not as plain as a fresh one: its norms have scales and shifts."""
    torch.manual_seed(seed)
    stylizer = Stylizer(config)
    for module in stylizer.modules():
        if isinstance(module, (nn.InstanceNorm2d, nn.BatchNorm2d)):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias, 0.0, 0.3)
        if isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.running_mean, 0.0, 0.2)
            nn.init.uniform_(module.running_var, 0.5, 2.0)
    return stylizer.eval()


@pytest.fixture(scope="session")
def stylizer() -> Stylizer:
    return make_stylizer(replace(PRESETS["nano"], grain=0.0))


@pytest.fixture(scope="session")
def make_run(tmp_path_factory: pytest.TempPathFactory, photos: Path) -> Callable[[Stylizer], Path]:
    """Run folders as the training leaves them."""

    def make(stylizer: Stylizer) -> Path:
        run = tmp_path_factory.mktemp("run")
        training = TrainConfig(
            paintings=(Path("/home/someone/paintings/starry_night.jpg"),),
            photos=photos,
            out=run,
            network=stylizer.config,
            seed=7,
        )
        save_stylizer(stylizer, run)
        (run / "config.json").write_text(to_json(training))
        facts = RunFacts(
            steps=2500, elapsed_s=900.0, photo_count=4, skipped={}, versions={"torch": "1.2.3"}
        )
        (run / "run.json").write_text(to_json(facts))
        (run / "losses.csv").write_text("step,content,style\n1,0.9,0.5\n2,0.7,0.3\n")
        return run

    return make


@pytest.fixture(scope="session")
def run(make_run: Callable[[Stylizer], Path], stylizer: Stylizer) -> Path:
    return make_run(stylizer)


@pytest.fixture(scope="session")
def progress() -> list[tuple[str, float]]:
    """What the export of `pack` told of its progress."""
    return []


@pytest.fixture(scope="session")
def pack(
    run: Path, tmp_path_factory: pytest.TempPathFactory, progress: list[tuple[str, float]]
) -> StylePack:
    """Everything that an export writes, at one small size."""
    config = ExportConfig(
        run=run,
        out=tmp_path_factory.mktemp("packs") / "starry.stylepack",
        sizes=((SIDE, SIDE), (32, 48)),
        recipes=PACKED,
        onnx_recipes=("fp32", "int8-conv"),
        artist="Vincent van Gogh",
        year="1889",
        licence="public domain",
    )
    return export(
        config, lambda text, share: progress.append((text, share)), judge_of=lambda _: fake_judge
    )


def fake_judge(picture: Bytes, photo: Bytes) -> tuple[float, float]:
    """Content: how far from the photograph; style: how much red. No teacher is loaded in tests."""
    difference = np.abs(picture.astype(float) - photo).mean()
    return float(difference), float(picture[..., 0].mean())


@pytest.fixture
def card() -> Card:
    return Card(id="a", title="A", artist="B", year="1900", licence="C", description="D")
