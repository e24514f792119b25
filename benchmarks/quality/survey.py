"""The survey: people rate the pictures, blindly, on one page that needs nothing else.

The page knows its pictures by random names only; which method and style drew each is in the key,
which stays with whoever made the survey. The criteria and the scale are those of the ResNet-IN
paper's survey (Figure 9: completeness, fluency and coherence, 10 points); the paper gives no
wording, the questions are ours.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.documents import read_document
from benchmarks.pages import templates
from benchmarks.pictures import data_uri
from benchmarks.quality.panel import Drawn
from benchmarks.quality.subjects import Subject
from edge_app.core import strict_json
from edge_app.core.errors import StorageError
from edge_app.core.files import check_place, write_text
from edge_app.core.image import Bytes, read_image

SCHEMA_VERSION = 1
"""Of key and answers."""

PAGE = "survey.html"
KEY = "key.json"

POINTS = 10

CRITERIA = {
    "completeness": "Is everything that matters in the photograph still there?",
    "fluency": "Do lines and colours flow, without blots, holes or frayed edges?",
    "coherence": "Does it look like one picture by one hand, in the manner of the painting?",
}
"""Criterion -> what people are asked."""

PICTURE_SIDE = 720
SMALL_SIDE = 320
"""Longest sides on the page, in pixels."""


@dataclass(frozen=True, kw_only=True)
class Item:
    """One picture to rate."""

    id: str
    """Its random name on the page."""
    method: str
    style: str
    photo: str


@dataclass(frozen=True, kw_only=True)
class Key:
    """What stands behind a survey's names."""

    schema_version: int = SCHEMA_VERSION
    survey: str
    """Random; the answers name it."""
    items: tuple[Item, ...]


@dataclass(frozen=True, kw_only=True)
class Exhibit:
    """One picture with what it was made of; uint8 RGB."""

    item: Item
    picture: Bytes
    photo: Bytes
    painting: Bytes | None


class Survey:
    """Collects pictures, then writes page and key.

    Args:
        folder: for both.
        photos: pictures a subject, evenly spread over those that it drew.

    Raises:
        StorageError: the folder cannot be written, or holds a survey: under another key nobody's
            answers to it could be read any more.
    """

    def __init__(self, folder: Path, *, photos: int) -> None:
        if (folder / KEY).exists():
            raise StorageError(
                f"{folder}: holds a survey already, whose answers cannot be read without its "
                f"{KEY}; name another folder, or delete it"
            )
        for name in (PAGE, KEY):
            check_place(folder / name)
        self._folder = folder
        self._photos = photos
        self._exhibits: list[Exhibit] = []

    def add(self, subject: Subject, drawn: Sequence[Drawn]) -> None:
        """Take some of a subject's pictures."""
        painting = None if subject.painting is None else read_image(subject.painting)
        count = min(self._photos, len(drawn))
        for each in (drawn[(2 * i + 1) * len(drawn) // (2 * count)] for i in range(count)):
            item = Item(
                id=secrets.token_hex(6),
                method=subject.method,
                style=subject.style,
                photo=each.photo.name,
            )
            self._exhibits.append(
                Exhibit(
                    item=item, picture=each.picture, photo=each.photo.picture, painting=painting
                )
            )

    def write(self) -> Path:
        """Write both files; gives the page.

        Raises:
            StorageError: a file cannot be written.
        """
        # The order tells nothing either: by the random names.
        exhibits = sorted(self._exhibits, key=lambda exhibit: exhibit.item.id)
        key = Key(survey=secrets.token_hex(8), items=tuple(each.item for each in exhibits))
        write_text(self._folder / KEY, strict_json.to_json(key))
        write_text(self._folder / PAGE, render(key.survey, exhibits))
        return self._folder / PAGE


def render(survey: str, exhibits: Iterable[Exhibit]) -> str:
    """The page."""
    small: dict[str, str] = {}

    def reference(picture: Bytes | None) -> str | None:
        """Name of a small picture; the same photograph is embedded once."""
        if picture is None:
            return None
        uri = data_uri(picture, SMALL_SIDE)
        return small.setdefault(uri, f"s{len(small)}")

    items = [
        {
            "id": each.item.id,
            "picture": data_uri(each.picture, PICTURE_SIDE),
            "photo": reference(each.photo),
            "painting": reference(each.painting),
        }
        for each in exhibits
    ]
    return (
        templates()
        .get_template("survey.html.j2")
        .render(
            criteria=CRITERIA,
            points=POINTS,
            count=len(items),
            data={
                "schema_version": SCHEMA_VERSION,
                "survey": survey,
                "criteria": list(CRITERIA),
                "points": POINTS,
                "small": {name: uri for uri, name in small.items()},
                "items": items,
            },
        )
    )


def read_key(folder: Path) -> Key:
    """The key of the survey in a folder.

    Raises:
        ResultsError: there is none, or it is damaged or of a newer edgestyle.
    """
    return read_document(Key, folder / KEY, SCHEMA_VERSION, what="survey")
