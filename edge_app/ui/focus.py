"""The keyboard: which control has it, and where it goes next.

Kivy's own FocusBehavior asks the system for its keyboard, which on a phone slides over half the
screen; these controls only need keys where there are any. A control that can be focused has
`focused`, `press()` and `on_key(name) -> bool`; it may have `tab_rank`, 0 unless it comes after the
others, and `focusable`, False as long as keys mean nothing to it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kivy.core.window import Window
from kivy.uix.modalview import ModalView
from kivy.uix.scrollview import ScrollView
from kivy.uix.textinput import TextInput

from edge_app.ui.notices import Question
from edge_app.ui.theme import theme

KEYS = {
    9: "tab",
    13: "enter",
    271: "enter",
    27: "back",
    32: "space",
    273: "up",
    274: "down",
    275: "right",
    276: "left",
    278: "home",
    279: "end",
    280: "page up",
    281: "page down",
    1001: "back",
}
"""Kivy's key codes; Android's back button comes as Escape."""

_ROW = 24
"""Controls whose tops differ by less than so many pixels stand in one row."""


class Focus:
    """Moves the focus among what is visible: within the topmost question, or else the app.

    Args:
        root: the app's root widget.
        on_back: Escape, where no question is open; says whether it went anywhere.
        on_shortcut: a letter or digit that no control wanted.
        on_quit: Ctrl+Q, whatever is open.
    """

    def __init__(self, root: Any, on_back: Any, on_shortcut: Any, on_quit: Any) -> None:
        self._root = root
        self._on_back = on_back
        self._on_shortcut = on_shortcut
        self._on_quit = on_quit
        self._current: Any = None
        Window.bind(on_keyboard=self._on_keyboard, on_touch_down=self._on_touch)

    def close(self) -> None:
        """Leave the window alone."""
        Window.unbind(on_keyboard=self._on_keyboard, on_touch_down=self._on_touch)

    @property
    def current(self) -> Any:
        """The focused control that can still be seen, or None."""
        if self._current is not None and self._current not in list(self._controls()):
            self.move_to(None)
        return self._current

    def move_to(self, control: Any) -> None:
        """Focus a control, or none; where it is scrolled away, it is brought back."""
        if self._current is not None:
            self._current.focused = False
        self._current = control
        if control is None:
            return
        control.focused = True
        above = control.parent
        while above is not None and above is not above.parent:
            if isinstance(above, ScrollView):
                _reveal(above, control)
            above = above.parent

    def _on_touch(self, *_: object) -> bool:
        theme.keyboard = False
        return False

    def _on_keyboard(
        self, _window: Any, key: int, _scancode: int, letter: str | None, modifiers: list[str]
    ) -> bool:
        name = KEYS.get(key, "")
        typing = _typing(self._top())
        if key == ord("q") and "ctrl" in modifiers:
            self._on_quit()
            return True
        if name == "back":
            return self._back()
        if typing is not None and name != "tab":
            return False
        if name == "tab":
            theme.keyboard = True
            if typing is not None:
                typing.focus = False
            self._step(-1 if "shift" in modifiers else 1)
            return True
        current = self.current
        if current is not None and name:
            theme.keyboard = True
            if current.on_key(name):
                return True
            if name in {"enter", "space"}:
                current.press()
                return True
        if name == "enter" and isinstance(question := _question(), Question):
            question.press()
            return True
        if name.startswith("page"):
            self._turn_page(name)
            return True
        if name in {"up", "down", "left", "right"}:
            theme.keyboard = True
            self._towards(name)
            return True
        if _question() is None and letter and not {"ctrl", "alt", "meta"} & set(modifiers):
            return bool(self._on_shortcut(letter.lower()))
        return False

    def _back(self) -> bool:
        question = _question()
        if question is not None:
            if question.auto_dismiss:
                question.dismiss()
            return True
        return bool(self._on_back())

    def _top(self) -> Any:
        return _question() or self._root

    def _controls(self) -> Iterator[Any]:
        """What can be focused now, in reading order."""
        found = [each for each in _visible(self._top()) if _takes_focus(each)]
        return iter(sorted(found, key=_order))

    def _step(self, by: int) -> None:
        controls = list(self._controls())
        if not controls:
            return
        current = self.current
        if current is None:
            self.move_to(controls[0 if by > 0 else -1])
        else:
            self.move_to(controls[(controls.index(current) + by) % len(controls)])

    def _turn_page(self, name: str) -> None:
        """Scroll what scrolls; in long lists only what can be seen can be focused."""
        for widget in _visible(self._top()):
            if isinstance(widget, ScrollView) and widget.do_scroll_y:
                page = widget.height * (0.9 if name == "page up" else -0.9)
                _scroll(widget, page)
                return

    def _towards(self, name: str) -> None:
        """The nearest control in a direction; what lies straight ahead counts as nearer."""
        current = self.current
        if current is None:
            self._step(1)
            return
        x, y = _centre(current)
        best, best_distance = None, 0.0
        for control in self._controls():
            dx, dy = (a - b for a, b in zip(_centre(control), (x, y)))
            ahead, aside = (dx, dy) if name in {"left", "right"} else (dy, dx)
            ahead *= -1 if name in {"left", "down"} else 1
            if ahead > 1:
                distance = ahead + 2.5 * abs(aside)
                if best is None or distance < best_distance:
                    best, best_distance = control, distance
        if best is not None:
            self.move_to(best)


def _takes_focus(widget: Any) -> bool:
    can = hasattr(widget, "on_key") and hasattr(widget, "focused") and not widget.disabled
    return can and bool(getattr(widget, "focusable", True))


def _visible(widget: Any) -> Iterator[Any]:
    if widget.opacity == 0 or widget.width < 1 or widget.height < 1:
        return
    yield widget
    for child in widget.children:
        yield from _visible(child)


def _centre(widget: Any) -> tuple[float, float]:
    x, y = widget.to_window(*widget.center)
    return float(x), float(y)


def _order(control: Any) -> tuple[object, ...]:
    """Reading order, in which everything in a scrolled list stands where the list stands."""
    above = control.parent
    while above is not None and above is not above.parent:
        if isinstance(above, ScrollView):
            return getattr(control, "tab_rank", 0), _place(above), _place(control)
        above = above.parent
    return getattr(control, "tab_rank", 0), _place(control), (0, 0.0)


def _place(widget: Any) -> tuple[int, float]:
    x, top = widget.to_window(widget.x, widget.top)
    return -round(top / _ROW), x


def _reveal(view: Any, control: Any) -> None:
    """Scroll until a control can be seen. Kivy's own `scroll_to` fails in a RecycleView (2.3.1)."""
    margin = 10
    (left, bottom), (right, top) = _corners(control)
    (view_left, view_bottom), (view_right, view_top) = _corners(view)
    if view.do_scroll_y:
        _scroll(view, max(0, top + margin - view_top) or min(0, bottom - margin - view_bottom))
    if view.do_scroll_x:
        away = max(0, right + margin - view_right) or min(0, left - margin - view_left)
        share = view.convert_distance_to_scroll(away, 0)[0]
        view.scroll_x = min(1.0, max(0.0, view.scroll_x + share))


def _scroll(view: Any, upwards: float) -> None:
    share = view.convert_distance_to_scroll(0, upwards)[1]
    view.scroll_y = min(1.0, max(0.0, view.scroll_y + share))


def _corners(widget: Any) -> tuple[tuple[float, float], tuple[float, float]]:
    return widget.to_window(widget.x, widget.y), widget.to_window(widget.right, widget.top)


def _question() -> Any:
    """The topmost open ModalView, or None."""
    return next((child for child in Window.children if isinstance(child, ModalView)), None)


def _typing(widget: Any) -> Any:
    return next((w for w in _visible(widget) if isinstance(w, TextInput) and w.focus), None)
