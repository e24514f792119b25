from __future__ import annotations

import errno
import json
import shutil
import tempfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from edge_app.core.errors import (
    ConfigError,
    ExportError,
    MissingExtraError,
    ParityError,
    PhotoFolderError,
    RunError,
    StorageError,
)
from edge_app.core.image import read_image, to_float
from edge_app.core.manifest import Format
from edge_app.core.pack import StylePack, open_pack
from edge_app.core.runtime import open_runtime
from edge_app.core.stylizer import stylize
from export import build, coreml, parity, tflite
from export.build import export
from export.config import ExportConfig
from export.graph import edge_graph
from export.recipes import RECIPES
from training.config import StylizerConfig
from training.data import to_tensor
from training.network import Stylizer, save_weights
from training.trunk import Trunk, norms_of

from .conftest import PACKED, SIDE, fake_judge, make_stylizer

TINY = StylizerConfig(width=8, blocks=1)


@pytest.fixture(scope="module")
def tiny_run(make_run: Callable[[Stylizer], Path]) -> Path:
    return make_run(make_stylizer(TINY))


@pytest.fixture
def quick(tiny_run: Path, tmp_path: Path) -> ExportConfig:
    """The least that can be exported."""
    return ExportConfig(
        run=tiny_run,
        out=tmp_path / "out" / "x.stylepack",
        sizes=((32, 32),),
        recipes=("fp32",),
        coreml=False,
        onnx=False,
    )


@pytest.fixture(scope="module")
def converted() -> bytes:
    """The file of the tiny run's network, for tests that are not about its making."""
    return tflite.convert(edge_graph(make_stylizer(TINY)), (32, 32))


@pytest.fixture
def at_once(converted: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tflite, "convert", lambda graph, size: converted)


@pytest.fixture
def old_pack(quick: ExportConfig, pack_at: Callable[..., Path]) -> bytes:
    """An older pack where the new one shall be; gives its bytes."""
    quick.out.parent.mkdir()
    shutil.copy(pack_at(), quick.out)
    return quick.out.read_bytes()


def assert_untouched(config: ExportConfig, before: bytes) -> None:
    assert config.out.read_bytes() == before
    assert [path.name for path in config.out.parent.iterdir()] == [config.out.name]


def test_the_pack_holds_every_file_and_each_passed(pack: StylePack):
    names = {model.path for model in open_pack(pack.path).manifest.models}
    tflite_names = {
        f"tflite/{recipe}-{size}.tflite"
        for recipe in PACKED
        for size in (f"{SIDE}x{SIDE}", "32x48")
    }
    others = {"coreml/fp16.mlpackage", "onnx/fp32.onnx", "onnx/int8-conv.onnx"}
    assert names == {*tflite_names, *others}
    for model in pack.manifest.models:
        assert model.gates
        assert all(gate.holds for gate in model.gates)


def test_only_core_ml_is_not_run_here(pack: StylePack):
    expected = None if coreml.can_predict() else coreml.NOT_RUN
    for model in pack.manifest.models:
        assert model.not_run == (expected if model.format is Format.COREML else None)


def test_the_manifest_says_where_it_comes_from(pack: StylePack):
    manifest = pack.manifest
    assert (manifest.id, manifest.title) == ("starry-night", "Starry night")
    assert (manifest.artist, manifest.year) == ("Vincent van Gogh", "1889")
    assert manifest.network == "nano"
    assert manifest.quality["training_content"] == 0.8
    assert manifest.quality["training_style"] == 0.4
    assert manifest.quality["content"] > 0 < manifest.quality["style"]
    provenance = manifest.provenance
    assert (provenance.steps, provenance.photo_count, provenance.seed) == (2500, 4, 7)
    assert provenance.versions["torch"] == "1.2.3"
    assert provenance.versions["litert-torch (export)"] != "not installed"
    assert provenance.config["paintings"] == ["starry_night.jpg"]
    assert "/" not in str(provenance.config)  # no folders of the person who trained it
    for name in ("scikit-learn", "pillow", "numpy"):
        assert provenance.versions[f"{name} (export)"] != "not installed"
    exported = provenance.export
    assert exported.options["recipes"] == list(PACKED)
    assert exported.options["sizes"] == [[SIDE, SIDE], [32, 48]]
    assert (exported.options["finetune"], exported.options["route"]) == (0, "litert-torch")
    assert (exported.calibrated_on, exported.compared_on) == (2, 2)
    assert "/" not in str(exported)
    assert "title" not in exported.options


