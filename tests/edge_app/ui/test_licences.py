from __future__ import annotations

from pathlib import Path

import pytest

from edge_app.ui import licences
from edge_app.ui.licences import APK, FOLDER, WORKS, Work, works_here

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("work", WORKS, ids=[work.name for work in WORKS])
def test_every_text_is_there_to_be_read(work):
    paragraphs = work.paragraphs()
    assert len(paragraphs) >= 4
    assert "opyright" in " ".join(paragraphs)
    # The smallest phone's chip draws textures of 4096 pixels: some 200 lines of 30 letters.
    assert max(map(len, paragraphs)) < 4000


def test_no_text_lies_there_for_nothing():
    named = {name for work in WORKS for name in work.texts}
    assert named == {path.stem for path in FOLDER.iterdir()}


@pytest.mark.parametrize(("root", "text"), [("LICENSE", "apache-2.0"), ("NOTICE", "notice")])
def test_the_projects_own_are_those_of_the_repository(root, text):
    assert (FOLDER / f"{text}.txt").read_text().strip() == (ROOT / root).read_text().strip()


def test_only_what_is_used_is_listed(monkeypatch):
    absent = Work(name="Absent", licence="MIT", texts=("kivy",), module="no_such_module")
    monkeypatch.setattr(licences, "WORKS", (*WORKS, absent))
    names = [work.name for work in works_here()]
    assert {"edgestyle", "Kivy", "SDL2", "Python", "LiteRT"} <= set(names)
    assert "Absent" not in names


def test_an_apk_lists_what_is_built_into_it(monkeypatch):
    names = {work.name for work in WORKS if work.module == APK}
    assert {"OpenSSL", "SQLite", "libffi"} <= names
    assert not names & {work.name for work in works_here()}
    monkeypatch.setattr(licences, "find_spec", lambda name: name == APK or None)
    assert names <= {work.name for work in works_here()}


def test_lines_are_joined_and_tables_kept(tmp_path, monkeypatch):
    (tmp_path / "a.txt").write_text("Title\n=====\n\n  one\n  two   three\n\nA      B\n1      2\n")
    monkeypatch.setattr(licences, "FOLDER", tmp_path)
    work = Work(name="A", licence="MIT", texts=("a",))
    assert work.paragraphs() == ["Title", "one two three", "A      B\n1      2"]
