from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_app.core.errors import PackError
from edge_app.core.manifest import Gate, Manifest, TrunkStyle, check_name, check_names

HASH = "0123456789abcdef" * 4


@pytest.fixture
def complete(manifest, model):
    """A manifest with every hash."""
    return manifest(
        model("tflite/a.tflite", size_bytes=10, sha256=HASH),
        model("coreml/b.mlpackage", size_bytes=9, sha256=HASH, gates=(), not_run="needs macOS"),
        model("onnx/c.onnx", size=None, size_bytes=8, sha256=HASH),
        preview_sha256=HASH,
    )


def read(manifest, **changes):
    values = json.loads(manifest.to_json()) | changes
    return Manifest.from_json(json.dumps(values), where="p/manifest.json")


def test_round_trip(complete):
    back = Manifest.from_json(complete.to_json(), where="here")
    assert back == complete
    assert back.to_json() == complete.to_json()


@pytest.mark.parametrize(
    ("version", "message"),
    [
        (5, r"made by a newer edgestyle \(manifest schema 5, this one reads up to 4\)"),
        (0, "schema_version: expected 1 to 4, got 0"),
        ("1", 'schema_version: expected a whole number, got "1"'),
        (True, "schema_version: expected a whole number, got true"),
    ],
)
def test_schema_version(complete, version, message):
    with pytest.raises(PackError, match=f"^p/manifest.json: {message}"):
        read(complete, schema_version=version)


def test_a_newer_schema_is_told_before_its_unknown_keys(complete):
    with pytest.raises(PackError, match="newer edgestyle"):
        read(complete, schema_version=7, hologram=[1, 2])
    with pytest.raises(PackError, match="hologram: unknown key"):
        read(complete, hologram=[1, 2])


@pytest.mark.parametrize("title", ["two\nlines", "\x1b[31mred", "\x07", "\ud800"])
def test_texts_that_would_steer_a_terminal(complete, title):
    with pytest.raises(PackError, match="title: expected one line of text, got"):
        read(complete, title=title)


def test_titles_in_any_language(complete):
    assert read(complete, title="神奈川 [沖]\u00a0浪裏 :smile:").title.endswith(":smile:")


def test_the_schema_version_must_be_there(complete):
    values = json.loads(complete.to_json())
    del values["schema_version"]
    with pytest.raises(PackError, match="schema_version: the key is missing"):
        Manifest.from_json(json.dumps(values), where="here")


@pytest.mark.parametrize("name", ["", "Whirl", "a b", "a/b", "ü", "x" * 65, "a\n"])
def test_ids(manifest, model, name):
    with pytest.raises(PackError, match="id: expected 1 to 64 of"):
        manifest(model("tflite/a.tflite"), id=name)


def test_at_least_one_model(manifest):
    with pytest.raises(PackError, match="models: expected at least one"):
        manifest()


@pytest.mark.parametrize(
    "paths",
    [
        ("tflite/a", "tflite/a"),
        ("tflite/a", "tflite/A"),
        ("tflite/a", "tflite/a/b"),
        ("tflite/a/b/c", "tflite/A"),
    ],
)
def test_models_may_not_collide(manifest, model, paths):
    with pytest.raises(PackError, match=r"there twice|lies inside"):
        manifest(*(model(path) for path in paths))


@pytest.mark.parametrize("preview", ["manifest.json", "tflite/a", "../x.jpg", "/x.jpg", ""])
def test_the_preview_is_a_file_of_its_own(manifest, model, preview):
    with pytest.raises(PackError):
        manifest(model("tflite/a"), preview=preview)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"size": (0, 4)}, "size: expected a height and width of 1 to 16384"),
        ({"size": (4, 20000)}, "size: expected a height and width"),
        ({"size_multiple": 0}, "size_multiple: expected 1 to 1024, got 0"),
        ({"recipe": "INT 8"}, "recipe: expected a name like"),
    ],
)
def test_models_that_cannot_be(model, changes, message):
    with pytest.raises(PackError, match=message):
        model("tflite/a", **changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sha256": ""}, "tflite/a.tflite: sha256: expected 64 hex"),
        ({"sha256": HASH.upper()}, "tflite/a.tflite: sha256: expected 64 hex"),
        ({"size_bytes": 0}, "tflite/a.tflite: size_bytes: expected 1 or more"),
        ({"gates": ()}, "tflite/a.tflite: expected gates, or not_run with the reason"),
    ],
)
def test_what_is_not_complete_is_not_read(complete, changes, message):
    first, *others = complete.models
    models = (dataclasses.replace(first, **changes), *others)
    text = dataclasses.replace(complete, models=models).to_json()
    with pytest.raises(PackError, match=f"^here: {message}"):
        Manifest.from_json(text, where="here")


