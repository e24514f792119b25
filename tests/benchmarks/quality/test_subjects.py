from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from PIL import Image

from benchmarks.quality.photographs import Photograph
from benchmarks.quality.subjects import each_style, open_subject
from edge_app.core.errors import ConfigError, EdgestyleError, ImageError, RunError
from edge_app.core.image import to_float, to_uint8
from edge_app.core.pack import write_pack
from tiny_models import VECTORS, describe, make_trunk
from training.config import LossConfig, StylizerConfig
from training.data import to_picture, to_tensor
from training.network import Stylizer, save_stylizer, save_weights
from training.trunk import Trunk


@pytest.fixture
def photograph(real):
    return Photograph(name="clips/0001", picture=real["coffee"][:64, :64], aspect=0.75)


@pytest.fixture
def pack(pack_at, tflite):
    return pack_at({"tflite/fp32-64x64.tflite": tflite((64, 64))})


@pytest.fixture
def run(tmp_path, whirl_file):
    torch.manual_seed(0)
    folder = tmp_path / "run"
    save_stylizer(Stylizer(StylizerConfig(width=8, blocks=1)), folder)
    settings = {
        "paintings": [str(whirl_file)],
        "loss": {"style_weight": 7.0},
        "style_size": 96,
        "a_key_of_another_version": 1,
    }
    (folder / "config.json").write_text(json.dumps(settings))
    return folder


def test_a_pack_draws_as_the_app_does(pack, photograph, mix, whirl_file):
    found = open_subject(str(pack), size=64, paintings=whirl_file.parent)
    expected = to_uint8(mix(to_float(photograph.picture)))
    assert np.abs(found.draw(photograph).astype(int) - expected).max() <= 1
    assert (found.method, found.style, found.kind) == ("nano", "whirl", "pack")
    assert found.painting == whirl_file
    assert found.loss == LossConfig()
    assert len(found.sha256) == 64
    assert "tflite/fp32-64x64.tflite" in found.model


def test_a_pack_without_the_size_says_what_it_holds(pack):
    with pytest.raises(ConfigError, match=r"size 128.*it holds: tflite fp32 64x64"):
        open_subject(str(pack), size=128)


@pytest.fixture
def trunk(tmp_path, tflite):
    """A pack of two styles at 64x64."""
    content = tflite((64, 64), operators=("conv", "style"))
    manifest, files = make_trunk(describe("tflite/fp32-64x64.tflite", style_length=3))
    contents = {**files, "tflite/fp32-64x64.tflite": content}
    return write_pack(tmp_path / "day.stylepack", manifest, contents).path


def test_each_style_of_a_pack_is_a_subject(trunk, photograph, mix, whirl_file):
    texts = each_style(f"ours={trunk}")
    assert texts == [f"ours={trunk}#dawn", f"ours={trunk}#dusk"]
    for text, (name, vector) in zip(texts, VECTORS.items()):
        found = open_subject(text, size=64, paintings=whirl_file)
        assert (found.method, found.style, found.title) == ("ours", name, name.capitalize())
        expected = to_uint8(mix(to_float(photograph.picture)) * vector)
        assert np.abs(found.draw(photograph).astype(int) - expected).max() <= 1
    with pytest.raises(ConfigError, match="no style 'noon' in it; there are: dawn, dusk"):
        open_subject(f"{trunk}#noon", size=64)


def test_what_is_one_style_stays_one_subject(pack, run, tmp_path):
    for text in (str(pack), f"a={pack}", str(run), f"{run}#wave", f"b={run}", str(tmp_path)):
        assert each_style(text) == [text]


def test_a_run_draws_with_its_network(run, photograph, whirl_file):
    found = open_subject(f"Mine={run}", size=64)
    assert (found.method, found.style, found.kind) == ("Mine", "whirl", "run")
    assert found.painting == whirl_file
    assert found.loss.style_weight == 7
    assert found.style_size == 96
    from training.network import load_stylizer

    with torch.no_grad():
        expected = to_picture(load_stylizer(run)(to_tensor(photograph.picture)))
    np.testing.assert_array_equal(found.draw(photograph), expected)


