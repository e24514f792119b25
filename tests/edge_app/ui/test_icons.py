from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

import edge_app.ui
from edge_app.ui.icons import NAMES, draw_icon


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("pixels", [16, 24, 48, 72])
def test_an_icon_fills_its_place_and_stays_inside(name, pixels):
    mask = draw_icon(name, pixels)
    assert mask.shape == (pixels, pixels)
    assert mask.max() == 255
    assert 0.04 < mask.mean() / 255 < 0.62
    rim = np.concatenate([mask[0], mask[-1], mask[:, 0], mask[:, -1]])
    assert rim.max() < 200


def test_icons_differ():
    masks = {draw_icon(name, 24).tobytes() for name in NAMES}
    assert len(masks) == len(NAMES)


def test_every_icon_that_is_asked_for_exists_and_is_used():
    folder = Path(edge_app.ui.__path__[0])
    text = "".join(
        path.read_text()
        for path in folder.rglob("*")
        if path.suffix in {".py", ".kv"} and path.name != "icons.py"
    )
    asked = set(re.findall(r"icon[:=] ?\"(\w+)\"", text))
    for name in NAMES:
        assert re.search(rf"\"{name}\"", text), f"nobody shows {name}"
    for name in asked:
        assert name in NAMES, name
