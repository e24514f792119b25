"""Everything that buildozer needs, put together in one folder: `make apk` builds there.

    python -m edge_app.packaging.android.stage FOLDER

FOLDER gets buildozer.spec, hook.py and extra_manifest.xml as they stand here; `art/` with the drawn
icons; `app/` with main.py, edge_app, its version, and the packs that ship. What only developers or
desktops need stays out, and of a pack every model that the app would not open on a phone.
"""

from __future__ import annotations

import configparser
import shutil
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from edge_app.core.errors import ConfigError
from edge_app.core.manifest import Format
from edge_app.core.pack import StylePack, open_pack, write_pack
from edge_app.core.runtime import choose_models
from edge_app.packaging.artwork import write_artwork
from edge_app.ui import version

HERE = Path(__file__).parent
ROOT = HERE.parents[2]

BESIDE = ("buildozer.spec", "hook.py", "extra_manifest.xml")

SUFFIXES = frozenset({".py", ".kv", ".npy", ".png", ".jpg", ".ttf", ".txt", ".stylepack"})
"""What is taken of the app's folders; the spec's source.include_exts say the same."""

LEFT_OUT = ("edge_app/packaging", "edge_app/ui/desktop.py")

APP_BUDGET_BYTES = 9_000_000
"""The app's own part of an APK, packs included. Python, Kivy, numpy, Pillow and LiteRT take some 40
MB beside it."""


def stage(folder: Path, *, root: Path = ROOT) -> Path:
    """Fill a folder; gives the `app` folder in it, made anew.

    Raises:
        ConfigError: the app is larger than APP_BUDGET_BYTES, no pack ships with it, or one has no
            model that the app opens on a phone.
        PackError: a pack is damaged.
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
    for path in app_files(root):
        target = app / path.relative_to(root)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    written = app / version.FILE.relative_to(ROOT)
    written.parent.mkdir(parents=True, exist_ok=True)
    written.write_text(apk_version(), encoding="utf-8")
    packs = sorted((root / "styles").glob("*.stylepack"))
    if not packs:
        raise ConfigError(f"{root / 'styles'}: there is no style pack for the app to ship")
    for path in packs:
        write_phone_pack(app / "styles" / path.name, open_pack(path))
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


def write_phone_pack(path: Path, pack: StylePack) -> StylePack:
    """Write the part of a pack that the app opens on a phone: TFLite in the default recipe.

    The app has no choice of recipes. fp16 would make a file smaller and no model faster: LiteRT's
    GPU delegate computes in float16 whatever the file holds, and its CPU in float32. int8-conv
    would be for phones without a GPU that draws right, at a price in picture quality that nobody
    asked for. Core ML and ONNX have no runtime in an APK.

    Raises:
        ConfigError: the pack has no such model.
    """
    opened = {
        model.path
        for model in choose_models(pack, format=Format.TFLITE)
        if model.size is not None  # edge_app/core/runtimes/android.py runs no others
    }
    if not opened:
        raise ConfigError(f"{pack.path}: no TFLite model of a fixed size, which the APK needs")
    manifest = pack.manifest
    kept = tuple(model for model in manifest.models if model.path in opened)
    contents = {name: pack.read(name) for name in (*manifest.files, *opened)}
    return write_pack(path, replace(manifest, models=kept), contents)


def apk_version() -> str:
    """The version that buildozer.spec gives the APK."""
    spec = configparser.ConfigParser(interpolation=None)
    spec.read(HERE / "buildozer.spec", encoding="utf-8")
    return spec["app"]["version"]


if __name__ == "__main__":
    stage(Path(sys.argv[1]))
