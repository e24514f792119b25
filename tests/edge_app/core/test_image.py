from __future__ import annotations

import io
import struct
import threading
import warnings
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import ExifTags, Image, ImageCms
from PIL._util import DeferredError

from damage import damaged
from edge_app.core import image as images
from edge_app.core.errors import ImageError, PhotoFolderError, StorageError
from edge_app.core.image import (
    blend,
    contact_sheet,
    cover,
    crop,
    fit_within,
    image_paths,
    pad_to,
    read_image,
    resize,
    shrink,
    to_float,
    to_uint8,
    write_image,
)

side = st.integers(1, 60)


@pytest.fixture
def picture(rng):
    return rng.integers(0, 256, (20, 30, 3), dtype=np.uint8)


@pytest.fixture
def save(tmp_path):
    """Saves a Pillow image or an array under a name and gives the path."""

    def write(image, name="x.png", **options):
        path = tmp_path / name
        if isinstance(image, np.ndarray):
            image = Image.fromarray(image)
        image.save(path, **options)
        return path

    return write


def png16(samples: np.ndarray) -> bytes:
    """A 16-bit PNG, grey (h, w) or RGB (h, w, 3), which Pillow writes only in part."""
    height, width = samples.shape[:2]
    rows = samples.astype(">u2").reshape(height, -1)
    data = b"".join(b"\0" + row.tobytes() for row in rows)

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    header = struct.pack(">IIBBBBB", width, height, 16, 0 if samples.ndim == 2 else 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(data))
        + chunk(b"IEND", b"")
    )


def tiff16(samples: np.ndarray) -> bytes:
    """An uncompressed 16-bit RGB TIFF."""
    height, width, _ = samples.shape
    data = samples.astype("<u2").tobytes()
    tags = [
        (256, 3, 1, width),
        (257, 3, 1, height),
        (258, 3, 3, 8),  # bits per sample: three numbers, right behind the header
        (259, 3, 1, 1),
        (262, 3, 1, 2),
        (273, 4, 1, 14),
        (277, 3, 1, 3),
        (278, 4, 1, height),
        (279, 4, 1, len(data)),
    ]
    entries = b"".join(struct.pack("<HHII", *tag) for tag in tags)
    directory = struct.pack("<H", len(tags)) + entries + struct.pack("<I", 0)
    bits = struct.pack("<HHH", 16, 16, 16)
    return b"II*\0" + struct.pack("<I", 14 + len(data)) + bits + data + directory


# Reading


def test_plain_rgb(picture, save):
    result = read_image(save(picture))
    assert result.dtype == np.uint8
    np.testing.assert_array_equal(result, picture)


@pytest.mark.parametrize("name", ["x.jpg", "x.webp", "x.bmp", "x.tif", "x.gif"])
def test_other_formats(save, name):
    smooth = np.full((64, 64, 3), 128, np.uint8)
    smooth[..., 0], smooth[..., 1] = np.mgrid[0:64, 0:64] * 3
    result = read_image(save(smooth, name))
    assert result.shape == (64, 64, 3)
    assert np.abs(result.astype(int) - smooth).mean() < 12


@pytest.mark.parametrize(
    ("orientation", "upright"),
    [
        (1, lambda p: p),
        (2, lambda p: p[:, ::-1]),
        (3, lambda p: p[::-1, ::-1]),
        (4, lambda p: p[::-1]),
        (5, lambda p: p.transpose(1, 0, 2)),
        (6, lambda p: p.transpose(1, 0, 2)[:, ::-1]),
        (7, lambda p: p[::-1, ::-1].transpose(1, 0, 2)),
        (8, lambda p: p.transpose(1, 0, 2)[::-1]),
    ],
)
@pytest.mark.parametrize("name", ["x.png", "x.tif"])
def test_exif_orientation(picture, save, orientation, upright, name):
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    np.testing.assert_array_equal(read_image(save(picture, name, exif=exif)), upright(picture))


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_an_orientation_that_does_not_exist(picture, save, orientation):
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    np.testing.assert_array_equal(read_image(save(picture, exif=exif)), picture)


