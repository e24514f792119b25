"""Java's side of an Android app, reached through pyjnius: classes, the activity, threads.

Importing this imports nothing of Java; the first call starts with it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import cache
from importlib import import_module

from edge_app.core.runtime import leave_thread
from edge_app.core.runtimes.android_java import JavaObject

CLASSES = (
    "android.app.ActivityManager$MemoryInfo",
    "android.content.ClipData",
    "android.content.ContentValues",
    "android.content.Intent",
    "android.graphics.SurfaceTexture",
    "android.hardware.Camera",
    "android.hardware.Camera$CameraInfo",
    "android.hardware.Camera$Parameters",
    "android.hardware.Camera$Size",
    "android.net.Uri",
    "android.os.Build",
    "android.os.Build$VERSION",
    "android.os.LocaleList",
    "android.os.ParcelFileDescriptor",
    "android.provider.MediaStore$Downloads",
    "android.provider.MediaStore$Images$Media",
    "java.lang.Integer",
    "java.lang.String",
    "java.util.Objects",
    "org.kivy.android.PythonActivity",
)
"""Everything that a service uses or is given: Java finds some classes on the main thread only."""


def prepare() -> None:
    """Find every class; call it once on the main thread."""
    for name in CLASSES:
        java(name)


@cache
def java(name: str) -> JavaObject:
    """A class by its full name; a nested one after a '$'."""
    return import_module("jnius").autoclass(name)


def cast(name: str, value: JavaObject) -> JavaObject:
    """The same object, told to be of another type: which of several methods is meant."""
    return import_module("jnius").cast(name, value)


def activity() -> JavaObject:
    """The app's one activity."""
    return java("org.kivy.android.PythonActivity").mActivity


def java_error() -> type[Exception]:
    """What pyjnius raises for every exception of Java."""
    error: type[Exception] = import_module("jnius").JavaException
    return error


def on_thread(work: Callable[[], None], name: str) -> None:
    """Do something that takes time beside the UI thread; `work` answers for its own errors."""

    def run() -> None:
        try:
            work()
        finally:
            leave_thread()

    threading.Thread(target=run, name=name, daemon=True).start()
