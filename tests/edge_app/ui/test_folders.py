from __future__ import annotations

import sys
from pathlib import Path

from edge_app.ui.folders import is_folder, pictures_folder


def test_what_may_not_even_be_looked_at_is_no_folder():
    assert not is_folder(Path("/" + "long" * 100))


def test_the_pictures_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / ".config"))
    assert pictures_folder() == tmp_path
    (tmp_path / "Pictures").mkdir()
    assert pictures_folder() == tmp_path / "Pictures"
    if sys.platform == "linux":
        (tmp_path / "Bilder").mkdir()
        (tmp_path / ".config").mkdir()
        (tmp_path / ".config/user-dirs.dirs").write_text('XDG_PICTURES_DIR="$HOME/Bilder"\n')
        assert pictures_folder() == tmp_path / "Bilder"
