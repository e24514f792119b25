"""The benchmark that a computer asked for: nobody touches the screen."""

from __future__ import annotations

import itertools
import threading

from edge_app.ui.bench import BenchReport


def test_measures_and_exports_by_itself_once(start, platform):
    app = start(measure=True)
    app.until(lambda: platform.saved, 60)
    document = BenchReport.from_json(platform.saved[0][1], where="a.json")
    assert document.complete
    assert [each.title for each in document.times] == ["Aurora", "Bronze", "Cobalt"]
    screen = app.app.shell.current
    assert "Measure again" in app.texts()
    app.session.load_styles()  # a pack was added, say
    app.until(lambda: not app.session.loading)
    app.wait(0.2)
    assert not screen.running
    app.tap("measure")
    app.until(lambda: not screen.running, 60)
    assert len(platform.saved) == 1


def test_what_was_measured_before_it_was_stopped_is_exported(start, platform, opener):
    go, runs = threading.Event(), itertools.count(1)
    opener.before_run = lambda: next(runs) > 6 and go.wait(60)
    app = start(measure=True)
    app.until(lambda: "Aurora" in app.texts())
    app.tap("measure")
    go.set()
    app.until(lambda: platform.saved)
    document = BenchReport.from_json(platform.saved[0][1], where="a.json")
    assert not document.complete
    assert [each.title for each in document.times] == ["Aurora"]


def test_nothing_begins_unasked(start, platform):
    app = start(screen="benchmark")
    app.wait(0.3)
    assert not app.app.shell.current.running
    assert platform.saved == []
