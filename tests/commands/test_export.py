from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from commands.export import export
from edge_app.core.strict_json import to_json
from export import build
from export.config import ExportConfig
from training.config import TrainConfig
from training.teacher import bundled_weights


@pytest.fixture
def judges(monkeypatch):
    """Of every export that is asked for; nothing is exported."""
    found = []

    def asked(config, on_progress, on_skipped, judge_of):
        found.append(judge_of(None))
        return SimpleNamespace(path=config.out, manifest=SimpleNamespace(models=()))

    monkeypatch.setattr(build, "export", asked)
    return found


def test_a_run_that_kept_neither_painting_nor_teacher_can_be_judged(
    judges, painting, photos, tmp_path, capsys
):
    """As those of styles/weights, whose configurations hold names and no places."""
    config = ExportConfig(run=tmp_path, out=tmp_path / "x.stylepack")
    with bundled_weights() as lite:
        training = TrainConfig(
            paintings=(Path(painting.name),),
            photos=photos,
            out=tmp_path,
            style_size=64,
            teacher_weights=(Path(lite.name),),
        )
        (tmp_path / "config.json").write_text(to_json(training))
        export(config)
        export(replace(config, paintings=painting.parent))
        told_all = " ".join(capsys.readouterr().err.split())
        _, painting_gone, teacher_gone = told_all.split("warning: ")
        for told, name in ((painting_gone, painting.name), (teacher_gone, lite.name)):
            assert told.startswith(
                f"{name} is not there any more: content and style distance are no"
            )
            assert "--paintings and --teacher-weights say where" in told
        export(replace(config, paintings=painting.parent, teacher_weights=(lite,)))
        *without, judge = judges
        assert without == [None, None]
        grey = np.full((64, 64, 3), 128, np.uint8)
        assert judge(grey, grey)[0] == 0
