"""Starts the app: `python -m edge_app.main`, `edgestyle app`, and what an APK runs."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path

from edge_app.core.backends import System, system
from edge_app.core.errors import ConfigError, MissingExtraError
from edge_app.core.files import replacing
from edge_app.ui.config import AppConfig
from edge_app.ui.platform import Platform


def run(config: AppConfig) -> None:
    """Open the window and return when it is closed.

    Raises:
        ConfigError: there is no screen, or no window can be opened on it.
        MissingExtraError: Kivy is not installed.
    """
    _check_screen()
    prepare_kivy(config)
    try:
        import kivy.core.window
    except ImportError as error:
        raise MissingExtraError("kivy", extra="app", purpose="the app") from error
    if kivy.core.window.Window is None:
        raise ConfigError(
            "no window can be opened; on Debian and Raspberry Pi OS the app needs "
            "apt-get install libgl1 libegl1 libgles2 libmtdev1"
        )
    from edge_app.ui.app import EdgestyleApp

    EdgestyleApp(
        _platform(config.frames),
        photo=config.photo,
        screen=config.screen,
        measure=config.measure or _asked_to_measure(),
        draw_icon=None if on_android() else _draw_icon,  # a phone has it from the APK
    ).run()


def prepare_kivy(config: AppConfig) -> None:
    """Set what Kivy reads when it is imported; what the user has set in the environment stays."""
    for name, value in {
        "KIVY_NO_ARGS": "1",  # the command line is ours
        "KIVY_NO_FILELOG": "1",
        "KIVY_LOG_MODE": "MIXED",  # the root logger stays as it is
        "KCFG_KIVY_LOG_LEVEL": "warning",
        "KCFG_KIVY_EXIT_ON_ESCAPE": "0",
        "KCFG_INPUT_MOUSE": "mouse,disable_multitouch",  # no red dots for the right button
        "KCFG_GRAPHICS_WIDTH": str(config.window[0]),
        "KCFG_GRAPHICS_HEIGHT": str(config.window[1]),
        "KCFG_GRAPHICS_MINIMUM_WIDTH": "320",
        "KCFG_GRAPHICS_MINIMUM_HEIGHT": "320",
        "KCFG_GRAPHICS_FULLSCREEN": "auto" if config.fullscreen else "0",
    }.items():
        os.environ.setdefault(name, value)
    if not on_android():
        # Otherwise Kivy looks for xclip and xsel, and prints a traceback for each that is missing.
        os.environ.setdefault("KIVY_CLIPBOARD", "sdl2")
    logging.getLogger("kivy").addFilter(_worth_telling)


def _check_screen() -> None:
    """Without a screen SDL would draw into memory, and nobody would see why nothing happens."""
    chosen = ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER")
    if sys.platform != "linux" or any(os.environ.get(name) for name in chosen):
        return
    if not on_android() and not any(Path("/dev/dri").glob("card*")):
        raise ConfigError(
            "there is no screen here: neither DISPLAY nor WAYLAND_DISPLAY is set; over ssh, "
            "name the screen of the machine (DISPLAY=:0) or forward yours (ssh -X)"
        )


def _draw_icon(path: Path) -> None:
    from edge_app.packaging.artwork import icon

    with replacing(path) as beside:
        icon(128).save(beside, format="PNG")


def _worth_telling(record: logging.LogRecord) -> bool:
    """Leave out what Kivy says at every first start, and its tracebacks about xclip and xsel.

    Those two would be needed for pasting with the middle mouse button.
    """
    return not record.getMessage().startswith(("Cutbuffer", "Config: Older", "Config: Upgrading"))


def on_android() -> bool:
    """Whether python-for-android runs us."""
    return system() is System.ANDROID


def _asked_to_measure() -> bool:
    if not on_android():
        return False
    from edge_app.ui.android.errand import asked_to_measure

    return asked_to_measure()


def _platform(frames: Path | None) -> Platform:
    if on_android():
        from edge_app.ui.android.platform import AndroidPlatform

        platform: Platform = AndroidPlatform()
        return platform
    from edge_app.ui.desktop import DesktopPlatform

    return DesktopPlatform(frames=frames)


if __name__ == "__main__":
    run(AppConfig())
