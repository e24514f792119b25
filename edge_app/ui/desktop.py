"""The services of Linux, Raspberry Pi OS, macOS and Windows; see `edge_app.ui.platform`."""

from __future__ import annotations

import locale
import os
import platform
import re
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from edge_app.core.catalog import default_folders
from edge_app.core.errors import StorageError
from edge_app.core.files import replacing
from edge_app.ui.frames.picamera import PiCamera, camera_labels
from edge_app.ui.frames.source import FrameSource, hand_over
from edge_app.ui.frames.still import Still
from edge_app.ui.frames.video import Film, Webcam
from edge_app.ui.platform import Camera, Insets, OnError, PickedPhoto

FILMS = frozenset({".mp4", ".mov", ".mkv", ".avi", ".webm", ".m4v", ".mpg"})
"""Files that are played as a film where a camera was expected."""

Chooser = Callable[[Callable[[Path | None], None]], None]
"""Lets the user choose a photograph; answers with None when cancelled."""

Placer = Callable[[str, Callable[[Path | None], None]], None]
"""Lets the user choose where a file of a proposed name goes; answers likewise."""


def browse_photo(answer: Callable[[Path | None], None]) -> None:
    """The `Chooser` of the running app."""
    from edge_app.ui.browser import choose_photo

    choose_photo(answer)


def browse_place(name: str, answer: Callable[[Path | None], None]) -> None:
    """The `Placer` of the running app."""
    from edge_app.ui.browser import choose_place

    choose_place(name, answer)


