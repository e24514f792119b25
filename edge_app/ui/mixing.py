"""What pictures are drawn in: a style, perhaps a second one of its pack, how much, how strong."""

from __future__ import annotations

import operator
from typing import Any

from kivy.event import EventDispatcher
from kivy.properties import ListProperty, NumericProperty, ObjectProperty

from edge_app.core.styles import Style


def same() -> Any:
    """A property of a large value: told apart by identity, for == would compare every pixel."""
    return ObjectProperty(None, allownone=True, comparator=operator.is_)


class Mixing(EventDispatcher):
    """Keeps `mix` that of all the choices."""

    styles = ListProperty()
    """Style or BrokenPack, in the catalog's order."""
    style = same()
    """The chosen Style, or None."""
    mates = ListProperty()
    """The styles that it can be mixed with: the others of its pack."""
    second = same()
    """The one of them that is mixed in, or None."""
    second_share = NumericProperty(0.5)
    """How much of the mix is the second's, 0 to 1."""
    strength = NumericProperty(1.0)
    mix = same()
    """The `Mix` that the picture is to be drawn with; None without a style."""

    def use_style(self, style: Style | None) -> None:
        """Draw in another style, alone."""
        self.second, self.style = None, style
        self.mates = [
            each
            for each in self.styles
            if style is not None and isinstance(each, Style) and each.pack is style.pack
            if each is not style
        ]
        self._remix()

    def choose_second(self, style: Style | None) -> None:
        """Mix another one of `mates` in, or none."""
        self.second = style
        self._remix()

    def choose_share(self, share: float) -> None:
        """Mix more or less of the second in."""
        self.second_share = share
        self._remix()

    def choose_strength(self, strength: float) -> None:
        """Mix otherwise with the photograph."""
        self.strength = strength
        self._remix()

    def _remix(self) -> None:
        style = self.style
        self.mix = style and style.mix(self.strength, other=self.second, share=self.second_share)
