"""Widgets that show pictures: one that fits or fills its place, and the one that compares two."""

from __future__ import annotations

from typing import Any

from kivy.graphics import Color, Rectangle
from kivy.metrics import dp
from kivy.properties import (
    BooleanProperty,
    ListProperty,
    NumericProperty,
    ObjectProperty,
    StringProperty,
)
from kivy.uix.widget import Widget

from edge_app.ui.controls import STEP, is_wheel, load_kv

Coords = tuple[float, float, float, float, float, float, float, float]


class Picture(Widget):
    """A texture in its own aspect ratio: inside its place, or covering it and cut."""

    texture = ObjectProperty(None, allownone=True)
    cover = BooleanProperty(False)
    mirrored = BooleanProperty(False)
    """Left and right exchanged, as in a mirror: for a camera that looks at the user."""
    shown_pos = ListProperty([0, 0])
    shown_size = ListProperty([1, 1])
    """Where in the window the picture stands, for what is drawn over it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        with self.canvas:
            self._colour = Color(1, 1, 1, 0)
            self._rectangle = Rectangle()
        for name in ("pos", "size", "texture", "cover", "mirrored"):
            self.fbind(name, self._draw)

    def _draw(self, *_: object) -> None:
        self._colour.a = 1 if self.texture is not None else 0
        if self.texture is not None:
            self._place(self.texture)
            coords = self._coords(self.texture)
            _fill(self._rectangle, self.texture, self.shown_pos, self.shown_size, coords)

    def _place(self, texture: Any) -> None:
        size = tuple(self.size)
        if not self.cover:
            scale = min(self.width / texture.width, self.height / texture.height)
            size = tuple(max(1, round(side * scale)) for side in texture.size)
        self.shown_size = size
        self.shown_pos = [
            round(start + (room - side) / 2) for start, room, side in zip(self.pos, self.size, size)
        ]

    def _coords(self, texture: Any) -> Coords:
        left = top = 0.0
        if self.cover and min(self.size) > 0:
            ratio = (self.width / self.height) / (texture.width / texture.height)
            left, top = max(0.0, (1 - ratio) / 2), max(0.0, (1 - 1 / ratio) / 2)
        return _corners(left, 1 - left, top, mirrored=self.mirrored)


class Comparison(Picture):
    """The photograph and over it the stylized picture, mixed by the graphics card.

    So dragging the strength runs no model. Left of the divider, where it is shown, the photograph
    stands alone.
    """

    photo = ObjectProperty(None, allownone=True)
    styled = ObjectProperty(None, allownone=True)
    """Of the photograph's aspect ratio."""
    strength = NumericProperty(1.0)
    dividing = BooleanProperty(False)
    divider = NumericProperty(0.5)
    """The divider's place in the picture, 0 at the left."""
    hidden = BooleanProperty(False)
    """The bare photograph is shown as long as a finger rests on the picture."""
    focused = BooleanProperty(False)
    knob = NumericProperty(dp(34))
    label = StringProperty("")
    line_x = NumericProperty(0)
    knob_y = NumericProperty(0)
    left_arrow = ListProperty([0, 0, 0, 0])
    right_arrow = ListProperty([0, 0, 0, 0])

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        with self.canvas:
            self._styled_colour = Color(1, 1, 1, 0)
            self._styled_rectangle = Rectangle()
        self.fbind("photo", lambda *_: setattr(self, "texture", self.photo))
        for name in ("styled", "strength", "dividing", "divider", "hidden"):
            self.fbind(name, self._draw)

    @property
    def focusable(self) -> bool:
        """Keys move the divider, so there is nothing for them without it."""
        return bool(self.dividing)

    def refresh(self) -> None:
        """Draw again: a texture's content was changed in place."""
        self._draw()
        self.canvas.ask_update()

    def press(self) -> None:
        """Enter does nothing here."""

    def on_key(self, name: str) -> bool:
        """The arrows move the divider."""
        moves = {"left": -STEP, "right": STEP}
        if not self.dividing or name not in moves:
            return False
        self.divider = min(1.0, max(0.0, round(self.divider + moves[name], 3)))
        return True

    def on_touch_down(self, touch: Any) -> bool:
        """Take the divider, or else show the bare photograph."""
        if self.photo is None or not self.collide_point(*touch.pos) or is_wheel(touch):
            return False
        touch.grab(self)
        if self.dividing:
            self._follow(touch)
        else:
            self.hidden = True
        return True

    def on_touch_move(self, touch: Any) -> bool:
        """Follow the finger."""
        if touch.grab_current is not self:
            return False
        if self.dividing:
            self._follow(touch)
        return True

    def on_touch_up(self, touch: Any) -> bool:
        """Let go."""
        if touch.grab_current is not self:
            return False
        touch.ungrab(self)
        self.hidden = False
        return True

    def _follow(self, touch: Any) -> None:
        share = (touch.x - self.shown_pos[0]) / max(1.0, self.shown_size[0])
        self.divider = min(1.0, max(0.0, share))

    def _draw(self, *_: object) -> None:
        super()._draw()
        (left, bottom), (width, height) = self.shown_pos, self.shown_size
        edge = float(self.divider) if self.dividing else 0.0
        shown = self.photo is not None and self.styled is not None and not self.hidden
        self._styled_colour.a = self.strength if shown else 0
        if shown:
            place = (left + edge * width, bottom), ((1 - edge) * width, height)
            _fill(self._styled_rectangle, self.styled, *place, _corners(edge, 1.0, 0.0))
        x, y = left + self.divider * width, bottom + height / 2
        self.line_x, self.knob_y = x, y
        tip, back, half = dp(10), dp(5), dp(4.5)
        self.left_arrow = [x - back, y - half, x - tip, y, x - back, y + half]
        self.right_arrow = [x + back, y - half, x + tip, y, x + back, y + half]


def _fill(rectangle: Any, texture: Any, pos: Any, size: Any, coords: Coords) -> None:
    rectangle.texture = texture
    rectangle.pos, rectangle.size = pos, size
    rectangle.tex_coords = coords  # last: a new texture sets its own


def _corners(left: float, right: float, top: float, *, mirrored: bool = False) -> Coords:
    """Texture coordinates of an upright picture; row 0, at the top, has v = 0."""
    if mirrored:
        left, right = right, left
    low, high = 1 - top, top
    return left, low, right, low, right, high, left, high


load_kv(__file__)
