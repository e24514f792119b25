from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.environment import read_environment
from benchmarks.papers import keeping
from benchmarks.papers.keeping import kept, place_of, place_of_times
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


@pytest.mark.parametrize(
    "changes", [{"cpu": "another"}, {"cores": 64}, {"libraries": {"numpy": "3.0"}}]
)
def test_times_of_another_machine_or_software_have_another_place(tmp_path, monkeypatch, changes):
    here = replace(read_environment(), memory_bytes=8 * 2**30)
    monkeypatch.setattr(keeping, "read_environment", lambda: here)
    place = place_of_times(tmp_path, "times", 1)
    assert place_of_times(tmp_path, "times", 2) != place
    # What a kernel tells of the memory differs from start to start.
    elsewhere = replace(here, memory_bytes=here.memory_bytes - 4096)
    monkeypatch.setattr(keeping, "read_environment", lambda: elsewhere)
    assert place_of_times(tmp_path, "times", 1) == place
    elsewhere = replace(here, **changes)
    monkeypatch.setattr(keeping, "read_environment", lambda: elsewhere)
    assert place_of_times(tmp_path, "times", 1) != place
