"""The gallery: every style that was found, the unusable ones with the reason."""

from __future__ import annotations

from typing import Any

from kivy.metrics import dp
from kivy.properties import NumericProperty, ObjectProperty, StringProperty

from edge_app.core.catalog import BrokenPack
from edge_app.core.errors import PackError
from edge_app.ui.controls import Screenful, load_kv
from edge_app.ui.notices import Question
from edge_app.ui.previews import Previews
from edge_app.ui.session import Session
from edge_app.ui.strings import explained
from edge_app.ui.theme import theme
from edge_app.ui.tiles import StyleCard

CARD_DP = 150
"""The narrowest card at a text scale of 1; two stand side by side on the smallest phone."""


class GalleryScreen(Screenful):
    """Choosing a style leads to the studio.

    Args:
        session: the app's.
        previews: likewise.
        on_chosen: called after a style was chosen.
    """

    words = ObjectProperty(None, allownone=True, rebind=True)
    columns = NumericProperty(2)
    count_text = StringProperty("")
    empty_title = StringProperty("")
    empty_hint = StringProperty("")

    def __init__(self, session: Session, previews: Previews, on_chosen: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._session = session
        self._previews = previews
        self._on_chosen = on_chosen
        session.bind(styles=self._fill, words=self._fill, loading=self._tell, style=self._mark)
        self.bind(size=self._fit, roomy=self._fit)
        theme.bind(text_scale=self._fit)
        self._fill()

    def entered(self) -> None:
        """Where there was none, look for styles again."""
        if not self._session.styles and not self._session.loading:
            self._session.load_styles()

    def _fill(self, *_: object) -> None:
        self.words = self._session.words
        grid = self.ids.grid
        grid.clear_widgets()
        # What cannot be used is shown, after what can.
        for style in sorted(self._session.styles, key=lambda style: isinstance(style, BrokenPack)):
            card = StyleCard(style, self._previews, self.words.broken_style)
            card.bind(on_release=self._choose)
            grid.add_widget(card)
        self._tell()
        self._mark()

    def _tell(self, *_: object) -> None:
        words, styles = self.words, self._session.styles
        count = sum(not isinstance(style, BrokenPack) for style in styles)
        self.count_text = (
            words.gallery_count_one if count == 1 else words.gallery_count.format(count=count)
        )
        if self._session.loading:
            self.count_text = ""
            self.empty_title, self.empty_hint = words.gallery_loading if not styles else "", ""
        elif not styles:
            self.count_text = ""
            folders = "\n".join(str(path) for path in self._session.platform.style_folders())
            self.empty_title = words.gallery_empty
            self.empty_hint = words.gallery_empty_hint.format(folder=folders)
        else:
            self.empty_title = self.empty_hint = ""

    def _mark(self, *_: object) -> None:
        for card in self.ids.grid.children:
            card.chosen = card.style is self._session.style

    def _fit(self, *_: object) -> None:
        narrowest = dp(CARD_DP * (1.7 if self.roomy else 1)) * (0.6 + 0.4 * theme.text_scale)
        self.columns = max(1, int((self.width - dp(26)) // narrowest))

    def _choose(self, card: Any) -> None:
        if isinstance(card.style, BrokenPack):
            reason = explained(PackError(card.style.reason), self.words)
            Question(card.title, reason, [(self.words.close, lambda: None)]).open()
            return
        self._on_chosen()
        self._session.choose_style(card.style)


load_kv(__file__)
