"""The app's version, wherever it runs."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

FILE = Path(__file__).with_name("version.txt")
"""Written when the app is put together for an APK, which has no package metadata."""


def app_version() -> str:
    """That of the installed package or of the APK; 'unknown' where the source runs as it lies."""
    try:
        return version("edgestyle")
    except PackageNotFoundError:
        return FILE.read_text(encoding="utf-8") if FILE.is_file() else "unknown"
