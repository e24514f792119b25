from __future__ import annotations

import pytest

from benchmarks.losses import LossCurves, read_losses
from edge_app.core.errors import RunError

HEAD = "step,total,content,style,tv,learning_rate,elapsed_s\n"


def test_reads_a_runs_losses(tmp_path):
    (tmp_path / "losses.csv").write_text(
        HEAD + "1,6,1,1,0.5,0.001,0.25\n2,3,0.5,0.5,0.25,0.001,0.5\n"
    )
    curves = read_losses(tmp_path)
    assert curves.steps == (1, 2)
    assert curves.values == {
        "total": (6.0, 3.0),
        "content": (1.0, 0.5),
        "style": (1.0, 0.5),
        "tv": (0.5, 0.25),
    }
    assert curves.elapsed_s == 0.5


@pytest.mark.parametrize("count", [1, 2, 159, 160, 161, 2500])
def test_thinned_curves_are_means_of_stretches(count):
    steps = tuple(range(1, count + 1))
    curves = LossCurves(steps=steps, values={"total": tuple(map(float, steps))}, elapsed_s=1)
    thin = curves.thinned(160)
    assert len(thin.steps) == len(thin.values["total"]) <= 160
    assert thin.steps[-1] == count
    stride = thin.steps[0]
    assert thin.values["total"][0] == pytest.approx((1 + stride) / 2)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "losses.csv: cannot be read"),
        ("", "no step"),
        (HEAD, "no step"),
        ("step,total\n1,2\n", "column 'content' is missing"),
        (HEAD + "1,2\n", "damaged"),
        (HEAD + "1,a,1,1,1,1,1\n", "damaged"),
    ],
)
def test_losses_that_cannot_be_read(tmp_path, text, message):
    if text is not None:
        (tmp_path / "losses.csv").write_text(text)
    with pytest.raises(RunError, match=message):
        read_losses(tmp_path)
