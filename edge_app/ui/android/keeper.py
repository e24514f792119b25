"""Keeping pictures where the gallery shows them, and offering them to other apps.

Through MediaStore, which from Android 10 (API 29) on needs no permission for an app's own files.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import PurePath

from edge_app.core.errors import EdgestyleError, StorageError
from edge_app.core.runtimes.android_java import JavaObject, reason
from edge_app.ui.android.java import activity, cast, java, java_error, on_thread
from edge_app.ui.android.picker import display_name
from edge_app.ui.platform import OnError

TYPES = {
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
    ".json": "application/json",
}
"""Suffix -> MIME type."""

PICTURES, DOCUMENTS = "Pictures/edgestyle", "Download/edgestyle"
"""Where files go, as people see it; Android allows no other roots for each kind."""

VOLUME = "external_primary"
"""MediaStore.VOLUME_EXTERNAL_PRIMARY: the phone's shared storage."""

GRANT_READ = 0x00000001
"""Intent.FLAG_GRANT_READ_URI_PERMISSION."""

OnKept = Callable[[str | None], None]


class Keeper:
    """Writes files to the phone's shared storage; knows the last one, which may be shared too."""

    def __init__(self) -> None:
        self._last: tuple[int, JavaObject, str] | None = None

    def save(self, content: bytes, name: str, on_done: OnKept, on_error: OnError) -> None:
        """See `Platform.save_picture` and `save_document`; a JSON goes to the downloads."""
        self._apart(lambda: self._kept(content, name)[1], on_done, on_error)

    def share(self, content: bytes, name: str, on_done: OnKept, on_error: OnError) -> None:
        """See `Platform.share_picture`.

        What is shared is kept first: other apps read it from there, also after this one has ended.
        """

        def work() -> str:
            if self._last is not None and self._last[0] == hash(content):
                _, uri, where = self._last
            else:
                uri, where = self._kept(content, name)
            _offer(uri, _type(name))
            return where

        self._apart(work, on_done, on_error)

    def _apart(self, work: Callable[[], str], on_done: OnKept, on_error: OnError) -> None:
        def run() -> None:
            try:
                where = work()
            except EdgestyleError as error:
                on_error(error)
            except java_error() as error:
                on_error(StorageError(f"the picture could not be kept: {reason(error)}"))
            except OSError as error:
                on_error(StorageError(f"the picture could not be kept: {error.strerror or error}"))
            else:
                on_done(where)

        on_thread(run, "keep picture")

    def _kept(self, content: bytes, name: str) -> tuple[JavaObject, str]:
        """Write a file; gives its address and where it is, for people."""
        document = _type(name) == TYPES[".json"]
        folder = DOCUMENTS if document else PICTURES
        kind = "Downloads" if document else "Images$Media"
        resolver = activity().getContentResolver()
        values = java("android.content.ContentValues")()
        values.put("_display_name", name)
        values.put("mime_type", _type(name))
        values.put("relative_path", folder)
        # pyjnius makes no Integer of an int by itself; pending hides the file while it is written.
        values.put("is_pending", java("java.lang.Integer")(1))
        collection = java(f"android.provider.MediaStore${kind}").getContentUri(VOLUME)
        uri = resolver.insert(collection, values)
        if uri is None:
            raise StorageError(f"{folder}/{name}: Android's storage takes no file now")
        try:
            file = resolver.openFileDescriptor(uri, "w")
            if file is None:
                raise StorageError(f"{folder}/{name}: Android's storage cannot be written now")
            with os.fdopen(file.detachFd(), "wb") as target:
                target.write(content)
            values.clear()
            values.put("is_pending", java("java.lang.Integer")(0))
            resolver.update(uri, values, None, None)
        except BaseException:
            resolver.delete(uri, None, None)
            raise
        # Where the name was taken Android has chosen another.
        where = f"{folder}/{display_name(uri) or name}"
        if not document:
            self._last = hash(content), uri, where
        return uri, where


def _offer(uri: JavaObject, kind: str) -> None:
    intent = java("android.content.Intent")("android.intent.action.SEND")
    intent.setType(kind)
    intent.putExtra("android.intent.extra.STREAM", cast("android.os.Parcelable", uri))
    intent.addFlags(GRANT_READ)
    # The chooser passes the right to read on for what is in the clip.
    intent.setClipData(java("android.content.ClipData").newRawUri(_text(""), uri))
    make = java("android.content.Intent")
    activity().startActivity(make.createChooser(intent, _text("")))


def _text(text: str) -> JavaObject:
    return cast("java.lang.CharSequence", java("java.lang.String")(text))


def _type(name: str) -> str:
    suffix = PurePath(name).suffix.lower()
    if suffix not in TYPES:
        raise StorageError(f"{name}: cannot keep '{suffix}' files; use one of {', '.join(TYPES)}")
    return TYPES[suffix]