def test_every_file_says_what_accelerators_make_of_it(pack: StylePack):
    for model in pack.manifest.models:
        assert (model.lint is not None) == (model.format is Format.TFLITE)
        if model.lint is not None:
            measured = {delegate.name: delegate for delegate in model.lint.delegates}["xnnpack"]
            assert (measured.refused, measured.pieces) == ({}, 1)


def test_core_ml_takes_every_size(pack: StylePack):
    (model,) = pack.models(format=Format.COREML)
    assert (model.size, model.sizes) == ((SIDE, SIDE), ((32, 48), (SIDE, SIDE)))
    assert model.size_text == f"32x48 or {SIDE}x{SIDE}"


def test_every_file_holds_parity_and_picture_quality(pack: StylePack):
    for model in pack.manifest.models:
        metrics = {gate.metric for gate in model.gates}
        assert {"psnr", "ssim", "content_change", "style_change"} <= metrics, model.path


def test_progress_rises_to_the_end(progress: list[tuple[str, float]], pack: StylePack):
    shares = [share for _, share in progress]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)
    assert any("int8-conv" in text for text, _ in progress)


def test_the_pack_stylizes(pack: StylePack, photos: Path):
    photo = read_image(photos / "coffee.jpg")
    results = [
        stylize(open_runtime(pack, recipe=recipe, size=SIDE), photo).astype(int)
        for recipe in PACKED
    ]
    assert np.abs(results[0] - results[1]).max() <= 2
    for result in results[2:]:
        assert np.abs(results[0] - result).mean() < 4


def test_the_preview_is_a_picture(pack: StylePack, tmp_path: Path):
    (tmp_path / "preview.jpg").write_bytes(pack.read("preview.jpg"))
    assert max(read_image(tmp_path / "preview.jpg").shape) == build.PREVIEW_SIDE


def test_the_same_run_gives_the_same_bytes(quick: ExportConfig):
    quick = replace(quick, recipes=("fp32", "int8-conv"))
    first = export(quick).path.read_bytes()
    again = replace(quick, out=quick.out.with_name("y.stylepack"))
    assert export(again).path.read_bytes() == first


def test_an_old_pack_is_replaced(quick: ExportConfig, at_once, old_pack: bytes):
    export(quick)
    assert quick.out.read_bytes() != old_pack
    assert open_pack(quick.out).manifest.network == "custom"


def test_a_pack_can_be_a_folder(quick: ExportConfig, at_once):
    folder = quick.out.with_suffix("")
    export(replace(quick, out=folder))
    assert (folder / "tflite/fp32-32x32.tflite").is_file()


def test_a_file_that_fails_its_gate_is_not_shipped(
    quick: ExportConfig, old_pack: bytes, monkeypatch: pytest.MonkeyPatch
):
    """The conversion goes wrong: another network's weights end up in the file."""
    right = tflite.convert

    def wrong(graph, size):
        graph.last.convolution.weight.mul_(1.01)
        return right(graph, size)

    monkeypatch.setattr(tflite, "convert", wrong)
    with pytest.raises(ParityError, match=r"tflite/fp32-32x32\.tflite: does not agree"):
        export(quick)
    assert_untouched(quick, old_pack)


@pytest.mark.parametrize("error", [ExportError("no"), KeyboardInterrupt(), MemoryError()])
def test_an_interrupted_export_leaves_the_old_pack(quick, old_pack, monkeypatch, error):
    def stop(graph, size):
        raise error

    monkeypatch.setattr(tflite, "convert", stop)
    with pytest.raises(type(error)):
        export(quick)
    assert_untouched(quick, old_pack)


def test_a_full_disk_is_a_storage_error(quick, old_pack, monkeypatch):
    def full(path, picture, quality):
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    monkeypatch.setattr(tflite, "convert", lambda graph, size: b"")
    monkeypatch.setattr(build, "model_files", lambda *arguments: iter(()))
    monkeypatch.setattr(build, "write_image", full)
    with pytest.raises(StorageError, match=r"cannot write .*: No space left on device"):
        export(quick)
    assert_untouched(quick, old_pack)


