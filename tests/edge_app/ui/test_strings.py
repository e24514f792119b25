from __future__ import annotations

import dataclasses
import re
import string
from pathlib import Path

import pytest

import edge_app.ui
from edge_app.core.errors import (
    CameraError,
    ConfigError,
    DeviceError,
    ImageError,
    MissingExtraError,
    PackError,
    RuntimeUnavailableError,
    StorageError,
)
from edge_app.ui.config import AppConfig
from edge_app.ui.strings import FALLBACK, Strings, best_code, codes, explained, strings

UI = Path(edge_app.ui.__path__[0])
FIELDS = [field.name for field in dataclasses.fields(Strings)]


def test_english_and_spanish_are_there():
    assert {"en", "es"} <= set(codes())
    assert strings("es").save == "Guardar"


@pytest.mark.parametrize("code", codes())
def test_a_language_is_whole(code):
    words, english = strings(code), strings(FALLBACK)
    for name in FIELDS:
        text = getattr(words, name)
        assert text.strip(), name
        assert _blanks(text) == _blanks(getattr(english, name)), name
        assert not text.endswith(" "), name


def test_languages_differ():
    english, spanish = strings("en"), strings("es")
    same = [name for name in FIELDS if getattr(english, name) == getattr(spanish, name)]
    # Plain figures.
    assert len(same) < 8, same


def test_no_line_is_there_for_nothing():
    code = "".join(path.read_text() for path in UI.rglob("*") if path.suffix in {".py", ".kv"})
    screens = AppConfig.__dataclass_fields__["screen"].type
    for name in FIELDS:
        used = re.search(rf"words\.{name}\b|\.{name}\) for code", code)
        assert used or name in screens or name in {"language", "decimal_point"}, name


def test_no_words_outside():
    """In kv, what is shown comes from the strings; only the app's own name does not."""
    text_line = re.compile(r'^\s+(?:text|hint_text): "(.+)"$', re.MULTILINE)
    for path in UI.rglob("*.kv"):
        for found in text_line.findall(path.read_text()):
            assert found == "edgestyle" or found.startswith("{:"), f"{path.name}: {found}"


@pytest.mark.parametrize(
    ("wishes", "code"),
    [
        (["es-MX", "en"], "es"),
        (["ES_es"], "es"),
        (["tlh", "es"], "es"),
        (["tlh"], "en"),
        ([], "en"),
    ],
)
def test_the_users_language(wishes, code):
    assert best_code(wishes) == code


def test_errors_in_words():
    words = strings("en")
    assert explained(ImageError("a.jpg: damaged"), words) == "a.jpg: damaged"
    assert explained(MemoryError(), words) == words.out_of_memory
    assert "ValueError: odd" in explained(ValueError("odd"), words)


def test_other_languages_say_what_kind_of_error_it_is():
    words = strings("es")
    text = explained(CameraError("webcam: is in use"), words)
    assert text == "La cámara no se puede usar (webcam: is in use)"
    kinds = [CameraError, ConfigError, ImageError, PackError, RuntimeUnavailableError, StorageError]
    texts = {explained(kind("x"), words) for kind in kinds}
    texts |= {explained(DeviceError("x"), words)}
    assert len(texts) == len(kinds) + 1, "two kinds are told alike"
    assert all(text.endswith(" (x)") for text in texts)
    extra = MissingExtraError("cv2", extra="camera", purpose="a webcam")
    assert explained(extra, words).startswith("Falta un componente")


def test_every_language_has_its_decimal_point():
    assert strings("en").number(75.14, 1) == "75.1"
    assert strings("es").number(75.14, 1) == "75,1"
    assert strings("es").number(75.6, 0) == "76"


def _blanks(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
