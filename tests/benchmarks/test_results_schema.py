from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.results_file import write_results
from benchmarks.results_schema import results_schema

jsonschema = pytest.importorskip("jsonschema", reason="pip install jsonschema")
DATA = Path(__file__).parent / "data"
PUBLISHED = Path(__file__).parents[2] / "docs" / "results.schema.json"


@pytest.fixture(scope="module")
def validator():
    schema = json.loads(results_schema())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def test_the_published_schema_is_current():
    assert PUBLISHED.read_text(encoding="utf-8") == results_schema(), (
        "write it again: python -m benchmarks.results_schema > docs/results.schema.json"
    )


@pytest.mark.parametrize("version", [1, 2, 3, 4, 5])
def test_files_of_every_version_are_valid(validator, version):
    validator.validate(json.loads((DATA / f"results-schema-{version}.json").read_text()))


def test_what_is_written_is_valid(validator, tmp_path, results, failure, reported, measurement):
    write_results(
        tmp_path / "r.json",
        results(failures=(failure(),), reported=(reported(),), measurements=(measurement(),)),
    )
    values = json.loads((tmp_path / "r.json").read_text())
    validator.validate(values)
    values["measurements"][0]["model"]["samples_ms"][0] = "fast"
    with pytest.raises(jsonschema.ValidationError):
        validator.validate(values)
