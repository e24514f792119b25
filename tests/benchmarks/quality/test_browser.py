"""Survey and report in a real browser: people rate by keyboard and by hand, nothing overflows."""

from __future__ import annotations

import html
import json
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from album_hand import VIEWS, choose_next, compared, slide, turn_all_pages
from benchmarks.pictures import Illustration
from benchmarks.quality.answers import read_answers, sum_up
from benchmarks.quality.report import Gallery, write_quality_report
from benchmarks.quality.survey import CRITERIA, Exhibit, Item, Key, render
from benchmarks.report import write_report
from chromium import found_at, needs_chromium

WIDTHS = (320, 390, 760, 1280)
LOOPBACK = "EXCLUDE 127.0.0.1"

pytestmark = needs_chromium

PERSON = """
// Rates picture i with 3, 7 and 10; the last one by hand, and goes back once.
function rateAll(view, page) {
  const key = (key, target = page.body) =>
    target.dispatchEvent(new view.KeyboardEvent("keydown", { key, bubbles: true }));
  const seen = { positions: [], overwidth: [], small: [], early: [] };
  const note = () => {
    seen.positions.push(page.getElementById("where").textContent);
    const width = page.documentElement.clientWidth;
    const whole = page.documentElement.scrollWidth;
    if (whole > width) seen.overwidth.push(whole);
    for (const span of page.querySelectorAll(".points span")) {
      const box = span.getBoundingClientRect();
      if (box.width < 30 || box.height < 36) seen.small.push(`${box.width}x${box.height}`);
    }
  };
  page.getElementById("start").click();
  note();
  key("Enter");  // nothing rated yet: stays
  seen.early.push(page.getElementById("where").textContent);
  key("3"); key("7"); key("0");
  key("Enter");
  note();
  key("Backspace");
  note();
  key("Enter");
  for (const [name, points] of [["completeness", 3], ["fluency", 7], ["coherence", 10]])
    page.querySelector(`input[name=${name}][value="${points}"]`).click();
  page.getElementById("next").click();
  note();
  page.getElementById("stop").click();
  seen.partial = page.getElementById("rated").textContent;
  seen.first = page.getElementById("text").value;
  page.getElementById("resume").click();
  key("5"); key("5"); key("5");
  key("Enter");
  seen.whole = page.getElementById("rated").textContent;
  seen.text = page.getElementById("text").value;
  seen.link = page.getElementById("save").href;
  seen.name = page.getElementById("save").download;
  return seen;
}
"""

RUN = """
addEventListener("load", () => {
  const found = [...document.querySelectorAll("iframe")].map(frame => {
    try { return FUNCTION(frame.contentWindow, frame.contentDocument); }
    catch (error) { return { error: String(error.stack) }; }
  });
  document.getElementById("found").textContent = JSON.stringify(found);
});
"""

LAYOUT = """
function layout(view, page) {
  const width = page.documentElement.clientWidth;
  const over = [...page.body.querySelectorAll("*")].filter(e => {
    const box = e.getBoundingClientRect();
    return box.width && (box.right > width + 0.5 || box.left < -0.5);
  });
  const images = [...page.images];
  return {
    scroll: page.documentElement.scrollWidth, width,
    over: over.map(e => `${e.tagName}.${e.className}`),
    broken: images.filter(i => !i.complete || !i.naturalWidth).length,
    fetched: view.performance.getEntriesByType("resource").map(r => r.name.slice(0, 40))
      .filter(name => !name.startsWith("data:") && !name.startsWith("blob:")),
  };
}
"""


def in_browser(page: str, folder, script: str, function: str, *, dark: bool = False):
    """What `function(window, document)` of `script` gives at each of WIDTHS."""
    source = html.escape(page)
    frames = "".join(
        f'<iframe style="width:{width}px;height:800px;border:0" srcdoc="{source}"></iframe>'
        for width in WIDTHS
    )
    driver = folder / "driver.html"
    driver.write_text(
        f'<!doctype html><meta charset="utf-8"><body>{frames}<pre id="found"></pre>'
        f"<script>{script}{RUN.replace('FUNCTION', function)}</script></body>",
        encoding="utf-8",
    )
    views = found_at(driver.as_uri(), folder, dark=dark, hosts=LOOPBACK)
    assert not [view["error"] for view in views if "error" in view]
    return views


@pytest.fixture
def key():
    items = [Item(id=f"item{i}", method="small", style="whirl", photo=str(i)) for i in range(3)]
    return Key(survey="c0ffee", items=tuple(items))


@pytest.fixture
def page(key, real, whirl):
    return render(
        key.survey,
        [
            Exhibit(item=item, picture=255 - photo, photo=photo, painting=whirl)
            for item, photo in zip(key.items, real.values())
        ],
    )


