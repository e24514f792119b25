"""The styles that a pack holds, be it one or several, and mixes of them.

Where a pack's styles are vectors of one network (a trunk), a mean of them is a style too, and one
of them leaves the photograph as it is: a mix and its strength then cost nothing and happen within
the network. A pack of one style alone has a vector of no numbers, and its strength is a mix of
pixels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from edge_app.core.catalog import BrokenPack, list_packs
from edge_app.core.errors import ConfigError, PackError
from edge_app.core.pack import StylePack
from edge_app.core.vector import NO_STYLE, Vector, read_vector

FADE = 0.1
"""Below this strength the network's picture is mixed with the photograph's own pixels as well: the
network's photograph is a little softer than the photograph, which 0 promises."""


class Card(Protocol):
    """What is said of a style to people: a manifest, or an entry of a trunk's."""

    @property
    def id(self) -> str:
        """Name in file names and commands."""

    @property
    def title(self) -> str:
        """Of the painting; as all that follows a line for people."""

    @property
    def artist(self) -> str:
        """Who painted it."""

    @property
    def year(self) -> str:
        """When it was painted."""

    @property
    def licence(self) -> str:
        """Terms under which the style may be used."""

    @property
    def description(self) -> str:
        """A sentence for those who choose."""

    @property
    def preview(self) -> str:
        """A stylized picture, inside the pack."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Mix:
    """What a picture is drawn with."""

    style: Vector
    """For the model."""
    strength: float
    """What share of the drawn picture's pixels is taken, 0 to 1; the rest is the photograph's."""


PLAIN = Mix(style=NO_STYLE, strength=1.0)
"""For a model of one style, at full strength."""


class Palette:
    """The styles of a pack, read and ready to be mixed.

    Raises:
        PackError: a vector is damaged, or not of the models' length.
    """

    def __init__(self, pack: StylePack) -> None:
        card, self._pack = pack.manifest, pack
        self._vectors = {style.id: _read(pack, style.vector) for style in card.styles}
        self._vectors = self._vectors or {card.id: NO_STYLE}
        self._photograph = None if card.photograph is None else _read(pack, card.photograph)

    def mix(self, shares: Mapping[str, float] | None = None, strength: float = 1.0) -> Mix:
        """A mix of styles.

        Args:
            shares: style's id -> its part, in any unit: 3 and 1 are three quarters and one. The
                first style alone if not given.
            strength: 0 gives the photograph, 1 the styles.

        Raises:
            ConfigError: a style that is not in the pack, a share below 0, nothing but shares of 0,
                or a strength outside [0, 1].
        """
        if not 0 <= strength <= 1:
            raise ConfigError(f"strength: expected 0 to 1, got {strength}")
        parts = self._parts(shares or {next(iter(self._vectors)): 1.0})
        style = np.float32(0) * next(iter(self._vectors.values()))
        for name, part in parts.items():
            style = style + np.float32(part) * self._vectors[name]
        if self._photograph is None:
            return Mix(style=style, strength=strength)
        style = self._photograph + np.float32(strength) * (style - self._photograph)
        return Mix(style=style, strength=min(1.0, strength / FADE))

    def _parts(self, shares: Mapping[str, float]) -> dict[str, float]:
        """The shares as parts of 1."""
        for name, share in shares.items():
            if name not in self._vectors:
                raise ConfigError(
                    f"{self._pack.path}: there is no style {name!r} in it; there are: "
                    f"{', '.join(self._vectors)}"
                )
            if not 0 <= share < float("inf"):
                raise ConfigError(f"mix: {name}: expected a share of 0 or more, got {share}")
        total = sum(shares.values())
        if not 0 < total < float("inf"):
            raise ConfigError(f"mix: expected a share above 0, got {dict(shares)}")
        return {name: share / total for name, share in shares.items()}


@dataclass(frozen=True, kw_only=True, eq=False)
class Style:
    """One style to choose: a pack's only one, or one of several."""

    pack: StylePack
    card: Card
    name: str
    """Among the styles of all packs: the pack's id, behind a slash the style's own if it has
    several."""
    palette: Palette
    """Of the pack."""

    def mix(self, strength: float = 1.0, *, other: Style | None = None, share: float = 0.0) -> Mix:
        """The style, of which `share` may be another one of its pack; see `Palette.mix`."""
        if other is None:
            return self.palette.mix({self.card.id: 1.0}, strength)
        return self.palette.mix({self.card.id: 1 - share, other.card.id: share}, strength)


def styles_of(pack: StylePack) -> tuple[Style, ...]:
    """The styles of a pack, in its order; raises as `Palette`."""
    card, palette = pack.manifest, Palette(pack)
    if not card.styles:
        return (Style(pack=pack, card=card, name=card.id, palette=palette),)
    return tuple(
        Style(pack=pack, card=each, name=f"{card.id}/{each.id}", palette=palette)
        for each in card.styles
    )


def list_styles(folders: Sequence[Path] | None = None) -> list[Style | BrokenPack]:
    """The styles of every pack of the folders, as `list_packs` finds them."""
    found: list[Style | BrokenPack] = []
    for pack in list_packs(folders):
        if isinstance(pack, BrokenPack):
            found.append(pack)
            continue
        try:
            found += styles_of(pack)
        except PackError as error:
            found.append(BrokenPack(path=pack.path, reason=str(error)))
    return found


def _read(pack: StylePack, name: str) -> Vector:
    length = pack.manifest.models[0].style_length
    return read_vector(pack.read(name), length, where=f"{pack.path}: {name}")
