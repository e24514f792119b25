"""The studio: a photograph, a style, how strong, how large; compare, save, share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kivy.properties import (
    BooleanProperty,
    NumericProperty,
    ObjectProperty,
    StringProperty,
)

from edge_app.ui.controls import LabelledRow, Screenful, Track, load_kv
from edge_app.ui.mates import MateChoice
from edge_app.ui.previews import Previews
from edge_app.ui.session import Session
from edge_app.ui.textures import texture_of
from edge_app.ui.theme import theme
from edge_app.ui.tiles import Tool, attribution


class StudioScreen(Screenful):
    """Shows the session's photograph and picture.

    Args:
        session: the app's.
        previews: likewise.
        on_camera: called where a photograph is to be taken.
    """

    words = ObjectProperty(None, allownone=True, rebind=True)
    opaqueness = NumericProperty(1.0)
    """How much of the painted picture lies over the photograph."""
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

    def __init__(
        self, session: Session, previews: Previews, on_camera: Callable[[], None], **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self._session, self._previews, self._on_camera = session, previews, on_camera
        self._mixer, self._mix_row, self._mix_track = self._mix_controls()
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
            mix=self._show_mix,
            sizes=self._show_sizes,
            size=self._show_sizes,
            style=self._show_style,
        )
        session.activity.bind(text=self.setter("busy"), share=self.setter("progress"))
        theme.bind(text_scale=self._speak)
        self._speak()
        self._show_strength()
        self._show_mix()
        self._show_sizes()
        self._show_style()
        self._show_photo()

    def open_photo(self) -> None:
        """Have a photograph chosen."""
        self._session.pick_photo()

    def take_photo(self) -> None:
        """Have a photograph taken."""
        self._on_camera()

    def toggle_compare(self) -> None:
        """Show or hide the divider between photograph and picture."""
        self.ids.comparison.dividing = not self.ids.comparison.dividing

    def choose_mate(self) -> None:
        """Ask which other style of the pack is mixed in."""
        session, words = self._session, self.words
        MateChoice(
            words.mix_with.format(title=session.style.card.title),
            words.mix_nothing,
            session.mates,
            session.second,
            self._previews,
            session.choose_second,
        ).open()

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
        """O, P, C, M and S."""
        if key == "o":
            self.open_photo()
        elif key == "p":
            self.take_photo()
        elif key == "m" and self._session.mates:
            self.choose_mate()
        elif key == "c" and self.ready:
            self.toggle_compare()
        elif key == "s" and self.ready:
            self.save()
        return key in "opcms"

    def _mix_controls(self) -> tuple[Tool, LabelledRow, Track]:
        """What is there only where styles can be mixed."""
        tool = Tool(icon="mix", label="mix")
        tool.bind(on_release=lambda _: self.choose_mate())
        self.bind(longest=tool.setter("longest"))
        track, row = Track(label="mix share", value=self._session.second_share), LabelledRow()
        track.bind(value=lambda _, value: self._session.choose_share(value))
        row.value_text = _percent(track.value)
        track.bind(value=lambda _, value: setattr(row, "value_text", _percent(value)))
        self.bind(label_width=row.setter("label_width"), stacked=row.setter("stacked"))
        row.add_widget(track)
        return tool, row, track

    def _show_mix(self, *_: object) -> None:
        """What the session mixes, and the controls for what can be."""
        session = self._session
        if session.mix is not None:
            self.opaqueness = session.mix.strength
        self._mix_track.value = session.second_share
        self._mixer.active = session.second is not None
        _keep(self._mixer, before=self.ids.save, there=bool(session.mates))
        _keep(self._mix_row, before=self.ids.strength_row, there=session.second is not None)
        self._show_style()

    def _speak(self, *_: object) -> None:
        words = self.words = self._session.words
        desktop = self._session.platform.name == "desktop"
        self.hint = words.drop_hint if desktop else words.empty_studio_hint
        names = (words.strength, words.size, words.mix)
        self.label_width = theme.body * 0.62 * max(map(len, names))
        self._mixer.text = self._mix_row.text = words.mix
        tools = [words.open_photo, words.take_photo, words.compare, words.save]
        if self._session.platform.can_share:
            self._share.text = words.share
            tools.append(words.share)
        self.longest = max(map(len, tools))
        self._show_sizes()
        self._tell_facts()

    def _show_photo(self, *_: object) -> None:
        self.has_photo = self._session.photo is not None
        if not self.has_photo:
            return
        comparison = self.ids.comparison
        comparison.styled = None
        comparison.photo = texture_of(self._session.photo_on_screen)
        self._judge()

    def _show_rendering(self, *_: object) -> None:
        rendering = self._session.rendering
        comparison = self.ids.comparison
        if rendering is None:
            comparison.styled = None
        else:
            comparison.photo = texture_of(rendering.photo)
            comparison.styled = texture_of(rendering.styled)
            self._tell_facts()
        self._judge()

    def _tell_facts(self) -> None:
        rendering = self._session.rendering
        if rendering is not None:
            height, width = rendering.styled.shape[:2]
            self.facts = self.words.rendered.format(
                width=width, height=height, milliseconds=f"{rendering.latency_ms:.0f}"
            )

    def _judge(self, *_: object) -> None:
        self.ready = self._session.rendering is not None and self._session.current

    def _show_strength(self, *_: object) -> None:
        self.ids.strength.value = self._session.strength

    def _show_sizes(self, *_: object) -> None:
        self.ids.sizes.value = self._session.size
        self.ids.sizes.choices = [(size, str(size)) for size in self._session.sizes]

    def _show_style(self, *_: object) -> None:
        style, second = self._session.style, self._session.second
        titles = [each.card.title for each in (style, second) if each is not None]
        self.style_title = " + ".join(titles)
        self.style_line = attribution(style.card) if style is not None else ""


def _percent(share: float) -> str:
    return f"{share * 100:.0f} %"


def _keep(widget: Any, *, before: Any, there: bool) -> None:
    """Have a widget right before another one, or not at all."""
    parent = before.parent
    if there and widget.parent is None:
        parent.add_widget(widget, index=parent.children.index(before) + 1)
    elif not there and widget.parent is not None:
        parent.remove_widget(widget)


load_kv(__file__)