@pytest.mark.parametrize(("unit", "text"), [("dB", " dB"), ("1", "")])
def test_a_plain_number_is_told_without_a_unit(complete, unit, text):
    assert dataclasses.replace(complete.models[0].gates[0], unit=unit).unit_text == text


@pytest.mark.parametrize(
    ("metric", "worst", "threshold", "holds"),
    [
        ("psnr", 60, 60, True),
        ("psnr", 59.9, 60, False),
        ("ssim", 0.98, 0.97, True),
        ("ssim", 0.96, 0.97, False),
        ("max_abs_diff", 1e-4, 1e-3, True),
        ("max_abs_diff", 2e-3, 1e-3, False),
    ],
)
def test_gates(complete, metric, worst, threshold, holds):
    gate = Gate(
        metric=metric,
        unit="1",
        threshold=threshold,
        worst=worst,
        median=worst,
        samples=(worst,),
        on="x",
    )
    assert gate.holds is holds
    first, *others = complete.models
    first = dataclasses.replace(first, gates=(*first.gates, gate))
    changed = dataclasses.replace(complete, models=(first, *others))
    if holds:
        changed.check_complete()
    else:
        with pytest.raises(PackError, match=f"tflite/a.tflite: its {metric} of .* fails its own"):
            changed.check_complete()


def test_a_gate_is_of_something(complete):
    gate = complete.models[0].gates[0]
    with pytest.raises(PackError, match="samples: expected at least one"):
        dataclasses.replace(gate, samples=())


@pytest.mark.parametrize(
    "name",
    ["a", "a/b.c", "coreml/fp16.mlpackage/Data/com.apple.CoreML/weights/weight.bin", "a-_ b"],
)
def test_good_names(name):
    check_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "/a",
        "a/",
        "a//b",
        ".",
        "..",
        "../a",
        "a/../b",
        "a/./b",
        "a\\b",
        "..\\a",
        "C:/a",
        "C:a",
        "a\0b",
        "a\nb",
        "a\x7f",
        "é",
        "a*",
        "a.",
        "a /b",
        "x" * 241,
        "\udcff",
    ],
)
def test_bad_names(name):
    with pytest.raises(PackError):
        check_name(name)


@given(st.text(alphabet="ab./\\:~ \0", max_size=8))
def test_no_good_name_leaves_its_folder(name):
    from pathlib import PurePosixPath, PureWindowsPath

    try:
        check_name(name)
    except PackError:
        return
    for flavour in (PurePosixPath, PureWindowsPath):
        path = flavour("root", name)
        assert path.is_relative_to(flavour("root"))
        assert ".." not in path.parts
        assert path.relative_to(flavour("root")).as_posix() == name


def test_files_lie_side_by_side():
    check_names(["a", "b/a", "b/b", "c.a"])


def test_a_manifest_of_the_first_schema_can_still_be_read(complete):
    """As edgestyle wrote it before models had these keys."""
    values = json.loads(complete.to_json())
    values["schema_version"] = 1
    for entry in values["models"]:
        for key in ("sizes", "lint", "why", "not_reproducible"):
            del entry[key]
    old = Manifest.from_json(json.dumps(values), where="here")
    assert [entry.path for entry in old.models] == [entry.path for entry in complete.models]
    assert all(entry.lint is None and entry.sizes == () for entry in old.models)


