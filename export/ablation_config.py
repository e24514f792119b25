"""What can be chosen about the comparison of recipes. Imports no torch and no converter."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tyro.conf import Positional

from edge_app.core.errors import ConfigError
from export.config import SizeOption
from export.recipes import RECIPES, recipe


@dataclass(frozen=True, kw_only=True)
class AblationConfig:
    """What to compare on what."""

    runs: Positional[tuple[Path, ...]]
    """Run folders that `edgestyle train` wrote, one a style."""
    photos: Path
    """Photographs to calibrate and compare on."""
    paintings: Path | None = None
    """Folder with the paintings, for runs that have not kept theirs (styles/weights)."""
    teacher_weights: tuple[Path, ...] = ()
    """Files of the runs' teachers, likewise; known by their names."""
    page: Path = Path("docs/quantization.md")
    """Page whose figures are replaced."""
    keep: Path | None = None
    """Folder for the model files. Those that are there are not made again: making them takes
    most of the time, on a busy machine as well, and measuring them wants a quiet one. For the same
    photographs and by the same exporter: empty it after a change. Weights it knows by their
    hash."""
    pictures: Path = Path("docs/images/quantization")
    """Folder for the pictures, NAME.jpg for every style."""
    size: SizeOption = (512, 512)
    """Of the models."""
    recipes: tuple[str, ...] = tuple(RECIPES)
    """To compare; fp32 is what the others are measured against."""
    finetune: int = 0
    """Steps for which int8-conv is fine-tuned as well, as one more row; 0 for none."""
    compared_on: int = 8
    """Photographs to compare on; none of those to calibrate on."""

    def __post_init__(self) -> None:
        """Refuse what cannot be compared."""
        for name in self.recipes:
            recipe(name)
        if self.finetune < 0:
            raise ConfigError(f"finetune: expected a number of steps, got {self.finetune}")
        if not self.runs:
            raise ConfigError("runs: expected at least one run folder, got none")
        if "fp32" not in self.recipes:
            raise ConfigError("recipes: expected fp32 among them, to compare with")
