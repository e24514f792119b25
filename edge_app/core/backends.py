"""The inference libraries by name: which there are, what each runs, and where.

Imports neither numpy nor any of them, so that a command line can offer their names.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

BackendName = Literal["auto", "android", "litert", "onnx", "coreml"]
"""'auto', or the name of one of BACKENDS."""


class System(StrEnum):
    """The kinds of system that differ in the libraries they have."""

    ANDROID = "Android"
    MACOS = "macOS"
    OTHER = "Linux and Windows"


@dataclass(frozen=True, kw_only=True)
class Backend:
    """One library."""

    name: BackendName
    format: str
    """The kind of model file that it runs, as in `Format`."""
    module: str
    """Has `load(model, content, *, threads, accelerator) -> Runtime`; imported on first use."""
    systems: tuple[System, ...]


BACKENDS = (
    Backend(
        name="android",
        format="tflite",
        module="edge_app.core.runtimes.android",
        systems=(System.ANDROID,),
    ),
    Backend(
        name="litert",
        format="tflite",
        module="edge_app.core.runtimes.litert",
        systems=(System.MACOS, System.OTHER),
    ),
    Backend(
        name="onnx", format="onnx", module="edge_app.core.runtimes.onnx", systems=tuple(System)
    ),
    # Last, because nobody has yet measured it: it runs where it is asked for, or where a pack
    # has the recipe in no other format.
    Backend(
        name="coreml",
        format="coreml",
        module="edge_app.core.runtimes.coreml",
        systems=(System.MACOS,),
    ),
)
"""In order of preference."""


def system() -> System:
    """What this process runs on."""
    # Python says 'android' from 3.13 on; before, only python-for-android's environment tells.
    if sys.platform == "android" or "ANDROID_ARGUMENT" in os.environ:
        return System.ANDROID
    return System.MACOS if sys.platform == "darwin" else System.OTHER


def backends_here(name: BackendName = "auto") -> tuple[Backend, ...]:
    """The backends of this system, the preferred one first; all of them, or the one named.

    Whether its library is installed is found out when it loads a model.
    """
    here = system()
    return tuple(b for b in BACKENDS if here in b.systems and name in ("auto", b.name))