@pytest.mark.parametrize(
    ("step", "files"),
    [
        ("litert_torch.convert", {"recipes": ("fp32",)}),
        ("ai_edge_quantizer.quantizer.Quantizer.quantize", {"recipes": ("int8-conv",)}),
        ("coremltools.models.MLModel.save", {"coreml": True}),
        ("onnxruntime.quantization.quantize_static", {"onnx_recipes": ("int8-conv",)}),
    ],
)
def test_a_disk_that_fills_up_in_a_conversion(
    quick, old_pack, converted, monkeypatch, tmp_path, step, files
):
    """Whichever library writes: an error that says so, the old pack, no temporary file of ours."""

    def full(*arguments, **options):
        raise OSError(errno.ENOSPC, "No space left on device")

    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    monkeypatch.setattr(step, full)
    if "litert_torch" not in step:
        monkeypatch.setattr(tflite, "convert", lambda graph, size: converted)
    wanted = {"recipes": (), **files, "onnx": "onnx_recipes" in files}
    with pytest.raises(StorageError, match=r"cannot write .*: No space left on device"):
        export(replace(quick, **wanted))
    assert_untouched(quick, old_pack)
    # coremltools keeps its own until the process ends.
    assert not [path for path in temporary.iterdir() if path.suffix != ".mlpackage"]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["int8-full", "mixed"])
def test_the_recipes_that_take_long_pass_their_gates(quick, name):
    (model,) = export(
        replace(quick, recipes=(name,)), judge_of=lambda _: fake_judge
    ).manifest.models
    assert model.recipe == name
    assert {gate.metric for gate in model.gates} == {t.metric for t in RECIPES[name].thresholds}
    assert model.lint is not None


@pytest.mark.slow
def test_auto_packs_what_it_chose_and_says_why(quick):
    config = replace(quick, sizes=((32, 32), (32, 48)), recipes=("auto",))
    pack = export(config, judge_of=lambda _: fake_judge)
    first, second = pack.manifest.models
    assert first.recipe == second.recipe
    assert first.recipe in RECIPES
    for model in (first, second):
        assert model.why.startswith(f"auto: {model.recipe} ")
        assert all(name in model.why for name in RECIPES)
        assert "measured speed" in model.not_reproducible
        assert all(gate.holds for gate in model.gates)


def test_a_place_that_cannot_be_written_is_told_before_the_work(quick, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="cannot write"):
        export(replace(quick, out=tmp_path / "file" / "x.stylepack"))


@pytest.mark.parametrize("good_enough", [False, True])
def test_a_file_as_true_as_its_recipe_asks_is_not_good_enough(
    quick, at_once, monkeypatch, good_enough
):
    """34 dB: int8-conv has to have 30, and 38 to be good enough."""
    load = parity.load_runtime

    def lighter(*arguments, **options):
        runtime = load(*arguments, **options)
        run = runtime.run
        monkeypatch.setattr(runtime, "run", lambda *given: run(*given) + np.float32(0.02))
        return runtime

    monkeypatch.setattr(parity, "load_runtime", lighter)
    config = replace(quick, recipes=("int8-conv",), good_enough=good_enough)
    if good_enough:
        with pytest.raises(ParityError, match=r"int8-conv-32x32\.tflite: .* at least 38 dB"):
            export(config, judge_of=lambda _: fake_judge)
    else:
        (model,) = export(config, judge_of=lambda _: fake_judge).manifest.models
        (psnr,) = [gate for gate in model.gates if gate.metric == "psnr"]
        assert psnr.threshold <= psnr.worst < 38


def test_what_is_to_be_good_enough_needs_a_judge(quick, old_pack):
    with pytest.raises(ConfigError, match=r"good_enough: .* a judge .* got none: .*--paintings"):
        export(replace(quick, good_enough=True))
    assert_untouched(quick, old_pack)


def test_a_run_without_weights_says_so(quick: ExportConfig, old_pack: bytes, tmp_path: Path):
    run = tmp_path / "run"
    shutil.copytree(quick.run, run)
    (run / "stylizer.safetensors").unlink()
    with pytest.raises(
        RunError, match=r"run: .* there is no stylizer\.safetensors in it\. .*--resume"
    ):
        export(replace(quick, run=run))
    assert_untouched(quick, old_pack)


def test_a_run_without_facts_says_so(quick: ExportConfig, tmp_path: Path):
    run = tmp_path / "run"
    shutil.copytree(quick.run, run)
    (run / "run.json").unlink()
    with pytest.raises(RunError, match=r"there is no run.json in it"):
        export(replace(quick, run=run))


