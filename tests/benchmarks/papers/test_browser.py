"""The report in a real browser: nothing runs over the edge, all pictures are there."""

from __future__ import annotations

import html

import numpy as np
import pytest

from album_hand import VIEWS, choose_next, compared, slide, turn_all_pages
from benchmarks.papers.exhibits import Exhibit
from benchmarks.papers.page import REPORT, write_page
from chromium import found_at, needs_chromium

WIDTHS = (320, 390, 760, 1280)
METHODS = ("ResNet-IN", "CNN", "CNN-BN", "FNST", "NAAS", "small")

pytestmark = needs_chromium

LOOK = """
addEventListener("load", () => {
  const found = [...document.querySelectorAll("iframe")].map(frame => {
    const page = frame.contentDocument, width = page.documentElement.clientWidth;
    const over = [...page.body.querySelectorAll("*")].filter(e => {
      const box = e.getBoundingClientRect();
      return box.width && (box.right > width + 0.5 || box.left < -0.5);
    });
    return {
      width, scroll: page.documentElement.scrollWidth,
      over: over.map(e => `${e.tagName} ${e.textContent.slice(0, 30)}`),
      images: page.images.length,
      broken: [...page.images].filter(i => !i.complete || !i.naturalWidth).length,
      plots: [...page.querySelectorAll(".plot svg")].filter(s => s.clientWidth > 250).length,
      fetched: frame.contentWindow.performance.getEntriesByType("resource")
        .map(r => r.name.slice(0, 40)).filter(name => !name.startsWith("data:")),
    };
  });
  document.getElementById("found").textContent = JSON.stringify(found);
});
"""


@pytest.fixture
def report(tmp_path, findings, results, measurement):
    latency = results(
        measurements=tuple(
            measurement(
                pack_sha256=f"{style:064}",
                title="Tableau No. 2 / Composition No. VII" if style else "The Starry Night",
                size=(size, size),
            )
            for style in range(8)
            for size in (256, 512)
        )
    )
    picture = np.full((64, 64, 3), 90, np.uint8)
    exhibit = Exhibit(
        style="mondrian_composition_no_vii",
        photo=picture,
        painting=picture[:, :40],
        drawn=dict.fromkeys(METHODS, picture),
    )
    write_page(tmp_path, findings(latency=latency), [exhibit, exhibit])
    return tmp_path / REPORT


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_can_be_read_on_a_phone_and_on_a_desktop(report, tmp_path, dark):
    srcdoc = html.escape(report.read_text(encoding="utf-8"))
    frames = "".join(
        f'<iframe style="width:{width}px;height:900px;border:0" srcdoc="{srcdoc}"></iframe>'
        for width in WIDTHS
    )
    page = tmp_path / "look.html"
    page.write_text(
        f'<!doctype html><meta charset="utf-8"><body>{frames}<pre id="found"></pre>'
        f"<script>{LOOK}</script></body>",
        encoding="utf-8",
    )
    views = found_at(page.as_uri(), tmp_path, dark=dark)
    assert [view["width"] for view in views] == list(WIDTHS)
    for view in views:
        assert view["scroll"] <= view["width"], view["over"][:5]
        assert view["over"] == []
        # Two photographs' eight each, and two of them to compare before and after.
        assert (view["images"], view["broken"]) == (2 * 8 + 2, 0)
        assert view["plots"] == 7
        assert view["fetched"] == []


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
def test_its_pictures_open_and_compare(report, tab, view):
    tab.look_like(**view)
    tab.open(report.as_uri())
    said = turn_all_pages(tab, view, count=16)
    chapters = [f"mondrian composition no vii, photograph {number}" for number in (1, 2)]
    assert said == [
        (title, chapter)
        for chapter in chapters
        for title in ("The photograph", "The painting", *METHODS)
    ]
    slide(tab, view)
    for title in METHODS:
        assert compared(tab)["title"] == f"{title}: {chapters[0]}"
        choose_next(tab)
    assert compared(tab)["title"] == f"{METHODS[0]}: {chapters[1]}"
    assert tab.tell("document.documentElement.scrollWidth") <= view["width"]