def test_each_style_of_a_run_is_a_subject(tmp_path, photograph, whirl_file):
    torch.manual_seed(0)
    config = StylizerConfig(width=8, blocks=1)
    trunk = Trunk(config, ("whirl", "scream"))
    trunk.styles["scream"].data += torch.randn_like(trunk.styles["scream"])
    save_weights(trunk, config, tmp_path)
    settings = {"paintings": ["gone/The Scream.jpg", str(whirl_file)]}
    (tmp_path / "config.json").write_text(json.dumps(settings))
    whirl, scream = (open_subject(f"{tmp_path}#{x}", size=64) for x in ("whirl", "scream"))
    assert (whirl.style, scream.style) == ("whirl", "scream")
    assert whirl.painting == whirl_file
    assert scream.painting is None
    assert (whirl.draw(photograph) != scream.draw(photograph)).any()
    with pytest.raises(EdgestyleError, match="whirl"):
        open_subject(f"{tmp_path}#none", size=64)


def test_a_run_of_an_older_version_still_knows_its_painting(run, whirl_file):
    settings = {"painting": str(whirl_file), "loss": {}, "style_size": 96}
    (run / "config.json").write_text(json.dumps(settings))
    assert open_subject(str(run), size=64).painting == whirl_file


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", r"config\.json.*not readable as JSON"),
        ("[]", r"config\.json: expected an object"),
        ('{"loss": {"stile_weight": 1}}', r"config\.json: loss.*stile_weight: unknown key"),
        ('{"style_size": "big"}', r"style_size: expected a whole number"),
        ('{"paintings": "x.jpg"}', r"paintings: expected a list"),
    ],
)
def test_a_damaged_run_is_told(run, text, message):
    (run / "config.json").write_text(text)
    with pytest.raises(RunError, match=message):
        open_subject(str(run), size=64)


def test_a_painting_that_is_gone_is_none(run, tmp_path):
    (run / "config.json").write_text('{"paintings": ["gone.jpg"]}')
    assert open_subject(str(run), size=64).painting is None
    with pytest.raises(ConfigError, match="no such file or folder"):
        open_subject(str(run), size=64, paintings=tmp_path / "none")


@pytest.fixture
def pictures(tmp_path, real):
    folder = tmp_path / "scream"
    (folder / "clips").mkdir(parents=True)
    Image.fromarray(real["rocket"][:96]).save(folder / "clips" / "0001-styled.png")
    return folder


def test_finished_pictures_are_found_by_their_photographs_names(pictures, photograph, real):
    found = open_subject(f"NAAS={pictures}", size=64, paintings=None)
    assert (found.method, found.style, found.kind) == ("NAAS", "scream", "pictures")
    drawn = found.draw(photograph)
    assert drawn.shape == (64, 64, 3)
    middle = np.asarray(Image.fromarray(real["rocket"][:96, 16:112]).resize((64, 64), 1))
    assert np.abs(drawn.astype(int) - middle).mean() < 1
    missing = Photograph(name="clips/0002", picture=photograph.picture, aspect=0.75)
    with pytest.raises(ImageError, match=r"there is no picture clips/0002\.\*"):
        found.draw(missing)


def test_a_photograph_beside_its_finished_picture_is_not_judged(pictures, photograph, real):
    drawn = open_subject(str(pictures), size=64).draw(photograph)
    Image.fromarray(real["coffee"][:96]).save(pictures / "clips" / "0001.png")
    assert np.array_equal(open_subject(str(pictures), size=64).draw(photograph), drawn)


def test_a_finished_picture_of_another_part_is_refused(pictures, photograph):
    wide = Photograph(name="clips/0001", picture=photograph.picture, aspect=0.5)
    with pytest.raises(ImageError, match=r"height is 0\.75 of its width.*0\.50"):
        open_subject(str(pictures), size=64).draw(wide)


def test_nothing_is_told(tmp_path):
    with pytest.raises(EdgestyleError, match="neither a style pack's path nor a known style"):
        open_subject(str(tmp_path / "none"), size=64)
