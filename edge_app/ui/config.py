"""What can be chosen about the app's start. Imports neither numpy nor Kivy."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from edge_app.core.errors import ConfigError


@dataclass(frozen=True, kw_only=True)
class AppConfig:
    """How the app starts."""

    photo: Path | None = None
    """Photograph to begin with."""
    frames: Path | None = None
    """A picture, a folder of pictures or a film that stands in for a camera."""
    screen: Literal["gallery", "studio", "live", "benchmark", "about"] = "gallery"
    """Screen to begin with."""
    measure: bool = False
    """Begin with the benchmark, and save what it found at its end."""
    fullscreen: bool = False
    """Fill the screen, without a window's frame: for a Raspberry Pi that does nothing else."""
    window: tuple[int, int] = (1280, 800)
    """Width and height of the window in pixels."""

    def __post_init__(self) -> None:
        """Refuse what cannot be opened."""
        for path in (self.photo, self.frames):
            if path is not None and not path.exists():
                raise ConfigError(f"{path}: there is no such file")
        if min(self.window) < 320:
            raise ConfigError(f"window: expected at least 320x320, got {self.window}")
