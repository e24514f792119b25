from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest

from benchmarks.papers.drawings import receiver_curve
from benchmarks.papers.exhibits import Exhibit, chapters_of, sheets_of
from benchmarks.papers.findings import RESULTS, read_findings
from benchmarks.papers.page import (
    MARKDOWN,
    REPORT,
    figure_path,
    notices,
    sections,
    write_page,
)
from edge_app.core.errors import ResultsError


@pytest.fixture
def exhibits():
    def picture(value):
        return np.full((24, 32, 3), value, np.uint8)

    return [
        Exhibit(
            style=style,
            photo=picture(10 + number),
            painting=np.full((40, 20, 3), 200, np.uint8),
            drawn={"ResNet-IN": picture(100), "CNN-BN": picture(150)},
        )
        for number in (0, 1)
        for style in ("starry_night", "great_wave")
    ]


def test_a_sheet_for_each_style(exhibits):
    made = list(sheets_of(exhibits))
    assert [style for style, _, _ in made] == ["starry_night", "great_wave"]
    _, sheet, names = made[1]
    assert names == ("photograph", "ResNet-IN", "CNN-BN")
    assert sheet.shape[0] > 2 * 24
    assert sheet.shape[1] > 3 * 32


def test_a_chapter_for_each_photograph_of_a_style(exhibits):
    made = list(chapters_of(exhibits))
    assert [chapter.name for chapter in made] == [
        "starry night, photograph 1",
        "starry night, photograph 2",
        "great wave, photograph 1",
        "great wave, photograph 2",
    ]
    assert [each.title for each in made[1].pictures] == ["ResNet-IN", "CNN-BN"]
    assert made[1].pictures[0].photo is exhibits[2].photo
    assert [chapter.name for chapter in chapters_of(exhibits[:2])] == ["starry night", "great wave"]


def test_a_page_with_all_of_it(tmp_path, findings, exhibits):
    made = findings()
    written = write_page(tmp_path, made, exhibits)
    assert [path.name for path in written] == [MARKDOWN, REPORT, RESULTS]
    assert read_findings(tmp_path / RESULTS) == made

    text = (tmp_path / MARKDOWN).read_text(encoding="utf-8")
    for reference in re.findall(r"!\[[^]]*\]\(([^)]+)\)", text):
        assert (tmp_path / reference).is_file(), reference
    assert text.count("![") == 2 + 7
    assert "## Table III" in text
    assert "1,000 steps of 4 crops" in text
    assert "Given, not so trained: FNST" in text
    assert "&lt;could>" in text  # a file's name is no markup

    html = (tmp_path / REPORT).read_text(encoding="utf-8")
    for part in sections(made):
        assert f'id="{part.name}"' in html
    assert "&lt;could&gt;" in html
    assert not re.search(r'(?:src|href)="(?!data:|#)', html)


def test_a_page_of_table_ii_alone(tmp_path, findings):
    write_page(tmp_path, findings(comparison=None), [])
    text = (tmp_path / MARKDOWN).read_text(encoding="utf-8")
    assert "no paintings were given" in text
    assert text.count("![") == 1
    assert not (tmp_path / "pictures").exists()


def test_a_machine_that_was_busy_while_the_methods_were_timed(findings):
    made = findings()
    assert not any("busy" in text for text in notices(made))
    execution = made.comparison.execution
    busy = replace(execution.before, load_average=(9.0, 9.0, 9.0))
    comparison = replace(made.comparison, execution=replace(execution, before=busy))
    (doubt,) = [text for text in notices(findings(comparison=comparison)) if "busy" in text]
    assert doubt.startswith("While the methods were timed: The machine was busy")


def test_plots_are_whole_svg_files(tmp_path, findings):
    write_page(tmp_path, findings(), [])
    files = list((tmp_path / "figures").iterdir())
    assert len(files) == 7
    for path in files:
        root = ElementTree.parse(path).getroot()
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        style = root.find("{http://www.w3.org/2000/svg}style").text
        used = set(re.findall(r"var\((--[\w-]+)\)", path.read_text(encoding="utf-8")))
        assert used <= set(re.findall(r"(--[\w-]+):", style)), path


def test_a_caption_is_a_file_name():
    assert figure_path("Bars ours, strokes the paper's").name == "bars-ours-strokes-the-paper-s.svg"


def test_edited_figures_are_refused(tmp_path, findings):
    write_page(tmp_path, findings(), [])
    path = tmp_path / RESULTS
    path.write_text(path.read_text().replace('"accuracy": 0.2', '"accuracy": 0.99', 1))
    with pytest.raises(ResultsError, match="changed after it was written"):
        read_findings(path)


def test_the_receiver_curve_is_the_recognitions(findings):
    found = findings().comparison.unseen.recognition[-1]
    false, true = receiver_curve(found)
    assert (false[0], true[0]) == (0, 0)
    assert (false[-1], true[-1]) == (1, 1)
    assert list(true) == sorted(true)
    from sklearn.metrics import roc_auc_score

    truth, scores = np.array(found.truth), np.array(found.scores)
    area = np.mean([roc_auc_score(truth == i, scores[:, i]) for i in (0, 1)])
    assert np.trapezoid(true, false) == pytest.approx(area, abs=0.01)
