"""This machine's pictures, for another machine to be compared with: `python reference.py FOLDER`.

FOLDER gets, for each pack given (those that ship if none is), the pack itself and for each of its
TFLite files PATH the picture that this machine made of `probe`, as NAME/PATH.npy (float32).
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

from edge_app.core.catalog import list_packs
from edge_app.core.image import Picture
from edge_app.core.manifest import Format
from edge_app.core.pack import SUFFIX, StylePack, open_pack
from edge_app.core.runtime import load_runtime
from edge_app.core.size import Size
from edge_app.core.styles import Palette


def probe(size: Size) -> Picture:
    """The same picture on every machine: exact in float32, all colours, soft and sharp edges."""
    rows, columns = np.mgrid[: size[0], : size[1]].astype(np.int64)
    red = (rows * 5 + columns * 3) % 256
    green = (rows * columns) // 16 % 256
    blue = np.where((rows // 16 + columns // 16) % 2, 240, 24)
    return (np.stack([red, green, blue], 2) / 256).astype(np.float32)


def write(pack: StylePack, folder: Path) -> None:
    """One pack and its pictures."""
    name = pack.path.name.removesuffix(SUFFIX)
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(pack.path, folder / f"{name}{SUFFIX}")
    for model in pack.models(format=Format.TFLITE):
        if model.size is not None and max(model.size) <= 256:  # larger ones take minutes emulated
            runtime = load_runtime(model, pack.read(model.path), threads=1)
            target = folder / name / f"{model.path}.npy"
            target.parent.mkdir(parents=True, exist_ok=True)
            np.save(target, runtime.run(probe(model.size), Palette(pack).mix().style))
            runtime.close()


def main(folder: Path, paths: list[Path]) -> None:
    """See the module."""
    packs = [open_pack(path) for path in paths] or [
        pack for pack in list_packs() if isinstance(pack, StylePack)
    ]
    if not packs:
        sys.exit(
            "no style pack ships with this tree; give one: `make demo` writes demo/whirl.stylepack"
        )
    for pack in packs:
        write(pack, folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]), [Path(word) for word in sys.argv[2:]])
