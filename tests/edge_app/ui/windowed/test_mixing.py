"""A pack of several styles: each is one of the gallery's, and the studio mixes two."""

from __future__ import annotations

import io
import threading

import numpy as np
import pytest
from PIL import Image
from test_studio import close, shown

from app_styles import GREY, VECTORS, write_trunk
from edge_app.core.image import read_image, to_float, to_uint8


@pytest.fixture
def styles(tmp_path):
    """One style alone, and three that share their models."""
    from app_styles import write_style

    folder = tmp_path / "styles"
    write_style(folder / "dune.stylepack", "dune")
    write_trunk(folder / "trunk.stylepack", id="trunk", title="Three")
    return folder


def drawn(photo, *, strength=1.0, **shares):
    """What the fake draws of a mix, scaled to 12x16."""
    colour = sum(share * VECTORS[name] for name, share in shares.items())
    colour = strength * colour + (1 - strength) * np.asarray(GREY)
    picture = to_uint8(to_float(read_image(photo)).mean(axis=-1, keepdims=True) * colour)
    image = Image.fromarray(picture).resize((16, 12), Image.Resampling.BOX)
    return np.asarray(image).astype(int)


@pytest.fixture
def mixing(app, photo):
    """The studio, a photograph painted in Aurora, a style of the trunk."""
    app.tap("Aurora")
    app.tap("first open")
    app.until(lambda: app.session.current)
    return app


def settled(driver):
    """Whether the picture on the screen is that of the mix that is asked for."""
    session = driver.session
    return session.current and np.array_equal(session.rendering.mix.style, session.mix.style)


def test_every_style_has_its_card(app):
    assert app.there("Dune")
    for title in ("Aurora", "Bronze", "Cobalt"):
        card = app.find(title)
        app.until(lambda card=card: card.texture is not None)
    textures = {id(app.find(title).texture) for title in ("Aurora", "Bronze", "Cobalt")}
    assert len(textures) == 3
    assert not app.there("Three")
    assert "4 styles" in app.texts()


def test_a_pure_style_is_drawn(mixing, photo):
    assert close(shown(mixing), drawn(photo, aurora=1))
    mixing.tap("Cobalt")
    mixing.until(lambda: mixing.session.current)
    assert close(shown(mixing), drawn(photo, cobalt=1))


@pytest.mark.layout
def test_two_styles_are_mixed_by_touch(mixing, photo):
    assert not mixing.there("mix share")
    mixing.tap("mix")
    mixing.await_control("With nothing")
    tiles = [w for w in mixing.widgets() if getattr(w, "label", "") == "Bronze"]
    mixing.tap(tiles[0])
    mixing.until(lambda: settled(mixing) and not mixing.there("With nothing"))
    assert close(shown(mixing), drawn(photo, aurora=0.5, bronze=0.5))
    track = mixing.find("mix share")
    y = track.center_y
    left, width = track.x + track.padding, track.width - 2 * track.padding
    points = [track.to_window(left + share * width, y) for share in (0.5, 0.7, 0.9, 1.0)]
    mixing.drag(*points)
    mixing.until(lambda: settled(mixing))
    assert mixing.session.second_share == pytest.approx(1, abs=0.02)
    assert close(shown(mixing), drawn(photo, bronze=1))
    assert "Aurora + Bronze" in mixing.app.shell.current.style_title
    mixing.tap("mix")
    mixing.await_control("With nothing")
    mixing.tap("With nothing")
    mixing.until(lambda: settled(mixing) and not mixing.there("mix share"))
    assert close(shown(mixing), drawn(photo, aurora=1))