@pytest.mark.parametrize(
    "data", [b"Exif\0\0", b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0rubbish"]
)
def test_broken_exif_is_ignored_without_a_word(picture, save, data):
    assert read_image(save(picture, "x.jpg", exif=data)).shape == picture.shape


def test_grey(picture, save):
    grey = picture[..., 0]
    np.testing.assert_array_equal(read_image(save(grey)), np.stack([grey] * 3, axis=-1))


def test_black_and_white(picture, save):
    result = read_image(save(Image.fromarray(picture[..., 0] > 128)))
    np.testing.assert_array_equal(result[..., 1], np.where(picture[..., 0] > 128, 255, 0))


def test_palette(picture, save):
    indexed = Image.fromarray(picture).quantize(16)
    np.testing.assert_array_equal(read_image(save(indexed)), np.asarray(indexed.convert("RGB")))


def test_transparency_is_laid_on_white(picture, save):
    alpha = np.zeros(picture.shape[:2], np.uint8)
    alpha[:, 10:20] = 128
    alpha[:, 20:] = 255
    result = read_image(save(np.dstack([picture, alpha])))
    assert (result[:, :10] == 255).all()
    np.testing.assert_array_equal(result[:, 20:], picture[:, 20:])
    half = picture[:, 10:20] * (128 / 255) + 255 * (127 / 255)
    assert np.abs(result[:, 10:20] - half).max() <= 1


def test_transparency_of_grey_and_palettes(picture, save):
    grey = np.dstack([picture[..., 0], np.zeros(picture.shape[:2], np.uint8)])
    assert (read_image(save(Image.fromarray(grey, "LA"))) == 255).all()
    indexed = Image.fromarray(picture).quantize(16)
    result = read_image(save(indexed, transparency=3))
    clear = np.asarray(indexed) == 3
    assert clear.any()
    assert (result[clear] == 255).all()
    np.testing.assert_array_equal(result[~clear], np.asarray(indexed.convert("RGB"))[~clear])


def test_cmyk(save):
    inks = np.zeros((8, 8, 4), np.uint8)
    inks[:4, :, 0] = 255  # cyan
    inks[4:, :, 3] = 255  # black
    result = read_image(save(Image.fromarray(inks, "CMYK"), "x.tif"))
    assert (result[:4] == (0, 255, 255)).all()
    assert (result[4:] == 0).all()
    near = read_image(save(Image.fromarray(inks, "CMYK"), "x.jpg", quality=95))
    assert np.abs(near.astype(int) - result).max() < 24


def test_lab(save):
    lab = Image.fromarray(np.full((4, 4, 3), (137, 0, 0), np.uint8), "LAB")
    result = read_image(save(lab, "x.tif")).astype(int)
    assert np.ptp(result) <= 3
    assert abs(result.mean() - 128) < 8  # L* = 53.6 is middle grey


def test_16_bit_grey(tmp_path):
    path = tmp_path / "x.png"
    path.write_bytes(png16(np.array([[0, 128, 257, 25700, 65535]])))
    assert read_image(path)[0, :, 0].tolist() == [0, 0, 1, 100, 255]


def test_a_dark_16_bit_picture_stays_dark(tmp_path):
    path = tmp_path / "x.png"
    path.write_bytes(png16(np.full((4, 4), 255)))
    assert (read_image(path) == 1).all()


@pytest.mark.parametrize(("name", "make"), [("x.png", png16), ("x.tif", tiff16)])
def test_16_bit_rgb(tmp_path, picture, name, make):
    path = tmp_path / name
    path.write_bytes(make(picture.astype(np.uint16) * 257))
    np.testing.assert_array_equal(read_image(path), picture)


def test_16_bit_and_32_bit_tiff(save):
    grey = np.array([[0, 257, 65535]], np.uint16)
    assert read_image(save(grey, "x.tif"))[0, :, 2].tolist() == [0, 1, 255]
    deep = np.array([[-5, 257, 65535, 70000]], np.int32)
    assert read_image(save(deep, "x.tif"))[0, :, 2].tolist() == [0, 1, 255, 255]


def test_floating_point_is_refused(save):
    path = save(np.zeros((4, 4), np.float32), "x.tif")
    with pytest.raises(ImageError, match="floating-point pictures have no known range"):
        read_image(path)


def profile_with_red_and_blue_swapped() -> bytes:
    """sRGB's profile with the primaries of red and blue exchanged."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    for i in range(struct.unpack(">I", data[128:132])[0]):
        at = 132 + 12 * i
        swapped = {b"rXYZ": b"bXYZ", b"bXYZ": b"rXYZ"}
        data[at : at + 4] = swapped.get(bytes(data[at : at + 4]), data[at : at + 4])
    return bytes(data)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P"])
def test_colour_profiles_are_applied(save, mode):
    red = Image.fromarray(np.full((8, 8, 3), (255, 0, 0), np.uint8)).convert(mode)
    path = save(red, icc_profile=profile_with_red_and_blue_swapped())
    assert np.abs(read_image(path)[4, 4].astype(int) - (0, 0, 255)).max() <= 3


def test_without_littlecms_profiles_are_ignored(picture, save, monkeypatch):
    """As on Android: what every phone's camera writes must be readable there."""
    path = save(picture, icc_profile=profile_with_red_and_blue_swapped())
    missing = DeferredError.new(ImportError("no module named _imagingcms"))
    monkeypatch.setattr(ImageCms, "core", missing)
    np.testing.assert_array_equal(read_image(path), picture)


def test_an_srgb_profile_changes_nothing(picture, save):
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    result = read_image(save(picture, icc_profile=srgb))
    assert np.abs(result.astype(int) - picture).max() <= 1


@pytest.mark.parametrize("mode", ["RGB", "L", "LA", "P", "CMYK"])
@pytest.mark.parametrize("profile", [b"broken", b"\0" * 200, "of another kind of picture"])
def test_profiles_that_cannot_be_used_are_ignored(picture, save, mode, profile):
    if isinstance(profile, str):
        other = ImageCms.createProfile("LAB" if mode == "RGB" else "sRGB")
        profile = ImageCms.ImageCmsProfile(other).tobytes()
    image = Image.fromarray(picture).convert(mode)
    path = save(image, "x.tif", icc_profile=profile)
    if mode == "P":  # its colours are RGB, so the profile of RGB is its own
        assert read_image(path).shape == picture.shape
    else:
        np.testing.assert_array_equal(read_image(path), np.asarray(image.convert("RGB")))


@pytest.mark.parametrize("name", ["x.gif", "x.webp", "x.png"])
def test_the_first_frame_of_an_animation(save, name):
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue", "lime")]
    path = save(frames[0], name, save_all=True, append_images=frames[1:], lossless=True)
    assert np.abs(read_image(path).astype(int) - (255, 0, 0)).max() <= 2


def test_one_pixel(save):
    path = save(np.full((1, 1, 3), 7, np.uint8))
    assert read_image(path).tolist() == [[[7, 7, 7]]]


def test_min_side(picture, save):
    assert read_image(save(picture), min_side=20).shape == (20, 30, 3)
    with pytest.raises(ImageError, match=r"x.png: 30x20 pixels is too small; at least 21"):
        read_image(save(picture), min_side=21)


@pytest.mark.parametrize("smallest", [50, 100, 101, 400])
def test_reduce_to_keeps_enough(save, smallest):
    path = save(np.full((400, 800, 3), (200, 100, 50), np.uint8), "x.jpg")
    result = read_image(path, reduce_to=smallest)
    assert np.abs(result.astype(int) - (200, 100, 50)).max() <= 3
    height, width, _ = result.shape
    assert height >= smallest
    assert width == 2 * height
    assert height < 2 * smallest or height == 400
    assert read_image(path).shape == (400, 800, 3)


@pytest.mark.parametrize("sides", [(10_000, 10_000), (20_000, 20_000), (65_535, 65_535)])
def test_enormous_pictures_are_refused_by_their_header(tmp_path, sides):
    header = struct.pack(">IIBBBBB", *sides, 8, 2, 0, 0, 0)
    checksum = struct.pack(">I", zlib.crc32(b"IHDR" + header))
    path = tmp_path / "x.png"
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + struct.pack(">I", 13)
        + b"IHDR"
        + header
        + checksum
        + struct.pack(">I", 0)
        + b"IDAT"
        + struct.pack(">I", zlib.crc32(b"IDAT"))
    )
    with pytest.raises(ImageError, match=r"limit is 64.*; make it smaller first"):
        read_image(path)


