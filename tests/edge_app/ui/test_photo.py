from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ExifTags, Image

from edge_app.core.errors import ImageError, PackError
from edge_app.ui import photo as photo_module
from edge_app.ui.photo import (
    camera_data,
    encode_jpeg,
    proposed_name,
    read_photo,
    read_preview,
    read_thumbnail,
)

BASE = ExifTags.Base


@pytest.fixture
def holiday(tmp_path, picture):
    """A photograph that tells everything about its taker."""
    exif = Image.Exif()
    exif[BASE.Make], exif[BASE.Model] = "Canon", "EOS 5D"
    exif[BASE.DateTime] = "2026:05:01 12:00:00"
    exif[BASE.Orientation] = 6
    exif[BASE.Artist], exif[BASE.Copyright] = "Ada Lovelace", "Ada"
    exif[BASE.ImageDescription] = "at home, Elm Street 1"
    inner = exif.get_ifd(ExifTags.IFD.Exif)
    inner[BASE.DateTimeOriginal] = "2026:05:01 11:59:58"
    inner[BASE.FNumber] = 2.8
    inner[BASE.MakerNote] = b"Elm Street again"
    inner[BASE.UserComment] = b"ASCII\0\0\0Elm Street"
    inner[BASE.BodySerialNumber] = "123456"
    inner[BASE.CameraOwnerName] = "Ada Lovelace"
    gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
    gps[ExifTags.GPS.GPSLatitudeRef], gps[ExifTags.GPS.GPSLatitude] = "N", (48.0, 51.0, 30.0)
    path = tmp_path / "holiday.jpg"
    Image.fromarray(picture).save(path, exif=exif, xmp=b"<x:xmpmeta>Elm Street</x:xmpmeta>")
    return path


def test_what_is_kept_says_how_it_was_taken_and_not_where_or_by_whom(holiday, picture):
    assert b"Elm Street" in holiday.read_bytes()
    content = encode_jpeg(picture, camera_data(holiday))
    for secret in (b"Elm", b"Ada", b"123456", b"xmp"):
        assert secret not in content
    with Image.open(io.BytesIO(content)) as image:
        exif = image.getexif()
        assert exif[BASE.Make] == "Canon"
        assert exif[BASE.DateTime] == "2026:05:01 12:00:00"
        assert not exif.get_ifd(ExifTags.IFD.GPSInfo)
        assert ExifTags.IFD.GPSInfo not in exif
        assert BASE.Orientation not in exif
        inner = exif.get_ifd(ExifTags.IFD.Exif)
        assert inner[BASE.DateTimeOriginal] == "2026:05:01 11:59:58"
        assert float(inner[BASE.FNumber]) == pytest.approx(2.8)
        assert set(inner) == {BASE.DateTimeOriginal, BASE.FNumber}


def test_unless_asked_nothing_is_kept(picture):
    with Image.open(io.BytesIO(encode_jpeg(picture))) as image:
        assert len(image.getexif()) == 0


def test_the_picture_is_upright_once(holiday, picture):
    upright = read_photo(holiday)
    assert upright.shape == (64, 48, 3)
    saved = io.BytesIO(encode_jpeg(upright, camera_data(holiday)))
    with Image.open(saved) as image:
        assert image.size == (48, 64)


@pytest.mark.parametrize("content", [b"", b"no picture", b"\xff\xd8\xff\xe1\x00\x10Exif\0\0MM"])
def test_no_exif_is_no_error(tmp_path, content):
    path = tmp_path / "odd.jpg"
    path.write_bytes(content)
    assert camera_data(path) == b""
    assert camera_data(tmp_path / "gone.jpg") == b""


def test_a_large_photograph_is_reduced(tmp_path, monkeypatch):
    monkeypatch.setattr(photo_module, "MAX_SIDE", 200)
    path = tmp_path / "wide.png"
    Image.fromarray(np.zeros((100, 500, 3), np.uint8)).save(path)
    assert read_photo(path).shape == (40, 200, 3)


def test_a_tiny_picture_is_refused(tmp_path):
    path = tmp_path / "dot.png"
    Image.fromarray(np.zeros((31, 200, 3), np.uint8)).save(path)
    with pytest.raises(ImageError, match="at least 32"):
        read_photo(path)


def test_too_little_memory_is_told_by_name(photo, monkeypatch):
    def exhausted(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr(photo_module, "read_image", exhausted)
    with pytest.raises(ImageError, match=r"IMG 2041\.png: not enough memory"):
        read_photo(photo)


@pytest.mark.parametrize(("size", "shape"), [((300, 600), (100, 200)), ((50, 80), (50, 80))])
def test_thumbnails_cover_the_square(tmp_path, size, shape):
    path = tmp_path / "a.png"
    Image.fromarray(np.zeros((*size, 3), np.uint8)).save(path)
    assert read_thumbnail(path, 100).shape == (*shape, 3)


def test_previews_come_from_the_pack(style):
    assert read_preview(style(), "preview.jpg", 60).shape == (60, 80, 3)


def test_a_preview_that_is_no_picture_names_pack_and_file(pack_at):
    from edge_app.core.pack import open_pack

    pack = open_pack(pack_at())
    with pytest.raises(ImageError, match=r"whirl\.stylepack: preview\.jpg: .*not a picture"):
        read_preview(pack, "preview.jpg", 60)
    pack.path.unlink()
    with pytest.raises(PackError):
        read_preview(pack, "preview.jpg", 60)


@pytest.mark.parametrize(
    ("photo_name", "name"),
    [
        ("IMG 2041.HEIC", "IMG-2041-whirl.jpg"),
        ("köln.jpg", "köln-whirl.jpg"),
        ("../../etc/passwd", "etc-passwd-whirl.jpg"),
        ("CON:?*.png", "CON-whirl.jpg"),
        ("", "photo-whirl.jpg"),
        ("a" * 300 + ".jpg", "a" * 60 + "-whirl.jpg"),
    ],
)
def test_proposed_names(photo_name, name):
    assert proposed_name(photo_name, "whirl") == name


@given(photo_name=st.text(max_size=80))
def test_proposed_names_are_plain(photo_name):
    name = proposed_name(photo_name, "whirl")
    assert not set(name) & set('/\\:*?"<>|\0\n')
    assert not name.startswith((".", "-"))
