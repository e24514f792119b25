from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.papers.keeping import kept, place_of
from edge_app.core.errors import ResultsError


def test_a_part_is_made_once(tmp_path):
    made = []

    def make():
        made.append(1)
        return f"made {len(made)}"

    def part(**options):
        return kept(tmp_path / "part", Path.read_text, Path.write_text, make, **options)

    assert [part(), part(), part(again=True), part()] == ["made 1", "made 1", "made 2", "made 2"]


def test_what_failed_is_not_kept(tmp_path):
    def fail():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        kept(tmp_path / "part", Path.read_text, Path.write_text, fail)
    assert not (tmp_path / "part").exists()


def test_a_damaged_part_says_what_to_do(tmp_path):
    def refuse(path):
        raise ResultsError(f"{path}: was changed")

    (tmp_path / "part").write_text("x")
    with pytest.raises(ResultsError, match="was changed; delete it"):
        kept(tmp_path / "part", refuse, Path.write_text, str)


def test_other_settings_have_another_place(tmp_path):
    places = {place_of(tmp_path, "seen", *settings) for settings in ((1, "a"), (1, "b"), (1,), ())}
    assert len(places) == 4
    assert place_of(tmp_path, "seen", 1) == place_of(tmp_path, "seen", 1)
