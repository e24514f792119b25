from __future__ import annotations

import re
from dataclasses import replace

import pytest

from edge_app.core.catalog import list_packs
from edge_app.core.errors import ConfigError
from edge_app.core.pack import StylePack
from styles.zoo import WORKS, ZooConfig, build_zoo, recipe
from training.config import PRESETS


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


def test_an_unknown_pack_lists_those_there_are(zoo):
    with pytest.raises(ConfigError, match="no mona_lisa; there are: starry_night, starry_night-na"):
        build_zoo(replace(zoo, only=("mona_lisa",)))


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
        assert manifest.network == network
        provenance = manifest.provenance
        assert "vgg19" in provenance.teacher
        assert provenance.photos == "cc"
        assert provenance.config["paintings"] == [f"{work.name}.jpg"]
        assert provenance.steps >= 300
