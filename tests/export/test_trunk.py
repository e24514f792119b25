"""A trunk's pack: every style and mix of it must be what the trained trunk, folded, draws."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_app.core.errors import ConfigError, ParityError, PhotoFolderError, RunError
from edge_app.core.image import read_image
from edge_app.core.manifest import Format
from edge_app.core.pack import StylePack, open_pack
from edge_app.core.runtime import open_runtime
from edge_app.core.strict_json import to_json
from edge_app.core.styles import Palette, styles_of
from edge_app.core.vector import read_vector
from export import build, parity, subjects
from export.build import export
from export.config import ExportConfig
from export.graph import edge_graph, portable_graph
from export.metadata import metadata_of
from export.recipes import FP32, Target
from export.rescale import rescale
from export.styled import StyledGraph, arguments, styled_graph
from training.config import PHOTOGRAPH, PRESETS, StylizerConfig, TrainConfig
from training.network import save_weights
from training.run import RunFacts
from training.trunk import Trunk

from .conftest import fake_judge, make_stylizer

TINY = StylizerConfig(width=8, blocks=1)
SHAPES = {
    "separable": TINY,
    "full ends": StylizerConfig(width=8, blocks=1, full_size_ends=True),
}
NAMES = ("dawn", "dusk", "noon")
SIDE = 64
LENGTH = 2 * (4 + 8 + 2 * 8 + 4)
"""Scales and shifts of TINY's norms."""


def make_trunk(config: StylizerConfig = TINY, names: Sequence[str] = NAMES) -> Trunk:
    """Random; its styles are as far apart as random norms are."""
    trunk = Trunk(config, ())
    trunk.network.load_state_dict(make_stylizer(config).state_dict())
    generator = torch.Generator().manual_seed(1)
    length = sum(trunk._slots.values())
    for name in (PHOTOGRAPH, *names):
        trunk.add(name, torch.rand(length, generator=generator) + 0.5)
    return trunk.eval()


@pytest.fixture(scope="module")
def trunk() -> Trunk:
    return make_trunk()


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, photos: Path) -> Path:
    return write_run(tmp_path_factory.mktemp("run"), photos, TINY, NAMES)


def write_run(folder: Path, photos: Path, network: StylizerConfig, names: Sequence[str]) -> Path:
    """A run folder as the training leaves it, of `make_trunk`."""
    folder.mkdir(exist_ok=True)
    paintings = tuple(Path(f"/home/someone/{name.capitalize()}.jpg") for name in names)
    config = TrainConfig(paintings=paintings, photos=photos, out=folder, network=network)
    save_weights(make_trunk(network, names), network, folder)
    (folder / "config.json").write_text(to_json(config))
    facts = RunFacts(steps=9, elapsed_s=9.0, photo_count=4, skipped={}, versions={"torch": "1"})
    (folder / "run.json").write_text(to_json(facts))
    return folder


@pytest.fixture(scope="module")
def _untrained() -> Iterator[None]:
    """Its photograph is no likeness, and is to be packed all the same."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("export.build.PHOTOGRAPH_MIN_DB", 0.0)
        yield


@pytest.fixture(scope="module")
def pack(run: Path, tmp_path_factory: pytest.TempPathFactory, _untrained: None) -> StylePack:
    folder = tmp_path_factory.mktemp("pack")
    (folder / "cards.json").write_text(json.dumps({"noon": {"title": "High Noon", "year": "1952"}}))
    config = ExportConfig(
        run=run,
        trunk=True,
        cards=folder / "cards.json",
        out=folder / "day.stylepack",
        title="A day",
        sizes=((SIDE, SIDE),),
        recipes=("fp32", "fp16", "int8-conv"),
    )
    return export(config, judge_of=lambda style: fake_judge)


@pytest.fixture(scope="module")
def photo(photos: Path) -> np.ndarray:
    from export.calibration import at_size

    return at_size(read_image(photos / "chelsea.jpg"), (SIDE, SIDE))


def test_the_manifest_names_the_styles(pack: StylePack):
    card = pack.manifest
    assert (card.id, card.title) == ("a-day", "A day")
    assert [style.id for style in card.styles] == list(NAMES)
    assert [style.title for style in card.styles] == ["Dawn", "Dusk", "High Noon"]
    assert card.styles[2].year == "1952"
    assert card.photograph == "styles/photograph.npy"
    assert all(set(style.quality) == {"content", "style"} for style in card.styles)
    assert [style.name for style in styles_of(pack)] == [f"a-day/{name}" for name in NAMES]


def test_the_vectors_are_the_trained_ones(pack: StylePack, trunk: Trunk):
    files = {style.id: style.vector for style in pack.manifest.styles}
    files[PHOTOGRAPH] = pack.manifest.photograph
    for name, file in files.items():
        expected = trunk.styles[name].detach().numpy()
        found = read_vector(pack.read(file), len(expected), where=file)
        np.testing.assert_array_equal(found, expected)


def test_a_styles_vector_costs_little():
    """20 kB at most, for the largest preset but the paper's own, and for that too."""
    for name in ("nano", "small", "base", "paper"):
        assert 4 * StyledGraph(edge_graph(make_stylizer(PRESETS[name]))).style_length < 20_000


