"""Photographs cut from those of scikit-image, and made-up evaluations."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import skimage.data
from PIL import Image

from benchmarks.quality.judge import Judge
from benchmarks.quality.results import (
    Artefacts,
    Colour,
    Distances,
    Evaluation,
    Fid,
    Flicker,
    Judgement,
    Picture,
    Recognition,
    Settings,
    Structure,
    Weights,
)
from styles.whirl import draw

SIDE = 64


@pytest.fixture(scope="session")
def real() -> dict[str, np.ndarray]:
    """Four photographs, uint8 RGB, 128x128."""
    names = ("astronaut", "chelsea", "coffee", "rocket")
    return {name: _square(getattr(skimage.data, name)(), 128) for name in names}


@pytest.fixture(scope="session")
def many_photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of 24 different parts of real photographs, 96x128."""
    folder = tmp_path_factory.mktemp("many")
    rng = np.random.default_rng(0)
    for name in ("astronaut", "chelsea", "coffee", "rocket"):
        photo = getattr(skimage.data, name)()
        for i in range(6):
            top = rng.integers(photo.shape[0] - 192)
            left = rng.integers(photo.shape[1] - 256)
            part = Image.fromarray(photo[top : top + 192, left : left + 256])
            part.resize((128, 96)).save(folder / f"{name}-{i}.png")
    return folder


@pytest.fixture(scope="session")
def whirl() -> np.ndarray:
    """The bundled painting, uint8 RGB, 128x128."""
    return draw(128)


@pytest.fixture(scope="session")
def judge() -> Judge:
    """The bundled teacher."""
    return Judge()


@pytest.fixture(scope="session")
def whirl_file(tmp_path_factory: pytest.TempPathFactory, whirl: np.ndarray) -> Path:
    """The painting in a file of the tiny packs' name."""
    path = tmp_path_factory.mktemp("paintings") / "whirl.png"
    Image.fromarray(whirl).save(path)
    return path


def noisy(picture: np.ndarray, deviation: float) -> np.ndarray:
    """`picture` with normal noise, in steps of 8 bits."""
    noise = np.random.default_rng(0).normal(0, deviation, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


@pytest.fixture(scope="session")
def noise() -> Callable[[np.ndarray, float], np.ndarray]:
    """See `noisy`."""
    return noisy


def make_picture(photo: str = "one", **changes: Any) -> Picture:
    values: dict[str, Any] = {
        "distances": Distances(
            content={"relu3_1": 1.0, "relu4_1": 0.5},
            style={"relu1_1": 0.1, "relu2_1": 0.3},
            photo_style={"relu1_1": 0.8, "relu2_1": 1.2},
        ),
        "structure": Structure(
            total_variation=0.02, photo_total_variation=0.01, ssim=0.4, edges=0.5
        ),
        "colour": Colour(distance=12.0, photo_distance=24.0),
        "artefacts": Artefacts(grid_db=2.5, frame=0.01, dots=0.0004),
        "miou": 0.45,
        "lpips": 0.6,
    }
    return Picture(photo=photo, **(values | changes))


def make_judgement(**changes: Any) -> Judgement:
    values: dict[str, Any] = {
        "method": "small",
        "style": "whirl",
        "title": "Whirl",
        "kind": "pack",
        "source": "whirl.stylepack",
        "sha256": "a" * 64,
        "model": "tflite/fp32-256x256.tflite (litert 2.3.0, xnnpack)",
        "painting": "whirl.png",
        "weights": Weights(
            content=1.0,
            style=10.0,
            content_layers={"relu3_1": 0.5, "relu4_1": 0.5},
            style_layers={"relu1_1": 0.5, "relu2_1": 0.5},
        ),
        "pictures": (make_picture("one"), make_picture("two", miou=0.55)),
        "clips": (
            Flicker(
                clip="camel",
                frames=40,
                change=0.8,
                warping_error=0.004,
                photo_warping_error=0.001,
                compared=0.9,
            ),
        ),
    }
    return Judgement(**(values | changes))


def make_evaluation(**changes: Any) -> Evaluation:
    values: dict[str, Any] = {
        "created": "2026-11-20T14:00:00+00:00",
        "version": "0.1.0",
        "libraries": {"torch": "2.14.1"},
        "settings": Settings(
            photos="research", photo_count=2, size=256, judge="vgg19-lite", judge_sha256=()
        ),
        "judgements": (make_judgement(), make_judgement(style="scream", title="The Scream")),
        "recognition": (
            Recognition(
                method="small",
                labels=("whirl", "photograph"),
                truth=(0, 0, 1, 1),
                scores=((0.9, 0.1), (0.4, 0.6), (0.1, 0.9), (0.2, 0.8)),
                control=0.98,
                accuracy=0.75,
                recall=0.5,
                f1=0.667,
                auc=1.0,
            ),
        ),
        "fid": (Fid(method="small", value=182.4, pictures=4, crops=4),),
        "notices": ("LPIPS: not here | and <b>not</b> there",),
    }
    return Evaluation(**(values | changes))


@pytest.fixture
def judgement() -> Callable[..., Judgement]:
    """Factory: a judgement with some fields changed."""
    return make_judgement


@pytest.fixture
def picture() -> Callable[..., Picture]:
    """Factory: one judged picture with some fields changed."""
    return make_picture


@pytest.fixture
def evaluation() -> Callable[..., Evaluation]:
    """Factory: an evaluation with some fields changed."""
    return make_evaluation


def _square(photo: np.ndarray, side: int) -> np.ndarray:
    short = min(photo.shape[:2])
    return np.asarray(Image.fromarray(photo[:short, :short]).resize((side, side)))
