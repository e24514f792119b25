from __future__ import annotations

import json
import shutil
import zipfile

import pytest

from app_styles import write_style
from edge_app.core.catalog import BrokenPack
from edge_app.core.manifest import MANIFEST


def test_shows_each_style_and_the_broken_one(app):
    texts = app.texts()
    for title in ("Aurora", "Bronze", "Cobalt"):
        assert title in texts
    assert "A. Nobody, 2026" in texts
    assert "damaged" in texts
    assert "3 styles" in texts


def test_previews_appear(app):
    cards = app.app.shell.current.ids.grid.children
    app.until(lambda: sum(card.texture is not None for card in cards) == 3)


def test_a_tap_chooses_and_leads_to_the_studio(app):
    app.tap("Bronze")
    assert app.app.shell.screen == "studio"
    assert app.session.style.card.id == "bronze"
    app.tap("gallery")
    assert app.find("Bronze").chosen
    assert not app.find("Aurora").chosen


def test_a_broken_style_gives_its_reason_and_hides_no_other(app):
    app.tap("damaged")
    assert app.app.shell.screen == "gallery"
    assert any("not a style pack, or damaged" in text for text in app.texts())
    app.tap("Close")
    app.wait(0.3)
    app.tap("Cobalt")
    assert app.session.style.card.id == "cobalt"


def test_a_pack_of_a_newer_version_is_shown_as_such(start, styles):
    with zipfile.ZipFile(styles / "cobalt.stylepack") as pack:
        files = {name: pack.read(name) for name in pack.namelist()}
    manifest = json.loads(files[MANIFEST])
    files[MANIFEST] = json.dumps({**manifest, "schema_version": 99}).encode()
    with zipfile.ZipFile(styles / "tomorrow.stylepack", "w") as pack:
        for name, content in files.items():
            pack.writestr(name, content)
    app = start()
    assert "3 styles" in app.texts()
    app.tap("tomorrow")
    assert any("made by a newer edgestyle" in text for text in app.texts())


def test_the_reason_is_told_in_the_language_that_is_spoken_by_then(app):
    app.session.remember(language="es")
    app.frames(3)
    app.tap("damaged")
    reason = next(text for text in app.texts() if "not a style pack, or damaged" in text)
    assert reason.startswith("Este paquete de estilo no se puede usar (")


def test_without_styles_it_says_what_to_do(start, platform, styles):
    shutil.rmtree(styles)
    styles.mkdir()
    app = start()
    texts = "\n".join(app.texts())
    assert "No styles yet" in texts
    assert str(styles) in texts
    app.tap("studio")
    app.tap("first open")  # a photograph alone is fine too
    app.until(lambda: app.session.photo is not None)
    app.tap("benchmark")
    assert app.find("measure").disabled
    write_style(styles / "aurora.stylepack", "aurora")
    app.tap("gallery")  # and looks again
    app.until(lambda: app.there("Aurora"))
    app.until(lambda: app.session.current)


def test_a_folder_that_is_missing_counts_as_broken(start, platform, tmp_path):
    platform.styles = tmp_path / "nowhere"
    app = start()
    assert isinstance(app.session.styles[0], BrokenPack)
    app.tap("nowhere")
    assert any("No such file" in text for text in app.texts())


@pytest.mark.layout
def test_a_variant_follows_its_painting_and_says_what_it_is(start, styles):
    title = "The Great Wave off Kanagawa"
    write_style(
        styles / "wave-nano.stylepack", "wave-nano", title=f"{title} (nano)", network="nano"
    )
    write_style(styles / "wave.stylepack", "wave", title=title)
    app = start()
    cards = [w for w in reversed(app.app.shell.current.ids.grid.children) if title in w.label]
    assert [(card.title, card.variant) for card in cards] == [(title, ""), (title, "nano")]
    assert "nano" in app.texts()
    app.tap("studio")
    tile = app.find(f"{title} (nano)")
    assert tile.variant == "nano"


def test_thirty_styles_scroll(start, styles):
    for number in range(27):
        write_style(styles / f"x{number:02}.stylepack", f"x{number:02}")
    app = start()
    assert "30 styles" in app.texts()
    for _ in range(31):  # the last card, by keyboard: it is brought into view
        app.key("tab")
        if app.find("X26").focused:
            break
    card = app.find("X26")
    assert card.focused
    bottom = card.to_window(card.x, card.y)[1]
    top = card.to_window(card.x, card.top)[1]
    assert bottom >= 0
    assert top <= app.window.height
    app.key("enter")
    assert app.session.style.card.id == "x26"


def test_one_style(start, styles):
    for name in ("bronze", "cobalt", "damaged"):
        (styles / f"{name}.stylepack").unlink()
    assert "1 style" in start().texts()
