"""The app's controls: each works by touch and by key, says what it is, and knows no model.

What can be focused has `on_key(name) -> bool`, asked by `edge_app.ui.focus`, and `press`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kivy.animation import Animation
from kivy.clock import Clock
from kivy.lang import Builder
from kivy.metrics import dp
from kivy.properties import (
    BooleanProperty,
    ColorProperty,
    ListProperty,
    NumericProperty,
    ObjectProperty,
    StringProperty,
)
from kivy.uix.behaviors import ButtonBehavior
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.floatlayout import FloatLayout
from kivy.uix.label import Label
from kivy.uix.scrollview import ScrollView
from kivy.uix.widget import Widget

from edge_app.ui import theme as colour
from edge_app.ui.icons import icon_texture
from edge_app.ui.theme import theme

PANEL_DP = (272, 356)
"""Width of the panel at the side of a screen: without much room, with much."""

STACKED_FROM = 15.5
"""A panel of fewer text heights than this has names above its controls."""

STEP = 0.05
"""How far an arrow key moves a track."""


class Words(Label):
    """Text that is broken into as many lines as it needs."""


class OneLine(Label):
    """Text that is cut with dots where it does not fit."""


class Icon(Widget):
    """One of `edge_app.ui.icons.NAMES`; nothing where the name is empty."""

    name = StringProperty("")
    color = ColorProperty(colour.PAPER)
    texture = ObjectProperty(None, allownone=True)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.bind(name=self._draw, size=self._draw)
        self._draw()

    def _draw(self, *_: object) -> None:
        pixels = round(min(self.size))
        self.texture = icon_texture(self.name, pixels) if self.name and pixels > 0 else None


class Pressable(ButtonBehavior, Widget):
    """What can be pressed; `on_release` tells of it, whether a finger or a key did it."""

    focused = BooleanProperty(False)
    radius = NumericProperty(8)
    label = StringProperty("")
    """What it does, for tests and for people who hear the app."""

    def press(self) -> None:
        """As if touched."""
        if not self.disabled:
            self.dispatch("on_press")
            self.dispatch("on_release")

    def on_key(self, _name: str) -> bool:
        """Keys that only this control understands: none."""
        return False


class IconButton(Pressable):
    """An icon of 48 dp."""

    icon = StringProperty("")
    active = BooleanProperty(False)
    """Switched on."""
    filled = BooleanProperty(False)
    icon_dp = NumericProperty(24)


class TextButton(Pressable):
    """A word, and an icon before it."""

    text = StringProperty("")
    icon = StringProperty("")
    primary = BooleanProperty(False)
    """The one that most people want; at most one on a screen."""


class Track(Widget):
    """A slider from 0 to 1."""

    value = NumericProperty(1.0)
    focused = BooleanProperty(False)
    radius = NumericProperty(8)
    label = StringProperty("")
    padding = NumericProperty(dp(14))
    knob = NumericProperty(dp(22))

    __events__ = ("on_settled",)

    def press(self) -> None:
        """Enter does nothing to a slider."""

    def on_settled(self) -> None:
        """The finger was lifted, or a key moved it."""

    def on_key(self, name: str) -> bool:
        """The arrows to both sides, Home and End."""
        moves = {"left": self.value - STEP, "right": self.value + STEP, "home": 0.0, "end": 1.0}
        if name not in moves or self.disabled:
            return False
        self.value = min(1.0, max(0.0, round(moves[name], 3)))
        self.dispatch("on_settled")
        return True

    def on_touch_down(self, touch: Any) -> bool:
        """Take the knob to the finger, and hold on."""
        if self.disabled or not self.collide_point(*touch.pos) or is_wheel(touch):
            return False
        touch.grab(self)
        self._follow(touch)
        return True

    def on_touch_move(self, touch: Any) -> bool:
        """Follow the finger wherever it is now."""
        if touch.grab_current is not self:
            return False
        self._follow(touch)
        return True

    def on_touch_up(self, touch: Any) -> bool:
        """Let go."""
        if touch.grab_current is not self:
            return False
        touch.ungrab(self)
        self.dispatch("on_settled")
        return True

    def _follow(self, touch: Any) -> None:
        length = max(1.0, self.width - 2 * self.padding)
        self.value = min(1.0, max(0.0, (touch.x - self.x - self.padding) / length))


class Segment(Pressable):
    """One choice of `Segments`."""

    text = StringProperty("")
    chosen = BooleanProperty(False)


class Segments(BoxLayout):
    """A few choices side by side, one of which is chosen."""

    choices = ListProperty()
    """(value, text) each."""
    value = ObjectProperty(None, allownone=True)

    __events__ = ("on_choice",)

    def on_choices(self, *_: object) -> None:
        """Show the new ones."""
        self.clear_widgets()
        for value, text in self.choices:
            segment = Segment(text=text, label=text, chosen=value == self.value)
            segment.bind(on_release=lambda _segment, value=value: self._choose(value))
            self.add_widget(segment)

    def on_value(self, *_: object) -> None:
        """Mark the one that is chosen."""
        for segment, (value, _) in zip(reversed(self.children), self.choices):
            segment.chosen = value == self.value

    def on_choice(self, value: object) -> None:
        """The user chose, perhaps what was chosen before."""

    def _choose(self, value: object) -> None:
        self.value = value
        self.dispatch("on_choice", value)


class LabelledRow(BoxLayout):
    """A control with its name before it, or above it where the row is too short for both."""

    text = StringProperty("")
    value_text = StringProperty("")
    label_width = NumericProperty(0)
    stacked = BooleanProperty(False)

    _built = False

    def apply_class_lang_rules(self, *args: Any, **kwargs: Any) -> None:
        """Build name and value; what is added after them is the control."""
        super().apply_class_lang_rules(*args, **kwargs)
        self._built = True

    def add_widget(self, widget: Any, *args: Any, **kwargs: Any) -> None:
        """What is written inside it in kv goes between name and value."""
        if self._built:
            self.ids.place.add_widget(widget, *args, **kwargs)
        else:
            super().add_widget(widget, *args, **kwargs)


class Overlay(BoxLayout):
    """Lies over a picture; touches go through it while it is not shown.

    Being transparent is not enough: Kivy's disabled buttons take every touch on them.
    """

    shown = BooleanProperty(True)

    def on_touch_down(self, touch: Any) -> bool:
        """For what is on it, where that can be seen."""
        return self.shown and bool(super().on_touch_down(touch))


class ProgressLine(Widget):
    """A thin line: as long as the share that is done, or running to and fro where it is unknown."""

    share = NumericProperty(0.0)
    """0 to 1; negative: unknown."""
    active = BooleanProperty(False)
    begin = NumericProperty(0.0)
    end = NumericProperty(0.0)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._moving: Any = None
        self.bind(share=self._show, active=self._show)

    def _show(self, *_: object) -> None:
        unknown = self.active and self.share < 0
        if unknown and self._moving is None:
            self.begin, self.end = 0.0, 0.25
            there = Animation(begin=0.75, end=1.0, duration=0.8, transition="in_out_sine")
            self._moving = there + Animation(begin=0, end=0.25, duration=0.8, t="in_out_sine")
            self._moving.repeat = True
            self._moving.start(self)
        elif not unknown:
            if self._moving is not None:
                self._moving.cancel(self)
                self._moving = None
            self.begin, self.end = 0.0, min(1.0, max(0.0, self.share))


class Scroller(ScrollView):
    """Scrolls downwards, by finger, wheel and focus."""


class Screenful(FloatLayout):
    """Base of the screens: what the frame around them tells them."""

    landscape = BooleanProperty(False)
    """The window is wider than high: panels lie at the side."""
    roomy = BooleanProperty(False)
    """A desktop's window: there is room for words beside icons."""
    panel_width = NumericProperty(dp(PANEL_DP[0]))
    stacked = BooleanProperty(False)
    """The panel is too narrow for a control and its name in one row."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.bind(size=self._stack, landscape=self._stack, roomy=self._stack)
        theme.bind(body=self._stack)

    def _stack(self, *_: object) -> None:
        self.panel_width = dp(PANEL_DP[self.roomy])
        panel = self.panel_width if self.landscape else self.width
        self.stacked = panel < theme.body * STACKED_FROM

    def entered(self) -> None:
        """The screen has come to the front."""

    def left(self) -> None:
        """Another screen has."""

    def paused(self) -> None:
        """The app goes to the background, whichever screen is in front."""

    def resumed(self) -> None:
        """The app comes back."""

    def on_shortcut(self, _key: str) -> bool:
        """A letter was typed; whether it meant something here."""
        return False


def is_wheel(touch: Any) -> bool:
    """Whether a touch is a turn of the mouse wheel, which Kivy tells as a touch."""
    return "button" in touch.profile and str(touch.button).startswith("scroll")


def load_kv(python_file: str) -> None:
    """Load the .kv that lies beside a module, once: `load_kv(__file__)`."""
    path = Path(python_file).with_suffix(".kv")
    if str(path) not in Builder.files:
        Builder.load_file(str(path))


def soon(call: Any) -> None:
    """Call on the UI thread at its next turn; from any thread."""
    Clock.schedule_once(lambda _elapsed: call(), 0)


load_kv(__file__)
