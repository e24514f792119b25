"""About: what this is, the few settings, whose work it stands on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kivy.properties import ObjectProperty, StringProperty
from kivy.utils import escape_markup, get_hex_from_color

from edge_app.core.catalog import BrokenPack
from edge_app.core.styles import Style
from edge_app.ui import theme as colour
from edge_app.ui.controls import Pressable, Screenful, load_kv
from edge_app.ui.licences import Work, works_here
from edge_app.ui.reader import Reader
from edge_app.ui.session import Session
from edge_app.ui.settings import TEXT_SCALES
from edge_app.ui.strings import codes, strings
from edge_app.ui.tiles import attribution
from edge_app.ui.version import app_version

NO_BREAK = "\N{NO-BREAK SPACE}"


class WorkRow(Pressable):
    """A work that the app stands on, and its licence, which can be read."""

    text = StringProperty("")
    licence = StringProperty("")


class AboutScreen(Screenful):
    """Shows the session's settings and styles.

    Args:
        session: the app's.
    """

    words = ObjectProperty(None, allownone=True, rebind=True)
    version_text = StringProperty("")
    styles_text = StringProperty("")

    def __init__(self, session: Session, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._session = session
        # Kept here: what is taken off the screen would be gone, and `ids` refer to it weakly.
        self._processor_box = self.ids.processor_box.__self__
        if not session.platform.has_gpu:
            self._processor_box.parent.remove_widget(self._processor_box)
        for work in works_here():
            row = WorkRow(text=work.name, label=work.name, licence=work.licence)
            row.bind(on_release=lambda _row, work=work: self._read(work))
            self.ids.works.add_widget(row)
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

    def choose_processor(self, only: bool) -> None:
        """Keep models off the graphics chip, or do not."""
        if only != self._session.settings.processor_only:
            self._session.choose_processor(only=only)

    def _read(self, work: Work) -> None:
        Reader(work.name, work.paragraphs(), self.words.close).open()

    def _speak(self, *_: object) -> None:
        words = self.words = self._session.words
        self.version_text = words.about_version.format(version=app_version())
        self.styles_text = _credits(self._session.styles) or words.gallery_empty
        ids = self.ids
        ids.language.choices = [(code, strings(code).language) for code in codes()]
        ids.text_scale.choices = [(scale, f"{scale * 100:.0f} %") for scale in TEXT_SCALES]
        ids.camera_data.choices = [(False, words.off), (True, words.on)]
        ids.processor.choices = [(False, words.processor_auto), (True, words.processor_only)]
        self._show()

    def _show(self, *_: object) -> None:
        settings, ids = self._session.settings, self.ids
        words = self._session.words
        ids.language.value = next(code for code in codes() if strings(code) is words)
        ids.text_scale.value = settings.text_scale
        ids.camera_data.value = settings.keep_camera_data
        ids.processor.value = settings.processor_only


def _credits(styles: Sequence[Style | BrokenPack]) -> str:
    """Titles and painters in Kivy's markup, those of the same terms together and the terms once."""
    groups: dict[str, list[str]] = {}
    for style in styles:
        if isinstance(style, Style):
            lines = groups.setdefault(style.card.licence, [])
            # What belongs together goes to the next line together.
            painter = attribution(style.card).replace(" ", NO_BREAK)
            title, painter = map(escape_markup, (style.card.title, painter))
            lines.append(f"[i]{title}[/i], {painter}" if painter else f"[i]{title}[/i]")
    muted = get_hex_from_color(colour.MUTED)
    return "\n\n".join(
        "\n".join([*lines, f"[color={muted}]{escape_markup(licence)}[/color]"])
        for licence, lines in groups.items()
    )


load_kv(__file__)
