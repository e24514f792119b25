"""The studio: a photograph, a style, how strong, how large; compare, save, share."""

from __future__ import annotations

from typing import Any

from kivy.properties import (
    BooleanProperty,
    NumericProperty,
    ObjectProperty,
    StringProperty,
)

from edge_app.core.image import fit_within, resize
from edge_app.ui.controls import Screenful, load_kv
from edge_app.ui.previews import Previews
from edge_app.ui.session import Session
from edge_app.ui.textures import texture_of
from edge_app.ui.theme import theme
from edge_app.ui.tiles import Tool, attribution

SHOWN_SIDE = 1600
"""The photograph is shown in at most so many pixels a side until its picture is there."""


class StudioScreen(Screenful):
    """Shows the session's photograph and picture.

    Args:
        session: the app's.
        previews: likewise.
    """

    words = ObjectProperty(None, allownone=True, rebind=True)
    strength = NumericProperty(1.0)
    has_photo = BooleanProperty(False)
    ready = BooleanProperty(False)
    """The picture on the screen is the one that was asked for."""
    busy = StringProperty("")
    progress = NumericProperty(-1)
    style_title = StringProperty("")
    style_line = StringProperty("")
    """Artist and year."""
    hint = StringProperty("")
    facts = StringProperty("")
    label_width = NumericProperty(0)
    longest = NumericProperty(0)

    def __init__(self, session: Session, previews: Previews, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._session = session
        ids = self.ids
        ids.strip.attach(session, previews)
        if session.platform.can_share:
            self._share = Tool(icon="share", label="share")
            self._share.bind(on_release=lambda _: session.share())
            self.bind(ready=lambda *_: setattr(self._share, "disabled", not self.ready))
            self._share.disabled = True
            self.bind(longest=self._share.setter("longest"))
            ids.save.parent.add_widget(self._share)
        ids.strength.value = session.strength
        ids.strength.bind(
            value=lambda _, value: session.choose_strength(value),
            on_settled=lambda _: session.keep_strength(),
        )
        session.bind(
            words=self._speak,
            photo=self._show_photo,
            rendering=self._show_rendering,
            current=self._judge,
            strength=self._show_strength,
            sizes=self._show_sizes,
            size=self._show_sizes,
            style=self._show_style,
        )
        session.activity.bind(text=self.setter("busy"), share=self.setter("progress"))
        theme.bind(text_scale=self._speak)
        self.strength = session.strength
        self._speak()
        self._show_sizes()
        self._show_style()
        self._show_photo()

    def open_photo(self) -> None:
        """Have a photograph chosen."""
        self._session.pick_photo()

    def toggle_compare(self) -> None:
        """Show or hide the divider between photograph and picture."""
        self.ids.comparison.dividing = not self.ids.comparison.dividing

    def save(self) -> None:
        """Keep the picture."""
        self._session.save()

    def cancel(self) -> None:
        """Give up what is being done."""
        self._session.cancel()

    def choose_size(self, size: int) -> None:
        """Paint in another size."""
        self._session.choose_size(size)

    def on_shortcut(self, key: str) -> bool:
        """O, C and S."""
        if key == "o":
            self.open_photo()
        elif key == "c" and self.ready:
            self.toggle_compare()
        elif key == "s" and self.ready:
            self.save()
        return key in "ocs"

    def _speak(self, *_: object) -> None:
        words = self.words = self._session.words
        desktop = self._session.platform.name == "desktop"
        self.hint = words.drop_hint if desktop else words.empty_studio_hint
        self.label_width = theme.body * 0.62 * max(len(words.strength), len(words.size))
        tools = [words.open_photo, words.compare, words.save]
        if self._session.platform.can_share:
            self._share.text = words.share
            tools.append(words.share)
        self.longest = max(map(len, tools))
        self._show_sizes()

    def _show_photo(self, *_: object) -> None:
        photo = self._session.photo
        self.has_photo = photo is not None
        if photo is None:
            return
        height, width = photo.shape[:2]
        if max(height, width) > SHOWN_SIDE:
            photo = resize(photo, fit_within((height, width), (SHOWN_SIDE, SHOWN_SIDE)))
        comparison = self.ids.comparison
        comparison.styled = None
        comparison.photo = texture_of(photo)
        self._judge()

    def _show_rendering(self, *_: object) -> None:
        rendering = self._session.rendering
        comparison = self.ids.comparison
        if rendering is None:
            comparison.styled = None
        else:
            comparison.photo = texture_of(rendering.photo)
            comparison.styled = texture_of(rendering.styled)
            height, width = rendering.styled.shape[:2]
            self.facts = self.words.rendered.format(
                width=width, height=height, milliseconds=f"{rendering.latency_ms:.0f}"
            )
        self._judge()

    def _judge(self, *_: object) -> None:
        self.ready = self._session.rendering is not None and self._session.current

    def _show_strength(self, *_: object) -> None:
        self.strength = self.ids.strength.value = self._session.strength

    def _show_sizes(self, *_: object) -> None:
        self.ids.sizes.value = self._session.size
        self.ids.sizes.choices = [(size, str(size)) for size in self._session.sizes]

    def _show_style(self, *_: object) -> None:
        style = self._session.style
        self.style_title = style.manifest.title if style is not None else ""
        self.style_line = attribution(style.manifest) if style is not None else ""


load_kv(__file__)