def test_photographs_that_are_gone_say_so(quick: ExportConfig, tmp_path: Path):
    with pytest.raises(PhotoFolderError, match="no such folder"):
        export(replace(quick, photos=tmp_path / "gone"))


def test_broken_photographs_are_skipped_and_counted(quick, at_once, photos, tmp_path: Path):
    folder = tmp_path / "photos"
    shutil.copytree(photos, folder)
    (folder / "a.jpg").write_bytes(b"broken")
    told = []
    export(replace(quick, photos=folder), on_skipped=told.append)
    (skipped,) = told
    assert list(skipped) == [folder / "a.jpg"]


def test_photographs_of_the_training_that_are_gone_can_be_replaced(quick, tmp_path: Path):
    run = tmp_path / "run"
    shutil.copytree(quick.run, run)
    config = json.loads((run / "config.json").read_text())
    (run / "config.json").write_text(json.dumps({**config, "photos": "gone"}))
    with pytest.raises(PhotoFolderError, match=r"gone: .*name some with --photos"):
        export(replace(quick, run=run))


def test_damaged_losses_are_told(quick, at_once, tmp_path: Path):
    run = tmp_path / "run"
    shutil.copytree(quick.run, run)
    (run / "losses.csv").write_text("step,total\n1,x\n")
    with pytest.raises(RunError, match=r"losses\.csv: damaged"):
        export(replace(quick, run=run))


def test_what_is_no_pack_is_left_alone_before_any_work(quick, tmp_path: Path):
    painting = tmp_path / "painting.png"
    painting.write_bytes(b"precious")
    for out in (painting, quick.run):
        steps = []
        with pytest.raises(StorageError, match="no style pack"):
            export(replace(quick, out=out), lambda text, share, steps=steps: steps.append(text))
        assert not steps
    assert painting.read_bytes() == b"precious"


@pytest.mark.parametrize(
    ("package", "options"),
    [
        ("litert_torch", {"recipes": ("fp32",)}),
        ("ai_edge_litert", {"recipes": ("fp32",)}),
        ("ai_edge_quantizer", {"recipes": ("fp16",)}),
        ("coremltools", {"coreml": True}),
        ("sklearn", {"coreml": True, "coreml_recipes": ("palette-weights",)}),
        ("onnx", {"onnx": True}),
        ("onnxscript", {"onnx": True}),
        ("onnxruntime", {"onnx": True}),
    ],
)
def test_a_missing_package_is_told_with_its_pip_line_before_any_work(
    quick, old_pack, monkeypatch, package, options
):
    monkeypatch.setattr(build, "find_spec", lambda name: None if name == package else name)
    steps = []
    with pytest.raises(MissingExtraError, match=rf"{package}.*pip install 'edgestyle\[export\]'"):
        export(
            replace(quick, **{"recipes": (), **options}),
            lambda text, share: steps.append(text),
        )
    assert not steps
    assert_untouched(quick, old_pack)


def test_nothing_is_printed(quick: ExportConfig, capsys: pytest.CaptureFixture[str]):
    export(replace(quick, recipes=("int8-conv",), coreml=True, onnx=True))
    assert capsys.readouterr() == ("", "")


def test_a_style_of_a_trunk_becomes_a_plain_model(make_run, tmp_path):
    folded = make_stylizer(TINY)
    run = make_run(folded)
    trunk = Trunk(TINY, ("photograph", "starry_night"))
    trunk.network.load_state_dict(folded.state_dict())
    trunk.add("starry_night", norms_of(folded))
    save_weights(trunk, TINY, run)
    config = ExportConfig(
        run=run, out=tmp_path / "x.stylepack", recipes=(), coreml=False, style="starry_night"
    )
    pack = export(config)
    assert pack.manifest.title == "Starry night"
    (model,) = pack.manifest.models
    assert all(gate.holds for gate in model.gates)  # compared with the style's own stylizer
    picture = np.random.default_rng(0).integers(0, 256, (32, 48, 3), np.uint8)
    with closing(open_runtime(pack)) as runtime:
        drawn = runtime.run(to_float(picture))
    with torch.no_grad():
        expected = folded(to_tensor(picture))[0].permute(1, 2, 0).numpy()
    np.testing.assert_allclose(drawn, expected, atol=1e-4)
    for style, error in ((None, RunError), ("wave", ConfigError)):
        with pytest.raises(error, match="photograph, starry_night"):
            export(replace(config, style=style))
