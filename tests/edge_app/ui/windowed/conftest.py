"""One window a process, its size and density from EDGESTYLE_WINDOW; see ../test_window.py."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

sys.path.append(str(Path(__file__).parent))  # test_live's camera

SIZE, _, DENSITY = os.environ["EDGESTYLE_WINDOW"].partition("@")
WIDTH, HEIGHT = (int(side) for side in SIZE.split("x"))
os.environ["KIVY_METRICS_DENSITY"] = DENSITY

from edge_app.main import prepare_kivy  # noqa: E402 - Kivy reads the environment on import
from edge_app.ui.config import AppConfig  # noqa: E402

prepare_kivy(AppConfig(window=(WIDTH, HEIGHT)))
os.environ["KCFG_KIVY_LOG_LEVEL"] = "critical"
os.environ["KCFG_GRAPHICS_MAXFPS"] = "0"  # as fast as it goes
os.environ["KCFG_GRAPHICS_VSYNC"] = "0"

from app_driver import Driver, StubPlatform  # noqa: E402
from app_styles import FakeOpener, write_style  # noqa: E402


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the named files and what depends on the window's size."""
    files = os.environ.get("EDGESTYLE_WINDOW_FILES", "").split()
    if files:
        items[:] = [
            item for item in items if item.path.stem in files or item.get_closest_marker("layout")
        ]


@pytest.fixture
def window_name() -> str:
    """'phone', 'pi' or 'desktop'."""
    return {720: "phone", 800: "pi", 1280: "desktop"}[WIDTH]


@pytest.fixture
def styles(tmp_path: Path) -> Path:
    """A folder of three styles and a broken one."""
    folder = tmp_path / "styles"
    folder.mkdir()
    for name in ("aurora", "bronze", "cobalt"):
        write_style(folder / f"{name}.stylepack", name)
    (folder / "damaged.stylepack").write_bytes(b"no zip")
    return folder


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A photograph of 90x120: colours that change in both directions."""
    y, x = np.mgrid[0:90, 0:120]
    picture = np.stack([2 * x, 2.7 * y, 255 - 2 * x], axis=-1).astype(np.uint8)
    path = tmp_path / "holiday.png"
    Image.fromarray(picture).save(path)
    return path


@pytest.fixture
def platform(tmp_path: Path, styles: Path, photo: Path) -> StubPlatform:
    stub = StubPlatform(tmp_path, styles)
    stub.photo = photo
    return stub


@pytest.fixture
def opener() -> FakeOpener:
    return FakeOpener()


@pytest.fixture
def start(platform: StubPlatform, opener: FakeOpener) -> Iterator[Callable[..., Driver]]:
    """Starts the app, styles loaded; several times where a test wants that."""
    from edge_app.ui.app import EdgestyleApp
    from edge_app.ui.atelier import Atelier
    from edge_app.ui.theme import theme

    running: list[Driver] = []

    def begin(**options: Any) -> Driver:
        for driver in running:
            driver.__exit__()
        running.clear()
        theme.keyboard = False
        driver = Driver(EdgestyleApp(platform, atelier=Atelier(opener), **options))
        running.append(driver.__enter__())
        if tuple(map(int, driver.window.size)) != (WIDTH, HEIGHT):
            driver.resize(WIDTH, HEIGHT)
        driver.until(lambda: not driver.session.loading)
        driver.frames(3)
        return driver

    yield begin
    for driver in running:
        driver.__exit__()


@pytest.fixture
def app(start: Callable[..., Driver]) -> Driver:
    """The app at its start: the gallery."""
    return start()


@pytest.fixture
def studio(app: Driver) -> Driver:
    """The app with a photograph painted in the first style."""
    app.tap("studio")
    app.tap("first open")
    app.until(lambda: app.session.current)
    return app
