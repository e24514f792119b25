"""Packs that are changed behind the back of the code that wrote them."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def rezip(tmp_path: Path) -> Callable[..., Path]:
    """Copies a zip with changes, past all our checks: contents by name, None leaves one out."""

    def copy(source: Path, changes: dict[str, bytes | None], name: str = "bad.stylepack") -> Path:
        path = tmp_path / name
        with zipfile.ZipFile(source) as old, zipfile.ZipFile(path, "w") as new:
            files = {**{name: old.read(name) for name in old.namelist()}, **changes}
            for inside, data in files.items():
                if data is not None:
                    new.writestr(inside, data)
        return path

    return copy


@pytest.fixture
def edit(rezip: Callable[..., Path]) -> Callable[..., Path]:
    """Copies a zipped pack with its manifest changed by a function on the parsed JSON."""

    def copy(source: Path, change: Callable[[dict[str, Any]], object]) -> Path:
        with zipfile.ZipFile(source) as archive:
            values = json.loads(archive.read("manifest.json"))
        change(values)
        return rezip(source, {"manifest.json": json.dumps(values).encode()})

    return copy
