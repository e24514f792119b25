"""Everything that buildozer needs, put together in one folder: `make apk` builds there.

    python -m edge_app.packaging.android.stage FOLDER

FOLDER gets buildozer.spec, hook.py and extra_manifest.xml as they stand here; `art/` with the drawn
icons; `app/` with main.py, edge_app and the packs that ship. What only developers or desktops need
stays out.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from edge_app.core.errors import ConfigError
from edge_app.packaging.artwork import write_artwork

HERE = Path(__file__).parent
ROOT = HERE.parents[2]

BESIDE = ("buildozer.spec", "hook.py", "extra_manifest.xml")

SUFFIXES = frozenset({".py", ".kv", ".npy", ".png", ".jpg", ".ttf", ".txt", ".stylepack"})
"""What is taken of the app's folders; the spec's source.include_exts say the same."""

LEFT_OUT = ("edge_app/packaging", "edge_app/ui/desktop.py")

LICENCES = ("LICENSE", "NOTICE")
"""Go along as LICENSE.txt and NOTICE.txt: suffixes are all that buildozer selects by."""

APP_BUDGET_BYTES = 16_000_000
"""The app's own part of an APK, packs included. Python, Kivy, numpy, Pillow and LiteRT take some 40
MB beside it."""


def stage(folder: Path, *, root: Path = ROOT) -> Path:
    """Fill a folder; gives the `app` folder in it, made anew.

    Raises:
        ConfigError: the app is larger than APP_BUDGET_BYTES, or no pack ships with it.
        StorageError: the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name in BESIDE:
        shutil.copyfile(HERE / name, folder / name)
    write_artwork(folder / "art")
    app = folder / "app"
    shutil.rmtree(app, ignore_errors=True)
    app.mkdir()
    shutil.copyfile(HERE / "main.py", app / "main.py")
    for name in LICENCES:
        shutil.copyfile(root / name, app / f"{name}.txt")
    for path in app_files(root):
        target = app / path.relative_to(root)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    if not list((app / "styles").glob("*.stylepack")):
        raise ConfigError(f"{root / 'styles'}: there is no style pack for the app to ship")
    size_bytes = sum(path.stat().st_size for path in app.rglob("*") if path.is_file())
    if size_bytes > APP_BUDGET_BYTES:
        raise ConfigError(
            f"{app}: {size_bytes / 1e6:.1f} MB, the budget is {APP_BUDGET_BYTES / 1e6:.0f} MB; "
            "leave out packs or sizes"
        )
    return app


def app_files(root: Path = ROOT) -> Iterator[Path]:
    """The project's files that go into the app."""
    for path in sorted((root / "edge_app").rglob("*")):
        name = path.relative_to(root).as_posix()
        if path.suffix in SUFFIXES and not name.startswith(LEFT_OUT):
            yield path
    yield root / "styles" / "__init__.py"
    yield from sorted((root / "styles").glob("*.stylepack"))


if __name__ == "__main__":
    stage(Path(sys.argv[1]))
