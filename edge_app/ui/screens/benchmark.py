"""The benchmark: the paper's table for this device, with the paper's figures beside it."""

from __future__ import annotations

import statistics
from typing import Any

from kivy.metrics import dp
from kivy.properties import (
    BooleanProperty,
    ListProperty,
    NumericProperty,
    ObjectProperty,
    StringProperty,
)
from kivy.uix.boxlayout import BoxLayout

from edge_app.core.bench_report import Failure, StyleTimes
from edge_app.core.styles import Style
from edge_app.ui.bench import (
    PAPER_MEAN_S,
    RUNS,
    SIZE,
    Step,
    in_the_papers_order,
    measure,
    paper_averages,
    report,
)
from edge_app.ui.controls import OneLine, Screenful, load_kv, soon
from edge_app.ui.session import Borrower, Session
from edge_app.ui.strings import Phrase, Strings, explained
from edge_app.ui.theme import MUTED, PAPER, theme
from edge_app.ui.version import app_version
from edge_app.ui.worker import Job

FILE = "edgestyle-benchmark.json"

WIDE_DP = 700
"""From this width of the table on each test has its column."""


NAMES = {
    "android": "LiteRT",
    "coreml": "Core ML",
    "gpu": "GPU",
    "litert": "LiteRT",
    "onnx": "ONNX Runtime",
    "xnnpack": "XNNPACK",
}
"""Backends and accelerators as people write them."""


class BenchRow(BoxLayout):
    """A style's line: its tests, their average, the paper's."""

    title = StringProperty("")
    tests = ListProperty()
    average = StringProperty("")
    paper = StringProperty("")
    note = StringProperty("")
    heading = BooleanProperty(False)
    failed = BooleanProperty(False)
    wide = BooleanProperty(False)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        cells = self.ids.tests
        for text in self.tests if self.wide else ():
            cell = OneLine(text=text, halign="right", color=MUTED if self.heading else PAPER)
            cell.font_size = theme.caption if self.heading else theme.body
            cells.add_widget(cell)
        if self.wide:
            cells.width, cells.opacity = len(self.tests) * theme.body * 5, 1


