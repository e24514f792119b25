"""All of it at toy size: networks of a few channels, five steps, pictures of 64 pixels."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from PIL import Image

from benchmarks.papers import contest, keeping, practice, reproduce, stopwatch, tables
from benchmarks.papers.config import Method, PapersConfig
from benchmarks.papers.findings import IMAGE_TYPES, RESULTS, read_findings
from benchmarks.papers.page import write_page
from edge_app.core.errors import (
    ImageError,
    MissingExtraError,
    PackError,
    PhotoFolderError,
    StorageError,
)
from edge_app.core.image import read_image
from training.config import PRESETS


@pytest.fixture
def pack(pack_at, tflite):
    return pack_at({"tflite/fp32-64x64.tflite": tflite((64, 64))})


@pytest.fixture(scope="module")
def folders(tmp_path_factory) -> tuple[Path, Path]:
    """Two folders of 20 different parts of real photographs each."""
    rng = np.random.default_rng(0)
    made = []
    for names in (("astronaut", "coffee"), ("chelsea", "rocket")):
        folder = tmp_path_factory.mktemp("photos")
        for name in names:
            photo = getattr(skimage.data, name)()
            for i in range(10):
                top = rng.integers(photo.shape[0] - 192)
                left = rng.integers(photo.shape[1] - 256)
                part = Image.fromarray(photo[top : top + 192, left : left + 256])
                part.resize((96, 72)).save(folder / f"{name}-{i}.png")
        made.append(folder)
    return made[0], made[1]


@pytest.fixture
def config(monkeypatch, tmp_path, painting, folders, pack):
    small = {name: replace(PRESETS[name], width=8, blocks=1) for name in practice.NETWORKS.values()}
    monkeypatch.setattr(practice, "PRESETS", small)
    return PapersConfig(
        paintings=(painting,),
        photos=folders[0],
        test_photos=folders[1],
        out=tmp_path / "out",
        packs=(str(pack),),
        sizes=(64,),
        steps=5,
        batch=1,
        crop=64,
        style_size=128,
        naas_steps=5,
        photographs=5,
        side=64,
    )


@pytest.mark.slow
def test_all_of_it(config, monkeypatch):
    told = []
    found, exhibits = reproduce.reproduce(config, lambda text, _share: told.append(text))
    comparison = found.comparison

    assert len(found.latency.measurements) == 1
    assert list(tables.miou(comparison.seen)) == [*Method, "nano"]  # the pack is of its style
    for tests in tables.miou(comparison.unseen).values():
        assert all(0 <= value <= 1 for value in tests)
    accuracy = tables.accuracies(comparison.unseen)
    assert {method: list(points) for method, points in accuracy.items()} == {
        method: [20, 40, 60, 80, 100] for method in Method
    }
    by_name = {each.method: each for each in comparison.unseen.judgements}
    assert by_name["NAAS"].style_distance < by_name["NAAS 20 %"].style_distance
    assert comparison.recipe.photo_count == 20
    assert comparison.recipe.given == ()
    for method in Method:
        for kind in IMAGE_TYPES:
            assert comparison.execution.seconds(method, 64, kind) > 0
    assert [sorted(each.drawn) for each in exhibits] == [sorted([*Method, "nano"])] * 2
    assert not np.array_equal(exhibits[0].photo, exhibits[1].photo)

    written = write_page(config.out, found, exhibits)
    assert read_findings(config.out / RESULTS) == found
    assert all(path.stat().st_size for path in written)

    # Again: nothing is done twice, and the same comes out.
    for module, name in (
        (practice, "train"),
        (practice, "optimise"),
        (contest, "evaluate"),
        (contest, "time_methods"),
        (reproduce, "bench"),
    ):
        monkeypatch.setattr(module, name, None)
    again, pictures = reproduce.reproduce(config)
    assert again.comparison == comparison
    assert again.latency == found.latency
    assert len(pictures) == 2
    assert pictures[0].drawn.keys() == exhibits[0].drawn.keys()
    np.testing.assert_array_equal(pictures[0].drawn["CNN"], exhibits[0].drawn["CNN"])


def test_times_are_taken_again_where_asked(tmp_path, pack):
    config = PapersConfig(out=tmp_path, packs=(str(pack),), sizes=(64,))
    first, exhibits = reproduce.reproduce(config)
    assert exhibits == []
    assert first.comparison is None
    kept, _ = reproduce.reproduce(config)
    assert kept.latency == first.latency
    again, _ = reproduce.reproduce(replace(config, retime=True))
    assert again.latency.created >= first.latency.created
    assert again.latency != first.latency


def test_a_work_folder_of_another_machine_is_not_joined(tmp_path, pack, monkeypatch):
    config = PapersConfig(out=tmp_path, packs=(str(pack),), sizes=(64,))
    first, _ = reproduce.reproduce(config)
    moved = replace(keeping.read_environment(), cpu="another")
    monkeypatch.setattr(keeping, "read_environment", lambda: moved)
    assert reproduce.reproduce(config)[0].latency != first.latency


def test_packs_are_timed_on_the_photograph_of_the_methods(tmp_path, pack, monkeypatch):
    found, _ = reproduce.reproduce(PapersConfig(out=tmp_path, packs=(str(pack),), sizes=(64,)))
    decoded = []

    def watched(path, size):
        decoded.append(read_image(path).shape[:2])
        raise KeyboardInterrupt

    monkeypatch.setattr(stopwatch, "_decoded", watched)
    with pytest.raises(KeyboardInterrupt):
        stopwatch.time_methods(PapersConfig(sizes=(64,)), {}, lambda _text, _share: None)
    assert decoded == [found.latency.settings.photo_size] == [(768, 768)]


def test_without_a_pack(tmp_path, monkeypatch):
    monkeypatch.setattr(reproduce, "list_packs", list)
    with pytest.raises(PackError, match="name the packs of Table II"):
        reproduce.reproduce(PapersConfig(out=tmp_path))


def test_what_is_wrong_is_told_before_hours_of_work(config, tmp_path, monkeypatch):
    monkeypatch.setattr(reproduce, "_packs", None)  # nothing is done: this would fail
    text = tmp_path / "text.jpg"
    text.write_text("no picture")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ImageError, match=r"text\.jpg"):
        reproduce.reproduce(replace(config, paintings=(*config.paintings, text)))
    with pytest.raises(ImageError, match=r"text\.jpg"):
        reproduce.reproduce(replace(config, shown=(text,)))
    with pytest.raises(PhotoFolderError, match="empty"):
        reproduce.reproduce(replace(config, test_photos=tmp_path / "empty"))
    for name in ("out", "work"):
        with pytest.raises(StorageError, match="a folder was expected"):
            reproduce.reproduce(replace(config, **{name: text / "below"}))


def test_without_torch_the_extra_is_named(config, monkeypatch):
    monkeypatch.setattr(reproduce, "_latency", lambda *_: None)
    monkeypatch.setitem(sys.modules, "benchmarks.papers.contest", None)
    with pytest.raises(MissingExtraError, match=r"edgestyle\[evaluate\]"):
        reproduce.reproduce(config)


def test_the_command(tmp_path, pack):
    command = [sys.executable, "-m", "edgestyle", "bench", "paper", "--packs", str(pack)]
    result = subprocess.run(
        [*command, "--sizes", "64", "--out", str(tmp_path / "papers")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert "Table II: seconds by style" in result.stdout
    assert "3.086" in result.stdout
    assert (tmp_path / "papers" / "report.html").is_file()
    wrong = subprocess.run([*command, "--steps", "3"], capture_output=True, text=True, check=False)
    assert wrong.returncode != 0
    assert "steps: expected a multiple of 5" in wrong.stderr
