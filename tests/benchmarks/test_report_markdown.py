from __future__ import annotations

import dataclasses
import re
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import paper
from benchmarks.anchors import ANCHORS
from benchmarks.report_markdown import markdown, write_markdown
from benchmarks.results import Verdict
from benchmarks.timing import Series
from edge_app.core.errors import StorageError
from edge_app.core.manifest import Delegate, Lint


@pytest.fixture
def full(results, growth, profile, ceiling, measurement, reported, failure, model, manifest):
    """The page of everything at once."""
    first, *others = growth()
    theirs = measurement(
        network="paper", title="Paper", pack_sha256="f" * 64, size=(128, 128), model_ms=40.0
    )
    lint = Lint(
        operators={"ADD": 3}, delegates=(Delegate(name="gpu", basis="from a list", refused={}),)
    )
    made = results(
        measurements=(dataclasses.replace(first, profile=profile()), *others, theirs),
        reported=(reported(),),
        failures=(failure(),),
        ceilings=(ceiling(1), ceiling(2)),
        interrupted=True,
    )
    packs = [manifest(model("tflite/fp32-128x128.tflite", lint=lint), model("onnx/fp32.onnx"))]
    return made, markdown(made, packs)


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


def test_says_all_that_the_html_says(full):
    made, text = full
    assert text.startswith("# 2 styles\n")
    for heading in (
        "Results",
        "Every series",
        "What the device told",
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
    ):
        assert f"\n## {heading}\n" in text, heading
    assert "- **Processor**: 4 x Cortex-A76, aarch64, 4 usable cores\n" in text
    assert "- **Photograph**: coffee.jpg, 400x600\n" in text
    assert "- The benchmark was interrupted" in text
    assert "SIGKILL" in text
    assert paper.CAVEAT in text
    for sample in made.measurements[0].model.samples_ms:
        assert f"{sample:.3f}" in text


def test_tables_are_tables(full):
    made, text = full
    found = tables(text)
    for heading, (header, ruler, *rows) in found.items():
        assert set("".join(ruler)) <= set("-: "), heading
        assert rows, heading
        assert {len(row) for row in rows} == {len(header)}, heading
    assert len(found["Results"]) == 2 + len(made.measurements)
    assert len(found["Every series"]) == 2 + 3 * len(made.measurements)
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
