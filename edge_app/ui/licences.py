"""Whose work the app stands on, and under which terms: the texts lie in `licences/`.

They are kept here and not read from what is installed: an APK has no package metadata, and what a
wheel brings are the texts of all that was linked into it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

FOLDER = Path(__file__).with_name("licences")


@dataclass(frozen=True, kw_only=True)
class Work:
    """One work of others, or the app itself."""

    name: str
    licence: str
    """SPDX's name of it."""
    texts: tuple[str, ...]
    """Files in `licences/`, without suffix, to be read one after the other."""
    module: str = ""
    """What can be imported where the work is used; empty: it always is."""

    def paragraphs(self) -> list[str]:
        """The licence's text, ready to be broken into lines of any width."""
        texts = [(FOLDER / f"{name}.txt").read_text(encoding="utf-8") for name in self.texts]
        return [part for text in texts for part in _paragraphs(text)]


APK = "android"
"""python-for-android's own module: it builds into an APK what elsewhere the system brings with
Python, and pip beside Kivy."""

WORKS = (
    Work(name="edgestyle", licence="Apache-2.0", texts=("notice", "apache-2.0")),
    Work(name="Kivy", licence="MIT", texts=("kivy",)),
    Work(name="SDL2", licence="Zlib", texts=("sdl2",)),
    Work(name="Python", licence="PSF-2.0", texts=("python",)),
    Work(name="NumPy", licence="BSD-3-Clause", texts=("numpy",)),
    Work(name="Pillow", licence="MIT-CMU", texts=("pillow",)),
    Work(
        name="FreeType, libjpeg, libpng, libwebp, zlib",
        licence="FTL, IJG, Zlib",
        texts=("graphics",),
    ),
    Work(name="LiteRT", licence="Apache-2.0", texts=("apache-2.0",)),
    Work(name="ONNX Runtime", licence="MIT", texts=("onnxruntime",), module="onnxruntime"),
    Work(name="OpenCV", licence="Apache-2.0", texts=("apache-2.0",), module="cv2"),
    Work(name="pyjnius", licence="MIT", texts=("pyjnius",), module="jnius"),
    Work(name="Roboto", licence="Apache-2.0", texts=("apache-2.0",)),
    Work(name="python-for-android", licence="MIT", texts=("python-for-android",), module=APK),
    Work(name="OpenSSL", licence="Apache-2.0", texts=("openssl", "apache-2.0"), module=APK),
    Work(name="SQLite", licence="blessing", texts=("sqlite",), module=APK),
    Work(name="libffi", licence="MIT", texts=("libffi",), module=APK),
    Work(name="Requests", licence="Apache-2.0", texts=("requests", "apache-2.0"), module=APK),
    Work(name="certifi", licence="MPL-2.0", texts=("certifi", "mpl-2.0"), module=APK),
    Work(name="chardet", licence="0BSD", texts=("chardet",), module=APK),
    Work(name="filetype", licence="MIT", texts=("filetype",), module=APK),
    Work(name="idna", licence="BSD-3-Clause", texts=("idna",), module=APK),
    Work(name="setuptools", licence="MIT", texts=("setuptools",), module=APK),
    Work(name="six", licence="MIT", texts=("six",), module=APK),
    Work(name="urllib3", licence="MIT", texts=("urllib3",), module=APK),
)


def works_here() -> list[Work]:
    """Those of WORKS that this installation uses."""
    return [work for work in WORKS if not work.module or find_spec(work.module) is not None]


def _paragraphs(text: str) -> list[str]:
    """The paragraphs of a text whose lines were broken for a terminal; tables keep their lines."""
    found = []
    for part in re.split(r"\n\s*\n", text):
        lines = [line.strip() for line in part.splitlines()]
        lines = [line for line in lines if not re.fullmatch(r"[-=*\s]*", line)]
        table = any(re.search(r"\S {4,}\S", line) for line in lines)
        found.append("\n".join(lines) if table else re.sub(r"\s+", " ", " ".join(lines)))
    return [part for part in found if part]
