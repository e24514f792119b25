"""The report in a real browser: nothing runs over the edge, everything can be read and used."""

from __future__ import annotations

import dataclasses
import html
import re

import pytest

from album_hand import VIEWS, choose_next, compared, enlarged, focus_comes_to, slide, turn_all_pages
from benchmarks.pictures import Illustration
from benchmarks.report import write_report
from benchmarks.results import Verdict
from benchmarks.scene import draw_scene
from benchmarks.timing import Series
from chromium import found_at, needs_chromium

WIDTHS = (320, 390, 760, 1024, 1100, 1280)

pytestmark = needs_chromium

LOOK = """
const round = Math.round;
function luminance([r, g, b]) {
  const f = v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  return 0.2126 * f(r) + 0.7152 * f(g) + 0.0722 * f(b);
}
const rgba = text => text.match(/[\\d.]+/g).map(Number);
function behind(element, view) {
  for (let e = element; e; e = e.parentElement) {
    const colour = rgba(view.getComputedStyle(e).backgroundColor);
    if (colour.length < 4 || colour[3] > 0) return colour;
  }
  return [255, 255, 255];
}
function look(frame) {
  const view = frame.contentWindow, page = frame.contentDocument;
  for (const details of page.querySelectorAll("details")) details.open = true;
  const width = page.documentElement.clientWidth;
  const over = [], faint = [], small = [];
  for (const e of page.body.querySelectorAll("*")) {
    const box = e.getBoundingClientRect();
    if (box.width && (box.right > width + 0.5 || box.left < -0.5))
      over.push(`${e.tagName}.${e.className.baseVal ?? e.className} ${round(box.right)}`);
    const own = [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim());
    if (!own || !box.width || e.closest("del, .is-wrong")) continue;
    const style = view.getComputedStyle(e);
    const ink = rgba(e.tagName === "text" ? style.fill : style.color);
    const [a, b] = [luminance(ink), luminance(behind(e, view))].sort((x, y) => y - x);
    const contrast = (a + 0.05) / (b + 0.05);
    if (contrast < 4.5) faint.push(`${e.tagName} "${e.textContent.slice(0, 30)}" ${contrast}`);
    if (e.tagName === "text") {
      const scale = e.ownerSVGElement.getBoundingClientRect().width
        / e.ownerSVGElement.viewBox.baseVal.width;
      if (parseFloat(style.fontSize) * scale < 8.5) small.push(e.textContent);
    }
  }
  const images = [...page.images];
  return {
    width, scroll: page.documentElement.scrollWidth, over, faint, small,
    broken: images.filter(i => !i.complete || !i.naturalWidth).length, images: images.length,
    fetched: view.performance.getEntriesByType("resource").map(r => r.name.slice(0, 40))
      .filter(name => !name.startsWith("data:")),
    ground: view.getComputedStyle(page.body).backgroundColor,
  };
}
addEventListener("load", () => {
  const found = [...document.querySelectorAll("iframe")].map(look);
  document.getElementById("found").textContent = JSON.stringify(found);
});
"""


def look(report, folder, *, dark):
    """What a browser sees of a report at each of WIDTHS."""
    srcdoc = html.escape(report.read_text(encoding="utf-8"))
    frames = "".join(
        f'<iframe style="width:{width}px;height:900px;border:0" srcdoc="{srcdoc}"></iframe>'
        for width in WIDTHS
    )
    page = folder / "look.html"
    page.write_text(
        f'<!doctype html><meta charset="utf-8"><body>{frames}<pre id="found"></pre>'
        f"<script>{LOOK}</script></body>",
        encoding="utf-8",
    )
    return found_at(page.as_uri(), folder, dark=dark)


