from __future__ import annotations

import json
from pathlib import Path

import pytest

from edge_app.core.json_schema import manifest_schema
from edge_app.core.manifest import Delegate, Lint

jsonschema = pytest.importorskip("jsonschema", reason="pip install jsonschema")
PUBLISHED = Path(__file__).parents[3] / "docs" / "manifest.schema.json"


@pytest.fixture(scope="module")
def validator():
    schema = json.loads(manifest_schema())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.fixture
def written(manifest, model):
    lint = Lint(
        operators={"CONV_2D": 3},
        delegates=(Delegate(name="xnnpack", basis="measured", refused={}, pieces=1),),
    )
    return json.loads(
        manifest(
            model("tflite/a.tflite", lint=lint, why="auto"),
            model("coreml/b.mlpackage", size=(32, 48), sizes=((32, 48), (64, 64))),
            model("onnx/c.onnx", size=None),
        ).to_json()
    )


def test_the_published_schema_is_current():
    assert PUBLISHED.read_text(encoding="utf-8") == manifest_schema(), (
        "write it again: python -m edge_app.core.json_schema > docs/manifest.schema.json"
    )


def test_what_is_written_is_valid(validator, written):
    validator.validate(written)


@pytest.mark.parametrize(
    "change",
    [
        lambda m: m.update(hologram=1),
        lambda m: m.update(schema_version=99),
        lambda m: m.pop("id"),
        lambda m: m["models"][0].update(size=[32]),
        lambda m: m["models"][0].update(size=[32, 48, 3]),
        lambda m: m["models"][0].update(format="pickle"),
        lambda m: m["models"][0]["gates"][0].update(worst="good"),
        lambda m: m["models"][0]["lint"]["operators"].update(CONV_2D="three"),
        lambda m: m["provenance"].update(steps=1.5),
    ],
)
def test_what_is_not_of_the_schema_is_refused(validator, written, change):
    change(written)
    with pytest.raises(jsonschema.ValidationError):
        validator.validate(written)


def test_fields_are_described(validator):
    described = validator.schema["$defs"]["ModelFile"]["properties"]["path"]["description"]
    assert described.startswith("Inside the pack")
