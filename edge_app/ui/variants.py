"""One painting learnt by several networks: 'The Starry Night' and 'The Starry Night (nano)'.

Such packs are made by `styles/zoo.py`, which names a network other than the usual one in brackets.
"""

from __future__ import annotations

from edge_app.core.styles import Style


def variant_of(style: Style) -> str:
    """The network that tells a style from the painting's usual one; empty for the usual one."""
    network = style.pack.manifest.network
    return network if style.card.title.endswith(f" ({network})") else ""


def painting_title(style: Style) -> str:
    """The painting's title, whichever network learnt it."""
    return style.card.title.removesuffix(f" ({style.pack.manifest.network})")
