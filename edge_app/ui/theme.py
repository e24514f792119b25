"""How the app looks: colours, sizes of text, spacing.

A dark gallery: warm near-black walls, so that the pictures bring the colour. One accent, the ochre
of a gilt frame. Contrasts (WCAG 2.1) are tested: text on every ground at least 4.5 to 1.
"""

from __future__ import annotations

from kivy.event import EventDispatcher
from kivy.metrics import sp
from kivy.properties import BooleanProperty, NumericProperty

Colour = tuple[float, float, float, float]


def _colour(code: str, alpha: float = 1.0) -> Colour:
    red, green, blue = (int(code[i : i + 2], 16) / 255 for i in (0, 2, 4))
    return red, green, blue, alpha


INK = _colour("141315")
"""The wall behind everything."""
WALL = _colour("1D1B1F")
"""Panels, bars, cards."""
RAISED = _colour("2A272D")
"""Controls on a panel."""
PRESSED = _colour("3A363E")
LINE = _colour("37333B")
"""Hairlines; never the only thing that tells."""
PAPER = _colour("F5F1E8")
"""Text."""
MUTED = _colour("B4ADA6")
"""Text of second rank."""
FAINT = _colour("968F89")
"""Words and icons of what cannot be pressed now: weaker than all others, and still to be read."""
ACCENT = _colour("E9B44C")
ON_ACCENT = _colour("1F1704")
ALERT = _colour("FF8F7D")
VEIL = _colour("0B0A0C", 0.78)
"""Over what is behind a question, and under words on a picture."""
CLEAR: Colour = (0, 0, 0, 0)

SIZES = {"caption": 12, "body": 14.5, "strong": 16, "title": 20, "display": 27}
"""Name -> size of text in sp at a text scale of 1."""


class Theme(EventDispatcher):
    """What changes while the app runs; kv rules follow it."""

    text_scale = NumericProperty(1.0)
    caption = NumericProperty()
    body = NumericProperty()
    strong = NumericProperty()
    title = NumericProperty()
    display = NumericProperty()
    keyboard = BooleanProperty(False)
    """Whether the last input was a key: only then the focused control is outlined."""

    def __init__(self) -> None:
        super().__init__()
        self.on_text_scale()

    def on_text_scale(self, *_: object) -> None:
        """Follow the new scale."""
        for name, size in SIZES.items():
            setattr(self, name, sp(size) * self.text_scale)


theme = Theme()
