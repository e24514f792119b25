from __future__ import annotations

import base64
import io

import numpy as np
import pytest
from PIL import Image

from benchmarks.pictures import LEAST_SIDE, PAGE_BYTES, Chapter, Illustration, album, data_uri
from benchmarks.scene import draw_scene


def jpeg(uri):
    return base64.b64decode(uri.removeprefix("data:image/jpeg;base64,"))


@pytest.fixture
def noise():
    return np.random.default_rng(0).integers(0, 256, (600, 900, 3), dtype=np.uint8)


@pytest.fixture
def illustration():
    photo = draw_scene(60, 80)

    def make(title="The Starry Night", photo=photo, **more):
        return Illustration(title=title, photo=photo, stylized=255 - photo, **more)

    return make


def test_large_pictures_are_reduced():
    uri = data_uri(np.zeros((2000, 3000, 3), np.uint8))
    assert Image.open(io.BytesIO(jpeg(uri))).size == (960, 640)


def test_what_is_full_of_detail_is_reduced_until_it_fits(noise):
    whole = jpeg(data_uri(noise))
    fitted = jpeg(data_uri(noise, most_bytes=100_000))
    assert len(whole) > 200_000
    assert 50_000 < len(fitted) <= 100_000
    width, height = Image.open(io.BytesIO(fitted)).size
    assert width / height == pytest.approx(1.5, abs=0.02)
    tiny = Image.open(io.BytesIO(jpeg(data_uri(noise, most_bytes=1))))
    assert max(tiny.size) == LEAST_SIDE


def test_one_stylization_stands_between_photograph_and_painting(illustration):
    made = album([Chapter(pictures=[illustration(painting=draw_scene(80, 60), caption="fp32")])])
    assert [plate.title for plate in made.plates] == [
        "The photograph",
        "The painting",
        "The Starry Night",
    ]
    (pair,) = made.pairs
    assert (pair.before, pair.after) == (made.plates[0], made.plates[2])
    assert made.plates[2].caption == "fp32"
    assert made.plates[1].aspect == pytest.approx(0.75)


def test_a_shared_photograph_stands_once_whoever_read_it(illustration):
    other = draw_scene(60, 81)
    made = album(
        [
            Chapter(
                pictures=[
                    illustration("A", painting=draw_scene(8, 8)),
                    illustration("B", photo=draw_scene(60, 80)),
                    illustration("C", photo=other),
                ]
            )
        ]
    )
    assert [plate.title for plate in made.plates] == [
        "The photograph",
        "A",
        "B",
        "The photograph",
        "C",
    ]
    assert len({plate.name for plate in made.plates}) == 5
    assert [pair.before.name for pair in made.pairs] == ["picture-0", "picture-0", "picture-3"]
    assert [plate.inset is not None for plate in made.plates] == [False, True, False, False, False]


def test_a_painting_that_all_share_stands_once(illustration):
    def painted(*sides):
        names = [illustration(str(side), painting=draw_scene(side, side)) for side in sides]
        return album([Chapter(pictures=names)]).plates

    assert [plate.title for plate in painted(8, 8)] == ["The photograph", "The painting", "8", "8"]
    assert all(plate.inset is None for plate in painted(8, 8))
    assert [plate.title for plate in painted(8, 9)] == ["The photograph", "8", "9"]
    assert [plate.inset is None for plate in painted(8, 9)] == [True, False, False]


def test_chapters_stand_apart_and_number_their_pictures_on(illustration):
    made = album(
        [
            Chapter(name="one", pictures=[illustration("A"), illustration("B")]),
            Chapter(name="none", pictures=[]),
            Chapter(name="two", pictures=[illustration("A")]),
        ]
    )
    assert [spread.name for spread in made.spreads] == ["one", "two"]
    assert [plate.name for plate in made.plates] == [f"picture-{i}" for i in range(5)]
    # Its photograph stands in every chapter, and a stylization beside that of its own.
    assert [pair.before.name for pair in made.pairs] == ["picture-0", "picture-0", "picture-3"]


def test_pictures_with_paintings_in_them_do_not_stand_in_a_row(illustration):
    """What places a painting in its picture's corner is the grid's."""

    def laid_out(*pictures):
        (spread,) = album([Chapter(pictures=pictures)]).spreads
        return spread

    painted = laid_out(*(illustration(str(i), painting=draw_scene(8, i)) for i in (8, 9)))
    assert len(painted.plates) == 3
    assert not painted.is_row
    assert laid_out(illustration("A"), illustration("B")).is_row
    assert laid_out(illustration(painting=draw_scene(8, 8))).is_row
    assert not laid_out(*(illustration(name) for name in "ABC")).is_row


def test_many_pictures_share_the_pages_bytes(illustration):
    few = album([Chapter(pictures=[illustration()])])
    row = [illustration(str(i), painting=draw_scene(8, 8 + i)) for i in range(50)]
    many = album([Chapter(name=name, pictures=row) for name in ("one", "two")])
    pictures = len(many.plates) + 100
    assert many.bytes_each * pictures <= PAGE_BYTES < few.bytes_each * pictures
    assert album([Chapter(pictures=[])]).plates == ()
