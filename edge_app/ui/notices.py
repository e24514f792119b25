"""What the app says by itself: notices that pass, and questions that wait."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from kivy.clock import Clock
from kivy.properties import BooleanProperty, StringProperty
from kivy.uix.modalview import ModalView

from edge_app.ui.controls import Pressable, TextButton, load_kv
from edge_app.ui.strings import Phrase, Strings

NEWS_S = 4.0
"""How long good news stay; a problem stays until it is pressed, or the next one comes."""


class Notice(Pressable):
    """A line at the edge of the app; pressing it sends it away.

    Args:
        phrase: what it says.
        words: the language to begin with.
        problem: it stays until then.
    """

    text = StringProperty("")
    problem = BooleanProperty(False)

    def __init__(self, phrase: Phrase, words: Strings, *, problem: bool, **kwargs: Any) -> None:
        super().__init__(problem=problem, **kwargs)
        self._phrase = phrase
        self.speak(words)
        if not problem:
            Clock.schedule_once(lambda _elapsed: self.leave(), NEWS_S)

    def speak(self, words: Strings) -> None:
        """Say it in this language from now on."""
        self.text = self.label = self._phrase(words)

    def on_release(self) -> None:
        """Read."""
        self.leave()

    def leave(self) -> None:
        """Go away."""
        if self.parent is not None:
            self.parent.remove_widget(self)


class Question(ModalView):
    """A title, a text, and answers of which the first is proposed: Enter; Escape is the last."""

    title = StringProperty("")
    text = StringProperty("")
    ready = BooleanProperty(False)
    """It stands there to be read; the Enter that led to it is no answer to it."""

    def __init__(
        self, title: str, text: str, answers: Sequence[tuple[str, Callable[[], None]]]
    ) -> None:
        super().__init__(title=title, text=text)
        for number, (word, act) in enumerate(answers):
            button = TextButton(text=word, label=word, primary=number == 0, size_hint_x=1)
            button.bind(on_release=lambda _button, act=act: self._answer(act))
            self.ids.answers.add_widget(button)
        self.bind(on_open=lambda _: setattr(self, "ready", True))

    def press(self) -> None:
        """Give the answer that is proposed."""
        if self.ready:
            self.ids.answers.children[-1].press()

    def _answer(self, act: Callable[[], None]) -> None:
        self.dismiss()
        act()


load_kv(__file__)
