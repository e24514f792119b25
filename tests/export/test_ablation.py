"""The comparison's page: figures replaced, text left, pictures written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from edge_app.core.errors import ConfigError
from edge_app.core.image import read_image
from export import ablation
from export.ablation import BEGIN, END, ablate
from export.ablation_config import AblationConfig
from styles.zoo import WEIGHTS
from training.config import StylizerConfig
from training.network import save_stylizer

from .conftest import fake_judge, make_stylizer

MACHINE = "A processor (avx2); a library 1.0."

PAGE = f"# Title\n\nText.\n\n{BEGIN}\n\nold figures\n\n{END}\n\nMore.\n"


@pytest.fixture
def config(make_run, photos: Path, tmp_path: Path) -> AblationConfig:
    page = tmp_path / "docs" / "page.md"
    page.parent.mkdir()
    page.write_text(PAGE)
    return AblationConfig(
        runs=(make_run(make_stylizer(StylizerConfig(width=8, blocks=1))),),
        photos=photos,
        page=page,
        pictures=page.parent / "images",
        size=(32, 48),
        recipes=("fp32", "fp16", "int8-weights"),
        compared_on=2,
    )


def test_figures_are_replaced_and_text_stays(config: AblationConfig, monkeypatch):
    monkeypatch.setattr(ablation, "RUNS", 2)
    told = []
    rows = ablate(
        config,
        lambda run: fake_judge,
        lambda text, share: told.append(share),
        machine=MACHINE,
    )
    text = config.page.read_text()
    assert text.startswith("# Title\n\nText.\n")
    assert text.endswith(f"{END}\n\nMore.\n")
    assert "old figures" not in text
    assert f"worst photograph / median. {MACHINE}\n" in text
    for row in rows:
        assert f"| {row.recipe} | {row.size_bytes / 1e3:.0f} | " in text
        assert len(row.latency_ms) == 2
        assert {gate.metric for gate in row.gates} >= {"psnr", "ssim", "style_change"}
    style = config.runs[0].name
    assert f"(images/{style}.jpg)" in text
    assert read_image(config.pictures / f"{style}.jpg").shape == (64, 3 * 48, 3)
    assert told == sorted(told)
    assert told[-1] == 1.0
    # The second time the figures just written make room.
    before = text.count("| fp32 |")
    ablate(config, lambda run: None, machine=MACHINE)
    assert config.page.read_text().count("| fp32 |") == before
    assert "not judged" in config.page.read_text()


def test_kept_files_are_measured_again_and_not_made_again(config, tmp_path, monkeypatch):
    monkeypatch.setattr(ablation, "RUNS", 1)
    kept = replace(config, keep=tmp_path / "kept")
    first = ablate(kept, lambda run: None, machine=MACHINE)
    (folder,) = kept.keep.iterdir()
    assert {path.name for path in folder.iterdir()} == {
        f"{name}-32x48.tflite" for name in config.recipes
    }
    (folder / "fp16-32x48.tflite").unlink()
    made = []
    make = ablation.TfliteSource.make
    monkeypatch.setattr(
        ablation.TfliteSource,
        "make",
        lambda source, wanted: made.append(wanted.name) or make(source, wanted),
    )
    again = ablate(kept, lambda run: None, machine=MACHINE)
    assert made == ["fp16"]
    assert [row.gates for row in again] == [row.gates for row in first]
    # Another run's are its own.
    save_stylizer(make_stylizer(StylizerConfig(width=8, blocks=1), seed=5), config.runs[0])
    ablate(kept, lambda run: None, machine=MACHINE)
    assert len(list(kept.keep.iterdir())) == 2


def test_a_fine_tuned_file_is_one_more_where_it_is_better(config, tmp_path, monkeypatch):
    monkeypatch.setattr(ablation, "RUNS", 1)
    tune, better = ablation.tuned_graph, True

    def tuned(shop, size, step):
        found = tune(shop, size, step)
        return replace(found, before_db=found.after_db - (1 if better else -1))

    monkeypatch.setattr(ablation, "tuned_graph", tuned)
    wanted = replace(config, recipes=("fp32", "int8-conv"), finetune=2, keep=tmp_path / "kept")
    rows = ablate(wanted, lambda run: None, machine=MACHINE)
    assert [row.recipe for row in rows] == ["fp32", "int8-conv", "int8-conv, fine-tuned"]
    assert "| int8-conv, fine-tuned | " in config.page.read_text()
    (path,) = wanted.keep.glob("*/int8-conv-tuned-2-32x48.tflite")
    plain = path.with_name("int8-conv-32x48.tflite")
    assert path.read_bytes() != plain.read_bytes()

    monkeypatch.setattr(ablation, "tuned_graph", None)  # what was kept is not made again
    again = ablate(wanted, lambda run: None, machine=MACHINE)
    assert [row.gates for row in again] == [row.gates for row in rows]

    monkeypatch.setattr(ablation, "tuned_graph", tuned)
    path.unlink()
    better = False
    rows = ablate(wanted, lambda run: None, machine=MACHINE)
    assert [row.recipe for row in rows] == ["fp32", "int8-conv"]


def test_a_page_without_a_place_is_told_before_the_work(config: AblationConfig):
    config.page.write_text("# Title\n")
    with pytest.raises(ConfigError, match="expected the lines"):
        ablate(config, lambda run: None, machine=MACHINE)


def test_what_cannot_be_compared_is_refused():
    values = {"runs": (Path("run"),), "photos": Path("photos")}
    for changes, message in (
        ({"recipes": ("fp16",)}, "expected fp32 among them"),
        ({"recipes": ("fp32", "int3")}, "unknown recipe 'int3'"),
        ({"runs": ()}, "expected at least one run folder"),
        ({"finetune": -1}, "expected a number of steps, got -1"),
    ):
        with pytest.raises(ConfigError, match=message):
            AblationConfig(**(values | changes))


def test_a_style_that_ships_can_be_compared(photos: Path, tmp_path: Path, monkeypatch):
    monkeypatch.setattr(ablation, "RUNS", 1)
    page = tmp_path / "page.md"
    config = AblationConfig(
        runs=(WEIGHTS / "starry_night-nano",),
        photos=photos,
        page=page,
        pictures=tmp_path,
        size=(64, 64),
        recipes=("fp32",),
        compared_on=1,
    )
    (row,) = ablate(config, lambda run: fake_judge, machine=MACHINE)
    assert row.style == "starry_night-nano"
    assert all(gate.holds for gate in row.gates)
    assert "### starry_night-nano" in page.read_text()