def test_a_styles_preview_is_small_and_shows_the_style(pack: StylePack, tmp_path: Path):
    drawn = []
    for style in pack.manifest.styles:
        content = pack.read(style.preview)
        assert len(content) <= build.STYLE_PREVIEW_BYTES
        (tmp_path / "preview.jpg").write_bytes(content)
        drawn.append(read_image(tmp_path / "preview.jpg"))
        assert max(drawn[-1].shape) in build.STYLE_PREVIEW_SIDES
    # Random styles draw noise, which no JPEG makes small: so sides differ.
    assert np.abs(drawn[0].mean((0, 1)) - drawn[1].mean((0, 1))).max() > 1


@pytest.mark.slow
@pytest.mark.usefixtures("_untrained")
def test_a_style_adds_at_most_20_kilobytes_to_a_pack(photos: Path, tmp_path: Path):
    """All of it, with the files that an export writes unless asked otherwise."""
    sizes = []
    for names in (NAMES[:2], NAMES):
        run = write_run(tmp_path / f"run-{len(names)}", photos, PRESETS["small"], names)
        out = tmp_path / f"{len(names)}.stylepack"
        config = ExportConfig(run=run, trunk=True, out=out, sizes=((64, 64), (64, 96)))
        sizes.append(export(config, judge_of=lambda style: fake_judge).path.stat().st_size)
    assert 10_000 < sizes[1] - sizes[0] <= 20_000


@pytest.mark.parametrize("kind", [Format.TFLITE, Format.ONNX])
@settings(max_examples=6)
@given(
    shares=st.lists(st.floats(0, 1), min_size=3, max_size=3).filter(lambda x: sum(x) > 0.1),
    strength=st.floats(0.1, 1),
)
def test_any_mix_is_what_the_trained_trunk_draws(loaded, kind, shares, strength):
    trunk, palettes, runtimes, photo = loaded
    mix = palettes.mix(dict(zip(NAMES, shares)), strength)
    assert mix.strength == 1.0
    folded = {name: strength * share / sum(shares) for name, share in zip(NAMES, shares)}
    expected = parity.by_torch(trunk.fold({**folded, PHOTOGRAPH: 1 - strength}), photo)
    found = runtimes[kind].run(photo, mix.style)
    np.testing.assert_allclose(found, expected, atol=2e-4)


@pytest.fixture(scope="module")
def loaded(pack, trunk, photo):
    runtimes = {
        kind: open_runtime(pack, format=kind, recipe="fp32", threads=1)
        for kind in (Format.TFLITE, Format.ONNX)
    }
    yield trunk, Palette(pack), runtimes, photo
    for runtime in runtimes.values():
        runtime.close()


def test_every_file_passed_in_every_style(pack: StylePack):
    kinds = {model.format for model in pack.manifest.models}
    assert kinds == {Format.TFLITE, Format.ONNX, Format.COREML}
    for model in pack.manifest.models:
        assert model.style_length == LENGTH
        for gate in model.gates:
            assert gate.holds
            assert gate.on.startswith("2 photographs at ")
            # Mixes and the photograph have no painting to be judged by.
            judged = gate.metric in ("content_change", "style_change")
            told = ", in 3 styles" if judged else ", in 4 styles and 6 mixes"
            assert told in gate.on
        samples = {gate.metric: len(gate.samples) for gate in model.gates}
        sizes = 2 if model.format is Format.ONNX else 1
        assert samples["ssim"] == (4 * 2 + 6) * sizes
        assert samples["content_change"] == samples["style_change"] == 3 * 2 * sizes


