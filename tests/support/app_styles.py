"""Style packs that fake runtimes run, for tests of the app: real packs, models nobody loads."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from edge_app.core.image import Picture
from edge_app.core.pack import StylePack, write_pack
from edge_app.core.runtime import Runtime, RuntimeInfo, choose_models
from edge_app.core.runtimes.fake import FakeRuntime
from edge_app.core.vector import Vector, vector_file
from tiny_models import describe, make_manifest, make_trunk

COLOURS = {"aurora": (0.2, 0.7, 0.6), "bronze": (0.8, 0.5, 0.2), "cobalt": (0.2, 0.3, 0.9)}
VECTORS = {name: np.asarray(colour, np.float32) for name, colour in COLOURS.items()}
GREY = (1.0, 1.0, 1.0)


def preview(colour: Sequence[float]) -> bytes:
    """A JPEG of 160x120 with rings in a colour."""
    y, x = np.mgrid[0:120, 0:160]
    rings = 0.5 + 0.5 * np.sin(np.hypot(x - 80, y - 60) / 6)
    picture = (255 * rings[..., None] * np.asarray(colour)).astype(np.uint8)
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, "JPEG", quality=90)
    return stream.getvalue()


def write_style(
    path: Path, name: str, *, sizes: Sequence[int] = (64, 128), free: bool = False, **changes: Any
) -> Path:
    """Write a pack whose models are square, and one of free size where that is asked for."""
    files = {f"tflite/fp32-{size}x{size}.tflite": name.encode() for size in sizes}
    if free:
        files["onnx/fp32.onnx"] = name.encode()
    card = {"id": name, "title": name.capitalize(), "artist": "A. Nobody", **changes}
    manifest = make_manifest(*map(describe, files), **card)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_pack(path, manifest, {**files, "preview.jpg": preview(COLOURS.get(name, (1, 1, 1)))})
    return path


def write_trunk(path: Path, *, sizes: Sequence[int] = (64, 128), **changes: Any) -> Path:
    """Write a pack of the styles of COLOURS, whose vectors are their colours.

    Its photograph is GREY: a picture in no style is told from the photograph itself.
    """
    models = {f"tflite/fp32-{size}x{size}.tflite": b"trunk" for size in sizes}
    manifest, files = make_trunk(
        *(describe(name, style_length=3) for name in models), vectors=VECTORS, **changes
    )
    previews = {f"styles/{name}.jpg": preview(colour) for name, colour in COLOURS.items()}
    contents = {**models, **files, **previews, "preview.jpg": preview((1, 1, 1))}
    contents[manifest.photograph or ""] = vector_file(np.asarray(GREY, np.float32))
    path.parent.mkdir(parents=True, exist_ok=True)
    write_pack(path, manifest, contents)
    return path


def tinted(name: str) -> Callable[[Picture], Picture]:
    """What the fake of a style does: grey, in its colour."""
    colour = np.asarray(COLOURS.get(name, (1, 1, 1)), np.float32)
    return lambda picture: picture.mean(axis=-1, keepdims=True) * colour


class FakeOpener:
    """Stands in for `open_runtime`: fakes, counted, that can be made to wait or fail.

    Attributes:
        opened: every runtime that was opened.
        accelerators: what was asked for each time.
        before_run: called before each run.
        problem: raised instead of opening, once.
        note: of the runtimes opened from now on, as of one that is not the preferred.
    """

    def __init__(self) -> None:
        self.opened: list[FakeRuntime] = []
        self.accelerators: list[str] = []
        self.before_run: Callable[[], object] = lambda: None
        self.problem: Exception | None = None
        self.note = ""

    def __call__(
        self,
        pack: StylePack,
        *,
        size: int | None = None,
        accelerator: str = "auto",
        **_: Any,
    ) -> Runtime:
        self.accelerators.append(accelerator)
        problem, self.problem = self.problem, None
        if problem is not None:
            raise problem
        style = tinted(pack.manifest.id)

        def paint(picture: Picture) -> Picture:
            self.before_run()
            runtime.seen.clear()  # a soak must not keep every picture
            return style(picture)

        def blend(picture: Picture, vector: Vector) -> Picture:
            """As `paint`, the style's vector being the colour."""
            self.before_run()
            runtime.seen.clear()
            return picture.mean(axis=-1, keepdims=True) * vector

        info = RuntimeInfo(
            backend="fake", version="1", threads=1, accelerator="none", note=self.note
        )
        model = choose_models(pack, size=size)[0]
        runtime = FakeRuntime(model, style=paint, styled=blend, info=info)
        self.opened.append(runtime)
        return runtime
