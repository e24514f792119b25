"""A hand that drives the app in a real window: touches, keys, frames and screenshots.

Needs a display. Kivy takes its settings from the environment when it is imported, so a process
has one density and one driver.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from edge_app.core.image import Bytes
from edge_app.ui.platform import Camera, Insets, PickedPhoto

KEYS = {
    "tab": 9, "enter": 13, "escape": 27, "space": 32,
    "up": 273, "down": 274, "right": 275, "left": 276, "home": 278, "end": 279,
}  # fmt: skip


class StubPlatform:
    """A system that answers at once with what a test has put there."""

    name = "desktop"
    device = "Test device"
    can_share = True
    has_gpu = True

    def __init__(self, folder: Path, styles: Path | None = None) -> None:
        self.folder = folder
        self.styles = styles
        self.photo: Path | None = None
        self.problem: Exception | None = None
        self.saved: list[tuple[str, bytes]] = []
        self.shared: list[tuple[str, bytes]] = []
        self.memory: int | None = None
        self.wishes = ["en"]
        self.sources: list[Callable[[], Any]] = []
        self.awake: list[bool] = []
        self.asked_side = 0
        self.covered = Insets()

    def settings_folder(self) -> Path:
        return self.folder / "settings"

    def style_folders(self) -> list[Path]:
        return [] if self.styles is None else [self.styles]

    def languages(self) -> list[str]:
        return self.wishes

    def available_memory_bytes(self) -> int | None:
        return self.memory

    def insets(self) -> Insets:
        return self.covered

    def keep_awake(self, on: bool) -> None:
        self.awake.append(on)

    def leave_thread(self) -> None:
        pass

    def pick_photo(self, on_done: Any, on_error: Any) -> None:
        photo = self.photo
        on_done(None if photo is None else PickedPhoto(path=photo, name=photo.name))

    def save_picture(self, content: bytes, name: str, on_done: Any, on_error: Any) -> None:
        if self.problem is not None:
            on_error(self.problem)
            return
        self.saved.append((name, content))
        on_done(f"Pictures/{name}")

    save_document = save_picture

    def share_picture(self, content: bytes, name: str, on_done: Any, on_error: Any) -> None:
        self.shared.append((name, content))
        on_done(name)

    def cameras(self) -> list[Camera]:
        sides = ("back", "front")
        return [
            Camera(id=str(i), label=f"Camera {i}", facing=sides[i % 2])
            for i in range(len(self.sources))
        ]

    def open_camera(self, camera: Camera, longest_side: int, on_done: Any, on_error: Any) -> None:
        self.asked_side = longest_side
        try:
            source = self.sources[int(camera.id)]()
        except Exception as error:
            on_error(error)
        else:
            on_done(source)


class Driver:
    """Starts an `EdgestyleApp` and moves it frame by frame; use as a context manager."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self._touches = 0

    def __enter__(self) -> Driver:
        from kivy.base import runTouchApp

        self.app._run_prepare()
        runTouchApp(embedded=True)
        self.frames(3)
        return self

    def __exit__(self, *_: object) -> None:
        from kivy.base import EventLoop, stopTouchApp

        self.app.stop()
        self.frames(1)
        for child in list(self.window.children):
            self.window.remove_widget(child)
        stopTouchApp()
        EventLoop.status = "idle"

    @property
    def window(self) -> Any:
        from kivy.core.window import Window

        return Window

    @property
    def session(self) -> Any:
        return self.app.session

    def frames(self, count: int = 1) -> None:
        """Let the app draw."""
        from kivy.base import EventLoop

        for _ in range(count):
            EventLoop.idle()
            self.window.mainloop()  # the window system's events, as in Kivy's own loop

    def until(self, condition: Callable[[], object], timeout_s: float = 60.0) -> None:
        """Draw until something holds; an AssertionError where it does not in time."""
        end = time.monotonic() + timeout_s
        while not condition():
            assert time.monotonic() < end, f"not within {timeout_s} s: {self.notice!r}"
            self.frames()
            time.sleep(0.002)
        self.frames(2)

    def wait(self, seconds: float) -> None:
        """Draw for a while."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.frames()
            time.sleep(0.005)

    def widgets(self) -> Iterator[Any]:
        """Everything that is visible, the topmost window of questions first."""

        def walk(widget: Any) -> Iterator[Any]:
            if widget.opacity > 0 and min(widget.size) > 0:
                yield widget
                for child in widget.children:
                    yield from walk(child)

        for child in self.window.children:
            yield from walk(child)

    def find(self, label: str) -> Any:
        """The visible control with this label."""
        labels = []
        for widget in self.widgets():
            if getattr(widget, "label", ""):
                if widget.label == label:
                    return widget
                labels.append(widget.label)
        raise AssertionError(f"no control {label!r}; there are {labels}")

    def there(self, label: str) -> bool:
        """Whether there is such a control now."""
        return any(getattr(widget, "label", "") == label for widget in self.widgets())

    def await_control(self, label: str) -> None:
        """Draw until there is such a control, and it has stopped moving."""
        self.until(lambda: self.there(label))
        self.wait(0.15)

    def texts(self) -> list[str]:
        """All text that is visible."""
        return [w.text for w in self.widgets() if isinstance(getattr(w, "text", None), str)]

    @property
    def notice(self) -> str:
        """What the app says by itself now."""
        notices = self.app.shell.ids.notices.children
        return notices[0].text if notices else ""

    def tap(self, target: Any) -> None:
        """Touch a control, given by its label or itself, in its middle."""
        widget = self.find(target) if isinstance(target, str) else target
        self.drag(widget.to_window(*widget.center))

    def drag(self, *points: tuple[float, float]) -> None:
        """A touch that goes from point to point, in window pixels from the bottom left."""
        from kivy.tests.common import UnitTestTouch

        touch = UnitTestTouch(*points[0])
        touch.touch_down()
        self.frames()
        for point in points[1:]:
            touch.touch_move(*point)
            self.frames()
        touch.touch_up()
        self.frames(3)

    def key(self, name: str, *modifiers: str) -> None:
        """Press a key: a name in KEYS, or a letter."""
        code = KEYS.get(name) or ord(name)
        letter = name if len(name) == 1 else ""
        self.window.dispatch("on_key_down", code, 0, letter, list(modifiers))
        self.window.dispatch("on_keyboard", code, 0, letter, list(modifiers))
        self.window.dispatch("on_key_up", code, 0)
        self.frames(3)

    def resize(self, width: int, height: int) -> None:
        """Give the window another size, as turning a phone does."""
        self.window.size = width, height
        self.until(lambda: tuple(map(int, self.window.size)) == (width, height))
        self.wait(0.2)  # the display server takes its time

    def screenshot(self) -> Bytes:
        """What the window shows: uint8 RGB (h, w, 3)."""
        from kivy.graphics.opengl import GL_RGBA, GL_UNSIGNED_BYTE, glReadPixels

        self.frames(3)
        self.window.dispatch("on_draw")
        width, height = map(int, self.window.size)
        raw = glReadPixels(0, 0, width, height, GL_RGBA, GL_UNSIGNED_BYTE)
        pixels = np.frombuffer(raw, np.uint8).reshape(height, width, 4)
        return np.ascontiguousarray(pixels[::-1, :, :3])
