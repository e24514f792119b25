"""A long text to read: a licence."""

from __future__ import annotations

from collections.abc import Sequence

from kivy.properties import StringProperty
from kivy.uix.modalview import ModalView

from edge_app.ui import theme as colour
from edge_app.ui.controls import Words, load_kv


class Reader(ModalView):
    """Shows a text until it is closed.

    Args:
        title: above it.
        paragraphs: each is a label of its own: a whole licence as one is higher than a graphics
            chip's largest texture.
        close: the word for closing it.
    """

    title = StringProperty("")
    close_text = StringProperty("")

    def __init__(self, title: str, paragraphs: Sequence[str], close: str) -> None:
        super().__init__(title=title, close_text=close)
        for paragraph in paragraphs:
            self.ids.text.add_widget(Words(text=paragraph, color=colour.MUTED))


load_kv(__file__)
