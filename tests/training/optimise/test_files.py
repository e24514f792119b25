from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from edge_app.core.errors import ConfigError, ImageError
from training.optimise.config import OptimiseConfig, OptimiseJob
from training.optimise.files import optimise_files
from training.optimise.method import Progress


def job(photo: Path, *paintings: Path, out: Path, steps: int = 2, **changes: object) -> OptimiseJob:
    """A job that takes a moment: one shallow layer of the bundled teacher each."""
    method = OptimiseConfig(steps=steps, content_layers=("relu2_1",), style_layers=("relu1_1",))
    given = {"size": 64, "method": method}
    return OptimiseJob(photo=photo, paintings=paintings, out=out, **{**given, **changes})


@pytest.fixture
def coffee(photos: Path) -> Path:
    return photos / "coffee.jpg"


def test_the_picture_is_written_at_its_size_and_while_it_is_made(coffee, painting, tmp_path):
    out = tmp_path / "new" / "painted.png"
    versions: list[np.ndarray] = []

    def watch(progress: Progress) -> None:
        if out.exists():
            versions.append(np.asarray(Image.open(out)))

    result = optimise_files(job(coffee, painting, out=out, steps=6, preview_every=2), watch)
    assert (result.finished, result.steps, max(result.size)) == (True, 6, 64)
    with Image.open(out) as painted, Image.open(coffee) as photo:
        assert painted.size[::-1] == result.size
        assert painted.width / painted.height == pytest.approx(photo.width / photo.height, rel=0.03)
        last = np.asarray(painted).astype(int)
    assert len({version.tobytes() for version in versions}) == 2  # after steps 2 and 4
    assert np.abs(versions[0].astype(int) - last).max() > 2


def test_a_smaller_photograph_keeps_its_size(coffee, painting, tmp_path):
    small = tmp_path / "small.png"
    Image.open(coffee).resize((50, 40)).save(small)
    result = optimise_files(job(small, painting, out=tmp_path / "x.png"))
    assert result.size == (40, 50)


def test_paintings_as_people_have_them(coffee, tmp_path):
    """Grey, with alpha, larger and smaller than the picture."""
    noise = np.random.default_rng(0).integers(0, 255, (200, 300), np.uint8)
    Image.fromarray(noise).save(tmp_path / "grey.png")
    clear = Image.fromarray(noise[:40, :50]).convert("RGBA")
    clear.putalpha(120)
    clear.save(tmp_path / "clear.png")
    out = tmp_path / "x.png"
    optimise_files(job(coffee, tmp_path / "grey.png", tmp_path / "clear.png", out=out))
    assert out.exists()


def test_what_cannot_be_painted(coffee, painting, tmp_path):
    out = tmp_path / "x.png"
    Image.new("RGB", (90, 90), (10, 60, 90)).save(tmp_path / "flat.png")
    Image.new("RGB", (300, 20)).save(tmp_path / "strip.png")
    Image.new("L", (30, 30), 255).save(tmp_path / "mask.png")
    with pytest.raises(ImageError, match=r"flat\.png: the painting is one even colour"):
        optimise_files(job(coffee, tmp_path / "flat.png", out=out))
    with pytest.raises(ImageError, match=r"strip\.png: 64x4 pixels are too small"):
        optimise_files(job(coffee, tmp_path / "strip.png", out=out))
    with pytest.raises(ImageError, match=r"strip\.png: 300x20 pixels is too small"):
        optimise_files(job(tmp_path / "strip.png", painting, out=out))
    with pytest.raises(ImageError, match=r"mask\.png: the mask is 30x30 pixels, the photograph"):
        optimise_files(job(coffee, painting, out=out, masks=(tmp_path / "mask.png",)))
    with pytest.raises(ConfigError, match="masks: expected one for each of the 2 paintings, got 1"):
        optimise_files(job(coffee, painting, painting, out=out, masks=(tmp_path / "mask.png",)))
    with pytest.raises(ImageError, match=r"'\.tga'"):
        optimise_files(job(coffee, painting, out=tmp_path / "x.tga"))
    assert not out.exists()


def test_a_given_picture_is_not_written_over(coffee, painting, tmp_path):
    own = tmp_path / "own.png"
    own.write_bytes(painting.read_bytes())
    with pytest.raises(ConfigError, match=r"out: .*own\.png is one of the given pictures"):
        optimise_files(job(coffee, own, out=own))
    assert own.read_bytes() == painting.read_bytes()


def edgestyle(*words: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "edgestyle", "optimise", *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"COLUMNS": "200"},
    )


def test_the_command(coffee, painting, tmp_path):
    out = tmp_path / "painted.jpg"
    process = edgestyle(
        *(coffee, painting, "--out", out, "--size", 64, "--steps", 3, "--descent", "adam"),
        *("--formula", "gatys", "--colours", "luminance", "--pooling", "average"),
        *("--style-layers", "relu1_1", "relu2_1", "--style-layer-weights", 1, 0.5),
    )
    told, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    assert f"wrote {out} (64x" in told
    assert "step 3/3" in errors
    with Image.open(out) as painted:
        assert max(painted.size) == 64


def test_clear_errors_of_the_command(coffee, painting, tmp_path):
    process = edgestyle(
        coffee, painting, "--out", tmp_path / "x.png", "--style-layer-weights", 1, 0.5, "--steps", 1
    )
    _, errors = process.communicate(timeout=300)
    assert process.returncode == 1
    assert "style_layer_weights: expected one for each of the 5 style layers" in errors
    assert "Traceback" not in errors


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no SIGINT to one process")
def test_ctrl_c_writes_what_there_is(coffee, painting, tmp_path):
    out = tmp_path / "painted.png"
    process = edgestyle(
        *(coffee, painting, "--out", out, "--size", 64, "--steps", 100_000, "--preview-every", 1),
    )
    try:
        deadline = time.monotonic() + 240
        while not out.exists() and time.monotonic() < deadline and process.poll() is None:
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=240)
    finally:
        process.kill()
    assert process.returncode == 130, errors
    assert f"{out} is the picture so far" in errors
    with Image.open(out) as painted:
        painted.load()
