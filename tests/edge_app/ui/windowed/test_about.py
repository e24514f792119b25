from __future__ import annotations

import gc
import re
import threading

import pytest
from test_live import Camera

from edge_app.core.errors import RuntimeUnavailableError


def scroll_to(app, widget):
    app.app.shell.current.ids.scroller.scroll_to(widget, animate=False)
    app.wait(0.1)


@pytest.mark.layout
def test_a_licence_can_be_read_to_its_end(app):
    app.tap("about")
    scroll_to(app, app.find("Python"))
    app.tap("Python")
    app.await_control("Close")
    texts = app.texts()
    assert any("PSF" in text for text in texts)
    from kivy.core.window import Window

    reader = next(child for child in Window.children if type(child).__name__ == "Reader")
    labels = reader.ids.text.children
    assert all(label.texture_size[1] < 4096 for label in labels)
    assert all(label.texture_size[0] <= reader.width for label in labels)
    app.key("escape")
    app.wait(0.3)
    assert not app.there("Close")
    assert app.app.shell.screen == "about"


def test_styles_of_the_same_terms_name_them_once(app):
    app.tap("about")
    text = app.app.shell.current.styles_text
    terms = [style.card.licence for style in app.session.styles if hasattr(style, "card")]
    assert len(terms) == 3
    assert len(set(terms)) == 1
    assert text.count(terms[0]) == 1
    assert [text.index(name) for name in ("Aurora", "Bronze", "Cobalt")] == sorted(
        text.index(name) for name in ("Aurora", "Bronze", "Cobalt")
    )


def test_the_processor_alone_by_choice(studio, opener):
    studio.tap("about")
    scroll_to(studio, studio.find("Processor only"))
    opened = len(opener.opened)
    studio.tap("Processor only")
    studio.until(lambda: len(opener.opened) > opened and studio.session.current)
    assert opener.accelerators[-1] == "cpu"
    studio.tap("Automatic")
    studio.until(lambda: studio.session.current)
    assert studio.session.atelier.accelerator == "auto"


def test_a_choice_made_while_the_benchmark_runs_is_for_what_comes_after(studio, opener):
    go = threading.Event()
    opener.before_run = lambda: go.wait(20)
    studio.tap("benchmark")
    studio.tap("measure")
    studio.tap("about")
    scroll_to(studio, studio.find("Processor only"))
    studio.tap("Processor only")
    go.set()
    studio.until(lambda: studio.session.current)
    assert opener.accelerators[-1] == "cpu"
    assert set(opener.accelerators[:-1]) == {"auto"}


def test_the_choice_is_kept(studio, start, opener):
    studio.tap("about")
    scroll_to(studio, studio.find("Processor only"))
    studio.tap("Processor only")
    studio.until(lambda: studio.session.current)
    again = start()
    assert again.session.atelier.accelerator == "cpu"


def test_where_there_is_no_gpu_there_is_no_choice(start, platform):
    platform.has_gpu = False
    app = start()
    app.session.remember(processor_only=True)  # settings that another machine's app wrote
    app.tap("about")
    gc.collect()
    app.tap("Español")
    assert "Ajustes" in app.texts()
    assert not app.there("Solo procesador")
    assert app.session.atelier.accelerator == "auto"


def test_errors_and_notes_speak_the_users_language(start, platform, opener):
    platform.wishes = ["es"]
    opener.note = "the GPU drew a wrong picture"
    app = start()
    app.tap("studio")
    app.tap("first open")
    app.until(lambda: app.session.current)
    assert app.notice == "Más lento de lo posible (the GPU drew a wrong picture)"
    opener.problem = RuntimeUnavailableError("LiteRT failed")
    app.tap("Cobalt")
    app.until(lambda: "LiteRT failed" in app.notice)
    assert app.notice == "Este dispositivo no puede ejecutar el modelo (LiteRT failed)"


def test_the_benchmark_says_why_it_is_slow(app, opener):
    opener.note = "XNNPACK did not take the model"
    app.tap("benchmark")
    app.tap("measure")
    app.until(lambda: not app.app.shell.current.running, 60)
    lines = app.app.shell.current.setting.splitlines()
    assert "no accelerator" in lines[0]
    assert lines[1:] == ["Slower than it could be: XNNPACK did not take the model"]


def test_a_measurement_without_memory_is_told_in_words(start, platform, opener):
    platform.wishes = ["es"]
    app = start()
    opener.problem = MemoryError()
    app.tap("benchmark")
    app.tap("measure")
    app.until(lambda: not app.app.shell.current.running, 60)
    assert app.session.words.out_of_memory in app.texts()


def test_the_frame_rate_has_the_languages_decimal_point(start, platform):
    platform.wishes, platform.sources = ["es"], [Camera]
    app = start()
    app.tap("live")
    app.until(lambda: app.app.shell.current.showing)
    assert re.fullmatch(r"\d+,\d fps   \d+ ms", app.app.shell.current.rate)
