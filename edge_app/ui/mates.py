"""Choosing the style that is mixed into another: a window of tiles."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from kivy.metrics import dp
from kivy.properties import StringProperty
from kivy.uix.modalview import ModalView

from edge_app.core.styles import Style
from edge_app.ui.controls import TextButton, load_kv
from edge_app.ui.previews import Previews
from edge_app.ui.tiles import StyleTile

TILE_GAP, TILE_LEAST = dp(8), dp(118)


class MateChoice(ModalView):
    """Asks once; Escape changes nothing.

    Args:
        title: what is asked.
        alone: the word for mixing nothing in.
        mates: to choose from.
        second: the one that is mixed in now, or None.
        previews: the app's.
        choose: gets the style that was chosen, or None for none.
    """

    title = StringProperty("")

    def __init__(
        self,
        title: str,
        alone: str,
        mates: Sequence[Style],
        second: Style | None,
        previews: Previews,
        choose: Callable[[Style | None], None],
    ) -> None:
        super().__init__(title=title)
        self._choose = choose
        for style in mates:
            tile = StyleTile(style, previews, chosen=style is second)
            tile.bind(on_release=lambda tile: self._answer(tile.style))
            self.ids.grid.add_widget(tile)
        self.ids.grid.bind(width=self._fit)
        button = TextButton(text=alone, label=alone, size_hint_x=1)
        button.bind(on_release=lambda _button: self._answer(None))
        self.ids.box.add_widget(button)

    def _fit(self, grid: Any, _width: float) -> None:
        """The tiles share the width."""
        columns = max(2, int((grid.width + TILE_GAP) // TILE_LEAST))
        grid.cols = columns
        for tile in grid.children:
            tile.width = (grid.width - TILE_GAP * (columns - 1)) / columns

    def _answer(self, style: Style | None) -> None:
        self.dismiss()
        self._choose(style)


load_kv(__file__)
