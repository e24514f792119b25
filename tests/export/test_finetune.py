from __future__ import annotations

import copy
import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from edge_app.core.errors import ConfigError, ExportError, ParityError, PhotoFolderError
from edge_app.core.grain import grained
from edge_app.core.image import write_image
from edge_app.core.manifest import Format, ModelFile
from edge_app.core.metrics import psnr_db
from edge_app.core.runtime import load_runtime
from export import files, tflite
from export import finetune as module
from export.build import export
from export.calibration import at_size, lessons, representative
from export.config import ExportConfig, Route
from export.finetune import Tuned, finetune, with_learnt
from export.graph import edge_graph
from export.recipes import INT8_CONV, Target
from export.rescale import rescale
from export.subjects import check_file
from training.network import Stylizer

SIZE = (64, 64)


@pytest.fixture(scope="module")
def pictures(photos: Path):
    return [at_size(photo, SIZE) for photo in representative(photos).calibration]


@pytest.fixture(scope="module")
def graph(stylizer: Stylizer, pictures):
    graph = edge_graph(stylizer, Target.INTEGERS)
    rescale(graph, pictures)
    return graph


@pytest.fixture(scope="module")
def astray(graph):
    """The graph, but that it draws too light: there is something to learn."""
    graph = copy.deepcopy(graph)
    graph.last.convolution.bias.add_(0.3)
    return graph


@pytest.fixture(scope="module")
def learn(astray, stylizer: Stylizer, pictures, photos: Path):
    """Fine-tuning on small crops, at a rate at which few steps show."""

    def learn(steps: int = 12, graph=astray, **options) -> Tuned:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(module, "CROP", 64)
            patch.setattr(module, "WEIGHT_RATE", 3e-4)
            return finetune(
                graph, stylizer, pictures, lessons(representative(photos)), steps=steps, **options
            )

    return learn


@pytest.fixture(scope="module")
def tuned(learn) -> Tuned:
    return learn()


def test_it_learns_and_leaves_the_graph_that_it_was_given(astray, learn):
    before = {name: value.clone() for name, value in astray.state_dict().items()}
    told: list[int] = []
    tuned = learn(on_step=told.append)
    assert told == list(range(1, 13))
    assert tuned.is_better
    assert tuned.after_db > tuned.before_db + 0.5
    assert str(tuned) == f"{tuned.before_db:.1f} -> {tuned.after_db:.1f} dB"
    assert all(torch.equal(before[name], value) for name, value in astray.state_dict().items())
    changed = {
        name
        for name, value in tuned.graph.state_dict().items()
        if not torch.equal(value, before[name])
    }
    assert {name for name in before if name.endswith("eps")}.isdisjoint(changed)
    assert "last.convolution.weight" in changed
    assert not any(parameter.requires_grad for parameter in tuned.graph.parameters())


def test_the_same_seed_learns_the_same(learn, tuned: Tuned):
    again = learn()
    assert again.ends == tuned.ends
    assert all(map(torch.equal, again.graph.parameters(), tuned.graph.parameters()))
    assert learn(seed=1).ends != tuned.ends


def test_no_steps_change_nothing(graph, learn):
    tuned = learn(steps=0, graph=graph)
    assert not tuned.is_better
    before, after = graph.state_dict(), tuned.graph.state_dict()
    assert before.keys() == after.keys()
    assert all(torch.equal(value, after[name]) for name, value in before.items())


def test_grain_is_put_on_once(stylizer: Stylizer, pictures, photos: Path):
    grainy = Stylizer(dataclasses.replace(stylizer.config, grain=0.3)).eval()
    grainy.load_state_dict(stylizer.state_dict())
    given = [grained(picture, grainy.config.grain) for picture in pictures]
    graph = edge_graph(grainy, Target.INTEGERS)
    rescale(graph, given)
    tuned = finetune(graph, grainy, given, lessons(representative(photos)), steps=0)
    assert tuned.before_db > 35  # 26 dB, were the network to draw grain upon grain


def test_the_file_has_the_ranges_that_were_learnt(tuned: Tuned, pictures, photos: Path):
    content = tflite.convert(tuned.graph, SIZE)
    found = tflite.calibrate(content, INT8_CONV, pictures)
    ranges = with_learnt(found, content, tuned)
    assert ranges.keys() == found.keys()
    quantized = tflite.quantize(content, INT8_CONV, pictures, ranges)

    from ai_edge_litert.interpreter import Interpreter

    details = Interpreter(model_content=quantized).get_tensor_details()
    scales = {
        float(d["quantization_parameters"]["scales"][0])
        for d in details
        if d["dtype"] == np.int8 and len(d["quantization_parameters"]["scales"]) == 1
    }
    for ends in tuned.ends:
        for low, high in ends:
            assert min(abs(scale / ((high - low) / 255) - 1) for scale in scales) < 1e-4

    model = ModelFile(
        path="tuned.tflite",
        format=Format.TFLITE,
        recipe="int8-conv",
        size=SIZE,
        layout="NHWC",
        dtype="float32",
        value_range=(0.0, 1.0),
    )
    runtime = load_runtime(model, quantized, threads=1)
    (_, photo), *_ = representative(photos).parity
    picture = at_size(photo, SIZE)
    by_file = runtime.run(picture)
    runtime.close()
    with torch.no_grad():
        exact = tuned.graph(torch.from_numpy(picture)[None])[0].numpy()
    # Cut off or coarse somewhere, it would be far from the graph that it was made of.
    assert psnr_db(by_file, exact) > 30


