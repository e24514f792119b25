"""A hand that turns the pages of an album in a driven browser, and sees what it shows."""

from __future__ import annotations

import pytest

VIEWS = {
    f"{name}-{'dark' if dark else 'light'}": {**size, "dark": dark}
    for name, size in {
        "phone": {"width": 360, "height": 800, "touch": True},
        "desktop": {"width": 1280, "height": 900},
    }.items()
    for dark in (False, True)
}
"""Name of a window -> how a Tab comes to look like it."""


def enlarged(tab):
    """What the viewer shows; None while it is closed."""
    return tab.tell(
        """(() => {
          const viewer = document.querySelector("#viewer");
          if (!viewer.open) return null;
          const image = viewer.querySelector("img"), box = image.getBoundingClientRect();
          return { width: box.width, right: box.right, alt: image.alt,
                   loaded: image.naturalWidth > 0,
                   text: viewer.querySelector("#viewer-caption").innerText.split("\\n"),
                   place: viewer.querySelector("#viewer-place").textContent };
        })()"""
    )


def compared(tab):
    """What the before-and-after picture shows."""
    return tab.tell(
        """(() => {
          const slider = document.querySelector(".wipe input");
          const images = document.querySelectorAll(".wipe img");
          const cut = getComputedStyle(images[1]).clipPath.match(/([\\d.]+)%/);
          return { share: Number(slider.value), told: slider.getAttribute("aria-valuetext"),
                   visible: 1 - Number(cut[1]) / 100, after: images[0].alt,
                   title: document.querySelector("#after-title").textContent,
                   pictures: [images[1].src, images[0].src] };
        })()"""
    )


def focus_comes_to(tab, name):
    """Whether a picture's link gets the focus: a dialog tells of its closing a moment later."""
    return tab.tell(
        f"""new Promise(done => {{
          const end = performance.now() + 5000;
          (function look() {{
            const there = document.activeElement.getAttribute("href") === "#{name}";
            if (there || performance.now() > end) done(there);
            else setTimeout(look, 20);
          }})();
        }})"""
    )


def turn_all_pages(tab, view, *, count):
    """Open the first picture, go through all of them and back; gives what was said of each."""
    tab.click('a.enlarge[href="#picture-0"]')
    said = []
    for number in range(1, count + 1):
        seen = enlarged(tab)
        assert seen["loaded"]
        assert 0.9 * view["width"] < seen["width"] <= seen["right"] <= view["width"]
        assert seen["place"] == f"{number} of {count}"
        said.append(tuple(seen["text"]))
        tab.press("ArrowRight")
    assert enlarged(tab)["place"] == f"1 of {count}"
    tab.press("ArrowLeft")
    assert enlarged(tab)["place"] == f"{count} of {count}"
    tab.press("Escape")
    assert enlarged(tab) is None
    assert focus_comes_to(tab, f"picture-{count - 1}")
    return said


def slide(tab, view):
    """Wipe with a finger or the mouse, then by key."""
    drag = tab.swipe if view.get("touch") else tab.drag
    drag(".wipe input", 0.8)
    assert compared(tab)["share"] == pytest.approx(80, abs=4)
    assert compared(tab)["visible"] == pytest.approx(0.8, abs=0.04)
    drag(".wipe input", 0.2)
    before = compared(tab)["share"]
    assert before == pytest.approx(20, abs=4)
    tab.tell("document.querySelector('.wipe input').focus()")
    tab.press("ArrowRight")
    assert compared(tab)["share"] == before + 1
    assert compared(tab)["told"] == f"{before + 1:.0f} % photograph"


def choose_next(tab):
    """The next picture to compare, by key."""
    tab.tell("document.querySelector('.before-after select').focus()")
    tab.press("ArrowDown")