def test_missing(tmp_path):
    with pytest.raises(ImageError, match=f"^{tmp_path}/none.jpg: there is no such file$"):
        read_image(tmp_path / "none.jpg")


def test_a_folder(tmp_path):
    with pytest.raises(ImageError, match="a picture was expected, this is a folder"):
        read_image(tmp_path)


def test_empty(tmp_path):
    path = tmp_path / "x.jpg"
    path.write_bytes(b"")
    with pytest.raises(ImageError, match="the file is empty"):
        read_image(path)


def test_no_picture(tmp_path):
    path = tmp_path / "x.jpg"
    path.write_text("only text")
    with pytest.raises(ImageError, match="not a picture in a format that Pillow reads"):
        read_image(path)


@pytest.mark.parametrize("name", ["x.jpg", "x.png", "x.webp", "x.bmp", "x.tif"])
def test_truncated(save, rng, name):
    path = save(rng.integers(0, 256, (100, 100, 3), dtype=np.uint8), name)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(ImageError, match=f"{name}: .*(damaged|not a picture)"):
        read_image(path)


def samples() -> list[bytes]:
    """One small picture in many formats."""
    array = np.random.default_rng(0).integers(0, 256, (12, 16, 3), dtype=np.uint8)
    image = Image.fromarray(array)
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    exif[ExifTags.Base.Make] = "maker"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    made = []
    for kind in ("JPEG", "PNG", "WEBP", "TIFF"):
        stream = io.BytesIO()
        image.save(stream, kind, exif=exif, icc_profile=profile)
        made.append(stream.getvalue())
    for kind, mode in [("GIF", "P"), ("BMP", "RGB"), ("PNG", "RGBA"), ("JPEG", "CMYK")]:
        stream = io.BytesIO()
        image.convert(mode).save(stream, kind)
        made.append(stream.getvalue())
    return made


