from __future__ import annotations

import csv
import dataclasses
import errno
import itertools
import math
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from importlib.metadata import version
from pathlib import Path

import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

import training.guard
from edge_app.core.errors import ConfigError, ImageError, RunError, StorageError, TeacherError
from training.config import LossConfig, Precision, TrainConfig, preset
from training.frame import LEAST_CROP
from training.guard import Guard
from training.interruption import stop_signals
from training.network import WEIGHTS, Stylizer, load_stylizer
from training.objective import Objective
from training.run import CHECKPOINT, LOSSES, read_config, read_facts
from training.train import Progress, train


@pytest.fixture
def config(painting: Path, photos: Path, tmp_path: Path) -> TrainConfig:
    return TrainConfig(
        paintings=(painting,),
        photos=photos,
        out=tmp_path / "run",
        network=preset("nano"),
        steps=6,
        batch=1,
        crop=64,
        style_size=128,
        preview_every=3,
        checkpoint_every=2,
    )


def test_a_run_leaves_all_that_is_needed(config):
    seen: list[Progress] = []
    result = train(config, seen.append)
    assert result.finished
    assert [p.step for p in seen] == [1, 2, 3, 4, 5, 6]
    assert seen[-1].share == 1
    assert [p.preview.name for p in seen if p.preview] == ["step-000003.jpg", "step-000006.jpg"]
    assert read_config(config.out) == config
    facts = read_facts(config.out)
    assert facts.steps == 6
    assert facts.photo_count == 4
    assert facts.versions["torch"] == version("torch")
    assert 0 < result.waited_s < result.elapsed_s
    with (config.out / LOSSES).open() as file:
        rows = list(csv.DictReader(file))
    assert [int(row["step"]) for row in rows] == [1, 2, 3, 4, 5, 6]
    assert all(float(row["total"]) > 0 for row in rows)
    assert load_stylizer(config.out).config == config.network


def test_every_column_of_the_losses_holds_what_its_name_says(config, tmp_path):
    example = tmp_path / "example"
    train(dataclasses.replace(config, out=example, steps=2))
    loss = LossConfig(steadiness_weight=3.0, imitation_weight=2.0)
    crop = dataclasses.replace(config, crop=LEAST_CROP, steps=3, loss=loss, imitate=example)
    seen: list[Progress] = []
    train(crop, seen.append)
    with (config.out / LOSSES).open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 3
    for row, progress in zip(rows, seen, strict=True):
        assert None not in row  # no value beyond the names
        told = {name: float(value) for name, value in row.items()}
        assert {name: told[name] for name in progress.losses} == pytest.approx(
            progress.losses, rel=1e-4
        )
        terms = ("content", "style", "tv", "lattice", "steadiness", "frame", "imitation")
        weighted = sum(getattr(loss, f"{name}_weight") * told[name] for name in terms)
        assert told["total"] == pytest.approx(weighted, rel=1e-3)
        assert min(told[name] for name in ("steadiness", "frame", "imitation")) > 0
        assert 0 <= told["learning_rate"] <= config.learning_rate
        assert told["elapsed_s"] > 0
    assert [float(row["elapsed_s"]) for row in rows] == sorted(float(r["elapsed_s"]) for r in rows)


def test_training_makes_the_loss_smaller(config):
    seen: list[Progress] = []
    train(dataclasses.replace(config, steps=60, learning_rate=5e-3), seen.append)
    first, last = (sum(p.losses["total"] for p in part) / 10 for part in (seen[:10], seen[-10:]))
    assert last < 0.75 * first


def test_imitation_comes_nearer_to_its_example(config, tmp_path):
    example = tmp_path / "example"
    train(dataclasses.replace(config, out=example, steps=40, seed=7))

    def distance(weight: float) -> float:
        seen: list[Progress] = []
        loss = LossConfig(imitation_weight=weight)
        out = tmp_path / f"weight-{weight}"
        train(
            dataclasses.replace(config, out=out, steps=40, loss=loss, imitate=example), seen.append
        )
        return sum(p.losses["imitation"] for p in seen[-10:]) / 10

    assert distance(30.0) < 0.5 * distance(1e-6)


