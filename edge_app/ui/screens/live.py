"""Live: the camera through the style, as fast as the device can."""

from __future__ import annotations

from typing import Any

import numpy as np
from kivy.clock import Clock
from kivy.properties import BooleanProperty, NumericProperty, ObjectProperty, StringProperty

from edge_app.core.image import Bytes
from edge_app.ui.controls import Screenful, load_kv, soon
from edge_app.ui.frames.source import Frame, FrameSource
from edge_app.ui.platform import Camera
from edge_app.ui.previews import Previews
from edge_app.ui.session import Borrower, Session
from edge_app.ui.stream import Shown, Stream
from edge_app.ui.textures import texture_of
from edge_app.ui.worker import Job

PHOTO_SIDE = 1280
"""Pixels a side that the camera is asked for, however small live paints: a frame that is taken is
the studio's photograph."""


class LiveScreen(Screenful):
    """Runs a stream while it is in front; leaving it gives the camera back.

    While the benchmark runs it waits, and starts by itself afterwards.

    Args:
        session: the app's.
        previews: likewise.
        on_taken: called with the `Frame` that was taken.
    """

    words = ObjectProperty(None, allownone=True, rebind=True)
    opaqueness = NumericProperty(1.0)
    """How much of the painted picture lies over the camera's."""
    running = BooleanProperty(False)
    """A camera is open or being opened."""
    showing = BooleanProperty(False)
    """A picture of it is on the screen."""
    startable = BooleanProperty(False)
    camera_count = NumericProperty(0)
    rate = StringProperty("")
    title = StringProperty("")
    hint = StringProperty("")

    def __init__(self, session: Session, previews: Previews, on_taken: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._session = session
        self._on_taken = on_taken
        self._cameras: list[Camera] = []
        self._looking: Job | None = None
        """The search for cameras that is going on."""
        self._number = 0
        self._stream: Stream | None = None
        self._attempt = 0
        self._clock: Any = None
        self._frame: Frame | None = None
        self._in_front = False
        self._waiting = False
        """It starts as soon as the session has its worker back."""
        self.ids.strip.attach(session, previews)
        self.ids.strength.bind(
            value=lambda _, value: session.choose_strength(value),
            on_settled=lambda _: session.keep_strength(),
        )
        session.bind(
            words=self._speak,
            strength=self._show_strength,
            mix=self._restyle,
            lent_to=self._lent,
        )
        self._show_strength()
        self._restyle()
        self._speak()

    def entered(self) -> None:
        """Look which cameras there are now, and start with the first."""
        self._in_front = True
        self._look()

    def left(self) -> None:
        """Give the camera back."""
        self._in_front = False
        self.stop()

    def paused(self) -> None:
        """Nobody may be filmed from the background."""
        self.stop()

    def resumed(self) -> None:
        """Go on where it is in front, with the cameras that there are by then."""
        if self._in_front:
            self._look()

    def start(self) -> None:
        """Open the camera."""
        style, size = self._session.style, self._live_size()
        if self.running or style is None or not self._cameras or size == 0:
            return
        self._waiting = not self._session.lend(Borrower.LIVE)
        if self._waiting:
            return
        self.running = True
        self._attempt += 1
        attempt = self._attempt
        self._speak()
        # It may be the one that is just being given back.
        self._session.cameras.submit(
            lambda _job: None,
            on_done=lambda _: self._open(attempt, max(size, PHOTO_SIDE)),
            on_error=self._session.fail,
        )

    def stop(self) -> None:
        """Close the camera, or look for none any more."""
        self._attempt += 1
        if self._looking is not None:
            self._looking.cancel()
            self._looking = None
        if self._stream is not None:
            self._stream.stop()
            self._give_back(self._stream)
            self._stream = None
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None
        was_running, self.running, self.showing = self.running, False, False
        self._waiting = False
        if was_running:
            self._session.take_back()
        self.rate = ""
        self._frame = None
        view = self.ids.view
        view.photo = view.styled = None
        self._speak()

    def switch(self) -> None:
        """Use the next camera."""
        if self._cameras:
            self.stop()
            self._number = (self._number + 1) % len(self._cameras)
            self.start()

    def take(self) -> None:
        """Hand the frame that is shown to the studio."""
        if self._frame is not None:
            self._on_taken(self._frame)

    def _look(self) -> None:
        """Ask beside the UI thread which cameras there are, and start with one of them."""
        platform = self._session.platform
        self._looking = self._session.cameras.submit(
            lambda _job: platform.cameras(), on_done=self._found, on_error=self._not_found
        )
        self._speak()

    def _found(self, cameras: list[Camera]) -> None:
        self._looking = None
        self._cameras = cameras
        self.camera_count = len(cameras)
        self._number = min(self._number, max(0, self.camera_count - 1))
        self._speak()
        self.start()

    def _not_found(self, error: Exception) -> None:
        self._found([])
        self._session.fail(error)

    def _open(self, attempt: int, longest_side: int) -> None:
        if attempt != self._attempt:
            return
        self._session.platform.open_camera(
            self._cameras[self._number],
            longest_side,
            lambda source: soon(lambda: self._opened(attempt, source)),
            lambda error: soon(lambda: self._ended(attempt, error)),
        )

    def _opened(self, attempt: int, source: FrameSource | None) -> None:
        if attempt != self._attempt:
            if source is not None:
                self._give_back(source)
            return
        if source is None:
            self.stop()
            self.hint = self.words.live_refused
            return
        self._stream = Stream(
            self._session.worker,
            self._session.atelier,
            source,
            self._session.style,
            self._session.mix,
            self._live_size(),
            lambda error: self._ended(attempt, error),
        )
        self._clock = Clock.schedule_interval(self._show, 0)

    def _give_back(self, camera: Stream | FrameSource) -> None:
        """Close it beside the UI thread: a driver may take seconds."""
        self._session.cameras.submit(
            lambda _job: camera.close(), on_done=lambda _: None, on_error=self._session.fail
        )

    def _ended(self, attempt: int, error: Exception | None) -> None:
        if attempt != self._attempt:
            return
        self.stop()
        self.title = self.words.live_ended
        if error is not None:
            self._session.fail(error)

    def _show(self, _elapsed: float) -> None:
        shown = self._stream.take() if self._stream is not None else None
        if shown is None:
            return
        view, rendering = self.ids.view, shown.rendering
        self._frame = shown.frame
        view.photo = texture_of(self._turned(rendering.photo), view.photo)
        view.styled = texture_of(self._turned(rendering.styled), view.styled)
        view.refresh()
        self.showing = True
        self._tell(shown)

    def _lent(self, _session: Session, to: Borrower | None) -> None:
        self._speak()
        if to is None and self._waiting:
            self.start()

    def _tell(self, shown: Shown) -> None:
        words = self.words
        rate = words.frames_per_second.format(rate=words.number(shown.rate_hz, 1))
        took = words.milliseconds.format(milliseconds=f"{shown.rendering.latency_ms:.0f}")
        self.rate = f"{rate}   {took}"

    def _turned(self, picture: Bytes) -> Bytes:
        if self._cameras[self._number].facing == "front":
            return np.ascontiguousarray(picture[:, ::-1])
        return picture

    def _live_size(self) -> int:
        """The style's smallest size: movement matters more than detail."""
        sizes = self._session.sizes
        return int(min(sizes)) if sizes else 0

    def _restyle(self, *_: object) -> None:
        style, mix, size = self._session.style, self._session.mix, self._live_size()
        if mix is not None:
            self.opaqueness = mix.strength
        if self._stream is not None and style is not None and size:
            self._stream.use(style, mix, size)

    def _show_strength(self, *_: object) -> None:
        self.ids.strength.value = self._session.strength

    def _speak(self, *_: object) -> None:
        words = self.words = self._session.words
        self.hint = ""
        measuring = self._session.lent_to is Borrower.BENCHMARK
        styled, looking = self._session.style is not None, self._looking is not None
        self.startable = bool(self._cameras) and styled and not measuring and not looking
        if self.running:
            self.title = words.live_opening
        elif looking:
            self.title = words.live_looking
        elif not self._cameras:
            self.title, self.hint = words.live_empty, words.live_empty_hint
        elif not styled:
            self.title = words.choose_style
        elif measuring:
            self.title, self.hint = words.bench_running, words.live_after_bench
        else:
            self.title = self._cameras[self._number].label


load_kv(__file__)
