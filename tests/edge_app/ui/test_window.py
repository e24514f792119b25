"""The app in real windows: runs windowed/ once a size, each in a process and a display of its own.

Kivy keeps its window, density and clock in module globals, so one process can be one device only.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from displays import INSTALL, virtual_display

HERE = Path(__file__).parent

WINDOWS = {"phone": "720x1280@2", "pi": "800x480@1", "desktop": "1280x800@1"}
"""Name -> width x height in pixels @ pixels a dp; the phone is one of 360x640 dp."""

FILES = {
    "phone": "test_about test_gallery test_live test_tiles",
    "pi": "test_shell test_studio test_mixing",
    "desktop": "test_benchmark test_browser test_errand",
}
"""What is run where; tests of the mark `layout` run everywhere."""

SHARE_S, LONG_S = 1500, 3600
"""For each window's share of the tests, and for everything in one window or the soak: nothing is
timed, a hang is to end some day."""

pytestmark = pytest.mark.skipif(
    shutil.which("Xvfb") is None, reason=f"there is no Xvfb; install it: {INSTALL}"
)


@pytest.fixture(scope="module")
def display():
    with virtual_display() as name:
        yield name


def run_windowed(
    display: str,
    window: str,
    home: Path,
    *arguments: str,
    files: str = "",
    timeout_s: float = SHARE_S,
) -> subprocess.CompletedProcess[str]:
    """Run the tests of windowed/, of some files and `layout` only where files are named."""
    environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith(("KIVY", "KCFG", "WAYLAND"))},
        "DISPLAY": display,
        "EDGESTYLE_WINDOW": window,
        "EDGESTYLE_WINDOW_FILES": files,
        "KIVY_HOME": str(home),
        "LIBGL_ALWAYS_SOFTWARE": "1",
        "OMP_NUM_THREADS": "1",
    }
    home.mkdir()
    temporary = ["--basetemp", str(home / "tests")]  # they run at the same time
    words = ["-q", "-p", "no:cacheprovider", *temporary, *arguments, "windowed"]
    return subprocess.run(
        [sys.executable, "-m", "pytest", *words],
        cwd=HERE,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=timeout_s,
    )


def check(done: subprocess.CompletedProcess[str]) -> None:
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-5_000:]


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """All three windows at once, each on a display of its own."""
    home = tmp_path_factory.mktemp("windows")

    def run(name: str) -> subprocess.CompletedProcess[str]:
        with virtual_display() as display:
            return run_windowed(
                display, WINDOWS[name], home / name, "-m", "not slow", files=FILES[name]
            )

    with ThreadPoolExecutor(len(WINDOWS)) as pool:
        return dict(zip(WINDOWS, pool.map(run, WINDOWS)))


@pytest.mark.timeout(SHARE_S + 60)
@pytest.mark.parametrize("name", WINDOWS)
def test_in_a_window(runs, name):
    check(runs[name])


@pytest.mark.slow
@pytest.mark.timeout(LONG_S + 60)
@pytest.mark.parametrize("name", WINDOWS)
def test_everything_in_each_window(display, name, tmp_path):
    window, home = WINDOWS[name], tmp_path / name
    check(run_windowed(display, window, home, "-m", "not slow", timeout_s=LONG_S))


@pytest.mark.slow
@pytest.mark.timeout(LONG_S + 60)
def test_soak(display, tmp_path):
    home = tmp_path / "pi"
    check(run_windowed(display, WINDOWS["pi"], home, "-m", "slow", timeout_s=LONG_S))