def test_two_styles_are_mixed_by_key(mixing, photo):
    mixing.key("m")
    mixing.await_control("With nothing")
    while not any(getattr(w, "focused", False) and w.label == "Cobalt" for w in mixing.widgets()):
        mixing.key("tab")
    mixing.key("enter")
    mixing.until(lambda: settled(mixing) and mixing.there("mix share"))
    assert close(shown(mixing), drawn(photo, aurora=0.5, cobalt=0.5))
    track = mixing.find("mix share")
    mixing.wait(0.3)
    for _ in range(40):
        if track.focused:
            break
        mixing.key("tab")
    mixing.key("home")
    mixing.until(lambda: settled(mixing))
    assert close(shown(mixing), drawn(photo, aurora=1))
    mixing.key("right")
    mixing.until(lambda: settled(mixing))
    assert mixing.session.second_share == pytest.approx(0.05)


def test_a_mix_is_painted_after_a_painting_was_given_up(mixing, photo, opener):
    go = threading.Event()
    opener.before_run = lambda: go.wait(20)
    mixing.tap("Cobalt")
    mixing.until(lambda: mixing.session.activity.text)
    mixing.tap("cancel")
    go.set()
    mixing.session.choose_second(mixing.session.mates[0])
    mixing.until(lambda: settled(mixing))
    assert close(shown(mixing), drawn(photo, cobalt=0.5, aurora=0.5))


def test_strength_is_mixed_by_the_network(mixing, photo, opener):
    """Half strength is half way to the network's photograph, which here is grey; 0 is the real."""
    mixing.session.choose_strength(0.5)
    mixing.until(lambda: settled(mixing))
    assert close(shown(mixing), drawn(photo, strength=0.5, aurora=1))
    assert mixing.app.shell.current.opaqueness == 1
    mixing.session.choose_strength(0.0)
    mixing.until(lambda: settled(mixing))
    image = Image.fromarray(read_image(photo)).resize((16, 12), Image.Resampling.BOX)
    assert close(shown(mixing), np.asarray(image).astype(int))


def test_while_a_slider_moves_pictures_come_one_after_the_other(mixing, opener):
    """None is given up half way, and the last is the one that was asked for last."""
    gate, runs = threading.Semaphore(0), []
    opener.before_run = lambda: (runs.append(1), gate.acquire(timeout=20))
    seen = []
    mixing.session.bind(rendering=lambda _, rendering: seen.append(rendering))
    for strength in (0.9, 0.8, 0.7, 0.6):
        mixing.session.choose_strength(strength)
        mixing.frames(2)
    assert mixing.session.current, "what is shown can be saved"
    gate.release()
    mixing.until(lambda: len(seen) == 1)
    np.testing.assert_allclose(seen[0].mix.style, 0.9 * VECTORS["aurora"] + 0.1, atol=1e-6)
    gate.release()
    mixing.until(lambda: settled(mixing))
    np.testing.assert_allclose(seen[-1].mix.style, 0.6 * VECTORS["aurora"] + 0.4, atol=1e-6)
    assert len(seen) == len(runs) == 2


def test_saves_the_mix(mixing, platform, photo):
    bronze = next(s for s in mixing.session.mates if s.card.id == "bronze")
    mixing.session.choose_second(bronze)
    mixing.until(lambda: settled(mixing))
    mixing.tap("save")
    mixing.until(lambda: platform.saved)
    name, content = platform.saved[0]
    assert name == "holiday-aurora.jpg"
    with Image.open(io.BytesIO(content)) as image:
        picture = np.asarray(image.resize((16, 12), Image.Resampling.BOX)).astype(int)
    assert close(picture, drawn(photo, aurora=0.5, bronze=0.5), 6)


def test_a_style_alone_offers_no_mix(mixing, photo):
    assert mixing.there("mix")
    mixing.session.choose_second(mixing.session.mates[0])
    mixing.tap("gallery")
    mixing.tap("Dune")
    mixing.until(lambda: mixing.session.current)
    assert mixing.session.second is None
    assert not mixing.there("mix")
    assert not mixing.there("mix share")
    mixing.key("m")
    mixing.frames(5)
    assert not mixing.there("With nothing")


def test_the_chosen_style_is_remembered(mixing, start):
    mixing.tap("Bronze")
    mixing.until(lambda: mixing.session.current)
    again = start()
    assert again.session.style.name == "trunk/bronze"
