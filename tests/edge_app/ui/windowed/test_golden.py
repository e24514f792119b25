"""Every screen looks as it did when somebody last looked at it and was content.

Made again, after looking at docs/app/, with EDGESTYLE_GOLDEN=write in the environment. Kept small:
layout, colours and pictures show at a third of the size, the edges of letters do not.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from test_live import Camera

from edge_app.ui.bench import PAPER_AVERAGES_S, StyleTimes
from edge_app.ui.screens import about, benchmark

pytestmark = pytest.mark.layout

GOLDEN = Path(__file__).parent / "golden"
LONGEST = 320
BLOCK = 16
MEAN, WORST_BLOCK = 1.5, 20.0
"""Allowed differences in steps of 255: over all, and of the mean of a block of BLOCK x BLOCK.
Other versions of Mesa and SDL's fonts change edges; a control that moves changes a block by 30."""


@pytest.fixture
def compare(window_name, tmp_path):
    def check(driver, screen: str) -> None:
        driver.wait(0.1)
        now = Image.fromarray(driver.screenshot())
        now.thumbnail((LONGEST, LONGEST), Image.Resampling.BOX)
        path = GOLDEN / f"{window_name}-{screen}.png"
        if os.environ.get("EDGESTYLE_GOLDEN") == "write":
            now.save(path, optimize=True)
            return
        then = Image.open(path).convert("RGB")
        assert then.size == now.size
        difference = np.abs(np.asarray(now, float) - np.asarray(then, float))
        height, width = (side // BLOCK * BLOCK for side in difference.shape[:2])
        shift = (np.asarray(now, float) - np.asarray(then, float))[:height, :width]
        blocks = np.abs(shift.reshape(height // BLOCK, BLOCK, -1, BLOCK, 3).mean(axis=(1, 3)))
        now.save(tmp_path / path.name)
        steps, _ = np.histogram(difference, bins=[0, 2, 5, 10, 20, 50, 256])
        assert difference.mean() < MEAN and blocks.max() < WORST_BLOCK, (  # noqa: PT018
            f"{path.name} has changed: mean {difference.mean():.2f}, worst block "
            f"{blocks.max():.1f} at {np.argwhere(blocks == blocks.max())[0] * BLOCK}; differences "
            f"below 2, 5, 10, 20, 50, 256: {steps.tolist()}; now: {tmp_path / path.name}"
        )

    return check


def test_gallery(app, compare):
    cards = app.app.shell.current.ids.grid.children
    app.until(lambda: sum(card.texture is not None for card in cards) == 3)
    compare(app, "gallery")


def test_studio(studio, compare):
    for name in ("Aurora", "Bronze", "Cobalt"):
        studio.until(lambda name=name: studio.find(name).texture is not None)
    studio.app.shell.current.facts = "128 x 96, 12 ms"
    studio.tap("compare")
    compare(studio, "studio")


def test_studio_before_the_first_photograph(app, compare):
    app.tap("studio")
    compare(app, "empty")


def test_live(app, platform, compare):
    platform.sources = [Camera, Camera]
    app.tap("live")
    screen = app.app.shell.current
    screen._tell = lambda _shown: None
    app.until(lambda: screen.showing)
    screen.rate = "24.0 fps   31 ms"
    compare(app, "live")


def test_benchmark(app, compare, monkeypatch):
    app.tap("benchmark")
    screen = app.app.shell.current
    screen._times = [
        StyleTimes(
            style=name.lower(),
            title=name,
            pack_sha256="0" * 64,
            model="tflite/fp32-512x512.tflite",
            recipe="fp32",
            size=(512, 512),
            backend="litert",
            version="2.3.0",
            threads=4,
            accelerator="xnnpack",
            note="",
            load_ms=40.0,
            warmup_ms=(90.0,),
            samples_ms=tuple(80.0 + 3 * number + i for i in range(5)),
        )
        for number, name in enumerate(("Aurora", "Bronze", "Cobalt"))
    ]
    keys = [(times.pack_sha256, times.style) for times in screen._times]
    screen._paper = dict(zip(keys, PAPER_AVERAGES_S))
    screen._draw()
    compare(app, "benchmark")


def test_about(start, compare, monkeypatch):
    for module in (about, benchmark):
        monkeypatch.setattr(module, "app_version", lambda: "1.0")
    app = start()
    app.tap("about")
    compare(app, "about")


def test_a_change_is_noticed(app, compare, monkeypatch):
    """The comparison itself can fail: one card less, or another accent, is not the same."""
    monkeypatch.delenv("EDGESTYLE_GOLDEN", raising=False)
    cards = app.app.shell.current.ids.grid
    app.until(lambda: sum(card.texture is not None for card in cards.children) == 3)
    cards.remove_widget(app.find("Aurora"))
    with pytest.raises(AssertionError, match="has changed"):
        compare(app, "gallery")
