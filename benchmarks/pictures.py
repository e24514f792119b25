"""Pictures that go with results."""

from __future__ import annotations

from dataclasses import dataclass

from edge_app.core.image import Bytes


@dataclass(frozen=True, kw_only=True)
class Illustration:
    """One stylization to be shown; pictures are uint8 RGB of any size."""

    title: str
    """The style's."""
    photo: Bytes
    stylized: Bytes
    painting: Bytes | None = None
    """The style's picture, where it is at hand."""
    caption: str = ""
    """One sentence: which model drew it, at which size."""
