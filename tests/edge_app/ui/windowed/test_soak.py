"""Hundreds of pictures, with every choice changed on the way."""

from __future__ import annotations

import gc
import random
import threading
from pathlib import Path

import pytest

from app_driver import Driver
from app_styles import COLOURS, preview
from edge_app.core.pack import write_pack
from edge_app.core.runtime import open_runtime
from tiny_models import build_tflite, describe, make_manifest

PICTURES = 500
PICTURES_BY_LITERT = 250
"""Fewer: each is worth as much, and they take longer."""

GROWTH_MB = 20

SETTLED = 60
"""After so many pictures fonts, textures, models and the allocator's reserves are there."""

SIDES = (64, 256)
"""Of the models that LiteRT runs; one of the larger ones that was not given back would show after a
few pictures."""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc"),
]


def resident_mb() -> float:
    status = Path("/proc/self/status").read_text()
    return int(next(line for line in status.splitlines() if "VmRSS" in line).split()[1]) / 1024


def grown_mb(app: Driver, pictures: int, sizes: tuple[int, ...]) -> float:
    """How much larger the process is after many pictures of all styles, sizes and strengths."""
    dice, baseline = random.Random(0), 0.0
    styles = [s for s in app.session.styles if getattr(s, "name", "") in COLOURS]
    for number in range(pictures):
        if number == SETTLED:
            gc.collect()
            baseline = resident_mb()
        others = [s for s in styles if s is not app.session.style]
        app.session.choose_style(dice.choice(others))
        app.session.choose_size(dice.choice(sizes))
        app.session.choose_strength(dice.random())
        if number % 50 == 0:
            for name in ("gallery", "about", "studio"):
                app.tap(name)
        app.until(lambda: app.session.current)
    gc.collect()
    return resident_mb() - baseline


def test_memory_stays_flat_and_no_thread_is_left(studio, opener):
    threads = threading.active_count()
    assert grown_mb(studio, PICTURES, (64, 128)) < GROWTH_MB
    assert threading.active_count() == threads
    assert sum(not runtime._closed for runtime in opener.opened) <= 2


class TestWithLiteRT:
    """Every change of style or size closes a model and opens another, as fakes cannot."""

    @pytest.fixture
    def styles(self, styles):
        """The same, of models that LiteRT runs."""
        for name, colour in COLOURS.items():
            files = {
                f"tflite/fp32-{side}x{side}.tflite": build_tflite(
                    (side, side), operators=("conv",) * 3
                )
                for side in SIDES
            }
            manifest = make_manifest(*map(describe, files), id=name, title=name.capitalize())
            contents = {**files, "preview.jpg": preview(colour)}
            write_pack(styles / f"{name}.stylepack", manifest, contents)
        return styles

    @pytest.fixture
    def opener(self):
        """`open_runtime` that keeps count."""

        def opener(*arguments, **wishes):
            opened = open_runtime(*arguments, **wishes)
            opener.backends.append(opened.info.backend)
            return opened

        opener.backends = []
        return opener

    def test_models_that_are_opened_and_closed_leave_nothing(self, studio, opener):
        assert grown_mb(studio, PICTURES_BY_LITERT, SIDES) < GROWTH_MB
        assert set(opener.backends) == {"litert"}
        assert len(opener.backends) > PICTURES_BY_LITERT / 3, (
            "models were kept open: nothing was tried"
        )
