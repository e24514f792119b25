"""The app: puts session, screens, keyboard and system together."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kivy.app import App
from kivy.base import ExceptionManager
from kivy.core.window import Window

from edge_app.ui import theme as colour
from edge_app.ui.atelier import Atelier
from edge_app.ui.controls import soon
from edge_app.ui.focus import Focus
from edge_app.ui.frames.source import Frame
from edge_app.ui.memory import Shortage
from edge_app.ui.notices import Question
from edge_app.ui.platform import Platform
from edge_app.ui.previews import Previews
from edge_app.ui.screens.about import AboutScreen
from edge_app.ui.screens.benchmark import BenchmarkScreen
from edge_app.ui.screens.gallery import GalleryScreen
from edge_app.ui.screens.live import LiveScreen
from edge_app.ui.screens.studio import StudioScreen
from edge_app.ui.session import Session
from edge_app.ui.shell import ICONS, Shell
from edge_app.ui.unforeseen import SafetyNet

_log = logging.getLogger(__name__)


class EdgestyleApp(App):
    """Run it with `run()`.

    Args:
        platform: the system's services.
        photo: opened at the start.
        atelier: what stylizes; tests give one with fake runtimes.
        screen: the one to begin with.
        measure: begin with the benchmark, and save what it found at its end.
        draw_icon: writes the window's icon as a PNG; Kivy's own if not given.
    """

    title = "edgestyle"

    def __init__(
        self,
        platform: Platform,
        *,
        photo: Path | None = None,
        atelier: Atelier | None = None,
        screen: str = "gallery",
        measure: bool = False,
        draw_icon: Callable[[Path], None] | None = None,
    ) -> None:
        super().__init__()
        self._draw_icon = draw_icon
        self._first_photo = photo
        self._first_screen = "benchmark" if measure else screen
        self._measure = measure
        self.session = Session(platform, soon, atelier=atelier)
        self.previews = Previews(self.session.loader)
        self._focus: Focus | None = None

    def run(self) -> None:
        """Open the window and return when it is closed; no error in between closes it."""
        # Ending takes as long as the model's last run, and nobody need watch it.
        self.bind(on_stop=lambda _: Window.hide())
        net = SafetyNet(self.session.fail)
        ExceptionManager.add_handler(net)
        try:
            super().run()
        finally:
            ExceptionManager.remove_handler(net)

    def build(self) -> Shell:
        """Make the window's content."""
        session, previews = self.session, self.previews
        makers: dict[str, Callable[[], Any]] = {
            "gallery": lambda: GalleryScreen(session, previews, self._style_chosen),
            "studio": lambda: StudioScreen(session, previews, lambda: self.shell.go("live")),
            "live": lambda: LiveScreen(session, previews, self._taken),
            "benchmark": lambda: BenchmarkScreen(session, errand=self._measure),
            "about": lambda: AboutScreen(session),
        }
        self.shell = Shell(makers, session.platform.insets, session.words)
        session.bind(
            words=lambda _, words: self.shell.speak(words),
            on_problem=lambda _, say: self.shell.say(say, problem=True),
            on_news=lambda _, say: self.shell.say(say, problem=False),
            on_memory_short=self._ask_about_memory,
        )
        Window.clearcolor = colour.INK
        Window.bind(on_drop_file=self._dropped, on_memorywarning=self._memory_short)
        self._focus = Focus(self.shell, self._back, self._shortcut, self.stop)
        self.shell.go(self._first_screen)
        return self.shell

    def get_application_config(self, *_: object) -> str:
        """No .ini of Kivy's beside the program; what is remembered is in `Settings`."""
        return ""

    def load_config(self) -> None:
        """Likewise."""

    def open_settings(self, *_: object) -> bool:
        """Kivy's own settings panel (F1) stays closed."""
        return False

    def on_start(self) -> None:
        """Begin with the work once the window is there."""
        self.session.load_styles()
        if self._draw_icon is not None:
            path, draw = self.session.platform.settings_folder() / "icon.png", self._draw_icon
            self.session.loader.submit(
                lambda _job: draw(path),
                on_done=lambda _: Window.set_icon(str(path)),
                on_error=lambda error: _log.warning("no icon for the window: %s", error),
            )
        if self._first_photo is not None:
            self.session.open_photo(self._first_photo, self._first_photo.name)
            self.shell.go("studio")

    def on_pause(self) -> bool:
        """The app goes to the background: camera and measurement end, a painting goes on."""
        self.shell.pause()
        return True

    def on_resume(self) -> None:
        """And comes back."""
        self.shell.resume()

    def on_stop(self) -> None:
        """Give everything back."""
        if self.shell.current is not None:
            self.shell.current.left()
        if self._focus is not None:
            self._focus.close()
        Window.unbind(on_drop_file=self._dropped, on_memorywarning=self._memory_short)
        self.session.close()

    def _style_chosen(self) -> None:
        self.shell.go("studio")

    def _taken(self, frame: Frame) -> None:
        self.shell.go("studio")
        self.session.use_frame(frame, self.session.words.live)

    def _dropped(self, _window: Any, name: bytes, *_: object) -> None:
        path = Path(name.decode("utf-8", errors="surrogateescape"))
        self.session.open_photo(path, path.name)
        self.shell.go("studio")

    def _memory_short(self, _window: Any) -> None:
        self.session.free_memory()

    def _back(self) -> bool:
        """Escape and Android's back button: give up work, go to the gallery, then leave."""
        if self.session.activity.text:
            self.session.cancel()
        elif self.shell.screen != "gallery":
            self.shell.go("gallery")
        elif self.session.platform.name == "android":
            return False
        return True

    def _shortcut(self, letter: str) -> bool:
        names = list(ICONS)
        if letter.isdigit() and 1 <= int(letter) <= len(names):
            self.shell.go(names[int(letter) - 1])
            return True
        current = self.shell.current
        return current is not None and current.on_shortcut(letter)

    def _ask_about_memory(self, session: Session, short: Shortage) -> None:
        words, smaller = session.words, short.smaller
        answers: list[tuple[str, Callable[[], None]]] = [
            (words.memory_anyway, lambda: session.refresh(anyway=True)),
            (words.cancel, lambda: None),
        ]
        if smaller is not None:
            word = words.memory_smaller.format(size=smaller)
            answers.insert(0, (word, lambda: session.choose_size(smaller)))
        text = words.memory_text.format(
            size=session.size,
            needed=f"{short.needed_bytes / 1e6:.0f}",
            available=f"{short.available_bytes / 1e6:.0f}",
        )
        Question(words.memory_title, text, answers).open()