@given(st.sampled_from(samples()), st.data())
@settings(max_examples=200)
def test_no_damage_brings_anything_but_a_picture_or_an_image_error(tmp_path_factory, sample, data):
    path = tmp_path_factory.getbasetemp() / "damaged.bin"
    path.write_bytes(damaged(sample, data))
    message = ""
    try:
        result = read_image(path)
    except ImageError as error:
        message = str(error)
    if message:
        assert message.startswith(f"{path}: ")
    else:
        assert result.dtype == np.uint8
        assert result.ndim == 3
        assert result.shape[2] == 3


def test_reading_in_threads_leaves_the_warning_filters_alone(save, picture):
    path = save(picture, "x.jpg", exif=b"Exif\0\0II*\0\xff\xff\xff\xff")
    before = list(warnings.filters)
    threads = [
        threading.Thread(target=lambda: [read_image(path) for _ in range(50)]) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(warnings.filters) == before


# Writing


@pytest.mark.parametrize("name", ["x.png", "x.jpg", "x.JPEG", "x.webp"])
def test_writes(tmp_path, name):
    flat = np.full((16, 24, 3), (10, 120, 200), np.uint8)
    write_image(tmp_path / "new" / name, flat)
    assert np.abs(read_image(tmp_path / "new" / name).astype(int) - flat).max() <= 3
    assert [path.name for path in (tmp_path / "new").iterdir()] == [name]


def test_png_is_exact(tmp_path, picture):
    write_image(tmp_path / "x.png", picture)
    np.testing.assert_array_equal(read_image(tmp_path / "x.png"), picture)


def test_writes_views(tmp_path, picture):
    write_image(tmp_path / "x.png", picture[::-1, ::2])
    np.testing.assert_array_equal(read_image(tmp_path / "x.png"), picture[::-1, ::2])


@pytest.mark.parametrize("name", ["x", "x.bmp", "x.heic", "x.png.txt"])
def test_formats_that_are_not_written(tmp_path, picture, name):
    with pytest.raises(ImageError, match=r"cannot write .* use one of .jpeg, .jpg, .png, .webp"):
        write_image(tmp_path / name, picture)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("name", "width"), [("x.webp", 16_384), ("x.jpg", 65_501)])
