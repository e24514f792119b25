from __future__ import annotations

import re
from dataclasses import replace
from types import SimpleNamespace

import pytest

from edge_app.core.catalog import list_packs
from edge_app.core.errors import ConfigError
from edge_app.core.pack import StylePack
from styles import zoo as module
from styles.zoo import WEIGHTS, WORKS, ZooConfig, build_zoo, export_config, recipe
from training.config import PRESETS
from training.network import load_stylizer


@pytest.fixture
def zoo(tmp_path) -> ZooConfig:
    return ZooConfig(
        paintings=tmp_path / "paintings",
        photos=tmp_path / "photos",
        runs=tmp_path / "runs",
        out=tmp_path / "packs",
    )


def test_eight_works_each_with_the_default_network():
    assert len({work.name for work in WORKS}) == len({work.title for work in WORKS}) == 8
    assert all("small" in work.networks for work in WORKS)
    assert sum("nano" in work.networks for work in WORKS) >= 2


@pytest.mark.parametrize("work", WORKS, ids=lambda work: work.name)
def test_a_recipe_is_a_training_and_names_a_style(zoo, work):
    for network in work.networks:
        run = recipe(zoo, work, network)
        assert run.network == PRESETS[network]
        assert run.styles == (work.name,)
        assert run.out.parent == zoo.runs
    assert re.fullmatch(r"(c\. )?\d{4}", work.year)
    assert work.description.endswith(".")
    assert work.weakness.endswith(".")


def test_an_unknown_pack_lists_those_there_are(zoo):
    with pytest.raises(ConfigError, match="no mona_lisa; there are: starry_night, starry_night-na"):
        build_zoo(replace(zoo, only=("mona_lisa",)))


@pytest.mark.parametrize("work", WORKS, ids=lambda work: work.name)
def test_an_export_is_of_the_weights_that_ship_and_has_to_be_good_enough(zoo, work, tmp_path):
    for network in work.networks:
        name = work.name if network == "small" else f"{work.name}-{network}"
        config = export_config(zoo, work, network, WEIGHTS / name, tmp_path / "photo.jpg")
        assert config.good_enough
        assert config.recipes == work.recipes
        assert config.finetune == work.finetune
        assert config.out == zoo.out / f"{name}.stylepack"
        assert load_stylizer(config.run).config == PRESETS[network]


def test_what_ships_is_exported_without_training(zoo, monkeypatch):
    """The weights go to the export as they are; the judge has the paintings that were named."""
    asked = []
    monkeypatch.setattr(module, "train", lambda *_, **__: pytest.fail("it was trained"))
    monkeypatch.setattr(module, "export", lambda config, judge_of: asked.append((config, judge_of)))
    assert build_zoo(replace(zoo, only=("udnie",))) == [zoo.out / "udnie.stylepack"]
    ((config, judge_of),) = asked
    assert config.run == WEIGHTS / "udnie"
    with pytest.raises(ConfigError, match=r"udnie\.jpg is not there any more: .*--paintings"):
        judge_of(None)


def test_it_is_trained_where_that_is_asked_for(zoo, monkeypatch):
    asked = []
    monkeypatch.setattr(module, "train", lambda config, *_, **__: SimpleNamespace(finished=True))
    monkeypatch.setattr(module, "export", lambda config, judge_of: asked.append(config.run))
    build_zoo(replace(zoo, only=("udnie",), train=True))
    assert asked == [zoo.runs / "udnie"]


def test_what_ships_was_made_by_a_recipe_of_these():
    shipped = {pack.path.stem: pack for pack in list_packs()}
    assert all(isinstance(pack, StylePack) for pack in shipped.values())
    expected = {
        work.name if network == "small" else f"{work.name}-{network}": (work, network)
        for work in WORKS
        for network in work.networks
    }
    for name, pack in shipped.items():
        work, network = expected[name]
        manifest = pack.manifest
        assert manifest.id == name
        assert (manifest.artist, manifest.year) == (work.artist, work.year)
        assert work.description in manifest.description
        assert work.weakness in manifest.description
        assert "danielbuechele" in manifest.description
        assert manifest.network == network
        provenance = manifest.provenance
        assert "vgg19" in provenance.teacher
        assert provenance.photos == "cc"
        assert provenance.export is not None
        assert provenance.export.options["recipes"] == list(work.recipes)
        assert provenance.export.options["finetune"] == work.finetune
        assert provenance.config["paintings"] == [f"{work.name}.jpg"]
        assert provenance.steps >= 300
