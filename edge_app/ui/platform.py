"""What the app asks of the system it runs on: one small protocol, one implementation a system.

`edge_app.ui.desktop.DesktopPlatform` is that of Linux, Raspberry Pi, macOS and Windows,
`edge_app.ui.android.platform.AndroidPlatform` that of Android, made without arguments on the main
thread before the first frame; tests have one that answers by itself. Nothing here imports Kivy.

Every method but `cameras` and `leave_thread` is called on the UI thread and returns at once; what
takes time, or asks the user, answers through a callback. Callbacks may come on any thread, and
exactly one of a pair comes (`on_done` with None when the user thought better of it): the app hands
them to its own clock.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from edge_app.core.errors import EdgestyleError
from edge_app.ui.frames.source import FrameSource

OnError = Callable[[EdgestyleError], None]
"""Gets an ImageError, StorageError or CameraError; its text is shown to the user."""


@dataclass(frozen=True, kw_only=True)
class PickedPhoto:
    """A photograph that the user chose, as a file that can be read now."""

    path: Path
    """Where its bytes lie, EXIF and all: the file itself, or on Android a copy in the app's own
    cache, which the next choice may replace."""
    name: str
    """What the user knows it by, with or without suffix: 'IMG_2041.jpg'."""


@dataclass(frozen=True, kw_only=True)
class Camera:
    """A camera that can be opened."""

    id: str
    """The platform's own name for it; given back to `open_camera`."""
    label: str
    """For people, in the system's words: 'HD Webcam', 'Camera 0'."""
    facing: Literal["front", "back", "unknown"] = "unknown"
    """'front' looks at the user: the app shows it mirrored."""


@dataclass(frozen=True, kw_only=True)
class Insets:
    """How much of the window's edges the system covers (status bar, notch), in pixels."""

    left: int = 0
    top: int = 0
    right: int = 0
    bottom: int = 0


class Platform(Protocol):
    """The system's services."""

    @property
    def name(self) -> str:
        """'desktop' or 'android'; for reports."""

    @property
    def device(self) -> str:
        """What a person would call the machine: 'Raspberry Pi 5 Model B', 'Google Pixel 8'."""

    @property
    def can_share(self) -> bool:
        """Whether `share_picture` does something; where not, the app shows no such button."""

    @property
    def has_gpu(self) -> bool:
        """Whether models may run on a graphics chip: only then the processor alone is a choice."""

    def settings_folder(self) -> Path:
        """A private folder for preferences; it need not exist yet."""

    def style_folders(self) -> list[Path]:
        """The folders that are searched for style packs."""

    def languages(self) -> list[str]:
        """The user's languages, the preferred one first: ['es-MX', 'en']; may be empty."""

    def available_memory_bytes(self) -> int | None:
        """What a run may still take before the system is in trouble; None where unknown."""

    def insets(self) -> Insets:
        """What the system covers of the window now; asked for all the time."""

    def keep_awake(self, on: bool) -> None:
        """Keep the screen on while the camera or a benchmark runs."""

    def leave_thread(self) -> None:
        """Called by each of the app's threads as its last act (Android: detach from Java)."""

    def pick_photo(self, on_done: Callable[[PickedPhoto | None], None], on_error: OnError) -> None:
        """Let the user choose a photograph with what the system has for it."""

    def save_picture(
        self, content: bytes, name: str, on_done: Callable[[str | None], None], on_error: OnError
    ) -> None:
        """Keep a picture where the user finds it again.

        Args:
            content: an encoded JPEG or PNG.
            name: a proposal with the suffix of the format, safe on every file system; where it is
                taken, the platform chooses another and replaces nothing unasked.
            on_done: gets where it went, for people: 'Pictures/edgestyle/cat-whirl.jpg'.
            on_error: gets a StorageError.
        """

    def save_document(
        self, content: bytes, name: str, on_done: Callable[[str | None], None], on_error: OnError
    ) -> None:
        """Keep a file that is no picture, a .json say; arguments as in `save_picture`."""

    def share_picture(
        self, content: bytes, name: str, on_done: Callable[[str | None], None], on_error: OnError
    ) -> None:
        """Offer a picture to other apps; arguments as in `save_picture`."""

    def cameras(self) -> list[Camera]:
        """The cameras there are, the one to begin with first; none is opened or asked for.

        Called beside the UI thread: a driver that looks for them may take seconds.
        """

    def open_camera(
        self,
        camera: Camera,
        longest_side: int,
        on_done: Callable[[FrameSource | None], None],
        on_error: OnError,
    ) -> None:
        """Open a camera, asking for permission first where the system wants that.

        Args:
            camera: one of `cameras()`.
            longest_side: frames need no more pixels than this a side; the nearest larger format
                that the camera has is meant.
            on_done: gets the frames; None where the user said no to the permission.
            on_error: gets a CameraError: taken away, in use, or forbidden for good.
        """
