from __future__ import annotations

import numpy as np
import pytest

from benchmarks.quality.config import EvaluateConfig, Measure
from benchmarks.quality.evaluate import evaluate
from benchmarks.quality.reference import method_for
from benchmarks.quality.tables import sheets
from edge_app.core.errors import ConfigError
from training.config import LossConfig


@pytest.fixture
def pack(pack_at, tflite):
    return pack_at({"tflite/fp32-64x64.tflite": tflite((64, 64))})


def test_the_reference_makes_small_what_is_judged_and_is_kept(
    pack, many_photos, whirl_file, tmp_path, monkeypatch
):
    config = EvaluateConfig(
        subjects=(str(pack),),
        photos=many_photos,
        paintings=whirl_file,
        count=2,
        size=64,
        measures=(Measure.DISTANCES,),
        reference_steps=30,
        reference_folder=tmp_path / "reference",
    )
    stages, drawn = [], {}
    found = evaluate(
        config,
        lambda stage, _share: stages.append(stage),
        lambda subject, pictures: drawn.update({subject.kind: [d.picture for d in pictures]}),
    )
    ours, reference = found.judgements
    assert (reference.method, reference.kind) == ("reference, 30 steps", "reference")
    assert reference.weights == ours.weights
    # An untrained network is far from what the steps reach.
    assert reference.weighted < 0.7 * ours.weighted
    summary = sheets(found)[0]
    column = summary.columns.index("of reference")
    shown = [row[column] for row in summary.rows]
    assert shown == [f"{ours.weighted / reference.weighted:.2f}", "1.00"]
    assert any("step 30/30" in stage for stage in stages)

    monkeypatch.setattr("benchmarks.quality.reference.optimise", None)  # kept: not painted again
    again = {}
    second = evaluate(config, keep=lambda s, d: again.update({s.kind: [x.picture for x in d]}))
    assert second.judgements[1].weighted == pytest.approx(reference.weighted)
    for before, after in zip(drawn["reference"], again["reference"], strict=True):
        np.testing.assert_array_equal(before, after)


def test_layers_that_count_unequally_keep_their_ratio():
    loss = LossConfig(style_layer_weights=(5, 4, 3, 2, 1), style_weight=7)
    method = method_for(loss, steps=3)
    assert method.style_layer_weights == (1, 0.8, 0.6, 0.4, 0.2)
    assert (method.beta, method.content_weight, method.steps) == (7, 1, 3)


def test_what_the_reference_cannot_do_is_told(tmp_path):
    loss = LossConfig(content_layer_weights=(2, 1))
    with pytest.raises(ConfigError, match="content layers equally"):
        method_for(loss, steps=3)
    with pytest.raises(ConfigError, match="--reference-steps"):
        EvaluateConfig(subjects=("x",), photos=tmp_path, reference_folder=tmp_path)
    with pytest.raises(ConfigError, match="distances"):
        EvaluateConfig(
            subjects=("x",), photos=tmp_path, reference_steps=3, measures=(Measure.COLOUR,)
        )
