"""What the app knows and does, without a widget: styles, photograph, picture, choices.

Screens bind to the properties and call the methods, all on the UI thread. What takes time runs on
three workers: `worker` for everything that touches a model, `loader` for files, `cameras` for
finding cameras and giving them back, one after the other.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np
from kivy.properties import (
    BooleanProperty,
    ListProperty,
    NumericProperty,
    ObjectProperty,
    StringProperty,
)

from edge_app.core.catalog import BrokenPack
from edge_app.core.errors import EdgestyleError
from edge_app.core.image import Bytes
from edge_app.core.styles import Style, list_styles
from edge_app.ui.activity import Activity
from edge_app.ui.atelier import Atelier, Rendering, nearest_size, offered_sizes
from edge_app.ui.frames.source import Frame
from edge_app.ui.memory import Shortage, shortage
from edge_app.ui.mixing import Mixing, same
from edge_app.ui.photo import camera_data, encode_jpeg, for_screen, proposed_name, read_photo
from edge_app.ui.platform import PickedPhoto, Platform
from edge_app.ui.settings import load_settings, save_settings
from edge_app.ui.strings import Phrase, Strings, best_code, explained, strings
from edge_app.ui.theme import theme
from edge_app.ui.worker import Job, Post, Worker

_log = logging.getLogger(__name__)


class Borrower(Enum):
    """Who may have the worker for itself."""

    LIVE = "live"
    BENCHMARK = "benchmark"


class Session(Mixing):
    """One per app.

    Args:
        platform: the system's services.
        post: how a function gets onto the UI thread.
        atelier: what stylizes; tests give one with fake runtimes.
    """

    words = same()
    """The `Strings` of the chosen language; never None."""
    settings = same()
    """The `Settings` now; never None."""
    loading = BooleanProperty(True)
    """The styles are being opened."""
    photo = same()
    """The chosen photograph, uint8 RGB (h, w, 3), or None."""
    photo_on_screen = same()
    """The same in no more pixels than a screen shows; set before `photo` is."""
    photo_name = StringProperty("")
    rendering = same()
    """The last `Rendering` of this photograph, perhaps in another style, or None."""
    current = BooleanProperty(False)
    """Whether `rendering` shows the chosen style and size; it may be a moment behind the mix."""
    sizes = ListProperty()
    """The sizes that the chosen style offers."""
    size = NumericProperty(0)
    """The one of them that is used."""
    lent_to = ObjectProperty(None, allownone=True)
    """The `Borrower` that has the worker; None: the studio's pictures are painted."""

    __events__ = ("on_problem", "on_news", "on_memory_short")

    def __init__(self, platform: Platform, post: Post, *, atelier: Atelier | None = None) -> None:
        super().__init__()
        self.platform = platform
        self.atelier = Atelier() if atelier is None else atelier
        self.worker = Worker(post, name="edgestyle models", at_end=self._leave)
        self.loader = Worker(post, name="edgestyle files", at_end=platform.leave_thread)
        self.cameras = Worker(post, name="edgestyle cameras", at_end=platform.leave_thread)
        self._post = post
        self._painting: Job | None = None
        self._opening: Job | None = None
        self._encoding: Job | None = None
        self._owed = False
        """A painting was put off that is still wanted."""
        self._told: set[str] = set()
        self._camera_data = b""
        self._pace: dict[tuple[str, int], float] = {}
        self.settings = load_settings(platform.settings_folder())
        self.strength = self.settings.strength
        self._apply()
        self.activity = Activity(self.words)
        self.bind(words=lambda _, words: self.activity.speak(words))

    def on_problem(self, say: Phrase) -> None:
        """Something failed; `say` tells what, and stays until it was read."""

    def on_news(self, say: Phrase) -> None:
        """Something was done; `say` tells what."""

    def on_memory_short(self, short: Shortage) -> None:
        """The run was not begun; `choose_size` and `refresh(anyway=True)` are the ways on."""

    def load_styles(self) -> None:
        """Open the packs of the platform's folders; `styles` follows."""
        folders = self.platform.style_folders()

        def done(styles: list[Style | BrokenPack]) -> None:
            self.styles = styles
            self.loading = False
            good = [style for style in styles if isinstance(style, Style)]
            wished = (style for style in good if style.name == self.settings.style)
            self._use(next(wished, good[0] if good else None))

        def failed(error: Exception) -> None:
            self.loading = False
            self.fail(error)

        self.loading = True
        self.loader.submit(lambda _job: list_styles(folders), on_done=done, on_error=failed)

    def choose_style(self, style: Style) -> None:
        """Paint in this style; the chosen one is tried again where that was given up or failed."""
        if style is not self.style:
            self.remember(style=style.name)
            self._use(style)
        else:
            self._try_again()

    def choose_size(self, size: int) -> None:
        """Paint at one of `sizes`; likewise."""
        self.remember(size=size)
        if size != self.size:
            self.size = size
            self.refresh()
        else:
            self._try_again()

    def choose_second(self, style: Style | None) -> None:
        """Mix another one of `mates` in, or none; likewise."""
        super().choose_second(style)
        self._try_again()

    def choose_processor(self, *, only: bool) -> None:
        """Paint on the processor alone, or on whatever is fastest, and this picture again."""
        self.remember(processor_only=only)
        self.refresh()

    def keep_strength(self) -> None:
        """Remember the strength, once the finger is lifted."""
        self.remember(strength=round(float(self.strength), 3))

    def remember(self, **changes: Any) -> None:
        """Change the settings and keep them."""
        settings = replace(self.settings, **changes)
        if settings == self.settings:
            return
        self.settings = settings
        self._apply()
        folder = self.platform.settings_folder()

        def failed(error: Exception) -> None:
            self._complain(lambda words: words.settings_lost.format(reason=error))

        self.loader.submit(
            lambda _job: save_settings(folder, settings), on_done=lambda _: None, on_error=failed
        )

    def pick_photo(self) -> None:
        """Have the user choose a photograph."""

        def picked(found: PickedPhoto | None) -> None:
            if found is not None:
                self.open_photo(found.path, found.name)

        self.platform.pick_photo(self._here(picked), self._here(self.fail))

    def open_photo(self, path: Path, name: str) -> None:
        """Read a photograph and paint it; the old one stays until the new one is there."""
        self._open(lambda: (read_photo(path), camera_data(path)), name)

    def use_frame(self, frame: Frame, name: str) -> None:
        """Paint what a camera saw, in all its pixels."""
        self._open(lambda: (frame.picture(), b""), name)

    def refresh(self, *, anyway: bool = False) -> None:
        """Paint the photograph in the chosen style and size; a run that is going on is dropped.

        Args:
            anyway: even if the memory will hardly do.
        """
        self.current = False
        self._paint(anyway=anyway)

    def _paint(self, *, anyway: bool = False) -> None:
        self._give_up_painting()
        self._owed = False
        style, mix, photo, size = self.style, self.mix, self.photo, int(self.size)
        if style is None or photo is None or size == 0:
            return
        pack = style.pack
        if self._opening is not None or self.lent_to is not None:
            self._put_off()
            return
        available = None if anyway else self.platform.available_memory_bytes()
        short = shortage(pack, (photo.shape[0], photo.shape[1]), size, self.sizes, available)
        if short is not None:
            self.dispatch("on_memory_short", short)
            return

        def done(rendering: Rendering) -> None:
            self._give_up_painting()
            self._pace[pack.sha256, size] = rendering.latency_ms / 1000
            self.rendering, self.current = rendering, True
            self._tell_once(rendering.info.note)
            self.on_mix()

        def failed(error: Exception) -> None:
            self._give_up_painting()
            self.fail(error)

        self.activity.begin(lambda words: words.stylizing, self._pace.get((pack.sha256, size)))
        self._painting = self.worker.submit(
            lambda _job: self.atelier.stylize(pack, photo, longest_side=size, mix=mix),
            on_done=done,
            on_error=failed,
        )

    def on_mix(self, *_: object) -> None:
        """Paint again where the model is to be given something else; pixels the screen mixes.

        While a slider moves, each painting is finished and shown before the next is begun: one that
        was given up at every step would never be seen.
        """
        if self.rendering is None or not self.current or self._painting is not None:
            return
        if not np.array_equal(self.mix.style, self.rendering.mix.style):
            self._paint(anyway=True)  # this size was painted before

    def cancel(self) -> None:
        """Give up what is being opened or painted; what was there stays.

        A painting that had made way for what was being opened is begun again.
        """
        if self._opening is not None:
            self._end_opening()
            self._paint_what_is_owed()
        else:
            self._give_up_painting()
            self._owed = False

    def lend(self, to: Borrower) -> bool:
        """Leave the worker to a screen, and the device's screen on, until `take_back`.

        Nothing is painted meanwhile. False: another screen has it.
        """
        if self.lent_to is not None:
            return False
        owed = self._owed or self._painting is not None
        self._give_up_painting()
        self.lent_to = to
        self.platform.keep_awake(True)
        if owed:
            self._put_off()
        return True

    def take_back(self) -> None:
        """Paint again, and what was put off meanwhile first."""
        self.platform.keep_awake(False)
        self.lent_to = None  # whoever waits for it may have it at once
        self._paint_what_is_owed()

    def save(self) -> None:
        """Keep the picture as it is shown."""

        def saved(place: str | None) -> None:
            if place is not None:
                self.tell(lambda words: words.saved.format(place=place))

        self._hand_over(self.platform.save_picture, saved)

    def share(self) -> None:
        """Offer the picture as it is shown to other apps."""
        self._hand_over(self.platform.share_picture, lambda _place: None)

    def free_memory(self) -> None:
        """The system runs out of memory: from now on one model at a time is kept."""
        self.atelier.frugal = True
        self.worker.submit(
            lambda _job: self.atelier.make_room(), on_done=lambda _: None, on_error=self.fail
        )

    def fail(self, error: Exception) -> None:
        """Tell the user of an error in words."""
        if not isinstance(error, (EdgestyleError, MemoryError)):
            _log.error("a defect", exc_info=error)
        # What is told may stay for long, and a traceback holds pictures.
        told = error.with_traceback(None)
        self._complain(lambda words: explained(told, words))

    def tell(self, say: Phrase) -> None:
        """Tell the user of something that was done."""
        self.dispatch("on_news", say)

    def close(self) -> None:
        """End all threads, and give cameras and models back."""
        self._owed = False
        self.cancel()
        self.loader.cancel()
        self.worker.cancel()  # cameras are still given back
        workers = (self.loader, self.worker, self.cameras)
        for worker in workers:
            worker.end()
        for worker in workers:
            worker.join()

    def _leave(self) -> None:
        """On the worker, as its last act: a model is closed on the thread that ran it."""
        self.atelier.close()
        self.platform.leave_thread()

    def _here(self, callback: Callable[[Any], None]) -> Callable[[Any], None]:
        """A callback for the platform, which may call it on any thread."""

        def called(value: Any) -> None:
            if threading.current_thread() is threading.main_thread():
                callback(value)
            else:
                self._post(lambda: callback(value))

        return called

    def _apply(self) -> None:
        """Follow the settings."""
        code = self.settings.language or best_code(self.platform.languages())
        words: Strings = strings(best_code([code]))
        if words is not self.words:
            self.words = words
        theme.text_scale = self.settings.text_scale
        alone = self.platform.has_gpu and self.settings.processor_only
        self.atelier.accelerator = "cpu" if alone else "auto"

    def _use(self, style: Style | None) -> None:
        self.current = False
        self.use_style(style)
        pack = None if style is None else style.pack
        sizes = [] if pack is None else offered_sizes(pack)
        self.sizes = sizes
        self.size = nearest_size(sizes, self.settings.size) if sizes else 0
        if pack is not None and not sizes:
            held = ", ".join(f"{m.format} {m.recipe} {m.size_text}" for m in pack.manifest.models)
            title = pack.manifest.title
            self._complain(lambda words: words.not_runnable.format(title=title, models=held))
        self.refresh()

    def _open(self, read: Callable[[], tuple[Bytes, bytes]], name: str) -> None:
        """Paint what `read` gives on the loader: a photograph, and what is kept of its EXIF."""

        def work(_job: Job) -> tuple[Bytes, Bytes, bytes]:
            photo, exif = read()
            return photo, for_screen(photo), exif

        def done(result: tuple[Bytes, Bytes, bytes]) -> None:
            self._end_opening()
            self.rendering, self.current = None, False
            self.photo_name = name
            photo, self.photo_on_screen, self._camera_data = result
            self.photo = photo
            self.refresh()

        def failed(error: Exception) -> None:
            self._end_opening()
            self.fail(error)
            self._paint_what_is_owed()

        self._owed = self._owed or self._painting is not None
        self._end_opening()
        self._give_up_painting()
        self.activity.begin(lambda words: words.opening)
        self._opening = self.loader.submit(work, on_done=done, on_error=failed)

    def _hand_over(
        self, platform_call: Callable[..., None], on_done: Callable[[str | None], None]
    ) -> None:
        rendering, style = self.rendering, self.style
        if rendering is None or style is None or not self.current or self._encoding is not None:
            return
        strength = self.mix.strength
        exif = self._camera_data if self.settings.keep_camera_data else b""
        name = proposed_name(self.photo_name, style.card.id)

        def done(content: bytes) -> None:
            self._encoding = None
            platform_call(content, name, self._here(on_done), self._here(self.fail))

        def failed(error: Exception) -> None:
            self._encoding = None
            self.fail(error)

        self._encoding = self.loader.submit(
            lambda _job: encode_jpeg(rendering.mixed(strength), exif), on_done=done, on_error=failed
        )

    def _complain(self, say: Phrase) -> None:
        self.dispatch("on_problem", say)

    def _try_again(self) -> None:
        """What is chosen was chosen once more: paint it where nothing else will."""
        if not self.current and self._painting is None:
            self.refresh()

    def _put_off(self) -> None:
        """Owe a painting, and say what it waits for, where that is not in front itself."""
        self._owed = True
        if self.lent_to is Borrower.BENCHMARK and self._opening is None:
            self.activity.begin(lambda words: words.bench_running)

    def _paint_what_is_owed(self) -> None:
        if self._owed:
            self.refresh()

    def _give_up_painting(self) -> None:
        if self._painting is not None:
            self._painting.cancel()
            self._painting = None
        if self._opening is None:
            self.activity.finish()

    def _end_opening(self) -> None:
        if self._opening is not None:
            self._opening.cancel()
            self._opening = None
            self.activity.finish()

    def _tell_once(self, note: str) -> None:
        """Why the best accelerator does not run a model: worth a line, not one a picture."""
        if note and note not in self._told:
            self._told.add(note)
            self.tell(lambda words: words.slower.format(reason=note))
