from __future__ import annotations

import os
import sys

import pytest

from edge_app.core.catalog import BrokenPack, default_folders, find_pack, list_packs
from edge_app.core.errors import PackError
from edge_app.core.pack import StylePack


@pytest.fixture
def styles(tmp_path, pack_at):
    """Two good packs, a zip and a folder, a broken one, and what is none."""
    pack_at(name="styles/whirl.stylepack")
    pack_at(name="styles/candy")
    folder = tmp_path / "styles"
    (folder / "broken.stylepack").write_bytes(b"broken")
    (folder / "README.md").write_text("none")
    (folder / "photos").mkdir()
    (folder / ".hidden.stylepack").write_bytes(b"half written")
    return folder


def test_lists_good_and_broken_by_name(styles):
    packs = list_packs([styles])
    assert [pack.path.name for pack in packs] == ["broken.stylepack", "candy", "whirl.stylepack"]
    assert [type(pack) for pack in packs] == [BrokenPack, StylePack, StylePack]
    assert isinstance(packs[0], BrokenPack)
    assert packs[0].reason.startswith(f"{styles / 'broken.stylepack'}: not a style pack")


def test_a_variant_follows_its_painting(pack_at, tmp_path):
    for name in ("wave-nano", "wave", "wax"):
        pack_at(name=f"{name}.stylepack")
    assert [pack.path.name.removesuffix(".stylepack") for pack in list_packs([tmp_path])] == [
        "wave",
        "wave-nano",
        "wax",
    ]


def test_a_missing_folder_is_shown(styles, tmp_path):
    missing, *others = list_packs([tmp_path / "none", styles])
    assert missing == BrokenPack(
        path=tmp_path / "none", reason=f"{tmp_path / 'none'}: No such file or directory"
    )
    assert len(others) == 3


def test_finds_by_name_and_by_path(styles):
    assert find_pack("whirl", [styles]) == styles / "whirl.stylepack"
    assert find_pack("candy", [styles]) == styles / "candy"
    for name in ("whirl.stylepack", "candy", "broken.stylepack"):
        assert find_pack(str(styles / name), []) == styles / name


def test_the_first_folder_wins(styles, pack_at):
    own = pack_at(name="own/whirl.stylepack")
    assert find_pack("whirl", [own.parent, styles]) == own


def test_a_folder_that_is_no_pack_does_not_hide_a_style(styles, tmp_path, monkeypatch):
    (tmp_path / "work" / "whirl").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "work")
    assert find_pack("whirl", [styles]) == styles / "whirl.stylepack"


@pytest.mark.parametrize("name", ["none", "", "README.md", "photos", ".hidden", "../styles"])
def test_unknown_styles(styles, name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(PackError, match=r"a known style; known are: broken, candy, whirl$"):
        find_pack(name, [styles])


def test_nothing_known(tmp_path):
    with pytest.raises(PackError, match="known are: none; set EDGESTYLE_STYLES to a folder"):
        find_pack("whirl", [tmp_path, tmp_path / "missing"])


def test_default_folders(monkeypatch, tmp_path):
    bundled = tmp_path / "installed" / "styles"
    bundled.mkdir(parents=True)
    (bundled / "__init__.py").write_text("")
    monkeypatch.delitem(sys.modules, "styles", raising=False)
    monkeypatch.syspath_prepend(bundled.parent)
    monkeypatch.setenv("EDGESTYLE_STYLES", os.pathsep.join(["/a", "", "/b"]))
    assert [str(folder) for folder in default_folders()] == ["/a", "/b", str(bundled)]


def test_without_bundled_styles(monkeypatch):
    monkeypatch.setitem(sys.modules, "styles", None)
    monkeypatch.delenv("EDGESTYLE_STYLES", raising=False)
    monkeypatch.setattr("edge_app.core.catalog.find_spec", lambda name: None)
    assert default_folders() == []
    assert list_packs() == []


def test_the_variable_is_used(styles, monkeypatch):
    monkeypatch.setenv("EDGESTYLE_STYLES", str(styles))
    assert find_pack("candy") == styles / "candy"
    assert {pack.path for pack in list_packs()} >= {styles / "candy"}
