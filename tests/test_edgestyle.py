"""The command line as a user meets it: real processes, real files."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import edgestyle as cli


def edgestyle(*words: object, **environment: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "edgestyle", *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **{name: str(value) for name, value in environment.items()}},
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
    commands = (
        "train",
        "optimise",
        "export",
        "ablate",
        "pack",
        "stylize",
        "bench",
        "styles",
        "demo",
    )
    for command in commands:
        assert command in result.stdout
        page = edgestyle(command, "--help")
        assert page.returncode == 0
        assert f"usage: edgestyle {command}" in page.stdout


def test_a_pack_can_be_looked_into(job):
    shown = edgestyle("pack", "inspect", job / "tiny.stylepack")
    assert shown.returncode == 0, shown.stderr
    for part in ("Tiny by Nobody", "tflite/int8-conv-64x64.tflite", "style_change: worst"):
        assert part in shown.stdout
    assert "xnnpack: all, 1 piece (measured" in shown.stdout
    assert "gpu: all (from the published list of operators, not run)" in shown.stdout
    assert "metadata: Tiny by Nobody (CC0-1.0)" in shown.stdout
    assert "in: image: RGB 64x64, (x - 0) / 255, 0 to 1" in shown.stdout


def test_a_file_that_is_no_model_does_not_end_the_listing(pack_at, tflite):
    """The manifest vouches for its bytes; what they are, nobody has looked at."""
    shown = edgestyle(
        *("pack", "inspect"),
        pack_at({"tflite/fp16-32x48.tflite": b"junk", "tflite/fp32-32x48.tflite": tflite()}),
    )
    assert shown.returncode == 0, shown.stderr
    junk, sound = shown.stdout.split("\n\n")[1:]
    assert "metadata: damaged: " in junk
    assert "metadata: none in the file" in sound


def test_a_pack_can_be_verified_and_damage_is_told(job, tmp_path):
    sound = edgestyle("pack", "verify", job / "tiny.stylepack")
    assert sound.returncode == 0, sound.stderr
    assert "tflite/fp32-64x64.tflite: litert " in sound.stdout
    assert "every file is what the manifest says" in sound.stdout
    content = bytearray((job / "tiny.stylepack").read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / "bad.stylepack").write_bytes(content)
    assert "bad.stylepack: " in complaint(edgestyle("pack", "verify", tmp_path / "bad.stylepack"))


def test_packs_can_be_compared(job, tmp_path):
    same = edgestyle("pack", "diff", job / "tiny.stylepack", job / "tiny.stylepack")
    assert (same.returncode, same.stdout.strip()) == (0, "no difference")
    assert "expected 2 packs, got 1" in complaint(edgestyle("pack", "diff", job / "tiny.stylepack"))
    exported = edgestyle(
        *("export", job / "run", "--out", tmp_path / "x.stylepack", "--sizes", "32x64"),
        *("--recipes", "fp32", "--no-coreml", "--no-onnx", "--title", "Other"),
    )
    assert exported.returncode == 0, exported.stderr
    other = edgestyle("pack", "diff", job / "tiny.stylepack", tmp_path / "x.stylepack")
    assert other.returncode == 1
    assert "title: Tiny -> Other" in other.stdout
    assert "tflite/fp32-32x64.tflite: path: absent -> tflite/fp32-32x64.tflite" in other.stdout


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


def test_the_runtime_and_its_accelerator_may_be_chosen(
    pack_at, tflite, onnx_file, photos, tmp_path
):
    pack = pack_at({"tflite/a.tflite": tflite(), "onnx/a.onnx": onnx_file(32, 48)})
    asked = ("stylize", photos / "chelsea.jpg", "--style", pack, "--out", tmp_path / "x.png")
    for runtime, accelerator, told in (
        ("litert", "xnnpack", ", xnnpack, "),
        ("litert", "none", ", none, "),
        ("onnx", "auto", "(onnx/a.onnx, onnx "),
    ):
        result = edgestyle(*asked, "--runtime", runtime, "--accelerator", accelerator)
        assert result.returncode == 0, result.stderr
        assert told in result.stdout
    assert "android is for Android" in complaint(edgestyle(*asked, "--runtime", "android"))
    assert "not gpu" in complaint(edgestyle(*asked, "--accelerator", "gpu"))


def test_strength_0_gives_the_photograph_back(job, photos, tmp_path):
    for strength in (0, 1):
        edgestyle(
            *("stylize", photos / "coffee.jpg", "--style", job / "tiny.stylepack"),
            *("--out", tmp_path / f"{strength}.png", "--strength", strength),
        )
    plain, styled = (np.asarray(Image.open(tmp_path / f"{s}.png")).astype(int) for s in (0, 1))
    photo = Image.open(photos / "coffee.jpg").resize(plain.shape[1::-1], Image.Resampling.LANCZOS)
    # Ours is decoded no larger than needed and reduced another way, which edges show a little.
    assert np.abs(plain - np.asarray(photo).astype(int)).mean() < 3
    assert np.abs(plain - styled).mean() > 5


def test_styles_of_one_pack_are_mixed(trunk_at, tmp_path, photos, mix):
    pack, cat, out = trunk_at(), photos / "chelsea.jpg", tmp_path / "x.png"
    given = ("stylize", cat, "--style", pack, "--out", out)
    assert "holds several styles; choose with --mix, of: dawn dusk" in complaint(edgestyle(*given))
    pictures = {}
    for words in (("dawn",), ("dusk",), ("dawn=1", "dusk=3")):
        done = edgestyle(*given, "--mix", *words)
        assert done.returncode == 0, done.stderr
        pictures[words] = np.asarray(Image.open(out)).astype(float)
    dawn, dusk, mixed = pictures.values()
    np.testing.assert_allclose(mixed, 0.25 * dawn + 0.75 * dusk, atol=1.01)
    assert np.abs(dawn - dusk).mean() > 20
    for words, reason in (
        (("noon",), "there is no style 'noon' in it; there are: dawn, dusk"),
        (("dawn=much",), "expected STYLE=NUMBER, got 'dawn=much'"),
        (("dawn", "dawn=2"), "dawn is there twice"),
        (("dawn=-1",), "expected a share of 0 or more"),
    ):
        assert reason in complaint(edgestyle(*given, "--mix", *words))


def test_the_recipe_can_be_left_to_the_device(pack_at, photos, tmp_path):
    given = ("stylize", photos / "rocket.jpg", "--style", pack_at(), "--out", tmp_path / "a.png")
    result = edgestyle(*given, "--recipe", "auto")
    assert result.returncode == 0, result.stderr
    assert "fp32: there is no int8-conv for these wishes" in result.stdout
    assert "fp32: " not in edgestyle(*given).stdout


def test_the_styles_of_one_pack_are_listed(trunk_at, tmp_path):
    trunk_at()
    listed = edgestyle("styles", EDGESTYLE_STYLES=tmp_path)
    for part in ("day --mix dawn", "day --mix dusk", "Dawn", "1901"):
        assert part in listed.stdout
    looked = edgestyle("pack", "inspect", tmp_path / "day.stylepack")
    for part in (
        "style dusk: Dusk by A. Nobody, 1901",
        "takes a style of 3 numbers",
        "none in the",
    ):
        assert part in looked.stdout


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


def test_names_are_nobodys_markup(job, photos, tmp_path):
    """Brackets in names of files and titles of packs are shown as they stand, and end nothing."""
    import dataclasses

    from edge_app.core.pack import open_pack, write_pack

    pack = open_pack(job / "tiny.stylepack")
    title = "[/red]x [bold] :smile:"
    files = {model.path: pack.extract(model, tmp_path / "models") for model in pack.manifest.models}
    (tmp_path / "styles").mkdir()
    write_pack(
        tmp_path / "styles" / "[i].stylepack",
        dataclasses.replace(pack.manifest, title=title),
        {**files, "preview.jpg": pack.read("preview.jpg")},
    )
    (tmp_path / "styles" / "[b].stylepack").write_text("no pack")
    photo = tmp_path / "[red] [bold].jpg"
    photo.write_bytes((photos / "coffee.jpg").read_bytes())
    styled = edgestyle(
        *("stylize", photo, "--style", tmp_path / "styles" / "[i].stylepack"),
        *("--out", tmp_path / "[u].png"),
    )
    assert styled.returncode == 0, styled.stderr
    assert title in styled.stdout
    assert f"stylizing with {title}" in styled.stderr
    assert str(tmp_path / "[u].png") in styled.stdout
    listed = edgestyle("styles", EDGESTYLE_STYLES=tmp_path / "styles")
    assert listed.returncode == 0, listed.stderr
    assert "[i]" in listed.stdout
    assert title in listed.stdout
    assert f"broken {tmp_path}/styles/[b].stylepack: not a style pack" in listed.stdout


def test_where_pictures_go(job, photos, tmp_path):
    pack, cat = job / "tiny.stylepack", photos / "chelsea.jpg"
    several = edgestyle(
        "stylize", cat, photos / "coffee.jpg", "--style", pack, "--out", tmp_path / "x.jpg"
    )
    assert "several photographs need a folder" in complaint(several)
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(cat.read_bytes())
    itself = edgestyle("stylize", photo, "--style", pack, "--out", photo)
    assert "is the photograph itself" in complaint(itself)
    assert photo.read_bytes() == cat.read_bytes()
    twice = edgestyle("stylize", photo, photo, "--style", pack, "--out", tmp_path / "out")
    assert twice.returncode == 0, twice.stderr
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["photo-styled.jpg"]
    below = edgestyle("stylize", photo, "--style", pack, "--out", photo / "x.png")
    assert f"{photo} is a file, a folder was expected" in complaint(below)


def test_a_folder_of_which_nothing_can_be_read(job, tmp_path):
    (tmp_path / "in").mkdir()
    for name in ("a.jpg", "b.jpg"):
        (tmp_path / "in" / name).write_text("no picture")
    result = edgestyle(
        *("stylize", tmp_path / "in", "--style", job / "tiny.stylepack"),
        *("--out", tmp_path / "out"),
    )
    assert "none of the 2 photographs could be stylized" in complaint(result)
    assert result.stderr.count("skipped ") == 2
    assert not result.stdout


def test_nothing_is_cut_where_it_is_narrow(job, tmp_path):
    exported = edgestyle(
        *("export", job / "run", "--out", tmp_path / "x.stylepack", "--sizes", 64),
        *("--no-coreml", "--no-onnx"),
        COLUMNS=50,
    )
    assert exported.returncode == 0, exported.stderr
    for name in ("fp32", "fp16", "int8-conv"):
        assert f"tflite/{name}-64x64.tflite " in exported.stdout
    measured = edgestyle(
        *("bench", job / "tiny.stylepack", "--runs", 1, "--recipes", "fp32", "--sizes", 64),
        COLUMNS=50,
    )
    assert measured.returncode == 0, measured.stdout + measured.stderr
    assert any(line.rstrip().endswith("agrees") for line in measured.stdout.splitlines())
    assert "…" not in exported.stdout + measured.stdout


def test_a_name_that_no_text_can_hold(job, photos, tmp_path):
    photo = tmp_path / os.fsdecode(b"bad\xff.jpg")
    try:
        photo.write_bytes((photos / "coffee.jpg").read_bytes())
    except OSError:
        pytest.skip("the file system here allows text only")
    result = edgestyle(
        *("stylize", photo, "--style", job / "tiny.stylepack", "--out", tmp_path / "out"),
        PYTHONIOENCODING="utf-8:strict",
    )
    assert result.returncode == 0, result.stderr


def test_a_defect_is_one_line_too(monkeypatch, capsys):
    def broken() -> int:
        raise KeyError("what\nnobody foresaw")

    monkeypatch.setitem(cli.COMMANDS, "styles", broken)
    with pytest.raises(SystemExit, match="1"):
        cli.main(["styles"])
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("edgestyle: a defect of edgestyle")
    assert "KeyError" in line
    assert "--debug" in line


def test_debug_shows_the_traceback(tmp_path):
    result = edgestyle("--debug", "export", tmp_path, "--out", tmp_path / "x.stylepack")
    assert result.returncode == 1
    assert "Traceback" in result.stderr


def test_version():
    from importlib.metadata import version

    assert edgestyle("--version").stdout.strip() == version("edgestyle")