@pytest.fixture
def report(
    tmp_path,
    results,
    measurement,
    growth,
    profile,
    ceiling,
    check,
    failure,
    reported,
    model,
    manifest,
):
    """As much as a report can hold, with long words in it."""
    wild = Series(warmups_ms=(9.0,), samples_ms=(10_000.0, 20_000.5, 30_000.25))
    rows = tuple(
        measurement(
            pack_sha256=f"{style:064}",
            title="Udnie (Young American Girl, The Dance)" if style else "The Starry Night",
            recipe=recipe,
            size=(side, side * 2),
            threads=threads,
            model_ms=side / 10,
            energy_j=side * threads,
            **({"model": wild} if side == 1024 else {}),
            **({"backend": "onnx", "accelerator": "none"} if recipe == "fp32" else {}),
        )
        for style in range(2)
        for recipe in ("fp32", "int8-conv-very-long-recipe-name")
        for side in (256, 1024)
        for threads in (1, 16)
    )
    one, *grown = growth(sides=(128, 2048), threads=(1, 4))
    grown = (dataclasses.replace(one, profile=profile()), *grown)
    wrong = measurement(recipe="fp16", check=check(verdict=Verdict.WRONG, reason="x" * 90))
    photo = draw_scene(60, 80)
    path = tmp_path / "report.html"
    run = tmp_path / "run"
    run.mkdir()
    lines = [f"{n},{6 / n},{1 / n},{1 / n},{0.5 / n},0.001,{n}" for n in range(1, 121)]
    (run / "losses.csv").write_text(
        "\n".join(["step,total,content,style,tv,learning_rate,elapsed_s", *lines])
    )
    write_report(
        path,
        results(
            measurements=(*rows, *grown, wrong),
            ceilings=(ceiling(1), ceiling(4, giga=200)),
            failures=(failure(),),
            reported=(
                reported(
                    by="a_program_with_a_long_name 2.3",
                    title="Udnie (Young American Girl, The Dance)",
                    recipe="int8-conv-very-long-recipe-name",
                    times=wild,
                    peak_bytes=2_500_000_000,
                ),
            ),
            interrupted=True,
        ),
        pictures=[
            Illustration(title="One", photo=photo, stylized=photo, painting=draw_scene(80, 60)),
            Illustration(title="Two", photo=photo, stylized=photo),
        ],
        manifests=[
            manifest(model("tflite/fp32-1024x2048.tflite"), title="One"),
            manifest(model("onnx/fp32.onnx"), title="Two"),
        ],
        training=run,
    )
    return path


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_can_be_read_on_a_phone_and_on_a_desktop(report, tmp_path, dark):
    views = look(report, tmp_path, dark=dark)
    assert [view["width"] for view in views] == list(WIDTHS)
    for view in views:
        where = f"at {view['width']} pixels"
        assert view["scroll"] <= view["width"], f"{where}: scrolls sideways: {view['over'][:5]}"
        assert view["over"] == [], where
        assert view["faint"] == [], where
        assert view["images"] == 6  # two of them to compare before and after
        assert view["broken"] == 0, where
        assert view["fetched"] == [], where
        red = int(re.findall(r"\d+", view["ground"])[0])
        assert (red < 60) is dark
        if view["width"] >= 390:
            assert view["small"] == [], where


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
def test_people_can_use_it(report, tab, view):
    tab.look_like(**view)
    tab.open(report.as_uri())
    width = view["width"]

    # Any picture opens as large as the window, and Escape closes it.
    assert turn_all_pages(tab, view, count=3) == [("The photograph",), ("One",), ("Two",)]
    tab.click('a.enlarge[href="#picture-2"]')
    assert enlarged(tab)["alt"] == "The photograph as Two draws it"
    tab.click("#viewer-before")
    assert enlarged(tab)["text"] == ["One"]
    tab.press("Escape")
    assert focus_comes_to(tab, "picture-1")

    # By keyboard alone, closed by its button.
    tab.press("Enter")
    assert enlarged(tab)
    tab.click("#viewer-close")
    assert enlarged(tab) is None

    # The slider follows a finger or the mouse anywhere on the picture, and the arrow keys.
    slide(tab, view)

    # Another style is compared.
    assert compared(tab)["after"] == "The photograph as One draws it"
    choose_next(tab)
    assert compared(tab)["after"] == "The photograph as Two draws it"
    assert compared(tab)["title"] == "Two"

    # The operators' list opens.
    tab.click("#operators details summary")
    assert tab.tell("document.querySelector('#operators details .order').offsetHeight") > 20

    assert tab.tell("document.documentElement.scrollWidth") <= width


def test_without_javascript_a_picture_still_grows(report, tab):
    tab.look_like(1280, 900, javascript=False)
    try:
        tab.open(report.as_uri())
        wide = "document.querySelector('#picture-1').getBoundingClientRect().width"
        assert tab.tell("document.querySelector('.before-after').offsetHeight") == 0
        before = tab.tell(wide)
        tab.click('a.enlarge[href="#picture-1"]')
        assert tab.tell(wide) > 2 * before
    finally:
        tab.look_like(1280, 900)
