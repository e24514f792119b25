from __future__ import annotations

import json
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from app_driver import StubPlatform
from app_styles import FakeOpener
from benchmarks.paper import MEAN_S, TABLE_II
from benchmarks.timing import TESTS
from edge_app.core.errors import ResultsError, RuntimeUnavailableError
from edge_app.core.styles import styles_of
from edge_app.ui.atelier import Atelier
from edge_app.ui.bench import (
    PAPER_AVERAGES_S,
    PAPER_MEAN_S,
    RUNS,
    BenchReport,
    Step,
    measure,
    report,
    test_picture,
)
from edge_app.ui.worker import CancelledError, Job

test_picture.__test__ = False


@pytest.fixture
def job():
    return Job(lambda call: call(), None)


def test_the_papers_figures_are_those_of_the_benchmarks():
    assert tuple(row.average_s for row in TABLE_II) == PAPER_AVERAGES_S
    assert pytest.approx(MEAN_S) == PAPER_MEAN_S
    assert RUNS == TESTS


def test_measures_every_style(style, job):
    steps: list[Step] = []
    styles = [*styles_of(style("aurora")), *styles_of(style("bronze"))]
    measure(styles, Atelier(FakeOpener()), job, steps.append, size=128, runs=3)
    times = [step.times for step in steps if step.times is not None]
    assert [each.style for each in times] == ["aurora", "bronze"]
    for each in times:
        assert len(each.samples_ms) == 3
        assert len(each.warmup_ms) == 1
        assert min(each.samples_ms + each.warmup_ms) > 0
        assert each.size == (128, 128)
        assert each.average_s == pytest.approx(sum(each.samples_ms) / 3000)
    shares = [step.share for step in steps]
    assert shares == sorted(shares)
    assert shares[0] == 0
    assert shares[-1] == 1


def test_a_style_that_fails_is_told_and_the_next_one_measured(style, job):
    opener, steps = FakeOpener(), []
    opener.problem = RuntimeUnavailableError("no library for this")
    measure(
        [*styles_of(style("aurora")), *styles_of(style("bronze"))],
        Atelier(opener),
        job,
        steps.append,
        size=64,
        runs=1,
    )
    assert [s.failure.reason for s in steps if s.failure] == ["no library for this"]
    assert [s.times.style for s in steps if s.times] == ["bronze"]


def test_one_accelerator_from_the_first_test_to_the_last(style, job):
    """Whatever is chosen meanwhile is for what comes after."""
    opener, steps = FakeOpener(), []
    atelier = Atelier(opener)
    opener.before_run = lambda: setattr(atelier, "accelerator", "cpu")
    styles = [*styles_of(style("aurora")), *styles_of(style("bronze"))]
    measure(styles, atelier, job, steps.append, size=64, runs=2)
    assert opener.accelerators == ["auto", "auto"]  # each style's model, opened once
    assert [step.times.style for step in steps if step.times] == ["aurora", "bronze"]


def test_ends_at_the_next_test_when_cancelled(style, job):
    opener = FakeOpener()
    count = 0

    def before_run() -> None:
        nonlocal count
        count += 1
        if count == 3:
            job.cancel()

    opener.before_run = before_run
    with pytest.raises(CancelledError):
        measure([*styles_of(style())], Atelier(opener), job, lambda _: None, size=64, runs=5)
    assert count == 3


def test_the_file_is_read_back(style, job, tmp_path):
    steps: list[Step] = []
    measure([*styles_of(style())], Atelier(FakeOpener()), job, steps.append, size=64, runs=2)
    times = [step.times for step in steps if step.times]
    document = report(times, [], StubPlatform(tmp_path), "0.1.0", complete=True)
    text = document.to_json()
    assert BenchReport.from_json(text, where="a.json") == document
    raw = json.loads(text)
    assert raw["kind"] == "edgestyle-app-benchmark"
    assert raw["times"][0]["samples_ms"] == list(times[0].samples_ms)
    assert "unknown key" in _error({**raw, "more": 1})
    assert "newer" in _error({**raw, "schema_version": 2})


def _error(raw: dict) -> str:
    with pytest.raises(ResultsError) as caught:
        BenchReport.from_json(json.dumps(raw), where="a.json")
    return str(caught.value)


def test_an_old_file_is_still_read():
    """Schema 1 as the first app wrote it."""
    path = Path(__file__).parent / "data/app-benchmark-schema-1.json"
    old = BenchReport.from_json(path.read_bytes(), where=str(path))
    assert old.times[0].title == "Whirl"
    assert replace(old, complete=False).to_json() != old.to_json()


def test_the_picture_is_the_same_every_time():
    first, second = test_picture(96), test_picture(96)
    assert (first == second).all()
    assert first.shape == (96, 96, 3)
    assert first.std() > 30


def test_no_thread_is_left():
    assert "edgestyle models" not in {thread.name for thread in threading.enumerate()}
