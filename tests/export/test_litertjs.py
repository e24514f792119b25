"""The exported files in LiteRT.js, in a browser: there they draw what they draw here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import skimage.data
import torch

from chromium import needs_chromium
from edge_app.core.catalog import list_packs
from edge_app.core.image import Bytes, Picture
from edge_app.core.manifest import Format, ModelFile
from edge_app.core.metrics import max_abs_diff, psnr_db
from edge_app.core.pack import StylePack
from edge_app.core.runtime import load_runtime
from edge_app.core.stylizer import prepare
from export import tflite as converter
from export.card import Card, file_metadata
from export.graph import edge_graph
from export.recipes import RECIPES, How
from export.styled import arguments, styled_graph
from litertjs import Case, Drawn, draw, needs_litertjs
from training.config import StylizerConfig

from .conftest import make_stylizer

pytestmark = [needs_litertjs, needs_chromium, pytest.mark.slow]

SHIPPED = [pack for pack in list_packs() if isinstance(pack, StylePack)]
SIZE = (256, 256)

SAME = 1e-5
"""Largest difference of files that compute in float32: the same operations by other instructions
and in another order, which made 2e-6 at most. A wrong graph or file would show from 1e-3 on."""

ALIKE_DB = 40.0
"""Of files that compute in 8 bits. There a difference in the seventh place turns some values by a
whole step, and the norm after them spreads it: 44 dB was the least, 64 the usual."""

WRONG: Mapping[str, Callable[[Picture], Picture]] = {
    "blue for red": lambda picture: picture[..., ::-1],
    "0 to 255": lambda picture: picture * 255,
    "-1 to 1": lambda picture: 2 * picture - 1,
    "rows for columns": lambda picture: picture.swapaxes(0, 1),
}


def case(pack: StylePack, model: ModelFile, photo: Bytes) -> Case:
    return Case(pack.read(model.path), [prepare(model, photo).given])


def here(pack: StylePack, model: ModelFile, photo: Bytes) -> Picture:
    content = pack.read(model.path)
    with closing(load_runtime(model, content, threads=1)) as runtime:
        return runtime.run(prepare(model, photo).given)


def alike(recipe: str, there: Picture, picture: Picture) -> bool:
    if any(rule.how in {How.INT8_DYNAMIC, How.INT8_STATIC} for rule in RECIPES[recipe].rules):
        return psnr_db(there, picture) >= ALIKE_DB
    return max_abs_diff(there, picture) <= SAME


def check(pack: StylePack, model: ModelFile, photo: Bytes, there: Drawn | str) -> None:
    assert isinstance(there, Drawn), f"{model.path}: {there}"
    picture = here(pack, model, photo)
    assert there.inputs == [[1, *picture.shape]]
    assert alike(model.recipe, there.picture, picture), (
        f"{model.path}: {max_abs_diff(there.picture, picture):.2g} apart, "
        f"{psnr_db(there.picture, picture):.1f} dB"
    )
    # LiteRT.js 2.5.3 leaves the convolutions of fp16 out of XNNPACK, which is slow and no more.
    assert there.in_one_piece or model.recipe == "fp16", model.path


def named(pack: StylePack, model: ModelFile) -> str:
    return f"{pack.path.stem}-{Path(model.path).stem}"


@pytest.fixture(scope="module")
def photo() -> Bytes:
    return skimage.data.coffee()


@pytest.fixture(scope="module")
def drawn(photo: Bytes, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Drawn | str]:
    """What the files that ship make of a photograph, and one style's of wrong ones."""
    cases = {
        named(pack, model): case(pack, model, photo)
        for pack in SHIPPED
        for model in pack.models(format=Format.TFLITE, size=SIZE)
    }
    for model in SHIPPED[0].models(format=Format.TFLITE, size=SIZE):
        name = named(SHIPPED[0], model)
        for fault, spoil in WRONG.items():
            (given,) = cases[name].inputs
            spoilt = spoil(given).astype(np.float32)
            cases[f"{name} {fault}"] = Case(cases[name].model, [spoilt])
    return draw(cases, tmp_path_factory.mktemp("shipped"))


@pytest.mark.parametrize("pack", SHIPPED, ids=lambda pack: pack.path.stem)
def test_what_ships_is_drawn_alike(pack: StylePack, photo: Bytes, drawn):
    models = pack.models(format=Format.TFLITE, size=SIZE)
    recipes = {model.recipe for model in models}
    assert recipes in ({"fp32", "fp16", "int8-conv"}, {"fp32", "fp16", "int8-dynamic"})
    for model in models:
        check(pack, model, photo, drawn[named(pack, model)])


