"""Makes the pictures of docs/app.md: every screen at three sizes, in a display in memory.

    .venv/bin/python docs/app/screenshots.py [FOLDER_OF_STYLE_PACKS]

Without a folder the installed styles are shown. Needs Xvfb. Look at the result.

Each shows what its device has when it is set up as documented: the phone and the Pi no ONNX Runtime
and thus no free sizes, the phone no file dialog of ours (Android has its own); elsewhere no pyjnius
and no graphics chip for models.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
WINDOWS = {"phone": (720, 1280, 2), "pi": (800, 480, 1), "desktop": (1280, 800, 1)}
"""Name -> width, height in pixels, pixels a dp."""

ABSENT = {
    "phone": ("onnxruntime", "cv2"),
    "pi": ("onnxruntime", "cv2", "jnius"),
    "desktop": ("jnius",),
}
"""Name -> libraries of this machine that such a device has not."""

STYLE = "starry_night"
"""That the pictures are painted in, where it is there."""

LONGEST = 1000
QUALITY = 82

sys.path[:0] = [str(ROOT), str(ROOT / "tests/support")]


def shoot(name: str, styles: str) -> None:
    """Take one size's pictures; in a process and display of its own."""
    width, height, density = WINDOWS[name]
    os.environ["KIVY_METRICS_DENSITY"] = str(density)
    sys.modules |= dict.fromkeys(ABSENT[name])  # type: ignore[arg-type]
    from app_driver import Driver, StubPlatform
    from edge_app.main import prepare_kivy
    from edge_app.ui.config import AppConfig

    prepare_kivy(AppConfig(window=(width, height)))
    from edge_app.core.catalog import default_folders
    from edge_app.ui.app import EdgestyleApp
    from edge_app.ui.browser import Browser
    from edge_app.ui.frames.still import Still
    from edge_app.ui.settings import Settings, save_settings
    from styles.samples import write_samples

    with tempfile.TemporaryDirectory() as folder:
        os.environ["HOME"] = folder
        photos, photo = write_samples(Path(folder) / "Pictures")
        platform = StubPlatform(Path(folder))
        platform.style_folders = lambda: [Path(styles)] if styles else default_folders()
        platform.name = "android" if name == "phone" else "desktop"
        platform.can_share = platform.has_gpu = name == "phone"
        platform.device = "this machine"
        platform.photo = photo
        platform.sources = [lambda: Still([photos / "coffee.jpg"], "Camera")] * 2
        save_settings(platform.settings_folder(), Settings(style=STYLE))
        app = EdgestyleApp(platform)
        with Driver(app) as driver:
            driver.until(lambda: not app.session.loading)
            driver.wait(2)
            keep(driver, name, "gallery")
            driver.tap("studio")
            keep(driver, name, "empty")
            driver.tap("first open")
            driver.until(lambda: app.session.current)
            driver.wait(1)
            keep(driver, name, "studio")
            driver.tap("compare")
            keep(driver, name, "compare")
            driver.tap("live")
            driver.until(lambda: app.shell.current.showing)
            driver.wait(2.5)
            keep(driver, name, "live")
            driver.tap("benchmark")
            driver.tap("measure")
            driver.until(lambda: app.shell.current.running)
            driver.until(lambda: not app.shell.current.running, 900)
            keep(driver, name, "benchmark")
            driver.tap("about")
            keep(driver, name, "about")
            if name == "phone":
                return
            words = app.session.words
            Browser(app.session, words.browse_photo, photos, lambda _path: None).open()
            driver.wait(1.5)
            keep(driver, name, "browser")


def keep(driver: object, name: str, screen: str) -> None:
    """Write what the window shows as docs/app/NAME-SCREEN.jpg."""
    image = Image.fromarray(driver.screenshot())  # type: ignore[attr-defined]
    image.thumbnail((LONGEST, LONGEST), Image.Resampling.LANCZOS)
    image.save(HERE / f"{name}-{screen}.jpg", quality=QUALITY, optimize=True, progressive=True)


def main() -> None:
    """Run each size in its own process."""
    from displays import virtual_display

    styles = str(Path(sys.argv[1]).absolute()) if len(sys.argv) > 1 else ""
    with virtual_display() as display, tempfile.TemporaryDirectory() as home:
        for name in WINDOWS:
            environment = {
                **os.environ,
                "DISPLAY": display,
                "KIVY_HOME": home,
                "LIBGL_ALWAYS_SOFTWARE": "1",
                "SHOOT": name,
            }
            command = [sys.executable, __file__, styles]
            subprocess.run(command, env=environment, check=True)  # noqa: S603 - itself


if __name__ == "__main__":
    if "SHOOT" in os.environ:
        shoot(os.environ["SHOOT"], sys.argv[1])
    else:
        main()
