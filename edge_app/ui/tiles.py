"""Styles to choose from, as large cards and in small strips, and tools with a word below."""

from __future__ import annotations

from typing import Any

from kivy.clock import Clock
from kivy.metrics import dp
from kivy.properties import BooleanProperty, NumericProperty, ObjectProperty, StringProperty
from kivy.uix.scrollview import ScrollView

from edge_app.core.catalog import BrokenPack
from edge_app.core.pack import SUFFIX
from edge_app.core.styles import Card, Style
from edge_app.ui import picture  # noqa: F401 - tiles.kv shows Pictures
from edge_app.ui.controls import Pressable, load_kv
from edge_app.ui.previews import Previews
from edge_app.ui.session import Session
from edge_app.ui.theme import theme
from edge_app.ui.variants import painting_title, variant_of

ROOMY_PANEL_DP = 320
"""A panel that is wider than this has larger tiles."""


class Tool(Pressable):
    """An icon with a word below it."""

    icon = StringProperty("")
    text = StringProperty("")
    active = BooleanProperty(False)
    longest = NumericProperty(0)
    """Letters of the longest word in its row, so that all are written alike."""


def attribution(card: Card) -> str:
    """'Edvard Munch, 1893', as far as it is known."""
    return ", ".join(part for part in (card.artist, card.year) if part not in {"", "unknown"})


class StyleCard(Pressable):
    """A style as in a museum: the picture, and below it title, artist and year."""

    title = StringProperty("")
    variant = StringProperty("")
    """The network, where it is not the painting's usual one."""
    line = StringProperty("")
    texture = ObjectProperty(None, allownone=True)
    chosen = BooleanProperty(False)
    broken = BooleanProperty(False)

    def __init__(
        self, style: Style | BrokenPack, previews: Previews, line: str = "", **kwargs: Any
    ) -> None:
        self.style = style
        if isinstance(style, BrokenPack):
            name = style.path.name.removesuffix(SUFFIX)
            super().__init__(title=name, line=line, broken=True, label=name, **kwargs)
            return
        card = style.card
        super().__init__(
            title=painting_title(style),
            variant=variant_of(style),
            line=attribution(card),
            label=card.title,
            **kwargs,
        )
        previews.ask(style, lambda texture: setattr(self, "texture", texture))


class StyleTile(Pressable):
    """A style in a strip."""

    title = StringProperty("")
    variant = StringProperty("")
    """As on a card."""
    texture = ObjectProperty(None, allownone=True)
    chosen = BooleanProperty(False)
    mixed = BooleanProperty(False)
    """It is mixed into the chosen one."""

    def __init__(self, style: Style, previews: Previews, **kwargs: Any) -> None:
        self.style = style
        super().__init__(
            title=painting_title(style),
            variant=variant_of(style),
            label=style.card.title,
            **kwargs,
        )
        previews.ask(style, lambda texture: setattr(self, "texture", texture))


class StyleStrip(ScrollView):
    """The usable styles in a row, or, upright, in columns; shows and sets the session's style."""

    upright = BooleanProperty(False)
    columns = NumericProperty(3)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        # Once the tiles have found their places.
        self._show_chosen = Clock.create_trigger(self._bring_chosen_into_view, 0)
        self.bind(size=self._fit, upright=self._fit)
        theme.bind(text_scale=self._fit)

    def attach(self, session: Session, previews: Previews) -> None:
        """Follow a session."""

        def fill(*_: object) -> None:
            grid = self.ids.grid
            grid.clear_widgets()
            for style in session.styles:
                if isinstance(style, Style):
                    tile = StyleTile(style, previews)
                    tile.bind(on_release=lambda tile: session.choose_style(tile.style))
                    grid.add_widget(tile)
            self._fit()
            mark()

        def mark(*_: object) -> None:
            for tile in self.ids.grid.children:
                tile.chosen = tile.style is session.style
                tile.mixed = tile.style is session.second
            self._show_chosen()

        self.ids.grid.bind(size=self._show_chosen)
        session.bind(styles=fill, style=mark, second=mark)
        fill()

    def _fit(self, *_: object) -> None:
        """Upright the tiles share the width; in a row they have the row's height."""
        spacing, padding = dp(8), 2 * dp(12)
        if self.upright:
            narrowest = dp(78 if self.width < dp(ROOMY_PANEL_DP) else 100) * (
                0.4 + 0.6 * theme.text_scale
            )
            self.columns = max(2, int((self.width - padding) // narrowest))
            width = (self.width - padding - spacing * (self.columns - 1)) / self.columns
        else:
            width = dp(84)
        for tile in self.ids.grid.children:
            tile.width = max(dp(40), width)
        self._show_chosen()

    def _bring_chosen_into_view(self, _elapsed: float) -> None:
        grid = self.ids.grid
        chosen = next((tile for tile in grid.children if tile.chosen), None)
        if grid.height <= self.height if self.upright else grid.width <= self.width:
            self.scroll_x, self.scroll_y = 0.0, 1.0
        elif chosen is not None:
            # By the grid's own coordinates: Kivy's scroll_to asks where the tile is on the screen,
            # which lags a frame behind a grid that has just grown.
            gap = dp(24)
            if self.upright:
                begin, end = chosen.y - grid.y - gap, chosen.top - grid.y + gap
                self.scroll_y = nearest_scroll(self.scroll_y, begin, end, self.height, grid.height)
            else:
                begin, end = chosen.x - grid.x - gap, chosen.right - grid.x + gap
                self.scroll_x = nearest_scroll(self.scroll_x, begin, end, self.width, grid.width)


def nearest_scroll(now: float, begin: float, end: float, view: float, content: float) -> float:
    """The scroll, 0 to 1, that is nearest to `now` and shows a content from `begin` to `end`.

    Args:
        now: the scroll before.
        begin: of what is to be seen, in the content.
        end: likewise.
        view: how much of the content is seen at a time.
        content: its length, more than `view`.
    """
    room = content - view
    at = min(max(now * room, end - view), begin)
    return min(1.0, max(0.0, at / room))


load_kv(__file__)
