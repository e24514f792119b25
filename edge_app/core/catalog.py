"""The packs on this machine: those that ship with edgestyle and those of the user's own folders."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from edge_app.core.errors import PackError
from edge_app.core.manifest import MANIFEST
from edge_app.core.pack import SUFFIX, StylePack, open_pack

STYLES_VARIABLE = "EDGESTYLE_STYLES"
"""Environment variable with folders of packs, separated as in PATH; searched before the bundled."""

BUNDLED = "styles"
"""The top-level package whose folder holds the packs that ship."""


@dataclass(frozen=True, kw_only=True)
class BrokenPack:
    """A pack that cannot be used; it is shown with the reason and hides no other."""

    path: Path
    reason: str


def default_folders() -> list[Path]:
    """The folders that are searched for packs: EDGESTYLE_STYLES, then the bundled ones."""
    own = [Path(name) for name in os.environ.get(STYLES_VARIABLE, "").split(os.pathsep) if name]
    bundled = find_spec(BUNDLED)
    places = bundled.submodule_search_locations if bundled is not None else None
    return own + [Path(place) for place in places or ()]


def list_packs(folders: Sequence[Path] | None = None) -> list[StylePack | BrokenPack]:
    """Open every pack of the folders (`default_folders()` if none are given), by file name.

    A folder that is missing or cannot be listed counts as one broken pack.
    """
    found: list[StylePack | BrokenPack] = []
    for folder in default_folders() if folders is None else folders:
        try:
            paths = list(_pack_paths(folder))
        except OSError as error:
            found.append(BrokenPack(path=folder, reason=f"{folder}: {error.strerror or error}"))
            continue
        for path in paths:
            try:
                found.append(open_pack(path))
            except PackError as error:
                found.append(BrokenPack(path=path, reason=str(error)))
    return found


def find_pack(name_or_path: str, folders: Sequence[Path] | None = None) -> Path:
    """Where a style lies that the user named.

    Args:
        name_or_path: the path of a pack, or its file name without suffix in one of the folders.
        folders: searched in this order; `default_folders()` if none are given.

    Raises:
        PackError: there is none; the text lists the names there are.
    """
    path = Path(name_or_path)
    if path.is_file() or (path / MANIFEST).is_file():
        return path
    available: dict[str, Path] = {}
    for folder in default_folders() if folders is None else folders:
        if folder.is_dir():
            for pack in _pack_paths(folder):
                available.setdefault(pack.name.removesuffix(SUFFIX), pack)
    if name_or_path in available:
        return available[name_or_path]
    names = ", ".join(sorted(available)) or f"none; set {STYLES_VARIABLE} to a folder of packs"
    raise PackError(
        f"{name_or_path}: neither a style pack's path nor a known style; known are: {names}"
    )


def _pack_paths(folder: Path) -> Iterator[Path]:
    # Without the suffix: 'great_wave' comes before its variant 'great_wave-nano'.
    for path in sorted(folder.iterdir(), key=lambda path: path.name.removesuffix(SUFFIX)):
        if not path.name.startswith(".") and (path.suffix == SUFFIX or (path / MANIFEST).is_file()):
            yield path