def test_tflite_files_say_which_input_is_the_style(pack: StylePack):
    from ai_edge_litert.interpreter import Interpreter

    for model in pack.models(format=Format.TFLITE):
        content = pack.read(model.path)
        metadata = metadata_of(content)
        assert metadata is not None
        picture, style = metadata.inputs
        assert (picture.name, picture.size, style.name, style.size) == (
            *("image", (SIDE, SIDE)),
            *("style", None),
        )
        details = Interpreter(model_content=content).get_input_details()
        shapes = [each["shape"].tolist() for each in details]
        assert shapes == [[1, SIDE, SIDE, 3], [1, 1, 1, LENGTH]]


def test_tflite_is_one_piece_without_a_transposition(pack: StylePack):
    for model in pack.models(format=Format.TFLITE):
        assert model.lint is not None
        assert "TRANSPOSE" not in model.lint.operators
        (xnnpack,) = (each for each in model.lint.delegates if each.name == "xnnpack")
        assert (xnnpack.refused, xnnpack.pieces) == ({}, 1)


DAMAGES = {
    "two styles swapped": lambda vectors: {
        **vectors,
        "dawn": vectors["dusk"],
        "dusk": vectors["dawn"],
    },
    "scale and shift swapped": lambda vectors: {
        **vectors,
        "noon": np.concatenate([vectors["noon"][4:8], vectors["noon"][:4], vectors["noon"][8:]]),
    },
    "norms in another order": lambda vectors: {
        **vectors,
        "noon": np.roll(vectors["noon"], 16),
    },
    "a single number": lambda vectors: {
        **vectors,
        "noon": vectors["noon"] + np.eye(1, len(vectors["noon"]), 60, dtype=np.float32)[0],
    },
    "the photograph's as a style's": lambda vectors: {**vectors, "dawn": vectors[PHOTOGRAPH]},
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_wrong_vector_is_caught(pack: StylePack, trunk: Trunk, photos: Path, damage: str):
    """The file is sound; what it is given for a style is not that style's."""
    (model,) = pack.models(format=Format.TFLITE, recipe="fp32")
    sound = [each for each in subjects.subjects_of(trunk, lambda _: None) if not each.is_mix]
    vectors = DAMAGES[damage]({each.name: each.vector for each in sound})
    wrong = [dataclasses.replace(each, vector=vectors[each.name]) for each in sound]
    shown = [("chelsea.jpg", read_image(photos / "chelsea.jpg"))]
    content = pack.read(model.path)
    sizes = [(SIDE, SIDE)]
    assert subjects.check_file(
        model, content, subjects.compared(sound, shown, sizes), FP32.thresholds
    )
    with pytest.raises(ParityError, match=r"in the style \w+: tflite/fp32"):
        subjects.check_file(model, content, subjects.compared(wrong, shown, sizes), FP32.thresholds)


def test_a_wrong_mix_is_caught(pack: StylePack, trunk: Trunk, photos: Path):
    """As if shares were forgotten: a mix drawn as its first style."""
    (model,) = pack.models(format=Format.TFLITE, recipe="fp32")
    mixes = [each for each in subjects.subjects_of(trunk, lambda _: None) if each.is_mix]
    pure = trunk.styles["dawn"].detach().numpy()
    wrong = [dataclasses.replace(each, vector=pure) for each in mixes]
    shown = [("chelsea.jpg", read_image(photos / "chelsea.jpg"))]
    what = subjects.compared(wrong, shown, [(SIDE, SIDE)])
    with pytest.raises(ParityError, match="in the style dawn and dusk: "):
        subjects.check_file(model, pack.read(model.path), what, FP32.thresholds)


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("target", Target)
@torch.inference_mode()
def test_the_edge_graph_draws_every_style(name: str, target: Target, rng):
    trunk = make_trunk(SHAPES[name])
    graph = styled_graph(edge_graph(trunk.network, target))
    picture = rng.random((36, 48, 3), dtype=np.float32)
    vectors = {style: trunk.styles[style].numpy() for style in trunk.styles}
    rescale(graph, [picture], list(vectors.values()))
    for style, vector in vectors.items():
        found = graph(*arguments(picture, vector))[0].numpy()
        expected = parity.by_torch(trunk.fold({style: 1.0}), picture)
        assert np.abs(found - expected).max() < 1e-4


@pytest.mark.parametrize("name", SHAPES)
@torch.inference_mode()
def test_the_portable_graph_draws_every_style(name: str, rng):
    trunk = make_trunk(SHAPES[name])
    graph = styled_graph(portable_graph(trunk.network))
    picture = rng.random((36, 48, 3), dtype=np.float32)
    pictures = torch.from_numpy(picture).permute(2, 0, 1)[None]
    for style in trunk.styles:
        found = graph(pictures, trunk.styles[style].view(1, -1, 1, 1))[0].permute(1, 2, 0).numpy()
        expected = parity.by_torch(trunk.fold({style: 1.0}), picture)
        assert np.abs(found - expected).max() < 1e-5


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"style": "dawn"}, "style, trunk: expected one style or all of them"),
        ({"recipes": ("fp32", "int8-full")}, "recipes: a trunk has fp32, .*, not int8-full"),
        ({"recipes": ("auto",)}, "recipes: a trunk has .* not auto"),
        ({"onnx_recipes": ("fp32", "int8-conv")}, "onnx_recipes: a trunk has fp32, not int8-conv"),
        ({"trunk": False, "cards": Path("c.json")}, "cards: has a meaning with --trunk only"),
    ],
)
def test_options_that_a_trunk_does_not_have(tmp_path, options, message):
    with pytest.raises(ConfigError, match=message):
        ExportConfig(**{"run": tmp_path, "out": tmp_path / "a.stylepack", "trunk": True, **options})


