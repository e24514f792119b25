"""`edgestyle styles`."""

from __future__ import annotations

from rich.table import Column, Table
from rich.text import Text

from commands.console import SCREEN, say, show


def styles() -> int:
    """List the styles that are installed here."""
    from edge_app.core.catalog import BrokenPack
    from edge_app.core.pack import SUFFIX
    from edge_app.core.styles import Style, list_styles

    found = list_styles()
    if not found:
        say("no style is installed here; make one with `edgestyle train` and `edgestyle export`")
    columns = ("style", "title", "artist", "year", "files")
    table = Table(*(Column(name, overflow="fold") for name in columns), box=None)
    for style in found:
        if isinstance(style, Style):
            card, pack = style.card, style.pack
            name = pack.path.name.removesuffix(SUFFIX)
            # What to write after --style.
            words = f"{name} --mix {card.id}" if pack.manifest.styles else name
            files = sorted({f"{m.format} {m.recipe}" for m in pack.manifest.models})
            table.add_row(words, card.title, card.artist, card.year, ", ".join(files))
    if table.rows and SCREEN.is_terminal:
        SCREEN.print(table)
    elif table.rows:
        show(table)  # for a reader that is no terminal nothing is folded
    for broken in found:
        if isinstance(broken, BrokenPack):
            SCREEN.print(Text.assemble(("broken ", "red"), broken.reason), soft_wrap=True)
    return 0