def test_pictures_that_a_format_cannot_hold(tmp_path, name, width):
    wide = np.zeros((1, width, 3), np.uint8)
    with pytest.raises(ImageError, match=f"holds at most {width - 1} pixels a side"):
        write_image(tmp_path / name, wide)
    write_image(tmp_path / name, wide[:, 1:])
    write_image(tmp_path / "x.png", wide)


def test_a_full_disk(tmp_path, picture, monkeypatch):
    write_image(tmp_path / "x.png", picture)

    def full(self, *args, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Image.Image, "save", full)
    with pytest.raises(StorageError, match=r"cannot write .*x.png: No space left on device"):
        write_image(tmp_path / "x.png", picture // 2)
    np.testing.assert_array_equal(read_image(tmp_path / "x.png"), picture)
    assert len(list(tmp_path.iterdir())) == 1


# Folders


def test_image_paths(tmp_path, picture, save):
    for name in ("b/1.JPG", "a.png", "b/.hidden.png", ".git/2.png", "c.txt", "b/c/d/e.webp"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "folder.png").mkdir()
    found = [path.relative_to(tmp_path).as_posix() for path in image_paths(tmp_path)]
    assert found == ["a.png", "b/1.JPG", "b/c/d/e.webp"]


def test_a_folder_below_a_hidden_one(tmp_path):
    folder = tmp_path / ".cache" / "photos"
    folder.mkdir(parents=True)
    (folder / "a.png").write_bytes(b"")
    assert image_paths(folder) == [folder / "a.png"]


def test_folders_without_photographs(tmp_path):
    (tmp_path / "a.txt").write_text("")
    with pytest.raises(PhotoFolderError, match=r"no photograph in it \(looked for .bmp, .gif"):
        image_paths(tmp_path)
    with pytest.raises(PhotoFolderError, match="a folder was expected, this is a file"):
        image_paths(tmp_path / "a.txt")
    with pytest.raises(PhotoFolderError, match="no such folder"):
        image_paths(tmp_path / "none")


# Ranges and sizes


def test_every_byte_survives_the_way_to_float_and_back():
    every = np.arange(256, dtype=np.uint8).reshape(16, 16, 1).repeat(3, axis=2)
    as_float = to_float(every)
    assert as_float.dtype == np.float32
    assert (as_float.min(), as_float.max()) == (0, 1)
    np.testing.assert_array_equal(to_uint8(as_float), every)


@given(arrays(np.float32, (2, 2, 3), elements=st.floats(-2, 3, width=32)))
def test_to_uint8_rounds_and_clips(values):
    expected = np.clip(values.astype(np.float64), 0, 1) * 255
    assert np.abs(to_uint8(values) - expected).max() <= 0.5001


@given(side, side, side, side)
def test_fit_within(height, width, box_height, box_width):
    fitted = fit_within((height, width), (box_height, box_width))
    assert 1 <= fitted[0] <= box_height
    assert 1 <= fitted[1] <= box_width
    assert fitted[0] == box_height or fitted[1] == box_width
    scale = min(box_height / height, box_width / width)
    assert abs(fitted[0] - max(1, height * scale)) <= 0.5
    assert abs(fitted[1] - max(1, width * scale)) <= 0.5


@pytest.mark.parametrize("size", [(20, 20), (10, 30), (40, 16)])
@pytest.mark.parametrize("shape", [(60, 60), (60, 90), (90, 40)])
def test_cover_shows_the_middle_undistorted(shape, size):
    picture = np.zeros((*shape, 3), np.uint8)
    row, column = shape[0] // 2, shape[1] // 2
    picture[row - 10 : row + 10, column - 10 : column + 10] = 255
    found = cover(picture, size)
    assert found.shape == (*size, 3)
    across, down = (found[..., 0].mean(axis) / 255 for axis in (0, 1))
    # The square in the middle stays one: as high as it is wide, wherever it is not cut.
    scale = max(size[0] / shape[0], size[1] / shape[1])
    assert (across > across.max() / 2).sum() == pytest.approx(min(20 * scale, size[1]), abs=1.1)
    assert (down > down.max() / 2).sum() == pytest.approx(min(20 * scale, size[0]), abs=1.1)


@given(st.integers(1, 60), st.integers(1, 60), st.integers(1, 40))
def test_shrink_brings_the_short_side_down_and_never_up(height, width, short_side):
    picture = np.zeros((height, width, 3), np.uint8)
    smaller = shrink(picture, short_side)
    if min(height, width) <= short_side:
        assert smaller is picture
    else:
        assert min(smaller.shape[:2]) == short_side
        assert max(smaller.shape[:2]) == pytest.approx(
            max(height, width) * short_side / min(height, width), abs=0.501
        )


@given(side, side, st.integers(0, 150), st.integers(0, 150))
def test_padding_is_cut_off_again(height, width, more_rows, more_columns):
    picture = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    size = (height + more_rows, width + more_columns)
    padded, corner = pad_to(picture, size)
    assert padded.shape == (*size, 3)
    np.testing.assert_array_equal(crop(padded, corner, (height, width)), picture)
    # Nothing comes in that was not there: the mean and the colours stay.
    assert set(np.unique(padded)) == set(np.unique(picture))


def test_padding_mirrors():
    row = np.array([[1, 2, 3]], np.uint8)[..., None].repeat(3, axis=2)
    padded, corner = pad_to(row, (1, 8))
    assert corner == (0, 2)
    assert padded[0, :, 0].tolist() == [2, 1, 1, 2, 3, 3, 2, 1]


@given(side, side, side, side)
def test_resize(height, width, new_height, new_width):
    flat = np.full((height, width, 3), (10, 120, 200), np.uint8)
    result = resize(flat, (new_height, new_width))
    assert result.shape == (new_height, new_width, 3)
    assert np.abs(result.astype(int) - (10, 120, 200)).max() <= 1


def test_resize_antialiases():
    stripes = np.tile(np.array([0, 255], np.uint8), (64, 32))[..., None].repeat(3, axis=2)
    small = resize(stripes, (8, 8))
    assert np.abs(small[1:-1, 1:-1].astype(int) - 127).max() < 12


@pytest.mark.parametrize(
    ("size", "kind"),
    [
        ((80, 80), Image.Resampling.HAMMING),
        ((70, 80), Image.Resampling.HAMMING),
        ((86, 86), Image.Resampling.BICUBIC),
        ((40, 100), Image.Resampling.BICUBIC),  # it is much in one direction only
        ((160, 160), Image.Resampling.BICUBIC),
    ],
)
def test_half_the_taps_are_enough_where_much_is_taken_off(size, kind, rng):
    picture = rng.integers(0, 256, (120, 120, 3), np.uint8)
    expected = np.asarray(Image.fromarray(picture).resize((size[1], size[0]), kind))
    np.testing.assert_array_equal(resize(picture, size), expected)


def test_blend():
    black, white = np.zeros((2, 2, 3), np.float32), np.ones((2, 2, 3), np.float32)
    for strength in (0.0, 0.25, 1.0):
        mixed = blend(black, white, strength)
        assert mixed.dtype == np.float32
        assert (mixed == strength).all()


def test_contact_sheet():
    red, blue = (np.full((4, 6, 3), colour, np.uint8) for colour in ((255, 0, 0), (0, 0, 255)))
    sheet = contact_sheet([[red, blue], [blue]], gap=2)
    assert sheet.shape == (10, 14, 3)
    assert (sheet[:4, :6] == red).all()
    assert (sheet[:4, 8:] == blue).all()
    assert (sheet[6:, :6] == blue).all()
    assert (sheet[6:, 8:] == 255).all()
    assert (sheet[4:6] == 255).all()


def test_the_module_does_no_work_on_pictures_it_refuses(tmp_path, monkeypatch, save, picture):
    path = save(picture)
    monkeypatch.setattr(images, "MAX_PIXELS", 599)

    def load(self):
        raise AssertionError("the picture was decoded")

    monkeypatch.setattr(Image.Image, "load", load)
    with pytest.raises(ImageError, match="30x20 is 0 megapixels, the limit is 0; make it smaller"):
        read_image(path)
