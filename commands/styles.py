"""`edgestyle styles`."""

from __future__ import annotations

from rich.table import Column, Table
from rich.text import Text

from commands.console import SCREEN, say, show


def styles() -> int:
    """List the styles that are installed here."""
    from edge_app.core.catalog import BrokenPack, list_packs
    from edge_app.core.pack import SUFFIX, StylePack

    packs = list_packs()
    if not packs:
        say("no style is installed here; make one with `edgestyle train` and `edgestyle export`")
    columns = ("style", "title", "artist", "year", "files")
    table = Table(*(Column(name, overflow="fold") for name in columns), box=None)
    for pack in packs:
        if isinstance(pack, StylePack):
            card, name = pack.manifest, pack.path.name.removesuffix(SUFFIX)
            files = sorted({f"{m.format} {m.recipe}" for m in card.models})
            table.add_row(name, card.title, card.artist, card.year, ", ".join(files))
    if table.rows and SCREEN.is_terminal:
        SCREEN.print(table)
    elif table.rows:
        show(table)  # for a reader that is no terminal nothing is folded
    for pack in packs:
        if isinstance(pack, BrokenPack):
            SCREEN.print(Text.assemble(("broken ", "red"), pack.reason), soft_wrap=True)
    return 0