@pytest.mark.parametrize(
    ("cards", "message"),
    [
        ("{", "not readable as JSON"),
        ("[]", "expected an object, got list"),
        ('{"night": {}}', "no style 'night' in the run; it has: dawn, dusk, noon"),
        ('{"dawn": {"painter": "x"}}', "cards.json: dawn: painter: unknown key"),
        ('{"dawn": {"title": "two\\nlines"}}', "title: expected one line"),
        (None, "cannot be read"),
    ],
)
def test_cards_that_cannot_be_used(run, tmp_path, cards, message):
    file = tmp_path / "cards.json"
    if cards is not None:
        file.write_text(cards)
    out = tmp_path / "a.stylepack"
    config = ExportConfig(run=run, trunk=True, cards=file, out=out, recipes=(), coreml=False)
    with pytest.raises(ConfigError, match=message):
        export(config)
    assert not out.exists()


def test_every_style_that_is_to_be_good_enough_needs_a_judge(run, tmp_path):
    """The photograph and the mixes have no painting, and need none."""
    (tmp_path / "photos").mkdir()
    config = ExportConfig(
        run=run,
        trunk=True,
        out=tmp_path / "a.stylepack",
        good_enough=True,
        photos=tmp_path / "photos",
    )
    with pytest.raises(ConfigError, match="a judge of content and style of dusk, got none"):
        export(config, judge_of=lambda style: None if style == "dusk" else fake_judge)
    with pytest.raises(PhotoFolderError):
        export(config, judge_of=lambda style: fake_judge)


def test_a_run_of_one_painting_is_no_trunk(make_run, tmp_path):
    run = make_run(make_stylizer(TINY))
    with pytest.raises(RunError, match="not a trunk"):
        export(ExportConfig(run=run, trunk=True, out=tmp_path / "a.stylepack"))


def test_a_photograph_that_is_no_likeness_is_left_out(run, tmp_path, monkeypatch):
    """And the same run gives the same pack."""
    packs = []
    for name in "ab":
        out = tmp_path / f"{name}.stylepack"
        config = ExportConfig(run=run, trunk=True, out=out, recipes=(), coreml=False)
        monkeypatch.setattr("export.build.PHOTOGRAPH_MIN_DB", 99.0)
        with pytest.warns(RuntimeWarning, match="strength will mix pixels"):
            packs.append(export(config))
    assert packs[0].sha256 == packs[1].sha256
    card = open_pack(packs[0].path).manifest
    assert card.photograph is None
    assert set(card.quality) == {"photograph_psnr"}
    assert not any("photograph" in name for name in packs[0].files)
    mix = Palette(packs[0]).mix({"noon": 1}, 0.25)
    assert mix.strength == 0.25
