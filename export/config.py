"""What can be chosen about an export. Imports no torch and no converter."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from tyro.conf import Positional

from edge_app.core.errors import ConfigError
from edge_app.core.manifest import LINES, is_line
from export.recipes import RECIPES, recipe

MIN_SIDE, MAX_SIDE, MULTIPLE = 32, 4096, 4
"""Sides of a model's picture, in pixels: two steps down by two, instance norm over at least 8x8."""


@dataclass(frozen=True, kw_only=True)
class ExportConfig:
    """One pack to be made of one training run."""

    run: Positional[Path]
    """Run folder that `edgestyle train` wrote."""
    out: Path
    """Style pack to write: NAME.stylepack, or a folder. An older one there is replaced when the new
    one is complete and checked."""
    sizes: tuple[int, ...] = (256, 512)
    """Sides of the square pictures that the TFLite and Core ML models take, in pixels."""
    recipes: tuple[str, ...] = tuple(RECIPES)
    """TFLite files to write: fp32 (exact), fp16 (half the size), int8-conv (small and fast)."""
    coreml: bool = True
    """Write a Core ML model (float16) for iPhone, iPad and Mac."""
    onnx: bool = True
    """Write an ONNX model (float32) that takes any size."""
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
            recipe(name)
        if self.id is not None and not re.fullmatch(r"[a-z0-9_-]{1,64}", self.id):
            raise ConfigError(f"id: expected 1 to 64 of a-z, 0-9, - and _, got '{self.id}'")
        for name in LINES:
            if not is_line(getattr(self, name) or ""):
                raise ConfigError(f"{name}: expected one line of text, got {getattr(self, name)!r}")
        if not (self.recipes or self.coreml or self.onnx):
            raise ConfigError("nothing to export: no recipes, no Core ML and no ONNX")
        if not self.sizes and (self.recipes or self.coreml):
            raise ConfigError("sizes: expected at least one, got none")
        for size in self.sizes:
            if not MIN_SIDE <= size <= MAX_SIDE or size % MULTIPLE:
                raise ConfigError(
                    f"sizes: expected multiples of {MULTIPLE} from {MIN_SIDE} to {MAX_SIDE}, "
                    f"got {size}"
                )
        for option, values in (("sizes", self.sizes), ("recipes", self.recipes)):
            if len(set(values)) < len(values):
                raise ConfigError(f"{option}: the same one is there twice: {values}")