def test_the_same_seed_gives_the_same_weights(config, tmp_path):
    train(config)
    train(dataclasses.replace(config, out=tmp_path / "again"))
    train(dataclasses.replace(config, out=tmp_path / "other", seed=1))
    weights, again, other = (
        load_file(folder / WEIGHTS)
        for folder in (config.out, tmp_path / "again", tmp_path / "other")
    )
    assert all(torch.equal(weights[name], again[name]) for name in weights)
    assert not all(torch.equal(weights[name], other[name]) for name in weights)


def command(config: TrainConfig, *more: str) -> list[str]:
    options = {
        "--photos": config.photos,
        "--out": config.out,
        "--network": "nano",
        "--steps": config.steps,
        "--batch": config.batch,
        "--crop": config.crop,
        "--style-size": config.style_size,
        "--preview-every": config.preview_every,
        "--checkpoint-every": config.checkpoint_every,
    }
    words = [str(word) for pair in options.items() for word in pair]
    return [sys.executable, "-m", "edgestyle", "train", str(config.paintings[0]), *words, *more]


def wait_for(path: Path, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 120
    while not path.exists():
        assert process.poll() is None, "training ended before its first checkpoint"
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_killed_run_resumes_exactly_where_it_stopped(config, tmp_path):
    straight = dataclasses.replace(config, steps=40, out=tmp_path / "straight")
    subprocess.run(command(straight), check=True, capture_output=True)
    killed = dataclasses.replace(straight, out=tmp_path / "killed")
    with subprocess.Popen(command(killed), stdout=-3, stderr=-3) as process:
        wait_for(killed.out / CHECKPOINT, process)
        process.kill()
    assert read_facts(killed.out).steps < 40
    subprocess.run(command(killed, "--resume"), check=True, capture_output=True)
    expected, resumed = load_file(straight.out / WEIGHTS), load_file(killed.out / WEIGHTS)
    assert all(torch.equal(expected[name], resumed[name]) for name in expected)
    with (killed.out / LOSSES).open() as file:
        assert [int(row["step"]) for row in csv.DictReader(file)] == list(range(1, 41))


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_writes_a_checkpoint(config, number):
    long = dataclasses.replace(config, steps=100_000, checkpoint_every=1_000_000)
    with subprocess.Popen(command(long), stdout=-1, stderr=-1) as process:
        wait_for(long.out / "previews" / "step-000003.jpg", process)
        process.send_signal(number)
        _, complaint = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"--resume" in complaint
    assert b"Traceback" not in complaint
    assert read_facts(long.out).steps >= 3
    load_stylizer(long.out)


def test_signals_are_caught_in_the_block_only():
    before = signal.getsignal(signal.SIGTERM)
    with stop_signals() as stop:
        signal.raise_signal(signal.SIGTERM)
        assert stop.is_set()
        assert signal.getsignal(signal.SIGTERM) == before  # a second one acts as usual
        assert signal.getsignal(signal.SIGINT) not in {before, signal.default_int_handler}
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_off_the_main_thread_no_signal_is_caught():
    before, seen = signal.getsignal(signal.SIGINT), []

    def look() -> None:
        with stop_signals() as stop:
            seen.append((stop.is_set(), signal.getsignal(signal.SIGINT)))

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert seen == [(False, before)]


def test_minutes_end_a_run(config):
    seen: list[Progress] = []
    result = train(dataclasses.replace(config, steps=100_000, minutes=0.05), seen.append)
    assert result.finished
    assert 0 < result.steps < 100_000
    assert seen[-1].share == 1
    assert seen[-1].seconds_left == 0


def test_a_finished_run_is_left_as_it_is(config):
    train(config)
    before = {path: path.read_bytes() for path in config.out.rglob("*") if path.is_file()}
    result = train(config, lambda _: pytest.fail("a step was made"), resume=True)
    assert (result.steps, result.finished) == (6, True)
    assert before == {path: path.read_bytes() for path in config.out.rglob("*") if path.is_file()}


def test_photographs_that_were_skipped_stay_counted_after_a_resumption(config, photos, tmp_path):
    folder = tmp_path / "photos"
    shutil.copytree(photos, folder)
    (folder / "broken.jpg").write_bytes(b"no picture")
    config = dataclasses.replace(config, photos=folder, batch=4)
    straight = dataclasses.replace(config, out=tmp_path / "straight")
    assert train(straight).skipped

    def stop(step: Progress) -> None:
        if step.step == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(config, stop)
    assert list(train(config, resume=True).skipped) == [folder / "broken.jpg"]
    facts, expected = read_facts(config.out), read_facts(straight.out)
    assert (facts.photo_count, facts.skipped) == (4, expected.skipped)
    weights, wanted = load_file(config.out / WEIGHTS), load_file(straight.out / WEIGHTS)
    assert all(torch.equal(weights[name], wanted[name]) for name in wanted)


def test_a_torn_row_of_losses_is_dropped(config):
    """A killed process leaves what its last full buffer held: here "2" of step 2500."""
    train(config)
    with (config.out / LOSSES).open("a") as file:
        file.write("2")
    train(config, resume=True)
    with (config.out / LOSSES).open() as file:
        assert [row["step"] for row in csv.DictReader(file)] == ["1", "2", "3", "4", "5", "6"]


@pytest.mark.parametrize("failing", [1, 2, 3, 4])
def test_a_full_disk_at_the_end_loses_nothing(config, tmp_path, monkeypatch, failing):
    """Whichever file of the last checkpoint cannot be written: resumed, all of them are."""
    straight = dataclasses.replace(config, out=tmp_path / "straight")
    train(straight)
    honest, seen, written = Path.replace, [], 0

    def full(self, target):
        nonlocal written
        written += len(seen) == 5 and target.suffix in {".safetensors", ".json"}
        if written == failing:
            raise OSError(errno.ENOSPC, "No space left on device")
        return honest(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", full)
        with pytest.raises(StorageError, match="No space left on device"):
            train(config, seen.append)
    train(config, resume=True)
    for name in (WEIGHTS, CHECKPOINT):
        weights, wanted = load_file(config.out / name), load_file(straight.out / name)
        assert all(torch.equal(weights[key], wanted[key]) for key in wanted)
    assert read_facts(config.out).steps == 6


@pytest.mark.skipif(os.name == "nt", reason="POSIX limits")
def test_a_disk_that_is_really_full_is_a_storage_error(tmp_path):
    code = (
        "import resource, signal, sys; from pathlib import Path\n"
        "from training.config import preset; from training.network import Stylizer, save_stylizer\n"
        "from edge_app.core.errors import StorageError\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))\n"
        "try:\n    save_stylizer(Stylizer(preset('nano')), Path(sys.argv[1]))\n"
        "except StorageError as error:\n    print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, tmp_path], capture_output=True, text=True, check=False
    )
    assert "stylizer.safetensors: File too large" in done.stdout, done.stderr


def test_a_run_folder_among_the_photographs_is_refused(config, photos):
    for out in (photos / "runs" / "x", photos):
        with pytest.raises(ConfigError, match="among the photographs"):
            train(dataclasses.replace(config, out=out))
        assert not (out / "config.json").exists()


def test_a_gradient_that_is_no_number_stops_before_the_weights_are_lost(config, monkeypatch):
    honest = torch.nn.utils.clip_grad_norm_
    norms = iter([1.0, 1.0, float("inf")])

    def clip(parameters, limit):
        return honest(parameters, limit) * next(norms)

    monkeypatch.setattr(torch.nn.utils, "clip_grad_norm_", clip)
    with pytest.raises(
        RunError, match=r"diverged at step 3: .* no number; the weights of step 2 are kept"
    ):
        train(config)


def test_a_panorama_is_no_preview(config, photos, tmp_path):
    folder = tmp_path / "photos"
    shutil.copytree(photos, folder)
    Image.new("RGB", (2400, 20), "red").save(folder / "a.png")
    train(dataclasses.replace(config, photos=folder))
    with pytest.raises(ImageError, match="too narrow for a preview"):
        train(dataclasses.replace(config, preview=folder / "a.png", out=tmp_path / "other"))


def test_a_taken_folder_and_changed_settings(config):
    train(config)
    before = (config.out / WEIGHTS).read_bytes()
    with pytest.raises(RunError, match="there is a training run in this folder"):
        train(config)
    with pytest.raises(RunError, match="batch was 1, is 2"):
        train(dataclasses.replace(config, batch=2), resume=True)
    with pytest.raises(RunError, match="nothing to resume"):
        train(dataclasses.replace(config, out=config.out / "other"), resume=True)
    assert (config.out / WEIGHTS).read_bytes() == before


def test_what_was_learnt_from_must_still_be_there_on_resume(config, photos, painting, tmp_path):
    folder, picture = tmp_path / "photos", tmp_path / "picture.png"
    shutil.copytree(photos, folder)
    shutil.copy(painting, picture)
    run = dataclasses.replace(config, photos=folder, paintings=(picture,), steps=4)
    train(run)
    assert train(run, resume=True).finished
    before = (config.out / WEIGHTS).read_bytes()
    shutil.copy(photos / "coffee.jpg", picture)
    next(folder.glob("*.jpg")).unlink()
    with pytest.raises(
        RunError, match=r"since this changed .*painting picture\.png, photographs in"
    ):
        train(run, resume=True)
    assert (config.out / WEIGHTS).read_bytes() == before


@pytest.fixture
def multiply(monkeypatch):
    """Multiplies the total loss by a factor that depends on the step, from 1 on."""

    def by(factor):
        honest, steps = Objective.__call__, itertools.count(1)

        def multiplied(self, *pictures):
            losses = honest(self, *pictures)
            return losses._replace(total=losses.total * factor(next(steps)))

        monkeypatch.setattr(Objective, "__call__", multiplied)

    return by


def test_a_loss_that_rises_for_long_stops_the_training(config, monkeypatch, multiply):
    monkeypatch.setattr(training.guard, "PATIENCE", 3)
    multiply(lambda step: 100 if step > 6 else 1)
    with pytest.raises(RunError, match=r"diverged at step 8: its loss rose from .* are kept"):
        train(dataclasses.replace(config, steps=20))
    assert read_facts(config.out).steps == 6


def test_pictures_of_one_colour_stop_the_training(config, monkeypatch):
    monkeypatch.setattr(training.guard, "PATIENCE", 3)
    honest = Stylizer.forward
    monkeypatch.setattr(Stylizer, "forward", lambda *a, **k: honest(*a, **k) * 0 + 0.5)
    with pytest.raises(RunError, match=r"diverged at step 3: its pictures have been of one colour"):
        train(config)


def test_the_guard_lets_a_wild_beginning_and_a_spike_pass():
    guard = Guard()
    totals = [5000.0] * 20 + [20.0 * 0.99**i for i in range(300)] + [900.0] * 5 + [2.0] * 200
    assert {guard.reason(total, 0.2) for total in totals} == {None}
    assert guard.reason(float("nan"), 0.2) is not None


def test_weights_under_suspicion_do_not_replace_good_ones(config, monkeypatch):
    guard = Guard()
    for total in [2.0] * 100:
        assert guard.reason(total, 0.2) is None
    assert not guard.suspects
    for total in [20.0] * 6:
        assert guard.reason(total, 0.2) is None
    assert guard.suspects
    assert guard.reason(2.0, 0.001) is None
    assert guard.suspects
    # Flat from the third step on: the checkpoint of the second stays, the fourth writes none.
    monkeypatch.setattr(training.guard, "PATIENCE", 4)
    honest, calls = Stylizer.forward, []

    def flattening(self, *pictures, **options):
        calls.append(1)
        return honest(self, *pictures, **options) * (1 if len(calls) < 3 else 0) + 0.01

    monkeypatch.setattr(Stylizer, "forward", flattening)
    with pytest.raises(
        RunError, match=r"of one colour for 4 steps; the weights of step 2 are kept"
    ):
        train(dataclasses.replace(config, steps=20))


def test_pictures_of_one_colour_are_suspicious_after_others_and_not_before():
    guard = Guard()
    for contrast, suspicious in ((0.0, False), (0.005, False), (0.02, False), (0.005, True)):
        assert guard.reason(1.0, contrast) is None
        assert guard.suspects is suspicious


def test_a_training_that_ends_flat_ends_with_what_it_had(config, monkeypatch):
    honest, drawing = Stylizer.forward, [True]

    def flattening(self, *pictures, **options):
        return honest(self, *pictures, **options) * (1 if drawing[0] else 0) + 0.01

    monkeypatch.setattr(Stylizer, "forward", flattening)

    def watch(progress: Progress) -> None:
        drawing[0] = progress.step < 4

    with pytest.raises(RunError, match=r"in its last steps; the weights of step 4 are kept"):
        train(config, watch)
    assert read_facts(config.out).steps == 4
    kept = (config.out / WEIGHTS).read_bytes()
    # Gone on with, it has weights to lose from its first step on.
    drawing[0] = True
    with pytest.raises(RunError, match=r"in its last steps; the weights of step 4 are kept"):
        train(config, watch, resume=True)
    assert (config.out / WEIGHTS).read_bytes() == kept


def test_a_damaged_checkpoint_is_an_error_that_keeps_it(config):
    train(dataclasses.replace(config, steps=4))
    path = config.out / CHECKPOINT
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(RunError, match="checkpoint is damaged"):
        train(dataclasses.replace(config, steps=4), resume=True)
    assert path.stat().st_size == 1000


def test_a_moved_run_resumes_and_loses_no_losses(config, tmp_path):
    train(dataclasses.replace(config, steps=4))
    moved = dataclasses.replace(config, steps=4, out=tmp_path / "moved", preview_every=7)
    config.out.rename(moved.out)
    assert train(moved, resume=True).finished
    with pytest.raises(RunError, match=r"settings \(style_weight was 10\.0, is 3\.0\)"):
        train(dataclasses.replace(moved, loss=LossConfig(style_weight=3.0)), resume=True)
    (moved.out / LOSSES).write_text("no,table\nof,losses\n")
    with pytest.raises(RunError, match=r"losses\.csv: damaged"):
        train(moved, resume=True)


def test_a_full_disk_is_a_clear_error(config, monkeypatch):
    def full(self, data):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(StorageError, match=r"stylizer\.safetensors: No space left"):
        train(config)


def test_divergence_stops_and_keeps_the_last_checkpoint(config, multiply):
    multiply(lambda step: math.nan if step == 5 else 1)
    with pytest.raises(
        RunError, match=r"diverged at step 5: .* no number; the weights of step 4 are kept"
    ):
        train(config)
    assert read_facts(config.out).steps == 4
    assert all(torch.isfinite(value).all() for value in load_file(config.out / WEIGHTS).values())


def test_a_folder_that_cannot_be_written_is_an_error_before_the_work(config, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError, match="cannot write"):
        train(dataclasses.replace(config, out=tmp_path / "file" / "run"))


def test_unknown_teachers_and_layers(config):
    with pytest.raises(TeacherError, match="unknown teacher 'vgg16'"):
        train(dataclasses.replace(config, teacher="vgg16"))
    with pytest.raises(TeacherError, match="no layer relu6_1"):
        train(dataclasses.replace(config, loss=LossConfig(style_layers=("relu6_1",))))
    assert not config.out.exists()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"steps": 0}, "steps: expected at least 1"),
        ({"crop": 50}, "crop: expected a multiple of 4"),
        ({"learning_rate": float("nan")}, "learning_rate: expected more than 0"),
        ({"minutes": -1.0}, "minutes: expected more than 0"),
        ({"minutes": float("inf")}, "minutes: expected more than 0"),
        ({"clip_norm": -1.0}, "clip_norm: expected more than 0"),
        ({"seed": -1}, "seed: expected 0 to"),
        ({"seed": 10**20}, "seed: expected 0 to"),
    ],
)
def test_settings_that_make_no_sense(config, wrong, message):
    with pytest.raises(ConfigError, match=message):
        dataclasses.replace(config, **wrong)