def test_people_can_rate_by_keyboard_and_by_hand(page, key, tmp_path):
    views = in_browser(page, tmp_path, PERSON, "rateAll")
    everyone = []
    for i, (width, seen) in enumerate(zip(WIDTHS, views, strict=True)):
        assert seen["positions"] == ["1 of 3", "2 of 3", "1 of 3", "3 of 3"]
        assert seen["early"] == ["1 of 3"], "an unrated picture was passed over"
        assert seen["overwidth"] == [], f"scrolls sideways at {width}"
        assert seen["small"] == [], f"too small for a finger at {width}"
        assert seen["partial"] == "2 of 3 pictures"
        assert seen["whole"] == "all 3 pictures"
        assert seen["link"].startswith("blob:")
        path = tmp_path / f"{i}-{seen['name']}"
        path.write_text(seen["text"], encoding="utf-8")
        answers = read_answers(path, key)
        points = [tuple(answer.ratings.values()) for answer in answers.answers]
        assert points == [(3, 7, 10), (3, 7, 10), (5, 5, 5)]
        assert {answer.item for answer in answers.answers} == {item.id for item in key.items}
        assert len(json.loads(seen["first"])["answers"]) == 2
        everyone.append(answers)
    # On one origin the frames share what a browser keeps for a page; persons are told apart else.
    people = {each.person: each for each in everyone}
    scores = {s.criterion: s for s in sum_up(key, list(people.values())).scores if not s.style}
    assert scores["completeness"].mean == pytest.approx((3 + 3 + 5) / 3)
    assert list(answers.answers[0].ratings) == list(CRITERIA)


def test_pictures_come_in_an_order_of_chance(page, tmp_path):
    script = """
      function order(view, page) {
        page.getElementById("start").click();
        const seen = [];
        for (let i = 0; i < 3; i++) {
          seen.push(page.getElementById("photo").src.slice(-80));
          for (const key of ["5", "5", "5", "Enter"])
            page.body.dispatchEvent(new view.KeyboardEvent("keydown", { key, bubbles: true }));
        }
        const said = JSON.parse(page.getElementById("text").value);
        return { seen, order: said.answers.map(answer => answer.item) };
      }
    """
    orders = set()
    for attempt in range(3):
        folder = tmp_path / str(attempt)
        folder.mkdir()
        for view in in_browser(page, folder, script, "order"):
            assert len(set(view["seen"])) == 3
            orders.add(tuple(view["order"]))
    # Twelve shuffles of three: the chance that all are equal is 6^-11.
    assert len(orders) > 1


CLOSED = """<!doctype html><body><pre id="found"></pre><iframe src="survey.html"></iframe><script>
  const frame = document.querySelector("iframe"), seen = [];
  const where = () => frame.contentDocument.getElementById("where").textContent;
  frame.addEventListener("load", () => {
    const page = frame.contentDocument;
    page.getElementById("start").click();
    seen.push(where());
    if (seen.length === 2) {
      page.getElementById("stop").click();
      seen.push(page.getElementById("rated").textContent);
      document.getElementById("found").textContent = JSON.stringify(seen);
      return;
    }
    for (const key of ["4", "4", "4", "Enter"])
      page.body.dispatchEvent(
        new frame.contentWindow.KeyboardEvent("keydown", { key, bubbles: true }));
    frame.contentWindow.location.reload();
  });
</script></body>"""


def test_what_was_said_survives_a_closed_page(page, tmp_path):
    site = tmp_path / "site"
    site.mkdir()
    (site / "survey.html").write_text(page, encoding="utf-8")
    (site / "driver.html").write_text(CLOSED, encoding="utf-8")

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_): ...

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=site)) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            address = f"http://127.0.0.1:{server.server_port}/driver.html"
            seen = found_at(address, tmp_path, "--virtual-time-budget=20000", hosts=LOOPBACK)
        finally:
            server.shutdown()
            thread.join()
    assert seen == ["1 of 3", "2 of 3", "1 of 3 pictures"]


def test_the_benchmarks_report_with_quality_fits_every_screen(results, evaluation, tmp_path):
    path = tmp_path / "report.html"
    write_report(path, results(), quality=evaluation())
    for view in in_browser(path.read_text("utf-8"), tmp_path, LAYOUT, "layout"):
        assert view["over"] == [], f"at {view['width']} pixels"


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_report_fits_every_screen(evaluation, judgement, real, whirl, tmp_path, dark):
    long = judgement(title="Udnie (Young American Girl, The Dance)", method="a-very-long-method")
    rows = {
        "one": [
            Illustration(title=long.title, photo=real["coffee"], stylized=whirl, painting=whirl)
        ]
        * 5
    }
    path = tmp_path / "report.html"
    write_quality_report(path, evaluation(judgements=(long, judgement())), Gallery(rows))
    for view in in_browser(path.read_text("utf-8"), tmp_path, LAYOUT, "layout", dark=dark):
        assert view["over"] == [], f"at {view['width']} pixels"
        assert view["scroll"] <= view["width"]
        assert view["broken"] == 0
        assert view["fetched"] == []


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
def test_the_reports_pictures_open_and_compare(evaluation, real, whirl, tab, view, tmp_path):
    names = ("Whirl, small", "The Scream, small")
    rows = {
        photo: [
            Illustration(title=name, photo=real[photo], stylized=255 - real[photo], painting=p)
            for name, p in zip(names, (whirl, whirl[::-1]), strict=True)
        ]
        for photo in ("coffee", "rocket")
    }
    path = tmp_path / "report.html"
    write_quality_report(path, evaluation(), Gallery(rows))
    tab.look_like(**view)
    tab.open(path.as_uri())

    assert turn_all_pages(tab, view, count=6) == [
        (title, photo) for photo in ("coffee", "rocket") for title in ("The photograph", *names)
    ]
    slide(tab, view)
    first = compared(tab)
    assert first["title"] == "Whirl, small: coffee"
    choose_next(tab)
    choose_next(tab)
    third = compared(tab)
    assert third["title"] == "Whirl, small: rocket"
    assert not set(first["pictures"]) & set(third["pictures"])  # its own photograph, too
    assert tab.tell("document.documentElement.scrollWidth") <= view["width"]
