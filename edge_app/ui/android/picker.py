"""Choosing a photograph with Android's own picker, which needs no permission."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from edge_app.core.errors import EdgestyleError, ImageError
from edge_app.core.files import replacing
from edge_app.core.runtimes.android_java import JavaObject, reason
from edge_app.ui.android.java import activity, java, java_error, on_thread
from edge_app.ui.platform import OnError, PickedPhoto

PICK_CODE = 0x5EED
"""Tells our answer from those to other requests of the activity."""

PHOTO_PICKER_FROM = 33
"""Android 13: the system's photo picker; before it, the document picker."""

RESULT_OK = -1
"""Activity.RESULT_OK."""

OnPicked = Callable[[PickedPhoto | None], None]


class PhotoPicker:
    """Asks one question at a time; a second one takes the place of the first.

    Args:
        folder: of the app's cache; the photograph is copied there, because the right to read it
            ends with the activity.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._waiting: tuple[OnPicked, OnError] | None = None
        import_module("android.activity").bind(on_activity_result=self._answered)

    def pick(self, on_done: OnPicked, on_error: OnError) -> None:
        """See `Platform.pick_photo`."""
        self._waiting = on_done, on_error
        try:
            activity().startActivityForResult(_question(), PICK_CODE)
        except java_error() as error:
            self._waiting = None
            on_error(ImageError(f"no app here lets you choose a photograph ({reason(error)})"))

    def _answered(self, code: int, result: int, intent: JavaObject) -> None:
        # On Java's UI thread: another one than Python's.
        if code != PICK_CODE or self._waiting is None:
            return
        (on_done, on_error), self._waiting = self._waiting, None
        # In a callback pyjnius gives Java's null as an object, and Android ends an app that calls
        # a method of it.
        told = result == RESULT_OK and not java("java.util.Objects").isNull(intent)
        address = intent.getDataString() if told else None
        if address is None:
            on_done(None)
            return

        def copy() -> None:
            try:
                photo = self._copied(address)
            except EdgestyleError as error:
                on_error(error)
            except Exception as error:  # other apps' files may break off anyhow; a thread is silent
                on_error(ImageError(f"the photograph cannot be read ({reason(error)})"))
            else:
                on_done(photo)

        on_thread(copy, "copy photograph")

    def _copied(self, address: str) -> PickedPhoto:
        uri = java("android.net.Uri").parse(address)
        resolver = activity().getContentResolver()
        name = display_name(uri) or "photograph"
        target = self._folder / "picked"
        try:
            descriptor = resolver.openFileDescriptor(uri, "r").detachFd()
        except (java_error(), AttributeError) as error:
            raise ImageError(f"{name}: the photograph cannot be read ({reason(error)})") from error
        with (
            os.fdopen(descriptor, "rb") as source,
            replacing(target) as beside,
            beside.open("wb") as copy,
        ):
            shutil.copyfileobj(source, copy, 1 << 20)
        return PickedPhoto(path=target, name=name)


def display_name(uri: JavaObject) -> str:
    """What the user knows a document by; '' where its app does not tell."""
    try:
        rows = activity().getContentResolver().query(uri, ["_display_name"], None, None, None)
        if rows is None:
            return ""
        try:
            return str(rows.getString(0) or "") if rows.moveToFirst() else ""
        finally:
            rows.close()
    except java_error():  # other apps' providers raise what they like
        return ""


def _question() -> JavaObject:
    make = java("android.content.Intent")
    if java("android.os.Build$VERSION").SDK_INT >= PHOTO_PICKER_FROM:
        intent = make("android.provider.action.PICK_IMAGES")
    else:
        intent = make("android.intent.action.OPEN_DOCUMENT")
        intent.addCategory("android.intent.category.OPENABLE")
    intent.setType("image/*")
    return intent