def test_another_models_convolutions_are_refused(tuned: Tuned, tflite):
    with pytest.raises(
        ExportError, match=r"not the graph's: expected .* export without --finetune"
    ):
        with_learnt({}, tflite(), tuned)


def test_lessons_are_none_of_the_photographs_to_compare_on(tmp_path: Path, rng):
    for i in range(40):
        write_image(tmp_path / f"{i}.png", np.full((80, 100, 3), 5 * i, np.uint8))
    photos = representative(tmp_path)
    compared = {int(photo[0, 0, 0]) for _, photo in photos.parity}
    learnt = {int(photo[0, 0, 0]) for photo in lessons(photos)}
    assert len(compared) == 4
    assert learnt == {5 * i for i in range(40)} - compared


def test_lessons_pass_over_broken_files_and_need_one_whole(tmp_path: Path):
    write_image(tmp_path / "a.png", np.zeros((80, 100, 3), np.uint8))
    photos = representative(tmp_path)
    with pytest.raises(PhotoFolderError, match="all needed to compare on"):
        lessons(photos)
    (tmp_path / "b.jpg").write_bytes(b"no picture")
    with pytest.raises(PhotoFolderError, match="all needed to compare on"):
        lessons(photos)
    Image.new("RGB", (600, 700)).save(tmp_path / "c.png")
    (lesson,) = lessons(photos)
    assert min(lesson.shape[:2]) == 512


@pytest.mark.slow
@pytest.mark.parametrize("worth", [True, False])
def test_a_pack_tells_what_was_learnt(run: Path, tmp_path: Path, monkeypatch, worth: bool):
    monkeypatch.setattr(module, "CROP", 64)
    monkeypatch.setattr(Tuned, "is_better", worth)
    config = ExportConfig(
        run=run,
        out=tmp_path / "tuned.stylepack",
        sizes=(SIZE, (32, 48)),
        recipes=("int8-conv",),
        coreml=False,
        onnx=False,
        finetune=2,
    )
    shares: list[float] = []
    pack = export(config, lambda _, share: shares.append(share))
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert len(pack.manifest.models) == 2
    begin = "fine-tuned: 2 steps, " if worth else "not fine-tuned, for it gained nothing: 2 steps"
    for model in pack.manifest.models:
        assert model.why is not None
        assert model.why.startswith(begin)
        assert "measured on photographs" in model.not_reproducible


def test_a_file_that_fell_short_is_made_without_fine_tuning(run, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "CROP", 64)
    monkeypatch.setattr(Tuned, "is_better", True)
    config = ExportConfig(
        run=run,
        out=tmp_path / "untuned.stylepack",
        sizes=(SIZE,),
        recipes=("int8-conv",),
        coreml=False,
        onnx=False,
    )
    plain = export(config)
    (path,) = [model.path for model in plain.manifest.models]
    checked = []

    def check(model, content, *asked):
        checked.append(content)
        if len(checked) == 1:
            raise ParityError("style_change 0.0226, expected at most 0.02")
        return check_file(model, content, *asked)

    monkeypatch.setattr(files, "check_file", check)
    pack = export(dataclasses.replace(config, out=tmp_path / "tuned.stylepack", finetune=2))
    (model,) = pack.manifest.models
    assert model.why == "not fine-tuned: 2 steps made the worst photograph worse"
    assert checked[0] != checked[1] == pack.read(path) == plain.read(path)
    # Without fine-tuning there is nothing to go back to.
    checked.clear()
    with pytest.raises(ParityError, match=r"0\.0226"):
        export(dataclasses.replace(config, out=tmp_path / "plain.stylepack"))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"finetune": -1}, "finetune: expected 0 steps or more, got -1"),
        ({"finetune": 9, "recipes": ("fp32", "mixed")}, "only int8-conv is fine-tuned"),
        ({"finetune": 9, "route": Route.ONNX2TF}, "finetune: only for the route litert-torch"),
    ],
)
def test_what_cannot_be_fine_tuned_is_refused_at_once(options, message):
    with pytest.raises(ConfigError, match=message):
        ExportConfig(run=Path("run"), out=Path("x.stylepack"), **options)
