"""Puts the app into the desktop's menu, and on request into its start.

    python -m edge_app.packaging.raspberry_pi.install [--kiosk | --remove]

For Raspberry Pi OS with its desktop, and every other Linux desktop that follows freedesktop.org's
specifications; for the user who calls it, without root.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from edge_app.core.files import replacing, write_text
from edge_app.packaging.artwork import icon

NAME = "edgestyle"
ICON_SIDES = (48, 128, 256, 512)

ENTRY = """\
[Desktop Entry]
Type=Application
Version=1.0
Name=edgestyle
Comment=Photographs in the style of paintings
Comment[es]=Fotografías con el estilo de pinturas
Exec={command}
Icon=edgestyle
Terminal=false
Categories=Graphics;Photography;
Keywords=style;painting;photo;camera;
StartupWMClass=edgestyle
"""


def entry(command: Path, *, fullscreen: bool) -> str:
    """The text of a .desktop file that starts `command app`."""
    words = [quoted(str(command)), "app", *(["--fullscreen"] if fullscreen else [])]
    return ENTRY.format(command=" ".join(words))


def quoted(word: str) -> str:
    """A word as the Desktop Entry Specification wants it in Exec: quotes, escapes, no field codes.

    Escaped twice where the specification says so: once for Exec, once for every value.
    """
    inner = "".join(f"\\{letter}" if letter in '"`$\\' else letter for letter in word)
    return f'"{inner}"'.replace("\\", "\\\\").replace("%", "%%")


def install(command: Path, *, kiosk: bool, data: Path, config: Path) -> list[Path]:
    """Write entry and icons below `data`, and for a kiosk its start below `config`.

    Args:
        command: the `edgestyle` program.
        kiosk: start the app on the whole screen when the desktop starts.
        data: $XDG_DATA_HOME.
        config: $XDG_CONFIG_HOME.

    Returns:
        What was written.

    Raises:
        StorageError: a folder cannot be written.
    """
    written = []
    for side in ICON_SIDES:
        path = _icon(data, side)
        with replacing(path) as beside:
            icon(side).save(beside, format="PNG", optimize=True)
        written.append(path)
    menu, start = _entries(data, config)
    write_text(menu, entry(command, fullscreen=False))
    written.append(menu)
    if kiosk:
        write_text(start, entry(command, fullscreen=True))
        written.append(start)
    return written


def remove(*, data: Path, config: Path) -> list[Path]:
    """Take away what `install` wrote; gives what was there."""
    paths = [*(_icon(data, side) for side in ICON_SIDES), *_entries(data, config)]
    found = [path for path in paths if path.exists()]
    for path in found:
        path.unlink()
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    """See the module."""
    parser = argparse.ArgumentParser(prog="python -m edge_app.packaging.raspberry_pi.install")
    kinds = parser.add_mutually_exclusive_group()
    kinds.add_argument("--kiosk", action="store_true", help="start it on the whole screen")
    kinds.add_argument("--remove", action="store_true", help="take everything away again")
    asked = parser.parse_args(arguments)
    home = Path.home()
    data = Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    config = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")
    if asked.remove:
        changed = remove(data=data, config=config)
    else:
        command = Path(sys.executable).with_name(NAME)
        if not command.exists():
            parser.error(f"{command} is not there; pip install edgestyle[app] into this Python")
        changed = install(command, kiosk=asked.kiosk, data=data, config=config)
    sys.stdout.write("".join(f"{'removed' if asked.remove else 'wrote'} {p}\n" for p in changed))


def _icon(data: Path, side: int) -> Path:
    return data / "icons" / "hicolor" / f"{side}x{side}" / "apps" / f"{NAME}.png"


def _entries(data: Path, config: Path) -> tuple[Path, Path]:
    name = f"{NAME}.desktop"
    return data / "applications" / name, config / "autostart" / name


if __name__ == "__main__":
    main()
