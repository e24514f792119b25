from __future__ import annotations

import pytest

from export.card import slug


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Starry night", "starry-night"),
        ("Portrait de l'artiste (1889)", "portrait-de-l-artiste-1889"),
        ("Água", "agua"),
        ("神奈川沖浪裏", "style"),
        ("", "style"),
        ("x" * 63 + " y", "x" * 63),
    ],
)
def test_titles_become_ids(title, expected):
    assert slug(title) == expected
