from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from export.calibration import Photographs
from export.card import Card, exported_by, file_metadata, manifest_of, slug
from export.config import ExportConfig
from training.config import TrainConfig
from training.run import RunFacts


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


def test_a_file_says_that_it_takes_a_style_grain_and_any_size(card: Card):
    plain = file_metadata(card, (32, 48))
    assert [tensor.name for tensor in plain.inputs] == ["image"]
    assert "RGB (1, 32, 48, 3) in [0, 1] to the same. Made by" in plain.description
    rich = file_metadata(card, (32, 48), is_free=True, style_length=7, grain=0.1)
    assert [tensor.name for tensor in rich.inputs] == ["image", "style"]
    assert rich.inputs[1].size is None
    for part in (
        "(1, height, width, 3)",
        "a style's vector (1, 1, 1, 7)",
        "grain of deviation 0.1",
    ):
        assert part in rich.description


def test_the_manifest_names_the_teacher_that_taught(card: Card, model, tmp_path: Path):
    training = TrainConfig(paintings=(Path("a.png"),), photos=Path("b"), out=tmp_path)
    given = replace(training, teacher_weights=(Path("/x/vgg.safetensors"), Path("y/deep.pth")))
    facts = RunFacts(steps=1, elapsed_s=1.0, photo_count=1, skipped={}, versions={})
    taught = [
        manifest_of(
            card,
            tmp_path,
            config,
            facts,
            network=config.network,
            models=(model("onnx/fp32.onnx"),),
            preview="preview.jpg",
            judged={},
            converters={},
        ).provenance.teacher
        for config in (training, given)
    ]
    assert taught == ["vgg19-lite", "vgg.safetensors, deep.pth"]


def test_how_an_export_was_made_tells_no_places():
    """Files are published: where somebody's paintings lie is nobody's business."""
    home = Path("/home/somebody")
    config = ExportConfig(
        run=home / "run",
        out=home / "x.stylepack",
        photos=home / "cc",
        paintings=home / "paintings",
        teacher_weights=(home / "vgg19.safetensors",),
        good_enough=True,
    )
    photos = Photographs(calibration=(), parity=(), skipped={}, folder=home / "cc")
    told = exported_by(config, photos)
    assert told.options["good_enough"] is True
    assert "somebody" not in str(told)
