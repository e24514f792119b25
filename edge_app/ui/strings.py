"""Every word of the app. A language is one file in `languages/`; one lacking a line cannot load.

In braces stand the names of values that are filled in; every language has the same ones.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module

from edge_app.core.errors import (
    CameraError,
    ConfigError,
    EdgestyleError,
    ImageError,
    MissingExtraError,
    PackError,
    RuntimeUnavailableError,
    StorageError,
)
from edge_app.ui import languages

FALLBACK = "en"


@dataclass(frozen=True, kw_only=True)
class Strings:
    """The words in one language."""

    language: str
    """Its name in itself."""
    decimal_point: str

    gallery: str
    studio: str
    live: str
    benchmark: str
    about: str

    gallery_title: str
    gallery_count_one: str
    gallery_count: str
    gallery_loading: str
    gallery_empty: str
    gallery_empty_hint: str
    broken_style: str

    empty_studio: str
    empty_studio_hint: str
    drop_hint: str
    open_photo: str
    take_photo: str
    choose_style: str
    strength: str
    mix: str
    mix_with: str
    mix_nothing: str
    size: str
    compare: str
    save: str
    share: str
    cancel: str
    before: str
    opening: str
    stylizing: str
    rendered: str
    saved: str
    not_runnable: str

    memory_title: str
    memory_text: str
    memory_smaller: str
    memory_anyway: str
    out_of_memory: str
    defect: str
    settings_lost: str
    slower: str

    error_image: str
    error_storage: str
    error_pack: str
    error_runtime: str
    error_choice: str
    error_camera: str
    error_extra: str
    error_other: str

    live_empty: str
    live_empty_hint: str
    live_looking: str
    live_opening: str
    live_start: str
    live_stop: str
    live_refused: str
    live_ended: str
    live_after_bench: str
    switch_camera: str
    frames_per_second: str
    milliseconds: str

    bench_title: str
    bench_intro: str
    bench_run: str
    bench_again: str
    bench_export: str
    bench_progress: str
    bench_style: str
    bench_test: str
    bench_average: str
    bench_paper: str
    bench_faster: str
    bench_setting: str
    bench_caveat: str
    bench_cancelled: str
    bench_paused: str
    bench_running: str
    accelerator_none: str
    accelerator_unknown: str
    seconds: str

    about_text: str
    about_version: str
    settings_title: str
    setting_language: str
    setting_text: str
    setting_exif: str
    setting_exif_hint: str
    setting_processor: str
    setting_processor_hint: str
    processor_auto: str
    processor_only: str
    licences: str
    licences_hint: str
    about_paper: str
    styles_title: str
    keys_title: str
    keys_text: str
    on: str
    off: str

    browse_photo: str
    browse_save: str
    browse_empty: str
    browse_forbidden: str
    replace_title: str
    replace_text: str
    replace: str
    close: str

    def number(self, value: float, digits: int) -> str:
        """A number as the language writes it, with so many digits after the point."""
        return f"{value:.{digits}f}".replace(".", self.decimal_point)


Phrase = Callable[[Strings], str]
"""What is to be said, in the language that is spoken when it is: it may change meanwhile."""


def codes() -> list[str]:
    """The codes of all languages there are: 'en', 'es', ..."""
    return sorted(module.name for module in pkgutil.iter_modules(languages.__path__))


def strings(code: str) -> Strings:
    """The words of a language of `codes()`."""
    found = import_module(f"{languages.__name__}.{code}").STRINGS
    assert isinstance(found, Strings)
    return found


def explained(error: Exception, words: Strings) -> str:
    """What to tell the user of an error.

    edgestyle's own errors speak for themselves, in English: that is the whole text there. Other
    languages say of which kind it is and put the English sentence, which has the details, in
    brackets.
    """
    kinds: dict[type[EdgestyleError], str] = {
        ImageError: words.error_image,
        StorageError: words.error_storage,
        PackError: words.error_pack,
        RuntimeUnavailableError: words.error_runtime,
        ConfigError: words.error_choice,
        CameraError: words.error_camera,
        MissingExtraError: words.error_extra,
        EdgestyleError: words.error_other,
    }
    if isinstance(error, EdgestyleError):
        text = next(text for kind, text in kinds.items() if isinstance(error, kind))
        return text.format(reason=error)
    if isinstance(error, MemoryError):
        return words.out_of_memory
    return words.defect.format(reason=f"{type(error).__name__}: {error}")


def best_code(wishes: Iterable[str]) -> str:
    """The first wish ('es-MX') that there is a language for, by its first part."""
    known = codes()
    wished = (wish.replace("_", "-").split("-")[0].lower() for wish in wishes)
    return next((code for code in wished if code in known), FALLBACK)
