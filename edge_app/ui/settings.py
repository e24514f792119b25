"""What the app remembers from one start to the next."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from edge_app.core import strict_json
from edge_app.core.errors import ConfigError
from edge_app.core.files import write_text

FILE = "settings.json"

TEXT_SCALES = (1.0, 1.25, 1.5)
"""Sizes of text that can be chosen, on top of the system's own."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The user's last choices."""

    style: str = ""
    """The pack's id; empty: the first there is."""
    strength: float = 1.0
    size: int = 512
    """Longest side of the result in pixels; where a style has no such size, its nearest."""
    language: str = ""
    """Code of a file in `languages/`; empty: the system's."""
    text_scale: float = 1.0
    """One of TEXT_SCALES."""
    keep_camera_data: bool = False
    """Whether saved pictures keep camera, lens and date; where it was taken they never keep."""
    processor_only: bool = False
    """Whether models keep off the graphics chip, where there is one that they might use."""
    folder: str = ""
    """Where the last photograph was chosen (desktop)."""

    def __post_init__(self) -> None:
        """Refuse what no control can show."""
        if not 0 <= self.strength <= 1:
            raise ConfigError(f"strength: expected 0 to 1, got {self.strength}")
        if self.size < 1:
            raise ConfigError(f"size: expected 1 or more, got {self.size}")
        if self.text_scale not in TEXT_SCALES:
            raise ConfigError(f"text_scale: expected one of {TEXT_SCALES}, got {self.text_scale}")


def load_settings(folder: Path) -> Settings:
    """Read them; the defaults where there are none, or none that this version understands.

    Settings are a convenience: a damaged file must not keep anybody from their pictures.
    """
    path = folder / FILE
    try:
        text = path.read_bytes()
        return strict_json.from_json(Settings, text, where=str(path), error=ConfigError)
    except (OSError, ConfigError):
        return Settings()


def save_settings(folder: Path, settings: Settings) -> None:
    """Write them for `load_settings`.

    Raises:
        StorageError: the folder cannot be written.
    """
    write_text(folder / FILE, strict_json.to_json(settings))
