"""The services of an Android phone; see `edge_app.ui.platform`.

Nobody has yet run this on a phone: the tests run it against a real Java machine, with doubles of
Android's classes in their place.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from pathlib import Path

from edge_app.core.catalog import default_folders
from edge_app.core.errors import CameraError, RuntimeUnavailableError
from edge_app.core.runtime import leave_thread
from edge_app.core.runtimes import android_java
from edge_app.core.runtimes.android_java import reason
from edge_app.ui.android.camera import AndroidCamera, cameras
from edge_app.ui.android.java import activity, java, java_error, on_thread, prepare
from edge_app.ui.android.keeper import Keeper
from edge_app.ui.android.picker import PhotoPicker
from edge_app.ui.frames.source import FrameSource, hand_over
from edge_app.ui.platform import Camera, Insets, OnError, PickedPhoto

CAMERA = "android.permission.CAMERA"
GRANTED = 0
"""PackageManager.PERMISSION_GRANTED."""

KEEP_SCREEN_ON = 0x80
"""WindowManager.LayoutParams.FLAG_KEEP_SCREEN_ON."""


class AndroidPlatform:
    """Make it on Python's main thread: Java finds the app's own classes there only."""

    name = "android"
    can_share = True
    has_gpu = True

    def __init__(self) -> None:
        prepare()
        # What is missing is told by the first model that is opened, where there is a place for it.
        with suppress(RuntimeUnavailableError):
            android_java.classes()
        self._picker = PhotoPicker(self._folder("getCacheDir"))
        self._keeper = Keeper()

    @property
    def device(self) -> str:
        """See `Platform`."""
        build = java("android.os.Build")
        maker, model = str(build.MANUFACTURER), str(build.MODEL)
        if model.lower().startswith(maker.lower()):
            return model
        return f"{maker[:1].upper()}{maker[1:]} {model}"

    def settings_folder(self) -> Path:
        """See `Platform`."""
        return self._folder("getFilesDir")

    def style_folders(self) -> list[Path]:
        """See `Platform`: the app's folder on shared storage, which a computer reaches, first."""
        shared = activity().getExternalFilesDir("styles")  # null while the storage is away
        own = [] if shared is None else [Path(str(shared.getAbsolutePath()))]
        return [folder for folder in own if folder.is_dir()] + default_folders()

    def languages(self) -> list[str]:
        """See `Platform`."""
        chosen = java("android.os.LocaleList").getDefault()
        return [str(chosen.get(i).toLanguageTag()) for i in range(chosen.size())]

    def available_memory_bytes(self) -> int | None:
        """See `Platform`: what is left before Android begins to end apps."""
        info = java("android.app.ActivityManager$MemoryInfo")()
        try:
            activity().getSystemService("activity").getMemoryInfo(info)
        except (java_error(), AttributeError):
            return None
        return max(0, int(info.availMem) - int(info.threshold))

    def insets(self) -> Insets:
        """See `Platform`: the bars' and the camera hole's, whichever reaches further."""
        covered = activity().getWindow().getDecorView().getRootWindowInsets()
        if covered is None:  # not laid out yet
            return Insets()
        hole = covered.getDisplayCutout()

        def edge(name: str) -> int:
            bar = int(getattr(covered, f"getSystemWindowInset{name}")())
            return max(bar, 0 if hole is None else int(getattr(hole, f"getSafeInset{name}")()))

        return Insets(
            left=edge("Left"), top=edge("Top"), right=edge("Right"), bottom=edge("Bottom")
        )

    def keep_awake(self, on: bool) -> None:
        """See `Platform`."""

        def change() -> None:
            window = activity().getWindow()
            (window.addFlags if on else window.clearFlags)(KEEP_SCREEN_ON)

        # A window may be touched on Java's UI thread only.
        import_module("android.runnable").Runnable(change)()

    def leave_thread(self) -> None:
        """See `Platform`."""
        leave_thread()

    def pick_photo(self, on_done: Callable[[PickedPhoto | None], None], on_error: OnError) -> None:
        """See `Platform`."""
        self._picker.pick(on_done, on_error)

    def save_picture(
        self, content: bytes, name: str, on_done: Callable[[str | None], None], on_error: OnError
    ) -> None:
        """See `Platform`."""
        self._keeper.save(content, name, on_done, on_error)

    def save_document(
        self, content: bytes, name: str, on_done: Callable[[str | None], None], on_error: OnError
    ) -> None:
        """See `Platform`."""
        self._keeper.save(content, name, on_done, on_error)

    def share_picture(
        self, content: bytes, name: str, on_done: Callable[[str | None], None], on_error: OnError
    ) -> None:
        """See `Platform`."""
        self._keeper.share(content, name, on_done, on_error)

    def cameras(self) -> list[Camera]:
        """See `Platform`."""
        try:
            return cameras()
        except java_error():
            return []

    def open_camera(
        self,
        camera: Camera,
        longest_side: int,
        on_done: Callable[[FrameSource | None], None],
        on_error: OnError,
    ) -> None:
        """See `Platform`."""

        def open_it() -> None:
            hand_over(
                lambda: AndroidCamera(camera, longest_side),
                camera.label,
                on_done,
                on_error,
                tell=reason,
            )

        def answered(_permissions: list[str], granted: list[bool]) -> None:
            if granted and all(granted):
                on_thread(open_it, "open camera")
            elif granted and not activity().shouldShowRequestPermissionRationale(CAMERA):
                # Android asks no more; only the user can change that, in another place.
                on_error(
                    CameraError(
                        f"{camera.label}: edgestyle may not use it; allow it in Android's "
                        "settings, under Apps, edgestyle, Permissions"
                    )
                )
            else:
                on_done(None)

        if activity().checkSelfPermission(CAMERA) == GRANTED:
            on_thread(open_it, "open camera")
        else:
            import_module("android.permissions").request_permissions([CAMERA], answered)

    @staticmethod
    def _folder(getter: str) -> Path:
        return Path(str(getattr(activity(), getter)().getAbsolutePath()))
