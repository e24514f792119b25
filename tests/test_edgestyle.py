"""The command line as a user meets it: real processes, real files."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image


def edgestyle(*words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "edgestyle", *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
    )


def complaint(result: subprocess.CompletedProcess[str]) -> str:
    """The one line of a clear error."""
    assert result.returncode == 1, result.stdout + result.stderr
    assert "Traceback" not in result.stderr
    lines = [line for line in result.stderr.splitlines() if line.startswith("edgestyle: ")]
    assert len(lines) == 1, result.stderr
    return lines[0]


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory, painting: Path, photos: Path) -> Path:
    """The main job, tiny: train, export; gives the folder with run/ and tiny.stylepack."""
    folder = tmp_path_factory.mktemp("job")
    trained = edgestyle(
        *("train", painting, "--photos", photos, "--out", folder / "run", "--network", "nano"),
        *("--steps", 30, "--batch", 1, "--crop", 64, "--style-size", 128),
        *("--learning-rate", 3e-3, "--preview-every", 15),
    )
    assert trained.returncode == 0, trained.stderr
    exported = edgestyle(
        *("export", folder / "run", "--out", folder / "tiny.stylepack", "--sizes", 64),
        *("--title", "Tiny", "--artist", "Nobody", "--licence", "CC0-1.0"),
    )
    assert exported.returncode == 0, exported.stderr
    return folder


def test_help_teaches_every_command():
    result = edgestyle("--help")
    assert result.returncode == 0
    for command in ("train", "export", "stylize", "bench", "styles", "demo"):
        assert command in result.stdout
        page = edgestyle(command, "--help")
        assert page.returncode == 0
        assert f"usage: edgestyle {command}" in page.stdout


def test_wrong_usage_is_status_2():
    for words in (
        ["paint"],
        ["train"],
        ["train", "x.png", "--stepz", "3"],
        ["bench", "--runs", "x"],
    ):
        assert edgestyle(*words).returncode == 2, words


def test_the_pack_holds_every_format(job):
    import zipfile

    with zipfile.ZipFile(job / "tiny.stylepack") as pack:
        manifest = json.loads(pack.read("manifest.json"))
    kinds = {(m["format"], m["recipe"]) for m in manifest["models"]}
    assert {("tflite", "fp32"), ("tflite", "fp16"), ("tflite", "int8-conv")} <= kinds
    assert {"coreml", "onnx"} <= {kind for kind, _ in kinds}
    assert manifest["title"] == "Tiny"
    assert all(m["gates"] or m["not_run"] for m in manifest["models"])
    assert manifest["provenance"]["steps"] == 30


def test_stylize_one_photograph(job, photos, tmp_path):
    result = edgestyle(
        *("stylize", photos / "chelsea.jpg", "--style", job / "tiny.stylepack"),
        *("--out", tmp_path / "cat.png"),
    )
    assert result.returncode == 0, result.stderr
    with Image.open(tmp_path / "cat.png") as styled, Image.open(photos / "chelsea.jpg") as photo:
        assert max(styled.size) == 64
        assert styled.width / styled.height == pytest.approx(photo.width / photo.height, rel=0.03)


def test_strength_0_gives_the_photograph_back(job, photos, tmp_path):
    for strength in (0, 1):
        edgestyle(
            *("stylize", photos / "coffee.jpg", "--style", job / "tiny.stylepack"),
            *("--out", tmp_path / f"{strength}.png", "--strength", strength),
        )
    plain, styled = (np.asarray(Image.open(tmp_path / f"{s}.png")).astype(int) for s in (0, 1))
    photo = Image.open(photos / "coffee.jpg").resize(plain.shape[1::-1], Image.Resampling.LANCZOS)
    assert np.abs(plain - np.asarray(photo).astype(int)).max() <= 1
    assert np.abs(plain - styled).mean() > 5


def test_a_folder_with_broken_and_odd_photographs(job, photos, tmp_path):
    folder = tmp_path / "in"
    (folder / "sub").mkdir(parents=True)
    (folder / "a.jpg").write_bytes((photos / "rocket.jpg").read_bytes())
    (folder / "sub" / "a.jpg").write_bytes((photos / "coffee.jpg").read_bytes())
    (folder / "broken.jpg").write_bytes((photos / "coffee.jpg").read_bytes()[:500])
    Image.new("RGBA", (90, 60), (255, 0, 0, 100)).save(folder / "clear.png")
    Image.new("CMYK", (60, 90)).save(folder / "print.jpg")
    Image.new("RGB", (1, 1)).save(folder / "dot.png")
    result = edgestyle(
        "stylize", folder, "--style", job / "tiny.stylepack", "--out", tmp_path / "out"
    )
    assert result.returncode == 0, result.stderr
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == [
        "a-styled-2.jpg",
        "a-styled.jpg",
        "clear-styled.jpg",
        "print-styled.jpg",
    ]
    assert "2 skipped" in result.stderr
    assert "4 of 6" in result.stdout


def test_bench_measures_and_reports(job, tmp_path):
    result = edgestyle(
        *("bench", job / "tiny.stylepack", "--runs", 3, "--recipes", "fp32", "--sizes", 64),
        *("--json", tmp_path / "bench.json", "--report", tmp_path / "report.html"),
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert "Tiny" in result.stdout
    assert json.loads((tmp_path / "bench.json").read_text())["measurements"]
    assert "<html" in (tmp_path / "report.html").read_text()


def test_clear_errors(job, photos, tmp_path):
    pack, cat = job / "tiny.stylepack", photos / "chelsea.jpg"
    (tmp_path / "empty.jpg").touch()
    assert "no such file" in complaint(
        edgestyle("stylize", tmp_path / "no.jpg", "--style", pack, "--out", tmp_path / "x.jpg")
    )
    assert "empty" in complaint(
        edgestyle("stylize", tmp_path / "empty.jpg", "--style", pack, "--out", tmp_path / "x.jpg")
    )
    assert "monet" in complaint(edgestyle("stylize", cat, "--style", "monet", "--out", tmp_path))
    assert "strength" in complaint(
        edgestyle("stylize", cat, "--style", pack, "--out", tmp_path / "x.jpg", "--strength", 2)
    )
    assert "'.bmpp'" in complaint(
        edgestyle("stylize", cat, "--style", pack, "--out", tmp_path / "x.bmpp")
    )
    assert "int3" in complaint(
        edgestyle("stylize", cat, "--style", pack, "--out", tmp_path, "--recipe", "int3")
    )
    assert "there is a training run" in complaint(
        edgestyle("train", cat, "--photos", photos, "--out", job / "run")
    )
    assert "no such folder" in complaint(
        edgestyle("train", cat, "--photos", tmp_path / "no", "--out", tmp_path / "run")
    )
    assert "not a" in complaint(edgestyle("export", tmp_path, "--out", tmp_path / "x.stylepack"))


def test_debug_shows_the_traceback(tmp_path):
    result = edgestyle("--debug", "export", tmp_path, "--out", tmp_path / "x.stylepack")
    assert result.returncode == 1
    assert "Traceback" in result.stderr


def test_version():
    from importlib.metadata import version

    assert edgestyle("--version").stdout.strip() == version("edgestyle")
