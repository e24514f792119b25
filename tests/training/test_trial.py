from __future__ import annotations

import json

import pytest
from PIL import Image

from edge_app.core.errors import ConfigError
from training.teacher import bundled_weights
from training.trial import VARIANTS, TrialConfig, run_trial


@pytest.fixture
def config(painting, photos, tmp_path) -> TrialConfig:
    with bundled_weights() as judge:
        return TrialConfig(
            paintings=(painting,),
            judge=(judge,),
            photos=photos,
            judged_on=photos,
            out=tmp_path / "trial",
            variants=("reference", "default", "nano"),
            judged_count=2,
            judged_side=64,
            steps=3,
            batch=1,
        )


def test_variants_are_trained_alike_and_compared_with_the_first(config):
    lines: list[str] = []
    trial = run_trial(config, lines.append)
    reference, default, nano = trial.verdicts
    assert [v.variant for v in trial.verdicts] == ["reference", "default", "nano"]
    # The judge is the bundled teacher here, so both have learnt from the same one.
    assert default.weighted == pytest.approx(reference.weighted, rel=1e-3)
    assert default.ratio == pytest.approx(default.weighted / reference.weighted)
    assert nano.weighted == pytest.approx(nano.content + 5 * nano.style, rel=1e-5)
    assert all(v.style_left > 0 and v.seconds > 0 for v in trial.verdicts)
    assert len(lines) == 3
    written = json.loads((config.out / "trial.json").read_text())
    assert [v["variant"] for v in written["verdicts"]] == ["reference", "default", "nano"]
    with Image.open(config.out / "whirl.jpg") as sheet:
        assert sheet.size == (2 * 64 + 8, 4 * 64 + 3 * 8)


def test_photographs_that_may_be_shown_are_drawn_in_each_style(config, photos):
    from dataclasses import replace

    shown = tuple(sorted(photos.iterdir())[:2])
    run_trial(replace(config, variants=("default", "nano"), shown=shown, shown_side=64))
    for name in ("default", "nano"):
        with Image.open(config.out / f"whirl-{name}.jpg") as row:
            assert row.width == 2 * 64 + 8
            assert row.height % 4 == 0


def test_finished_runs_are_used_again(config):
    first = run_trial(config)
    again = run_trial(config)
    assert again.verdicts == first.verdicts


def test_an_unknown_variant_lists_those_there_are(config):
    from dataclasses import replace

    with pytest.raises(ConfigError, match="unknown 'magic'; there are: default, reference"):
        run_trial(replace(config, variants=("magic",)))
    with pytest.raises(ConfigError, match="at least one"):
        run_trial(replace(config, paintings=()))


@pytest.mark.parametrize("name", VARIANTS)
def test_every_variant_is_a_training(config, name, painting, photos, tmp_path):
    from training.config import TrainConfig

    plain = TrainConfig(paintings=(painting,), photos=photos, out=tmp_path / "run", steps=100)
    changed = VARIANTS[name](config, plain)
    assert (changed != plain) == (name != "default")
