from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from edge_app.core.errors import PackError
from export.metadata import IDENTIFIER, ModelMetadata, TensorMetadata, metadata_of
from export.tflite import finish

PICTURE = TensorMetadata(
    name="image",
    description="The photograph.",
    axes=("batch", "height", "width", "channel"),
    size=(192, 256),
    normalization=(0.0, 255.0),
    value_range=(0.0, 1.0),
)
STYLE = TensorMetadata(
    name="style", description="A vector.", axes=("batch", "row", "column", "number")
)
METADATA = ModelMetadata(
    name="Águas",
    description="A style.",
    version="1.2",
    author="Somebody",
    licence="public domain",
    inputs=(PICTURE, STYLE),
    outputs=(
        replace(PICTURE, name="stylized", description="The picture.", normalization=(0.0, 0.5)),
    ),
)


def test_what_mediapipe_wrote_is_read():
    """Made by tests/export/data/mediapipe_metadata.py, by another program's classes."""
    content = Path(__file__).with_name("data") / "mediapipe.tflitemeta"
    assert ModelMetadata.from_bytes(content.read_bytes()) == METADATA


def test_what_is_written_is_read():
    content = METADATA.to_bytes()
    assert content[4:8] == IDENTIFIER
    assert ModelMetadata.from_bytes(content) == METADATA
    assert METADATA.to_bytes() == content


@pytest.mark.parametrize("content", [b"", b"M001", METADATA.to_bytes()[:4] + b"M002" + bytes(40)])
def test_what_is_no_metadata_is_refused(content):
    with pytest.raises(PackError, match="TFLite metadata: "):
        ModelMetadata.from_bytes(content)


def test_damaged_metadata_are_a_pack_error():
    """Whatever byte is wrong: an error, or metadata, and nothing else."""
    content = METADATA.to_bytes()
    read, refused = 0, 0
    for i in range(len(content)):
        damaged = content[:i] + bytes([content[i] ^ 0xFF]) + content[i + 1 :]
        try:
            ModelMetadata.from_bytes(damaged)
            read += 1
        except PackError:
            refused += 1
    assert refused > 100 < read


def test_a_file_without_metadata_has_none(tflite):
    assert metadata_of(tflite()) is None


@pytest.mark.parametrize("content", [b"", b"junk", b"junk" * 100])
def test_what_is_no_tflite_file_is_a_pack_error(content):
    with pytest.raises(PackError, match=r"^TFLite metadata: damaged: "):
        metadata_of(content)


def test_a_damaged_file_is_a_pack_error(tflite):
    """Whatever byte is wrong: an error, metadata, or none, and nothing else."""
    content = finish(tflite(), METADATA)
    assert metadata_of(content) == METADATA
    found = {"read": 0, "none": 0, "refused": 0}
    for i in range(len(content)):
        damaged = content[:i] + bytes([content[i] ^ 0xFF]) + content[i + 1 :]
        try:
            found["none" if metadata_of(damaged) is None else "read"] += 1
        except PackError:
            found["refused"] += 1
    assert min(found.values()) > 0
