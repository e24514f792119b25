from __future__ import annotations

import dataclasses
import html
import re
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from benchmarks import paper
from benchmarks.anchors import ANCHORS
from benchmarks.compare import compare_packs
from benchmarks.figures import byte_size, ms
from benchmarks.report import render
from benchmarks.report_markdown import markdown, write_markdown
from benchmarks.reported import Scope
from benchmarks.results import Verdict
from benchmarks.timing import Series
from edge_app.core.errors import StorageError
from edge_app.core.manifest import Delegate, Lint


@pytest.fixture
def everything(
    results, growth, profile, ceiling, measurement, reported, battery, failure, model, manifest
):
    """As much as results can hold, and the packs' manifests."""
    first, *others = growth()
    first = dataclasses.replace(first, profile=profile(), energy_j=4.321)
    theirs = measurement(
        network="paper", title="Paper", pack_sha256="f" * 64, size=(128, 128), model_ms=40.0
    )
    lint = Lint(
        operators={"ADD": 3}, delegates=(Delegate(name="gpu", basis="from a list", refused={}),)
    )
    packs = [
        manifest(model("tflite/fp32-128x128.tflite", lint=lint), model("onnx/fp32.onnx")),
        manifest(model("onnx/fp32.onnx"), network="paper"),
    ]
    ours, base = (sha256(pack.to_json().encode()).hexdigest() for pack in packs)
    tool = reported(
        by="benchmark_model",
        scope=Scope.MODEL,
        pack_sha256=ours,
        title="Told",
        times=steady(51.0),
        peak_bytes=30_500_000,
        battery_before=battery,
        battery_after=dataclasses.replace(battery, charge_uah=2_990_000),
        runs=11,
    )
    made = results(
        measurements=(first, *others, theirs),
        reported=(
            reported(),
            tool,
            dataclasses.replace(tool, title="Base", pack_sha256=base, times=steady(611.0)),
        ),
        failures=(failure(),),
        ceilings=(ceiling(1), ceiling(2)),
        interrupted=True,
    )
    settings = dataclasses.replace(made.settings, interleaved=True)
    return dataclasses.replace(made, settings=settings), packs


@pytest.fixture
def full(everything):
    """The page of everything at once."""
    return everything[0], markdown(*everything)


def steady(ms):
    return Series(warmups_ms=(2 * ms,), samples_ms=tuple(ms + 0.137 * i for i in range(7)))


def words_of(page):
    """The words of an HTML page: neither what it looks like nor what its plots say."""
    page = re.sub(r"<(style|script|svg)\b.*?</\1>", " ", page, flags=re.S)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", page)).split())


def figures_of(text):
    return set(re.findall(r"\d(?:[\d.,]*\d)?", text))


def tables(text):
    """Heading -> the cells of its table, header first."""
    found = {}
    for section in re.split(r"^## ", text, flags=re.M)[1:]:
        heading, _, body = section.partition("\n")
        rows = [line for line in body.splitlines() if line.startswith("|")]
        if rows:
            found[heading] = [re.findall(r"((?:\\.|[^|\\])*)\|", row)[1:] for row in rows]
            found[heading] = [[cell.strip() for cell in row] for row in found[heading]]
    return found


HEADINGS = (
    "Results",
    "What the device told",
    "Two packs in turns",
    "Every series",
    "Table II: seconds by style",
    "Beside the paper's network on this machine",
    "Published times at other sizes",
    "Operators of The Starry Night, fp32, 128x128, 1 thread",
    "Latency by size and threads",
    "Beside the machine's best",
    "Is it the trained network?",
    "What the accelerators take",
    "Where the weights come from",
    "Raw samples",
)
"""Of both reports; the HTML's has another table of the paper's."""


def facts_of(made):
    """What both reports say of everything, so that neither it nor a kind of it is forgotten."""
    yield "4 x Cortex-A76, aarch64, 4 usable cores"
    yield "coffee.jpg, 400x600"
    yield "The benchmark was interrupted"
    yield "SIGKILL"
    yield paper.CAVEAT
    for m in made.measurements:
        yield f"{m.pack} (sha256 {m.pack_sha256[:12]})"
        yield f"{m.model_path}, sha256 {m.model_sha256[:12]}"
        yield from (ms(m.first_run_ms), byte_size(m.memory.over_bare), byte_size(m.file_bytes))
        for _, series in m.series:
            yield from figures_of_series(series)
    for r in made.reported:
        yield f"told by {r.by}"
        yield f"(sha256 {r.pack_sha256[:12]})"
        yield from (r.runtime, ms(r.load_ms), ms(r.first_run_ms))
        yield from figures_of_series(r.times)
    yield from ("617 ", "energy, mJ")  # 4.321 J, 2 + 5 runs
    yield from ("13,091", "30.5 MB")  # 144 J, 11 runs
    for pair in compare_packs(made).pairs:
        found = pair.ratio
        yield from (f"{found.value:.3f}", f"{found.low:.3f} to {found.high:.3f}")
    yield "Told, fp32, 512x512, 4 threads, told by benchmark_model, beside Base"


