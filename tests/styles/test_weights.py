"""The weights that ship are those that the packs were made of."""

from __future__ import annotations

from contextlib import closing

import numpy as np
import pytest

from edge_app.core.catalog import list_packs
from edge_app.core.grain import grained
from edge_app.core.image import read_image
from edge_app.core.manifest import Format
from edge_app.core.pack import StylePack
from edge_app.core.runtime import open_runtime
from export.calibration import at_size
from export.config import ExportConfig
from export.parity import by_torch
from export.trained import read_trained
from styles.zoo import WEIGHTS
from training.network import load_stylizer
from training.run import read_facts

PACKS = {pack.path.stem: pack for pack in list_packs() if isinstance(pack, StylePack)}


def test_every_pack_has_its_weights_and_no_other():
    assert {each.name for each in WEIGHTS.iterdir() if each.is_dir()} == set(PACKS)


@pytest.mark.parametrize("name", PACKS)
def test_they_draw_the_packs_picture(photos, name: str):
    stylizer = load_stylizer(WEIGHTS / name)
    picture = at_size(read_image(photos / "chelsea.jpg"), (128, 160))
    with closing(open_runtime(PACKS[name], format=Format.ONNX, recipe="fp32")) as runtime:
        drawn = runtime.run(grained(picture, stylizer.config.grain))
    assert np.abs(drawn - by_torch(stylizer, picture)).max() < 2e-5


@pytest.mark.parametrize("name", PACKS)
def test_they_say_of_the_training_what_the_pack_says(name: str, tmp_path):
    trained = read_trained(
        ExportConfig(run=WEIGHTS / name, out=tmp_path / "x.stylepack"), lambda _: None
    )
    manifest = PACKS[name].manifest
    facts = read_facts(WEIGHTS / name)
    told = manifest.provenance
    assert trained.training.loss.style_weight == told.config["loss"]["style_weight"]
    assert [path.name for path in trained.training.paintings] == told.config["paintings"]
    assert (facts.steps, facts.photo_count) == (told.steps, told.photo_count)
    assert trained.training.network == trained.stylizer.config