def test_loss_settings_that_make_no_sense():
    with pytest.raises(ConfigError, match="style_weight: expected 0 or more, got -1"):
        LossConfig(style_weight=-1)
    with pytest.raises(ConfigError, match="at least one above 0"):
        LossConfig(style_weight=0, content_weight=0, tv_weight=0)
    with pytest.raises(ConfigError, match="tv_weight: expected 0 or more, got inf"):
        LossConfig(tv_weight=float("inf"))
    with pytest.raises(ConfigError, match="content_layers: expected at least one"):
        LossConfig(content_layers=())


def test_the_average_of_the_weights_is_the_result_and_resumes_exactly(config, tmp_path):
    averaged = dataclasses.replace(config, ema=0.9, out=tmp_path / "averaged")
    train(config)
    train(averaged)
    last, mean = load_file(config.out / WEIGHTS), load_file(averaged.out / WEIGHTS)
    checkpoint = load_file(averaged.out / CHECKPOINT)
    for name, value in mean.items():
        assert torch.equal(checkpoint[f"network.{name}"], last[name])  # it is trained as before
        assert torch.equal(checkpoint[f"average.module.{name}"], value)
    assert not all(torch.equal(last[name], mean[name]) for name in mean)
    halves = dataclasses.replace(averaged, out=tmp_path / "halves")

    def interrupt(progress):
        if progress.step == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(halves, interrupt)
    train(halves, resume=True)
    again = load_file(halves.out / WEIGHTS)
    assert all(torch.equal(mean[name], again[name]) for name in mean)