def figures_of_series(series):
    yield f"{ms(series.median_ms)} / {ms(series.p90_ms)}"
    for value in (series.mean_ms, series.p99_ms, series.min_ms, series.max_ms):
        yield f" {ms(value)} "
    for sample in (*series.samples_ms, *series.warmups_ms):
        yield f"{sample:.3f}"


def test_says_all_that_the_html_says(everything):
    """And the HTML what this one says, but for the paper's table, which is rounded otherwise."""
    made, packs = everything
    page = render(made, (), packs)
    text = markdown(made, packs)
    assert text.startswith("# 4 styles\n")
    for heading in HEADINGS:
        assert f"\n## {heading}\n" in text, heading
    both = (words_of(page), " ".join(text.replace("|", " ").split()))
    for fact in facts_of(made):
        for words in both:
            assert fact.lower() in f"{words} ".lower(), fact
    headings = words_of(" ".join(re.findall(r"<(?:h\d|summary).*?</(?:h\d|summary)>", page)))
    for heading in HEADINGS:
        if not heading.startswith("Table II"):
            assert heading in headings, heading
    page = re.sub(r'<section id="paper">.*?</section>', "", page, flags=re.S)
    text = re.sub(r"\n## Table II.*?(?=\n## )", "", text, flags=re.S)
    assert figures_of(words_of(page)) == figures_of(text)


def test_tables_are_tables(full):
    made, text = full
    found = tables(text)
    for heading, (header, ruler, *rows) in found.items():
        assert set("".join(ruler)) <= set("-: "), heading
        assert rows, heading
        assert {len(row) for row in rows} == {len(header)}, heading
    assert len(found["Results"]) == 2 + len(made.measurements)
    assert len(found["Every series"]) == 2 + 3 * len(made.measurements) + len(made.reported)
    published = [rows[2:] for name, rows in found.items() if name.startswith("Published times")]
    assert sum(map(len, published)) == len(ANCHORS)


def test_a_wrong_picture_and_an_unsteady_time_are_marked(results, measurement, check):
    wild = Series(warmups_ms=(), samples_ms=(10.0, 20.0, 10.0, 20.0))
    bad = measurement(model=wild, check=check(verdict=Verdict.WRONG, psnr_db=12.3))
    text = markdown(results(measurements=(bad,)))
    (row,) = tables(text)["Results"][2:]
    assert row[-1] == "wrong"
    assert row[3] == "15.0 / 20.0 ~"
    assert "the picture is wrong" in text
    assert "No model drew a right picture" in text
    (model,) = [row for row in tables(text)["Every series"] if row[0].endswith("model")]
    assert model[-2:] == ["38.5%", "1.00"]


def test_names_cannot_break_the_page(results, measurement, manifest, model):
    evil = "<b>A|B\\"
    made = results(measurements=(measurement(title=evil),))
    text = markdown(made, [manifest(model("onnx/fp32.onnx"), title=evil)])
    assert "<b>" not in text
    for heading, (header, _, *rows) in tables(text).items():
        assert {len(row) for row in rows} == {len(header)}, heading


def test_what_a_device_told_says_how_it_was_asked(results, reported):
    rows = (reported(threads=1, asked="gpu"), reported(threads=0))
    told = tables(markdown(results(reported=rows)))["What the device told"]
    assert [row[0] for row in told[2:]] == [
        "The Starry Night, fp32, 512x512, 1 thread, gpu asked for",
        "The Starry Night, fp32, 512x512, threads untold",
    ]


def test_energy_is_lacking_once(results, measurement):
    without = markdown(results())
    assert without.count("not available") == 1
    assert "energy, mJ" not in tables(without)["Results"][0]
    made = results(measurements=(measurement(energy_j=1.4), measurement(threads=4)))
    header, _, *rows = tables(markdown(made))["Results"]
    assert [row[header.index("energy, mJ")] for row in rows] == ["200", "-"]


def test_nothing_measured(results, failure):
    assert "# Nothing was measured" in markdown(results(measurements=()))
    assert "SIGKILL" in markdown(results(measurements=(), failures=(failure(),)))
    assert "## Raw samples" not in markdown(results(measurements=()))


def test_is_written_or_says_why_not(tmp_path, results):
    write_markdown(tmp_path / "r.md", results())
    assert (tmp_path / "r.md").read_text(encoding="utf-8") == markdown(results())
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError):
        write_markdown(tmp_path / "file" / "r.md", results())


def test_needs_neither_torch_nor_the_html_reports_packages():
    blocked = ("torch", "matplotlib", "jinja2", "export")
    code = (
        f"import sys; sys.modules.update(dict.fromkeys({blocked!r}))\n"
        "import benchmarks.report_markdown\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=Path(__file__).parents[2]
    )
    assert done.returncode == 0, done.stderr
