"""The user's folders on a computer, for the dialog that chooses among them."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path


def pictures_folder() -> Path:
    """Where the user keeps pictures; the home folder where there is no such place."""
    home = Path.home()
    folder = home / "Pictures"
    if sys.platform == "linux":
        folder = _told_by_the_desktop(home) or folder
    return folder if is_folder(folder) else home


def is_folder(place: Path | os.DirEntry[str]) -> bool:
    """Whether it is a folder; no where the system does not even let us look."""
    try:
        return place.is_dir()
    except OSError:  # in a folder that may not be searched, of a name too long, a dead link
        return False


def _told_by_the_desktop(home: Path) -> Path | None:
    config = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")
    try:
        text = (config / "user-dirs.dirs").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    told = re.search(r'^XDG_PICTURES_DIR="?([^"\n]+)', text, re.MULTILINE)
    return Path(told[1].replace("$HOME", str(home))) if told else None
