from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import torch
from PIL import Image

from benchmarks.quality.artefacts import artefacts
from benchmarks.quality.config import EvaluateConfig, Measure
from benchmarks.quality.evaluate import evaluate, judge_pack
from benchmarks.quality.panel import Panel
from benchmarks.quality.photographs import read_photographs
from benchmarks.quality.results import read_evaluation, write_evaluation
from edge_app.core.errors import ConfigError, PhotoFolderError, TeacherError


@pytest.fixture(autouse=True)
def no_downloads(tmp_path, monkeypatch):
    """As on a machine that never downloaded any weights."""
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path / "hub"))


@pytest.fixture
def pack(pack_at, tflite):
    return pack_at({"tflite/fp32-64x64.tflite": tflite((64, 64))})


@pytest.fixture
def clip(tmp_path, real):
    folder = tmp_path / "pan"
    folder.mkdir()
    for i in range(3):
        Image.fromarray(real["coffee"][:100, 4 * i : 4 * i + 100]).save(folder / f"{i}.png")
    return folder


@pytest.fixture
def untouched(tmp_path, many_photos):
    """The photographs themselves as a method's pictures: what no style transfer scores."""
    folder = tmp_path / "whirl"
    folder.mkdir()
    for path in many_photos.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    return folder


def test_all_of_it(pack, untouched, clip, many_photos, whirl_file, tmp_path):
    stages, kept = [], []
    config = EvaluateConfig(
        subjects=(str(pack), f"nothing={untouched}"),
        photos=many_photos,
        paintings=whirl_file,
        count=4,
        size=64,
        clips=(clip,),
    )
    found = evaluate(
        config, lambda _, share: stages.append(share), lambda s, d: kept.append((s, d))
    )

    ours, nothing = found.judgements
    assert (ours.method, nothing.method) == ("nano", "nothing")
    assert len(ours.pictures) == len(nothing.pictures) == 4
    # The photographs themselves: all of the content, none of the style.
    assert nothing.content == 0
    assert nothing.style_left == 1
    assert all(picture.miou == 1 for picture in nothing.pictures)
    assert nothing.mean(lambda p: p.structure.ssim) == pytest.approx(1)
    assert nothing.variation_ratio == 1
    assert all(p.colour.distance == p.colour.photo_distance for p in nothing.pictures)
    # A mix of the channels: the drawing stays, the colours do not.
    assert ours.content > 0.01
    assert 0.5 < ours.mean(lambda p: p.structure.edges) < 1
    assert ours.mean(lambda p: p.colour.distance) != nothing.mean(lambda p: p.colour.distance)

    judged = read_photographs(many_photos, count=4, side=64).judged
    assert [p.artefacts for p in nothing.pictures] == [artefacts(p.picture) for p in judged]

    (flicker,) = ours.clips
    assert (flicker.clip, flicker.frames) == ("pan", 3)
    assert flicker.change > 0
    assert not nothing.clips
    known = {each.method: each for each in found.recognition}
    assert known["nothing"].recall == 0
    assert known["nothing"].auc == pytest.approx(0.5)
    assert len(known["nothing"].truth) == 8

    assert stages == sorted(stages)
    assert [subject.method for subject, _ in kept] == ["nano", "nothing"]
    assert [len(drawn) for _, drawn in kept] == [4, 4]
    notices = " ".join(found.notices)
    assert "LPIPS" in notices
    assert "FID" in notices
    assert "pan: flicker not judged" in notices
    write_evaluation(tmp_path / "e.json", found)
    assert read_evaluation(tmp_path / "e.json") == found


def test_only_what_is_asked_for_is_measured(pack, many_photos):
    found = judge_pack(str(pack), many_photos, count=2, size=64)
    assert found.content > 0
    assert found.style_distance is found.weighted is found.style_left is None  # no painting
    config = EvaluateConfig(
        subjects=(str(pack),), photos=many_photos, count=2, size=64, measures=(Measure.REGIONS,)
    )
    (ours,) = evaluate(config).judgements
    for picture in ours.pictures:
        assert 0 < picture.miou <= 1
        assert picture.distances is picture.structure is picture.colour is None
        assert picture.artefacts is picture.lpips is None


def test_a_pack_is_judged_as_the_judge_sees_it(pack, many_photos, whirl_file, whirl, judge, mix):
    from edge_app.core.image import to_float, to_uint8
    from training.config import LossConfig

    found = judge_pack(str(pack), many_photos, paintings=whirl_file, count=2, size=64)
    of_whirl = judge.of_painting(whirl, LossConfig(), size=384)
    photos = [p.picture for p in read_photographs(many_photos, count=2, side=64).judged]
    distances = [of_whirl(to_uint8(mix(to_float(photo))), photo) for photo in photos]
    style = np.mean([np.mean(list(each.style.values())) for each in distances])
    content = np.mean([np.mean(list(each.content.values())) for each in distances])
    # Other kernels round some values to the neighbouring one of 8 bits.
    assert found.style_distance == pytest.approx(style, rel=0.02)
    assert found.content == pytest.approx(content, rel=0.02)
    assert found.weighted == pytest.approx(found.content + 10 * found.style_distance)


