from __future__ import annotations

import itertools
import json
import threading

import pytest

from app_styles import write_style
from edge_app.core.errors import RuntimeUnavailableError, StorageError
from edge_app.ui.bench import BenchReport


def test_measures_shows_and_exports(app, platform):
    app.tap("benchmark")
    app.tap("measure")
    app.until(lambda: not app.app.shell.current.running, 60)
    texts = app.texts()
    for wanted in ("Aurora", "Bronze", "Cobalt", "2.10 s", "1.41 s", "2.36 s", "Measure again"):
        assert wanted in texts, wanted
    app.tap("export")
    app.until(lambda: platform.saved)
    name, content = platform.saved[0]
    assert name == "edgestyle-benchmark.json"
    document = BenchReport.from_json(content, where=name)
    assert document.complete
    assert [len(each.samples_ms) for each in document.times] == [5, 5, 5]
    assert json.loads(content)["device"] == "Test device"


def test_a_variant_stands_apart(start, styles, opener):
    """A painting's second network has no row of the paper's beside it and no part in the ratio."""
    write_style(
        styles / "aurora-nano.stylepack", "aurora-nano", title="Aurora (nano)", network="nano"
    )
    app = start()
    app.tap("benchmark")
    app.tap("measure")
    app.until(lambda: not app.app.shell.current.running, 60)
    screen = app.app.shell.current
    rows = [w for w in screen.ids.table.children if not w.heading]
    assert [(row.title, row.paper) for row in reversed(rows)] == [
        ("Aurora", "2.10 s"),
        ("Bronze", "1.41 s"),
        ("Cobalt", "2.36 s"),
        ("Aurora (nano)", ""),
    ]
    mean_s = sum(times.average_s for times in screen._times[:3]) / 3
    assert float(screen.ratio) == pytest.approx(2.5165 / mean_s, abs=0.51)


def test_a_part_of_the_styles_has_no_ratio(app, opener):
    opener.problem = RuntimeUnavailableError("the library said no")
    app.tap("benchmark")
    app.tap("measure")
    app.until(lambda: not app.app.shell.current.running, 60)
    assert not app.app.shell.current.ratio
    assert [row.paper for row in app.app.shell.current.ids.table.children if row.average][:2] == [
        "2.36 s",
        "1.41 s",
    ]
    app.tap("measure")
    app.until(lambda: not app.app.shell.current.running, 60)
    assert app.app.shell.current.ratio


def test_can_be_stopped_and_keeps_what_was_measured(app, platform, opener):
    go, runs = threading.Event(), itertools.count(1)
    # The first style has a run to warm up and five tests; the second one hangs.
    opener.before_run = lambda: next(runs) > 6 and go.wait(60)
    app.tap("benchmark")
    app.tap("measure")
    app.until(lambda: "Aurora" in app.texts())
    app.tap("measure")
    app.until(lambda: not app.app.shell.current.running)
    go.set()
    app.tap("export")
    app.until(lambda: platform.saved)
    document = BenchReport.from_json(platform.saved[0][1], where="a.json")
    assert not document.complete
    assert document.times[0].title == "Aurora"


def test_in_the_background_it_ends_and_keeps_what_was_measured(app, platform, opener):
    go, runs = threading.Event(), itertools.count(1)
    opener.before_run = lambda: next(runs) > 6 and go.wait(60)
    app.tap("benchmark")
    app.tap("measure")
    app.until(lambda: "Aurora" in app.texts())
    assert app.app.on_pause()
    go.set()
    app.app.on_resume()
    app.wait(0.1)
    assert not app.app.shell.current.running
    assert any("in the background" in text for text in app.texts())
    app.tap("export")
    app.until(lambda: platform.saved)
    document = BenchReport.from_json(platform.saved[0][1], where="a.json")
    assert not document.complete
    assert [each.title for each in document.times] == ["Aurora"]


def test_the_screen_stays_on_while_it_runs(app, platform, opener):
    go = threading.Event()
    opener.before_run = lambda: go.wait(60)
    app.tap("benchmark")
    app.tap("measure")
    assert platform.awake == [True]
    go.set()
    app.until(lambda: not app.app.shell.current.running, 60)
    assert platform.awake == [True, False]


def test_a_painting_that_it_interrupts_says_what_it_waits_for(app, opener):
    go = threading.Event()
    opener.before_run = lambda: go.wait(20)
    app.tap("studio")
    app.tap("first open")
    app.until(lambda: app.session.activity.text == "Painting")
    app.tap("benchmark")
    app.tap("measure")
    app.tap("studio")
    app.until(lambda: app.session.activity.text == "The benchmark is running")
    go.set()
    app.until(lambda: app.session.current)
    assert not app.session.activity.text


def test_progress_is_shown_while_it_runs(app, opener):
    go = threading.Event()
    opener.before_run = lambda: go.wait(20)
    app.tap("benchmark")
    app.tap("measure")
    app.until(lambda: app.app.shell.current.running)
    app.wait(0.2)
    assert any("Aurora, test 1 of 5" in text for text in app.texts())
    go.set()
    app.until(lambda: not app.app.shell.current.running, 60)


def test_how_far_it_is_follows_the_language(app, opener):
    go = threading.Event()
    opener.before_run = lambda: go.wait(20)
    app.tap("benchmark")
    app.tap("measure")
    app.until(lambda: "Aurora, test 1 of 5" in app.texts())
    app.session.remember(language="es")
    app.frames(3)
    assert "Aurora, prueba 1 de 5" in app.texts()
    app.tap("measure")  # ends it
    app.session.remember(language="en")
    app.frames(3)
    assert "Stopped" in app.texts()
    go.set()


def test_a_style_that_fails_has_its_row(app, opener):
    opener.problem = RuntimeUnavailableError("the library said no")
    app.tap("benchmark")
    app.tap("measure")
    app.until(lambda: not app.app.shell.current.running, 60)
    assert "the library said no" in app.texts()
    assert "Cobalt" in app.texts()


def test_an_export_that_fails_is_told(app, platform):
    app.tap("benchmark")
    app.tap("measure")
    app.until(lambda: not app.app.shell.current.running, 60)
    platform.problem = StorageError("cannot write /ro/x.json: Read-only file system")
    app.tap("export")
    app.until(lambda: "Read-only" in app.notice)