class DesktopPlatform:
    """A computer with files.

    Args:
        choose_photo: asks the user.
        choose_place: likewise.
        frames: a picture, folder or film that stands in for a camera, listed before the others.
        settings: the settings' folder; the system's place for it if not given.
    """

    name = "desktop"
    can_share = False
    has_gpu = False

    def __init__(
        self,
        *,
        choose_photo: Chooser = browse_photo,
        choose_place: Placer = browse_place,
        frames: Path | None = None,
        settings: Path | None = None,
    ) -> None:
        self._choose_photo = choose_photo
        self._choose_place = choose_place
        self._frames = frames
        self._settings = settings

    @property
    def device(self) -> str:
        """See `Platform`."""
        for path in (Path("/proc/device-tree/model"), Path("/sys/class/dmi/id/product_name")):
            if text := _text(path):
                return text
        return f"{platform.system()} {platform.machine()}"

    def settings_folder(self) -> Path:
        """See `Platform`."""
        if self._settings is not None:
            return self._settings
        home = Path.home()
        if sys.platform == "win32":
            return Path(os.environ.get("APPDATA", home / "AppData/Roaming")) / "edgestyle"
        if sys.platform == "darwin":
            return home / "Library/Application Support/edgestyle"
        return Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config") / "edgestyle"

    def style_folders(self) -> list[Path]:
        """See `Platform`: those of `edgestyle styles`."""
        return default_folders()

    def languages(self) -> list[str]:
        """See `Platform`."""
        named = (os.environ.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
        told = next((name for name in named if name), None) or locale.getlocale()[0] or ""
        preferred = os.environ.get("LANGUAGE", "").split(":")
        codes = [re.split(r"[.@]", code)[0].replace("_", "-") for code in [*preferred, told]]
        return [code for code in codes if code and code not in {"C", "POSIX"}]

    def available_memory_bytes(self) -> int | None:
        """See `Platform`."""
        told = re.search(r"^MemAvailable:\s+(\d+) kB", _text(Path("/proc/meminfo")), re.MULTILINE)
        return int(told[1]) * 1024 if told else None

    def insets(self) -> Insets:
        """See `Platform`: nothing covers a window."""
        return Insets()

    def keep_awake(self, on: bool) -> None:
        """See `Platform`."""
        from kivy.core.window import Window

        Window.allow_screensaver = not on

    def leave_thread(self) -> None:
        """See `Platform`: threads leave nothing behind."""

    def pick_photo(
        self,
        on_done: Callable[[PickedPhoto | None], None],
        on_error: OnError,  # noqa: ARG002 - choosing cannot fail here
    ) -> None:
        """See `Platform`."""

        def chosen(path: Path | None) -> None:
            on_done(None if path is None else PickedPhoto(path=path, name=path.name))

        self._choose_photo(chosen)

    def save_picture(
        self, content: bytes, name: str, on_done: Callable[[str | None], None], on_error: OnError
    ) -> None:
        """See `Platform`."""

        def write(path: Path) -> None:
            try:
                with replacing(path) as beside:
                    beside.write_bytes(content)
            except StorageError as error:
                on_error(error)
            else:
                on_done(str(path))

        def placed(path: Path | None) -> None:
            if path is None:
                on_done(None)
            else:  # a slow disk stops no window, and the app does not end before it has written
                threading.Thread(target=write, args=(path,), name="save").start()

        self._choose_place(name, placed)

    def save_document(
        self, content: bytes, name: str, on_done: Callable[[str | None], None], on_error: OnError
    ) -> None:
        """See `Platform`."""
        self.save_picture(content, name, on_done, on_error)

    def share_picture(
        self,
        content: bytes,  # noqa: ARG002
        name: str,  # noqa: ARG002
        on_done: Callable[[str | None], None],  # noqa: ARG002
        on_error: OnError,
    ) -> None:
        """See `Platform`: there is no one way on a desktop, so `can_share` is false."""
        on_error(StorageError("sharing: save the picture and send the file"))

    def cameras(self) -> list[Camera]:
        """See `Platform`."""
        found = []
        if self._frames is not None:
            found.append(Camera(id=f"file:{self._frames}", label=self._frames.name))
        found += [
            Camera(id=f"pi:{number}", label=label) for number, label in enumerate(camera_labels())
        ]
        if sys.platform == "linux":
            return found + _v4l2_cameras()
        return [*found, Camera(id="cv:0", label="Camera 0", facing="front")]

    def open_camera(
        self,
        camera: Camera,
        longest_side: int,
        on_done: Callable[[FrameSource | None], None],
        on_error: OnError,
    ) -> None:
        """See `Platform`."""

        def open_it() -> None:
            hand_over(lambda: open_source(camera, longest_side), camera.label, on_done, on_error)

        threading.Thread(target=open_it, name="open camera", daemon=True).start()


def open_source(camera: Camera, longest_side: int) -> FrameSource:
    """Open one of `DesktopPlatform.cameras()`; this takes up to seconds.

    Raises:
        CameraError: it cannot be opened.
        ImageError: a file that is no picture or film.
        PhotoFolderError: a folder without pictures.
        MissingExtraError: OpenCV is not installed.
    """
    kind, _, place = camera.id.partition(":")
    if kind == "file":
        return open_file(Path(place))
    if kind == "pi":
        return PiCamera(int(place), camera.label, longest_side=longest_side)
    return Webcam(int(place), camera.label, longest_side=longest_side)


def open_file(path: Path) -> FrameSource:
    """A picture, a folder of pictures or a film as a source of frames; errors likewise."""
    if path.is_dir():
        return Still.folder(path)
    if path.suffix.lower() in FILMS:
        return Film(path)
    return Still([path], path.name)


def _v4l2_cameras() -> list[Camera]:
    """Video devices that can capture; a camera may have several nodes, of which one does."""
    found = []
    for node in sorted(Path("/sys/class/video4linux").glob("video*")):
        number = int(node.name.removeprefix("video"))
        if _text(node / "index") == "0" and not re.search(
            r"bcm2835|rpi-|pispbe|codec|isp|unicam", label := _text(node / "name")
        ):
            label = label.split(":")[0] or f"Camera {number}"
            found.append(Camera(id=f"cv:{number}", label=label, facing="front"))
    return found


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip("\0 \n")
    except OSError:
        return ""