def test_pictures_that_are_missing_are_told_and_the_others_judged(
    untouched, many_photos, whirl_file
):
    chosen = [photo.name for photo in read_photographs(many_photos, count=3, side=64).judged]
    (untouched / f"{chosen[1]}.png").unlink()
    config = EvaluateConfig(
        subjects=(str(untouched),),
        photos=many_photos,
        paintings=whirl_file,
        count=3,
        size=64,
        measures=(Measure.STRUCTURE,),
    )
    found = evaluate(config)
    assert [p.photo for p in found.judgements[0].pictures] == [chosen[0], chosen[2]]
    assert chosen[1] in " ".join(found.notices)
    for name in (chosen[0], chosen[2]):
        (untouched / f"{name}.png").unlink()
    with pytest.raises(PhotoFolderError, match="not one picture to judge"):
        evaluate(config)


def test_too_few_photographs_for_the_recogniser_are_told(pack, many_photos, whirl_file):
    config = EvaluateConfig(
        subjects=(str(pack),),
        photos=many_photos,
        paintings=whirl_file,
        size=64,
        measures=(Measure.RECOGNITION,),
    )
    found = evaluate(config)
    assert found.recognition == ()
    assert "at least 12 photographs besides" in " ".join(found.notices)


def test_what_was_judged_before_an_interruption_is_kept(pack, untouched, many_photos):
    config = EvaluateConfig(
        subjects=(str(pack), str(untouched)),
        photos=many_photos,
        count=2,
        size=64,
        measures=(Measure.STRUCTURE,),
    )

    def interrupt(at):
        def tell(stage, _share):
            if at in stage:
                raise KeyboardInterrupt

        return tell

    found = evaluate(config, interrupt("whirl"))
    assert found.interrupted
    assert [each.source for each in found.judgements] == ["whirl.stylepack"]
    assert "interrupted" in " ".join(found.notices)
    with pytest.raises(KeyboardInterrupt):
        evaluate(config, interrupt("Whirl"))


def test_an_interruption_at_the_end_keeps_all_subjects(pack, many_photos, monkeypatch):
    def interrupt(_panel):
        raise KeyboardInterrupt

    monkeypatch.setattr(Panel, "recognition", interrupt)
    config = EvaluateConfig(
        subjects=(str(pack),),
        photos=many_photos,
        count=2,
        size=64,
        measures=(Measure.STRUCTURE,),
    )
    found = evaluate(config)
    assert found.interrupted
    assert len(found.judgements) == 1
    assert "not every figure" in " ".join(found.notices)


def test_a_folder_without_the_pictures_is_told_before_anything_is_judged(
    pack, untouched, many_photos
):
    for photo in read_photographs(many_photos, count=2, side=64).judged:
        (untouched / f"{photo.name}.png").unlink()
    stages = []
    config = EvaluateConfig(
        subjects=(str(pack), str(untouched)), photos=many_photos, count=2, size=64
    )
    with pytest.raises(PhotoFolderError, match="not one picture to judge"):
        evaluate(config, lambda stage, _share: stages.append(stage))
    assert stages == ["loading"]


def test_a_judge_that_is_not_there_is_an_error(pack, many_photos, tmp_path):
    config = EvaluateConfig(
        subjects=(str(pack),), photos=many_photos, size=64, judge=(tmp_path / "none.safetensors",)
    )
    with pytest.raises(TeacherError, match=r"none\.safetensors"):
        evaluate(config)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"subjects": ()}, "subjects: expected at least one"),
        ({"photos": None}, "photos: a folder"),
        ({"count": 0}, "count: expected 1 or more, got 0"),
        ({"size": 66}, "size: expected a multiple of 4, got 66"),
        ({"measures": ()}, "measures: expected at least one of distances"),
        ({"answers": ("a.json",)}, "--survey"),
    ],
)
def test_what_cannot_be_judged_is_refused_before(tmp_path, changes, message):
    with pytest.raises(ConfigError, match=message):
        EvaluateConfig(**{"subjects": ("x",), "photos": tmp_path, **changes})


def test_results_and_tables_are_read_without_torch():
    """What other reports read of this needs none of the judges."""
    code = (
        "import sys; sys.modules.update(dict.fromkeys(('torch', 'sklearn', 'skimage', 'cv2')))\n"
        "import benchmarks.quality.results, benchmarks.quality.tables, benchmarks.quality.config"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_recogniser_knows_paintings_that_nobody_draws(
    pack, many_photos, whirl_file, whirl, tmp_path
):
    """One known painting is a copy of the judged one, one bears the name of another class."""
    folder = tmp_path / "known"
    folder.mkdir()
    Image.fromarray(whirl).save(folder / "copy.png")
    for name, turned in (("upside down", whirl[::-1]), ("photograph", 255 - whirl)):
        Image.fromarray(np.ascontiguousarray(turned)).save(folder / f"{name}.png")
    config = EvaluateConfig(
        subjects=(str(pack),),
        photos=many_photos,
        paintings=whirl_file,
        known=(folder,),
        count=4,
        size=64,
        measures=(Measure.RECOGNITION,),
    )
    (found,) = evaluate(config).recognition
    assert found.labels[1:] == ("photograph 2", "upside down", "photograph")
    assert {len(row) for row in found.scores} == {4}
    assert set(found.truth) == {0, 3}
    with pytest.raises(ConfigError, match="known: needs the measure 'recognition'"):
        EvaluateConfig(
            subjects=("x",), photos=many_photos, known=(folder,), measures=(Measure.COLOUR,)
        )


def test_learned_measures_alone_without_their_weights_are_an_error(pack, many_photos):
    config = EvaluateConfig(
        subjects=(str(pack),), photos=many_photos, count=2, size=64, measures=(Measure.LEARNED,)
    )
    with pytest.raises(TeacherError, match=r"LPIPS.*FID"):
        evaluate(config)