@pytest.mark.parametrize("precision", [Precision.FLOAT32, Precision.BFLOAT16])
def test_either_precision_learns(config, precision):
    seen: list[Progress] = []
    train(
        dataclasses.replace(config, steps=40, learning_rate=5e-3, precision=precision), seen.append
    )
    first, last = (sum(p.losses["total"] for p in part) for part in (seen[:8], seen[-8:]))
    assert last < 0.8 * first


@pytest.mark.parametrize("name", ["cnn", "cnn-bn", "fnst"])
def test_the_networks_of_the_papers_comparison_are_trained_alike(config, name):
    seen: list[Progress] = []
    # Narrower than published, for time's sake.
    shape = dataclasses.replace(preset(name), width=16, blocks=2)
    train(dataclasses.replace(config, network=shape, batch=2), seen.append)
    assert all(math.isfinite(value) for p in seen for value in p.losses.values())
    loaded = load_stylizer(config.out)
    assert loaded.config == shape
    assert not loaded.training


def test_steadiness_is_learned_where_it_is_asked_for(config, tmp_path):
    seen: dict[float, list[Progress]] = {0.0: [], 20.0: []}
    for weight, progress in seen.items():
        loss = LossConfig(steadiness_weight=weight)
        run = dataclasses.replace(
            config, loss=loss, steps=30, learning_rate=5e-3, out=tmp_path / f"{weight}"
        )
        train(run, progress.append)
    assert all(p.losses["steadiness"] == 0 for p in seen[0.0])
    steadiness = [p.losses["steadiness"] for p in seen[20.0]]
    assert all(value > 0 for value in steadiness)
    assert sum(steadiness[-5:]) < sum(steadiness[:5])


def test_tensorboard_events_tell_what_the_losses_file_tells(config):
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    train(dataclasses.replace(config, tensorboard=True))
    events = accumulator.EventAccumulator(str(config.out / "events"))
    events.Reload()
    with (config.out / LOSSES).open() as file:
        rows = list(csv.DictReader(file))
    scalars = events.Scalars("loss/style")
    assert [event.step for event in scalars] == [int(row["step"]) for row in rows]
    assert [event.value for event in scalars] == pytest.approx(
        [float(row["style"]) for row in rows], rel=1e-4
    )
    assert [image.step for image in events.Images("preview")] == [3, 6]
