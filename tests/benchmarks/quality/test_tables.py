from __future__ import annotations

import io

from rich.console import Console

from benchmarks.quality.results import Artefacts
from benchmarks.quality.tables import markdown, screen, sheets


def test_every_figure_stands_under_its_name(evaluation):
    first = sheets(evaluation())[0]
    row = dict(zip(first.columns, first.rows[0], strict=True))
    assert row == {
        "subject": "Whirl, small",
        "content": "0.750",
        "style": "0.200",
        "weighted": "2.750",
        "style left": "0.200",
        "SSIM": "0.400",
        "edges": "0.500",
        "MIoU": "0.500",
        "TV ratio": "2.00",
        "colour": "12.0",
        "LPIPS": "0.600",
    }
    assert first.rows[2][0] == "mean of small"


def test_faults_are_shown_with_their_worst(evaluation, judgement, picture):
    pictures = (picture(), picture(artefacts=Artefacts(grid_db=8.5, frame=0.0, dots=0.002)))
    found = sheets(evaluation(judgements=(judgement(pictures=pictures),)))[1]
    assert found.columns[1:] == (
        *("grid", "grid, worst", "frame", "frame, worst", "dots", "dots, worst"),
    )
    assert found.rows == (("Whirl, small", "5.5", "8.5", "0.005", "0.010", "1.20", "2.00"),)


def test_what_nobody_judged_has_no_column(evaluation, judgement, picture):
    bare = judgement(
        pictures=(picture(distances=None, colour=None, artefacts=None, lpips=None),), clips=()
    )
    found = sheets(evaluation(judgements=(bare,), recognition=(), fid=()))
    assert [sheet.title for sheet in found] == ["Pictures"]
    assert found[0].columns == ("subject", "SSIM", "edges", "MIoU", "TV ratio")
    assert len(found[0].rows) == 1


def test_rows_are_as_wide_as_their_tables(evaluation):
    for sheet in sheets(evaluation()):
        assert all(len(row) == len(sheet.columns) for row in sheet.rows), sheet.title


def test_markdown_keeps_what_would_break_it_apart(evaluation, judgement):
    text = markdown(evaluation(judgements=(judgement(title="A|B <i>"),)))
    assert "| A\\|B &lt;i>, small | 0.750 |" in text
    assert "&lt;b>not" in text
    rows = [line for line in text.splitlines() if line.startswith("| A")]
    assert len(rows) == 4  # pictures, faults, clips, layers


def test_the_screen_shows_everything(evaluation):
    console = Console(width=200, record=True, file=io.StringIO())
    console.print(screen(evaluation()))
    text = console.export_text()
    for part in ("Whirl, small", "Recognisability", "0.667", "camel", "182.4", "! LPIPS", "40"):
        assert part in text
