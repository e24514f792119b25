from __future__ import annotations

from importlib.metadata import PackageNotFoundError

import pytest

from edge_app.ui import version
from edge_app.ui.version import app_version


@pytest.fixture
def without_metadata(monkeypatch, tmp_path):
    """As in an APK."""

    def absent(name):
        raise PackageNotFoundError(name)

    monkeypatch.setattr(version, "version", absent)
    monkeypatch.setattr(version, "FILE", tmp_path / "version.txt")


def test_an_apk_knows_its_version(without_metadata, tmp_path):
    (tmp_path / "version.txt").write_text("7.8.9")
    assert app_version() == "7.8.9"


def test_a_source_tree_has_none(without_metadata):
    assert app_version() == "unknown"


def test_the_installed_version():
    assert app_version()[0].isdigit()
