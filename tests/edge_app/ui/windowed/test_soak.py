"""Five hundred pictures, with every choice changed on the way."""

from __future__ import annotations

import gc
import random
import threading
from pathlib import Path

import pytest

PICTURES = 500
GROWTH_MB = 20


def resident_mb() -> float:
    status = Path("/proc/self/status").read_text()
    return int(next(line for line in status.splitlines() if "VmRSS" in line).split()[1]) / 1024


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
def test_memory_stays_flat_and_no_thread_is_left(studio, opener):
    dice = random.Random(0)
    threads, baseline = threading.active_count(), 0.0
    names = ("Aurora", "Bronze", "Cobalt")
    styles = [
        s for s in studio.session.styles if getattr(s, "name", "") in {n.lower() for n in names}
    ]
    for number in range(PICTURES):
        if number == 60:  # fonts, textures and both models are there by now
            gc.collect()
            baseline = resident_mb()
        others = [s for s in styles if s is not studio.session.style]
        studio.session.choose_style(dice.choice(others))
        studio.session.choose_size(dice.choice([64, 128]))
        studio.session.choose_strength(dice.random())
        if number % 50 == 0:
            for name in ("gallery", "about", "studio"):
                studio.tap(name)
        studio.until(lambda: studio.session.current)
    gc.collect()
    growth = resident_mb() - baseline
    assert growth < GROWTH_MB, f"grew by {growth:.1f} MB"
    assert threading.active_count() == threads
    assert sum(not runtime._closed for runtime in opener.opened) <= 2
