from __future__ import annotations

import pytest

from commands import console


@pytest.mark.parametrize("terminal", [False, True])
def test_where_no_bar_can_move_a_line_tells_now_and_then(terminal, monkeypatch, capsys):
    monkeypatch.setattr(console.ERRORS, "_force_terminal", terminal)
    now = [0.0]
    monkeypatch.setattr(console.time, "monotonic", lambda: now[0])
    with console.progress_bar() as bar:
        task = bar.add_task("loading", total=1.0)
        for now[0] in (1.0, console.LINE_EVERY_S + 1, console.LINE_EVERY_S + 2):
            bar.update(task, completed=now[0] / 100, description=f"at {now[0]:.0f} s")
    lines = [line for line in capsys.readouterr().err.splitlines() if line.endswith(" s")]
    assert lines == ([] if terminal else [" 16% at 16 s"])