def test_a_manifest_of_the_second_schema_can_still_be_read(complete):
    """As edgestyle wrote it when a pack was one style."""
    values = json.loads(complete.to_json())
    values["schema_version"] = 2
    for key in ("styles", "photograph", "photograph_sha256"):
        del values[key]
    for entry in values["models"]:
        del entry["style_length"]
    old = Manifest.from_json(json.dumps(values), where="here")
    assert dataclasses.replace(old, schema_version=4) == complete


def test_a_manifest_of_the_third_schema_can_still_be_read():
    """As edgestyle wrote it when a provenance ended with the training."""
    path = Path(__file__).with_name("data") / "manifest-schema-3.json"
    old = Manifest.from_json(path.read_bytes(), where="here")
    assert (old.schema_version, len(old.styles), old.models[0].grain) == (3, 2, 0.06)
    assert old.provenance.export is None


def trunk_style(name, **changes):
    values = {
        "id": name,
        "title": name.capitalize(),
        "artist": "nobody",
        "year": "2026",
        "licence": "CC0-1.0",
        "description": "One of two.",
        "vector": f"styles/{name}.npy",
        "preview": f"styles/{name}.jpg",
        "quality": {},
    }
    return TrunkStyle(**(values | changes))


@pytest.mark.parametrize(
    ("styles", "lengths", "message"),
    [
        ((), (3,), r"take styles of \[3\] numbers, and the pack has 0 styles"),
        (("a", "b"), (0,), r"take styles of \[0\] numbers, and the pack has 2 styles"),
        (("a", "b"), (3, 4), r"take styles of \[3, 4\] numbers"),
        (("a", "a"), (3,), "'styles/a.npy': there twice"),
    ],
)
def test_styles_and_models_that_do_not_belong_together(manifest, model, styles, lengths, message):
    models = [model(f"tflite/{n}.tflite", style_length=n) for n in lengths]
    with pytest.raises(PackError, match=message):
        manifest(*models, styles=tuple(map(trunk_style, styles)))


def test_two_styles_of_one_name(manifest, model):
    styles = (trunk_style("a"), trunk_style("b", id="a"))
    with pytest.raises(PackError, match="two have the same id: a, a"):
        manifest(model("tflite/a.tflite", style_length=3), styles=styles)


def test_a_photograph_without_styles(manifest, model):
    with pytest.raises(PackError, match="photograph: expected none"):
        manifest(model("tflite/a.tflite"), photograph="styles/photograph.npy")


def test_every_file_of_a_trunk_needs_its_hash(manifest, model):
    whole = manifest(
        model("tflite/a.tflite", style_length=3, size_bytes=1, sha256=HASH),
        styles=(trunk_style("a"),),
        photograph="styles/photograph.npy",
    )
    names = ("preview.jpg", "styles/photograph.npy", "styles/a.npy", "styles/a.jpg")
    assert tuple(whole.files) == names
    hashes = dict.fromkeys(names, HASH)
    whole.with_hashes(hashes).check_complete()
    for name in names:
        with pytest.raises(PackError, match=f"{name}: sha256: expected 64 hexadecimal digits"):
            whole.with_hashes({**hashes, name: ""}).check_complete()


@pytest.mark.parametrize("metric", ["content_change", "style_change", "max_abs_diff"])
def test_what_is_better_when_smaller_holds_below_its_threshold(metric):
    values = {"unit": "1", "threshold": 0.02, "median": 0.0, "samples": (0.0,), "on": "1"}
    assert Gate(metric=metric, worst=0.01, **values).holds
    assert not Gate(metric=metric, worst=0.03, **values).holds


def test_several_sizes_hold_the_first_choice(model):
    entry = model("coreml/b.mlpackage", size=(64, 64), sizes=((32, 48), (64, 64)))
    assert entry.size_text == "32x48 or 64x64"
    with pytest.raises(PackError, match="size: expected one of sizes"):
        model("coreml/b.mlpackage", size=(32, 32), sizes=((32, 48), (64, 64)))
    with pytest.raises(PackError, match="a height and width of 1 to 16384"):
        model("coreml/b.mlpackage", size=(32, 48), sizes=((32, 48), (0, 64)))
