"""About: what this is, the few settings, whose work it stands on."""

from __future__ import annotations

from typing import Any

from kivy.properties import ObjectProperty, StringProperty
from kivy.utils import escape_markup

from edge_app.core.styles import Style
from edge_app.ui.controls import Screenful, load_kv
from edge_app.ui.screens.benchmark import app_version
from edge_app.ui.session import Session
from edge_app.ui.settings import TEXT_SCALES
from edge_app.ui.strings import codes, strings


class AboutScreen(Screenful):
    """Shows the session's settings and styles.

    Args:
        session: the app's.
    """

    words = ObjectProperty(None, allownone=True, rebind=True)
    version_text = StringProperty("")
    styles_text = StringProperty("")
    licences_text = StringProperty("")

    def __init__(self, session: Session, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._session = session
        session.bind(words=self._speak, styles=self._speak, settings=self._show)
        self._speak()

    def choose_language(self, code: str) -> None:
        """Speak another language from now on."""
        self._session.remember(language=code)

    def choose_text(self, scale: float) -> None:
        """Write larger or smaller from now on."""
        self._session.remember(text_scale=scale)

    def choose_camera_data(self, keep: bool) -> None:
        """Keep camera and date in saved pictures, or do not."""
        self._session.remember(keep_camera_data=keep)

    def _speak(self, *_: object) -> None:
        words = self.words = self._session.words
        self.version_text = words.about_version.format(version=app_version())
        lines = (
            words.licence_app,
            words.licence_kivy,
            words.licence_litert,
            words.licence_numpy,
            words.licence_pillow,
            words.licence_roboto,
        )
        self.licences_text = "\n".join(lines)
        styles = []
        for style in self._session.styles:
            if isinstance(style, Style):
                card = style.card
                title, *rest = map(escape_markup, (card.title, card.artist, card.year))
                styles.append(f"[i]{title}[/i], {', '.join(rest)}. {escape_markup(card.licence)}")
        self.styles_text = "\n".join(styles) or words.gallery_empty
        ids = self.ids
        ids.language.choices = [(code, strings(code).language) for code in codes()]
        ids.text_scale.choices = [(scale, f"{scale * 100:.0f} %") for scale in TEXT_SCALES]
        ids.camera_data.choices = [(False, words.off), (True, words.on)]
        self._show()

    def _show(self, *_: object) -> None:
        settings, ids = self._session.settings, self.ids
        words = self._session.words
        ids.language.value = next(code for code in codes() if strings(code) is words)
        ids.text_scale.value = settings.text_scale
        ids.camera_data.value = settings.keep_camera_data


load_kv(__file__)