@pytest.mark.parametrize("pack", SHIPPED, ids=lambda pack: pack.path.stem)
def test_8_bits_cost_no_more_than_here(pack: StylePack, photo: Bytes, drawn):
    (exact,) = pack.models(format=Format.TFLITE, recipe="fp32", size=SIZE)
    models = pack.models(format=Format.TFLITE, size=SIZE)
    (model,) = (model for model in models if model.recipe.startswith("int8"))
    reference = here(pack, exact, photo)
    cost_db = psnr_db(here(pack, model, photo), reference)
    assert psnr_db(drawn[named(pack, model)].picture, reference) > cost_db - 1


@pytest.mark.parametrize("fault", WRONG)
@pytest.mark.parametrize("recipe", ["fp32", "fp16", "int8-conv"])
def test_a_picture_that_is_given_wrongly_is_not_alike(recipe: str, fault: str, photo, drawn):
    pack = SHIPPED[0]
    (model,) = pack.models(format=Format.TFLITE, recipe=recipe, size=SIZE)
    picture = here(pack, model, photo)
    name = named(pack, model)
    # Norms take a factor out of a picture: of this one a float file leaves 1e-4 to be seen or less,
    # only ranges that are fixed are harmed.
    if fault != "0 to 255" or recipe == "int8-conv":
        assert not alike(recipe, drawn[f"{name} {fault}"].picture, picture)
    # Nor is one alike that is read wrongly.
    assert not alike(recipe, WRONG[fault](drawn[name].picture), picture)


def test_every_recipe_and_a_wide_picture(pack: StylePack, photo: Bytes, tmp_path: Path):
    models = pack.models(format=Format.TFLITE)
    assert {"int8-weights", "int8-dynamic"} < {model.recipe for model in models}
    assert (32, 48) in {model.size for model in models}
    drawn = draw({named(pack, model): case(pack, model, photo) for model in models}, tmp_path)
    for model in models:
        check(pack, model, photo, drawn[named(pack, model)])


def test_threads_draw_alike(photo: Bytes, tmp_path: Path):
    pack = SHIPPED[0]
    models = pack.models(format=Format.TFLITE, size=SIZE)
    cases = {named(pack, model): case(pack, model, photo) for model in models}
    drawn = draw(cases, tmp_path, threads=2)
    for model in models:
        check(pack, model, photo, drawn[named(pack, model)])


@torch.inference_mode()
def test_a_trunk_takes_its_style(card: Card, rng: np.random.Generator, tmp_path: Path):
    graph = styled_graph(edge_graph(make_stylizer(StylizerConfig(width=8, blocks=1))))
    picture = rng.random((32, 48, 3), dtype=np.float32)
    styles = rng.random((2, graph.style_length), dtype=np.float32) + np.float32(0.5)
    metadata = file_metadata(card, (32, 48), style_length=graph.style_length)
    content = converter.finish(converter.convert(graph, (32, 48)), metadata)
    cases = {f"style {i}": Case(content, [picture, style]) for i, style in enumerate(styles)}
    there = draw(cases, tmp_path)
    drawn = [there[name].picture for name in cases]
    expected = [graph(*arguments(picture, style))[0].numpy() for style in styles]
    assert np.allclose(drawn, expected, atol=1e-4)
    assert not np.allclose(drawn[0], expected[1], atol=1e-2)


def test_known_arithmetic_comes_out(tflite, mix, rng, tmp_path: Path):
    """No norm here: what is wrong with a range or an order is seen undiminished."""
    picture = rng.random((32, 48, 3), dtype=np.float32)
    style = np.array([0.2, 0.4, 0.6], np.float32)
    cases = {
        "picture": Case(tflite(), [picture]),
        "picture and style": Case(tflite(operators=("conv", "style")), [picture, style]),
        "blue for red": Case(tflite(), [picture[..., ::-1]]),
        "0 to 255": Case(tflite(), [picture * 255]),
        "another size": Case(tflite(), [picture[:16]]),
        "any size": Case(tflite(free=True), [picture]),
        "no model": Case(b"nothing", [picture]),
    }
    drawn = draw(cases, tmp_path)
    assert max_abs_diff(drawn["picture"].picture, mix(picture)) < 1e-6
    assert max_abs_diff(drawn["picture and style"].picture, mix(picture) * style) < 1e-6
    for fault in ("blue for red", "0 to 255"):
        assert max_abs_diff(drawn[fault].picture, mix(picture)) > 0.5
    assert "does not match expected" in drawn["another size"]
    # It has no call that sets a size: files of free size are not for it.
    assert "does not match expected" in drawn["any size"]
    assert "Failed to load" in drawn["no model"]
