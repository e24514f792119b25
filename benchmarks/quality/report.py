"""An evaluation as one HTML page that needs nothing else: pictures first, then the tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.pages import templates
from benchmarks.pictures import Chapter, Illustration, album, data_uri
from benchmarks.quality.panel import Drawn
from benchmarks.quality.results import Evaluation
from benchmarks.quality.subjects import Subject
from benchmarks.quality.tables import basis, name_of, sheets
from edge_app.core.files import write_text
from edge_app.core.image import Bytes, read_image

TEMPLATE = "quality.html.j2"

ROWS = 3
"""Photographs that are shown."""


@dataclass(frozen=True)
class Gallery:
    """Some pictures of every subject, to be shown."""

    rows: dict[str, list[Illustration]] = field(default_factory=dict)
    """Photograph -> what the subjects made of it, in their order."""

    def add(self, subject: Subject, drawn: Sequence[Drawn]) -> None:
        """Take a subject's pictures of the photographs that are shown."""
        painting: Bytes | None = None if subject.painting is None else read_image(subject.painting)
        for each in drawn:
            if each.photo.name in self.rows or len(self.rows) < ROWS:
                self.rows.setdefault(each.photo.name, []).append(
                    Illustration(
                        title=name_of(subject.title, subject.method),
                        photo=each.photo.picture,
                        stylized=each.picture,
                        painting=painting,
                    )
                )


def write_quality_report(path: Path, evaluation: Evaluation, gallery: Gallery) -> None:
    """Write the page, beside and renamed; raises StorageError."""
    write_text(path, render(evaluation, gallery))


def render(evaluation: Evaluation, gallery: Gallery) -> str:
    """The page as HTML."""
    environment = templates()
    titles = list(dict.fromkeys(judgement.title for judgement in evaluation.judgements))
    return environment.get_template(TEMPLATE).render(
        evaluation=evaluation,
        heading=titles[0] if len(titles) == 1 else f"{len(titles)} styles",
        basis=basis(evaluation),
        album=album(Chapter(name=name, pictures=row) for name, row in gallery.rows.items()),
        sheets=sheets(evaluation),
        data_uri=data_uri,
    )