class BenchmarkScreen(Screenful):
    """Measures on the session's worker; the rest of the app stays usable and waits its turn.

    Args:
        session: the app's.
        errand: measure as soon as the styles are there, and export however that ends.
    """

    words = ObjectProperty(None, allownone=True, rebind=True)
    intro = StringProperty("")
    run_text = StringProperty("")
    running = BooleanProperty(False)
    can_run = BooleanProperty(False)
    measured = BooleanProperty(False)
    share = NumericProperty(0)
    stage = StringProperty("")
    ratio = StringProperty("")
    ratio_text = StringProperty("")
    setting = StringProperty("")

    def __init__(self, session: Session, *, errand: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._session = session
        self._waits = self._exports = errand
        self._job: Job | None = None
        self._times: list[StyleTimes] = []
        self._failures: list[tuple[Failure, Exception]] = []
        self._complete = False
        self._stage: Phrase | None = None
        self._paper: dict[tuple[str, str], float] = {}
        """As `paper_averages`, of the styles that are measured."""
        session.bind(words=self._speak, styles=self._speak)
        theme.bind(text_scale=self._draw)
        self.bind(width=self._draw)
        self._speak()

    def toggle(self) -> None:
        """Begin, or stop what is going on; what was measured by then stays."""
        if self.running:
            self._end(complete=False)
            self._tell(lambda words: words.bench_cancelled)
        else:
            self._begin()

    def paused(self) -> None:
        """End: the system slows down what is in the background, so its times say nothing."""
        if self.running:
            self._end(complete=False)
            self._tell(lambda words: words.bench_paused)

    def export(self) -> None:
        """Write the figures as JSON where the user wants them."""
        session = self._session
        failures = [failure for failure, _ in self._failures]
        document = report(
            self._times, failures, session.platform, app_version(), complete=self._complete
        )
        content = document.to_json().encode()

        def saved(place: str | None) -> None:
            if place is not None:
                soon(lambda: session.tell(lambda words: words.saved.format(place=place)))

        session.platform.save_document(
            content, FILE, saved, lambda error: soon(lambda: session.fail(error))
        )

    def _begin(self) -> None:
        session = self._session
        styles = in_the_papers_order([s for s in session.styles if isinstance(s, Style)])
        self._paper = paper_averages(styles)
        lent = session.lend(Borrower.BENCHMARK)
        assert lent, "live gives the worker back when this screen comes to the front"
        self._times, self._failures, self._complete = [], [], False
        self.running, self.share = True, 0.0
        self._tell(None)
        self._draw()

        def work(job: Job) -> None:
            measure(styles, session.atelier, job, lambda step: job.deliver(self._follow, step))

        self._job = session.worker.submit(
            work, on_done=lambda _: self._end(complete=True), on_error=self._failed
        )

    def _follow(self, step: Step) -> None:
        self.share = step.share
        if step.times is not None:
            self._times.append(step.times)
        if step.failure is not None and step.error is not None:
            self._failures.append((step.failure, step.error))
        if step.times is not None or step.failure is not None:
            self._draw()
        test = min(max(1, step.test), RUNS)
        self._tell(
            lambda words: words.bench_progress.format(title=step.title, test=test, runs=RUNS)
        )

    def _tell(self, stage: Phrase | None) -> None:
        """How far it is, or how it ended; None: there is nothing to tell."""
        self._stage = stage
        self.stage = "" if stage is None else stage(self.words)

    def _failed(self, error: Exception) -> None:
        self._end(complete=False)
        self._session.fail(error)

    def _end(self, *, complete: bool) -> None:
        if self._job is not None:
            self._job.cancel()
        self._job, self.running, self._complete = None, False, complete
        self._tell(None)
        self._draw()
        self._session.take_back()
        if self._exports:
            self._exports = False
            self.export()

    def _speak(self, *_: object) -> None:
        words = self.words = self._session.words
        self.intro = words.bench_intro.format(size=SIZE, runs=RUNS)
        self.can_run = any(isinstance(style, Style) for style in self._session.styles)
        self._tell(self._stage)
        self._draw()
        if self._waits and self.can_run:
            self._waits = False
            self._begin()

    def _draw(self, *_: object) -> None:
        words, table = self.words, self.ids.table
        self.run_text = (
            words.cancel
            if self.running
            else (words.bench_again if self._times else words.bench_run)
        )
        self.measured = bool(self._times or self._failures)
        table.clear_widgets()
        self.ratio = self.ratio_text = self.setting = ""
        if not self.measured:
            return
        wide = table.width >= dp(WIDE_DP) * (0.5 + 0.5 * theme.text_scale)
        table.add_widget(
            BenchRow(
                heading=True,
                wide=wide,
                title=words.bench_style,
                tests=[words.bench_test.format(number=i + 1) for i in range(RUNS)],
                average=words.bench_average,
                paper=words.bench_paper,
            )
        )
        for times in self._times:
            table.add_widget(self._row(times, wide=wide))
        for failure, error in self._failures:
            note = explained(error, words)
            table.add_widget(BenchRow(title=failure.style, note=note, failed=True, wide=False))
        if self._times:
            self._conclude(words)

    def _row(self, times: StyleTimes, *, wide: bool) -> BenchRow:
        words = self.words
        tests = [_seconds(words, sample / 1000) for sample in times.samples_ms]
        paper = self._paper.get(_key(times))
        return BenchRow(
            title=times.title,
            tests=tests,
            average=_seconds(words, times.average_s),
            paper="" if paper is None else _seconds(words, paper, digits=2),
            note="" if wide else "   ".join(tests),
            wide=wide,
        )

    def _conclude(self, words: Strings) -> None:
        beside = [times.average_s for times in self._times if _key(times) in self._paper]
        if beside and len(beside) == len(self._paper):  # of a part of them it would be no mean
            ratio = PAPER_MEAN_S / statistics.fmean(beside)
            self.ratio = words.number(ratio, 0 if ratio >= 10 else 1)
            self.ratio_text = words.bench_faster
        first = self._times[0]
        names = {"none": words.accelerator_none, "unknown": words.accelerator_unknown, **NAMES}
        setting = words.bench_setting.format(
            device=self._session.platform.device,
            backend=names.get(first.backend, first.backend),
            version=first.version,
            accelerator=names.get(first.accelerator, first.accelerator),
            threads=first.threads,
        )
        notes = dict.fromkeys(times.note for times in self._times if times.note)
        self.setting = "\n".join([setting, *(words.slower.format(reason=note) for note in notes)])


def _key(times: StyleTimes) -> tuple[str, str]:
    return times.pack_sha256, times.style


def _seconds(words: Strings, value: float, digits: int = 3) -> str:
    return words.seconds.format(value=words.number(value, digits))


load_kv(__file__)
