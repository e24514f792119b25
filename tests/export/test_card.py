from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from export.card import Card, manifest_of, slug
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
