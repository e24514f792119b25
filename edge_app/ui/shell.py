"""The frame around the screens: the bar that leads to them, and what the app says by itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kivy.clock import Clock
from kivy.metrics import Metrics, dp
from kivy.properties import BooleanProperty, ListProperty, NumericProperty, StringProperty
from kivy.uix.floatlayout import FloatLayout
from kivy.uix.widget import Widget

from edge_app.ui.controls import Pressable, Screenful, load_kv
from edge_app.ui.notices import Notice
from edge_app.ui.platform import Insets
from edge_app.ui.strings import Phrase, Strings
from edge_app.ui.theme import theme

ICONS = {
    "gallery": "gallery",
    "studio": "studio",
    "live": "live",
    "benchmark": "bench",
    "about": "about",
}
"""Screen -> icon, in the bar's order."""

LAST = "about"
"""Stands apart at the end of an upright bar."""

PLACE_DP = 76
"""Height of a place in an upright bar, where there is room."""

INSETS_EVERY_S = 0.5
"""How often the insets are asked for. A phone that is turned from one landscape to the other has
its camera hole on the other side and tells nobody: the window's size stays."""

ROOMY_DP = (1000, 560)
"""Width and height from which a window counts as a desktop's."""


class Place(Pressable):
    """A screen in the bar."""

    icon = StringProperty("")
    text = StringProperty("")
    here = BooleanProperty(False)
    upright = BooleanProperty(False)
    tab_rank = 1
    text_size = NumericProperty(12)
    """In pixels; the same for all places, so that the longest name fits."""


class Shell(FloatLayout):
    """Shows one screen at a time; each is made when it is first gone to.

    Args:
        makers: screen -> its maker.
        insets: asks what the system covers of the window.
        words: the language to begin with.
    """

    landscape = BooleanProperty(False)
    roomy = BooleanProperty(False)
    screen = StringProperty("")
    edges = ListProperty([0, 0, 0, 0])
    """What the system covers: left, top, right, bottom."""

    def __init__(
        self,
        makers: Mapping[str, Callable[[], Screenful]],
        insets: Callable[[], Insets],
        words: Strings,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._makers = makers
        self._insets = insets
        self.screens: dict[str, Screenful] = {}
        self._places: dict[str, Place] = {}
        self._gap = Widget(size_hint=(None, None), size=(0, 0))
        for name, icon in ICONS.items():
            place = Place(icon=icon, label=name)
            place.bind(on_release=lambda _place, name=name: self.go(name))
            self.bind(landscape=place.setter("upright"))
            self._places[name] = place
            if name == LAST:
                self.ids.bar.add_widget(self._gap)
            self.ids.bar.add_widget(place)
        self.bind(size=self._fit)
        self.ids.bar.bind(size=self._fit_names)
        theme.bind(caption=self._fit_names)
        self.speak(words)
        Metrics.bind(density=self._fit)
        self._fit()
        Clock.schedule_interval(self._follow_insets, INSETS_EVERY_S)

    def speak(self, words: Strings) -> None:
        """Name the places and tell what is being told in another language from now on."""
        self._words = words
        for name, place in self._places.items():
            place.text = getattr(words, name)
        for notice in self.ids.notices.children:
            notice.speak(words)
        self._fit_names()

    def go(self, name: str) -> None:
        """Bring a screen to the front."""
        if name == self.screen:
            return
        stage = self.ids.stage
        if self.screen:
            self.screens[self.screen].left()
        if name not in self.screens:
            self.screens[name] = self._makers[name]()
            self.screens[name].pos_hint = {"x": 0, "y": 0}
        screen = self.screens[name]
        screen.landscape, screen.roomy = self.landscape, self.roomy
        stage.clear_widgets()
        self._dismiss(problems=False)
        stage.add_widget(screen)
        self.screen = name
        for each, place in self._places.items():
            place.here = each == name
        screen.entered()

    def pause(self) -> None:
        """The app goes to the background.

        The screen in front is told first: it may be waiting for what another one gives back.
        """
        for screen in sorted(self.screens.values(), key=lambda each: each is not self.current):
            screen.paused()

    def resume(self) -> None:
        """The app comes back."""
        for screen in self.screens.values():
            screen.resumed()

    @property
    def current(self) -> Screenful | None:
        """The screen in front."""
        return self.screens.get(self.screen)

    def say(self, phrase: Phrase, *, problem: bool) -> None:
        """Show a notice; it takes the place of the one before of its kind."""
        self._dismiss(problems=problem)
        self.ids.notices.add_widget(Notice(phrase, self._words, problem=problem))

    def _dismiss(self, *, problems: bool) -> None:
        for notice in list(self.ids.notices.children):
            if notice.problem is problems:
                notice.leave()

    def _fit_names(self, *_: object) -> None:
        bar = self.ids.bar
        width = bar.width if self.landscape else bar.width / len(self._places)
        longest = max(4, *(len(place.text) for place in self._places.values()))
        for place in self._places.values():
            place.text_size = min(theme.caption, width / longest * 1.75)

    def _fit(self, *_: object) -> None:
        self.landscape = self.width > self.height
        self.roomy = self.width >= dp(ROOMY_DP[0]) and self.height >= dp(ROOMY_DP[1])
        covered = self._insets()
        self.edges = _edges(covered)
        body, bar, stage = self.ids.body, self.ids.bar, self.ids.stage
        order = [bar, stage] if self.landscape else [stage, bar]
        if list(reversed(body.children)) != order:
            body.clear_widgets()
            for widget in order:
                body.add_widget(widget)
        for place in self._places.values():
            place.size_hint_y = None if self.landscape else 1
            room = self.height - covered.top - covered.bottom - dp(16)
            place.height = min(dp(PLACE_DP), room / len(ICONS))
        self._gap.size_hint_y = 1 if self.landscape else None
        for screen in self.screens.values():
            screen.landscape, screen.roomy = self.landscape, self.roomy

    def _follow_insets(self, _elapsed: float) -> None:
        if _edges(self._insets()) != self.edges:
            self._fit()


def _edges(covered: Insets) -> list[int]:
    return [covered.left, covered.top, covered.right, covered.bottom]


load_kv(__file__)
