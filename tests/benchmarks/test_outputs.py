from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.config import BenchConfig
from benchmarks.outputs import check_apart, check_outputs
from edge_app.core.errors import ConfigError, StorageError


def test_two_options_for_one_file_are_refused_by_their_names(tmp_path):
    one, other = tmp_path / "a.json", tmp_path / "a.html"
    check_apart(json=one, report=other, markdown=None)
    with pytest.raises(ConfigError, match="json, markdown: both would be written to"):
        check_apart(json=one, report=other, markdown=tmp_path / "." / "a.json")
    with pytest.raises(ConfigError, match="json, report"):
        check_apart(json=one, report=tmp_path / "x" / ".." / "a.json")
    with pytest.raises(ConfigError, match="report, markdown"):
        check_apart(json=None, report=Path("x"), markdown=Path("x").absolute())


def test_samples_are_not_written_over_unless_that_is_said(tmp_path):
    old, page = tmp_path / "old.json", tmp_path / "page.html"
    for path in (old, page):
        path.write_text("old")
    with pytest.raises(StorageError, match=r"it exists, and samples are not written over.*--over"):
        check_outputs(BenchConfig(packs=("x",), json=old))
    check_outputs(BenchConfig(packs=("x",), json=old, overwrite=True))
    check_outputs(BenchConfig(packs=("x",), json=tmp_path / "new.json", report=page))
    check_outputs(BenchConfig(packs=("x",), markdown=page))
    with pytest.raises(StorageError, match="not a file"):
        check_outputs(BenchConfig(packs=("x",), overwrite=True, report=tmp_path))
    assert old.read_text() == "old"
