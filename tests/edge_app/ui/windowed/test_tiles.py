from __future__ import annotations

import pytest

from app_styles import write_style
from edge_app.ui.settings import Settings, save_settings
from edge_app.ui.tiles import nearest_scroll


@pytest.mark.layout
@pytest.mark.parametrize("number", [0, 4, 7, 11])
def test_the_chosen_style_can_be_seen_wherever_it_lies(start, platform, styles, number):
    for each in range(12):
        write_style(styles / f"s{each:02}.stylepack", f"s{each:02}")
    save_settings(platform.settings_folder(), Settings(style=f"s{number:02}"))
    app = start()
    for screen in ("studio", "live"):
        app.tap(screen)
        app.wait(0.2)
        strip = app.app.shell.current.ids.strip
        tile = next(t for t in strip.ids.grid.children if t.chosen)
        assert tile.style.card.id == f"s{number:02}"
        left, bottom = tile.to_window(*tile.pos)
        strip_left, strip_bottom = strip.to_window(*strip.pos)
        assert left >= strip_left - 1, screen
        assert bottom >= strip_bottom - 1, screen
        assert left + tile.width <= strip_left + strip.width + 1, screen
        assert bottom + tile.height <= strip_bottom + strip.height + 1, screen


@pytest.mark.parametrize(
    ("now", "begin", "end", "expected"),
    [
        (0.5, 120, 160, 0.5),  # seen already: 100 to 200 of 300
        (0.0, 120, 160, 0.3),  # comes in at the far edge
        (1.0, 120, 160, 0.6),  # and at the near one
        (0.0, -24, 60, 0.0),
        (0.5, 280, 324, 1.0),
    ],
)
def test_a_strip_moves_no_further_than_it_must(now, begin, end, expected):
    assert nearest_scroll(now, begin, end, 100, 300) == pytest.approx(expected)
