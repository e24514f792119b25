"""What can be chosen about an export. Imports no torch and no converter."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from tyro.conf import Positional
from tyro.constructors import PrimitiveConstructorSpec

from edge_app.core.errors import ConfigError
from edge_app.core.image import Size
from edge_app.core.manifest import LINES, is_line
from export.recipes import AUTO, COREML, ONNX, USUAL, recipe

MIN_SIDE, MAX_SIDE, MULTIPLE = 32, 4096, 4
"""Sides of a model's picture, in pixels: two steps down by two, instance norm over at least 8x8."""


def parsed(text: str) -> Size:
    """'512' -> (512, 512); '720x1280' -> (720, 1280).

    Raises:
        ValueError: neither of them.
    """
    if not re.fullmatch(r"\d{1,5}(x\d{1,5})?", text):
        raise ValueError(f"expected a side, or HEIGHTxWIDTH, in pixels, got '{text}'")
    height, _, width = text.partition("x")
    return int(height), int(width or height)


def shown(size: Size) -> str:
    """The way back, in full: '512x512'."""
    return f"{size[0]}x{size[1]}"


SizeOption = Annotated[
    Size,
    PrimitiveConstructorSpec(
        nargs=1,
        metavar="SIDE|HEIGHTxWIDTH",
        instance_from_str=lambda words: parsed(words[0]),
        is_instance=lambda value: isinstance(value, tuple) and len(value) == 2,
        str_from_instance=lambda size: [shown(size)],
    ),
]
"""A size on the command line."""


@dataclass(frozen=True, kw_only=True)
class ExportConfig:
    """One pack to be made of one training run."""

    run: Positional[Path]
    """Run folder that `edgestyle train` wrote."""
    style: str | None = None
    """Of a run with several paintings: the style to export, by the painting's file name."""
    out: Path
    """Style pack to write: NAME.stylepack, or a folder. An older one there is replaced when the new
    one is complete and checked."""
    sizes: tuple[SizeOption, ...] = ((256, 256), (512, 512))
    """Pictures that the TFLite and Core ML models take: 512 is a square, 720x1280 (height first)
    lies on its side. Of several, the one that suits a photograph is run."""
    recipes: tuple[str, ...] = USUAL
    """TFLite files to write: fp32 (exact), fp16 (half the size), int8-conv (small and fast),
    int8-weights, int8-dynamic, int8-full, mixed; or auto, the fastest here that is good enough.
    docs/quantization.md tells them apart."""
    coreml: bool = True
    """Write Core ML models for iPhone, iPad and Mac."""
    coreml_recipes: tuple[str, ...] = ("fp16",)
    """Core ML models to write: fp16, int8-weights, palette-weights."""
    onnx: bool = True
    """Write ONNX models that take any size."""
    onnx_recipes: tuple[str, ...] = ("fp32",)
    """ONNX models to write: fp32, int8-conv."""
    photos: Path | None = None
    """Photographs to calibrate and compare on; those of the training if not given."""
    preview: Path | None = None
    """Photograph that is stylized for the pack's preview; one of `photos` if not given."""
    id: str | None = None
    """Name in commands and file names; made of the title if not given."""
    title: str | None = None
    """Made of the painting's file name if not given."""
    artist: str = "unknown"
    """Who painted it."""
    year: str = "unknown"
    """When it was painted."""
    licence: str = "unknown"
    """Terms under which the painting, and so the style, may be used."""
    description: str = ""
    """A sentence for the people who choose the style; made of title and artist if not given."""

    def __post_init__(self) -> None:
        """Refuse what cannot be exported, before anything is computed."""
        for name in self.recipes:
            if name != AUTO:
                recipe(name)
        for name in self.coreml_recipes:
            recipe(name, COREML)
        for name in self.onnx_recipes:
            recipe(name, ONNX)
        if self.id is not None and not re.fullmatch(r"[a-z0-9_-]{1,64}", self.id):
            raise ConfigError(f"id: expected 1 to 64 of a-z, 0-9, - and _, got '{self.id}'")
        for name in LINES:
            if not is_line(getattr(self, name) or ""):
                raise ConfigError(f"{name}: expected one line of text, got {getattr(self, name)!r}")
        if not (self.recipes or self.wanted_coreml or self.wanted_onnx):
            raise ConfigError("nothing to export: no recipes, no Core ML and no ONNX")
        if not self.sizes and (self.recipes or self.wanted_coreml):
            raise ConfigError("sizes: expected at least one, got none")
        for size in self.sizes:
            if any(not MIN_SIDE <= side <= MAX_SIDE or side % MULTIPLE for side in size):
                raise ConfigError(
                    f"sizes: expected multiples of {MULTIPLE} from {MIN_SIDE} to {MAX_SIDE}, "
                    f"got {shown(size)}"
                )
        for option in ("sizes", "recipes", "coreml_recipes", "onnx_recipes"):
            values = getattr(self, option)
            if len(set(values)) < len(values):
                raise ConfigError(f"{option}: the same one is there twice: {values}")

    @property
    def wanted_coreml(self) -> tuple[str, ...]:
        """The Core ML recipes, none where none are wanted."""
        return self.coreml_recipes if self.coreml else ()

    @property
    def wanted_onnx(self) -> tuple[str, ...]:
        """The ONNX recipes, none where none are wanted."""
        return self.onnx_recipes if self.onnx else ()
