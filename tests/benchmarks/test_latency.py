from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from benchmarks.child import work_in_child
from benchmarks.compare import compare_packs
from benchmarks.config import BenchConfig
from benchmarks.journal import Taken, recorder
from benchmarks.latency import bench
from benchmarks.plan import held, plan
from benchmarks.results import Verdict
from benchmarks.results_file import read_results
from benchmarks.timing import Series
from benchmarks.worker import JOURNAL, STYLIZED, Job, Task, work
from edge_app.core.errors import (
    ConfigError,
    ImageError,
    PackError,
    ResultsError,
    StorageError,
)
from edge_app.core.image import read_image
from tiny_models import MIX

SWAPPED = MIX[::-1]
"""Red for blue: the picture that a wrong channel order draws."""


@pytest.fixture
def worker(fake_opener):
    """Does the jobs in this process with a fake runtime; `styles` by recipe."""

    def make(**styles):
        def do(job: Job, folder):
            style = styles.get(job.recipe.replace("-", "_"), np.copy)
            return work(job, folder, opener=partial(fake_opener, style=style))

        return do

    return make


@pytest.fixture
def config(photo):
    def make(*packs, **changes):
        return BenchConfig(packs=tuple(map(str, packs)), photo=photo, **changes)

    return make


@pytest.fixture
def four(pack_at, tflite):
    """A pack of two recipes at two sizes."""
    names = ("fp32-16x16", "fp32-32x48", "int8-16x16", "int8-32x48")
    return pack_at({f"tflite/{n}.tflite": tflite(size(n)) for n in names})


def size(name):
    height, width = name.rsplit("-", 1)[1].split("x")
    return int(height), int(width)


def settings_of(results):
    return [(m.recipe, m.size, m.threads) for m in results.measurements]


def test_measures_recipes_sizes_and_threads(config, four, worker):
    results = bench(config(four, threads=(1, 3), runs=2, warmups=1), worker=worker())
    assert settings_of(results) == [
        (recipe, size, threads)
        for recipe in ("fp32", "int8")
        for size in ((16, 16), (32, 48))
        for threads in (1, 3)
    ]
    assert results.failures == ()
    assert not results.interrupted
    for m in results.measurements:
        for _, series in m.series:
            assert (len(series.samples_ms), len(series.warmups_ms)) == (2, 1)


def test_five_tests_a_style_by_default_as_in_the_paper(config, pack_at, worker):
    results = bench(config(pack_at()), worker=worker())
    assert results.settings.runs == 5
    assert len(results.measurements[0].end_to_end.samples_ms) == 5


def test_says_what_was_measured_with(config, pack_at, photo, worker):
    results = bench(config(pack_at()), worker=worker())
    (m,) = results.measurements
    assert (m.pack, m.title, m.network) == ("whirl", "Whirl", "nano")
    assert (m.backend, m.backend_version, m.accelerator) == ("fake", "1", "none")
    assert len(m.pack_sha256) == len(m.model_sha256) == 64
    assert m.file_bytes > 0
    assert results.settings.photo == photo.name
    assert results.settings.photo_size == (60, 80)
    assert results.environment.libraries["numpy"] == np.__version__


def test_chosen_recipes_and_sizes_only(config, four, worker):
    results = bench(config(four, recipes=("int8",), sizes=(48,)), worker=worker())
    assert settings_of(results) == [("int8", (32, 48), 1)]


@pytest.fixture
def both(pack_at, tflite, onnx_file):
    """The same model for LiteRT and for ONNX Runtime."""
    return pack_at({"tflite/a.tflite": tflite(), "onnx/a.onnx": onnx_file(32, 48)})


@pytest.mark.parametrize(
    ("runtime", "other"), [("litert", "onnx/a.onnx (ONNX"), ("onnx", "tflite/a.tflite (LiteRT")]
)
def test_a_chosen_runtime_is_measured_and_another_checks_it(config, both, runtime, other):
    settings = config(both, runtime=runtime, sizes=(48,), runs=1, warmups=0)
    results = bench(settings, worker=work)
    (m,) = results.measurements
    assert m.backend == runtime
    assert m.check.verdict is Verdict.AGREES
    assert m.check.reference.startswith(other)


def test_a_chosen_accelerator_is_used_or_the_model_fails(config, both):
    def measured(accelerator):
        return bench(
            config(both, runtime="litert", accelerators=(accelerator,), runs=1, warmups=0),
            worker=work,
        )

    assert measured("none").measurements[0].accelerator == "none"
    (failure,) = measured("gpu").failures
    assert failure.asked == "gpu"
    assert "auto, xnnpack and none, not gpu" in failure.reason


def test_accelerators_are_an_axis(config, both):
    """With LiteRT alone: what XNNPACK draws is compared with LiteRT's own kernels, and back."""

    def without_onnx(job, folder):
        if job.format == "onnx":
            raise ResultsError("ONNX Runtime is not installed")
        return work(job, folder)

    wishes = config(both, runtime="litert", accelerators=("none", "xnnpack"), runs=1, warmups=0)
    results = bench(wishes, worker=without_onnx)
    plain, fast = results.measurements
    assert [(m.asked, m.accelerator) for m in (plain, fast)] == [
        ("none", "none"),
        ("xnnpack", "xnnpack"),
    ]
    assert {m.check.verdict for m in (plain, fast)} == {Verdict.AGREES}
    assert "with XNNPACK" in plain.check.reference
    assert "with no accelerator" in fast.check.reference
    assert not any("could prove them wrong" in warning for warning in results.warnings)
    assert "1 thread, none asked for" in plain.setting


def test_several_processes_are_pooled(config, pack_at, worker):
    results = bench(config(pack_at(), processes=3, runs=2, warmups=1), worker=worker())
    (m,) = results.measurements
    assert (m.processes, results.settings.processes) == (3, 3)
    for _, series in m.series:
        assert (len(series.samples_ms), len(series.warmups_ms)) == (6, 3)


def test_what_is_named_twice_is_measured_once(config, four, worker):
    """A second turn would count as a further process, which nobody asked for."""
    twice = config(four, four, recipes=("fp32",) * 2, sizes=(16, 16), threads=(1, 1), runs=2)
    results = bench(twice, worker=worker())
    assert settings_of(results) == [("fp32", (16, 16), 1)]
    (m,) = results.measurements
    assert (m.processes, len(m.model.samples_ms)) == (1, 2)


@pytest.fixture
def pair(pack_at, tflite):
    """Two packs that share one size."""
    first = {f"tflite/fp32-{s}.tflite": tflite(size(f"-{s}")) for s in ("16x16", "32x48")}
    second = {f"tflite/fp32-{s}.tflite": tflite(size(f"-{s}")) for s in ("16x16", "8x8")}
    return pack_at(first, name="a.stylepack"), pack_at(second, name="b.stylepack")


def test_two_packs_take_turns_and_the_first_goes_second_every_other_time(config, pair, worker):
    order, do = [], worker()

    def noted(job, folder):
        if job.task is Task.MEASURE:
            order.append(job.pack.stem)
        return do(job, folder)

    settings = config(*pair, interleave=True, processes=3, runs=1, warmups=0)
    results = bench(settings, worker=noted)
    assert order == ["a", "b", "b", "a", "a", "b"]
    assert [(m.size, m.processes) for m in results.measurements] == [((16, 16), 3)] * 2
    assert results.settings.interleaved
    assert {p.first.recipe for p in compare_packs(results).pairs} == {"fp32"}


def test_six_rounds_of_turns_by_default_give_an_interval(config, pair, worker):
    results = bench(config(*pair, interleave=True, runs=2, warmups=0), worker=worker())
    assert {m.processes for m in results.measurements} == {6}
    for each in compare_packs(results).pairs:
        assert each.ratio.units == "processes"
        assert each.ratio.low <= each.ratio.value <= each.ratio.high


def test_packs_that_cannot_take_turns(config, pair, pack_at, tflite, worker):
    with pytest.raises(ConfigError, match="both packs are the same"):
        bench(config(pair[0], pair[0], interleave=True), worker=worker())
    other = pack_at({"tflite/fp32-64x64.tflite": tflite((64, 64))}, name="c.stylepack")
    with pytest.raises(ConfigError, match=r"no recipe and size in common: .*16x16.*64x64"):
        bench(config(pair[0], other, interleave=True), worker=worker())


def test_a_model_that_failed_is_not_tried_again(config, pack_at):
    tried = []

    def broken(job, folder):
        tried.append(job)
        raise ResultsError("killed")

    results = bench(config(pack_at(), processes=4), worker=broken)
    assert len(tried) == len(results.failures) == 1


@pytest.mark.parametrize(
    ("wish", "message"),
    [
        ({"recipes": ("fp32", "int4")}, "no model for recipe int4; it holds: tflite fp32 16x16"),
        ({"sizes": (512,)}, "no model for recipe fp32, size 512"),
    ],
)
def test_what_a_pack_does_not_hold_is_an_error_before_anything_is_measured(
    config, four, wish, message
):
    done = []
    with pytest.raises(ConfigError, match=message):
        bench(config(four, **wish), worker=lambda *job: done.append(job))
    assert not done


def test_packs_without_fixed_sizes_are_measured_at_the_usual_ones(config, pack_at, onnx_file):
    free = pack_at({"onnx/fp32.onnx": onnx_file()})
    assert [target.size for target in plan(config(free))] == [(256, 256), (512, 512)]
    assert [target.size for target in plan(config(free, sizes=(64,)))] == [(64, 64)]


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"packs": ()}, "packs"),
        ({"packs": ("x",), "runs": 0}, "runs"),
        ({"packs": ("x",), "warmups": -1}, "warmups"),
        ({"packs": ("x",), "threads": ()}, "threads"),
        ({"packs": ("x",), "threads": (1, 0)}, "threads"),
        ({"packs": ("x",), "sizes": (0,)}, "sizes"),
        ({"packs": ("x",), "timeout_s": 0}, "timeout_s"),
        ({"packs": ("x",), "processes": 0}, "processes"),
        ({"packs": ("x",), "processes": 2, "isolate": False}, "processes"),
        ({"packs": ("x",), "interleave": True}, "interleave: expected two packs, got 1"),
        ({"packs": ("x", "y"), "interleave": True, "isolate": False}, "interleave"),
        ({"packs": ("x",), "on": "adb:R58", "profile": True}, "not over adb"),
        ({"packs": ("x",), "quality": (Path("q.json"),)}, "give --report or --markdown too"),
    ],
)
def test_refuses_options_that_measure_nothing(changes, word):
    with pytest.raises(ConfigError, match=word):
        BenchConfig(**changes)


def test_missing_packs_and_photographs(config, pack_at, tmp_path, worker):
    with pytest.raises(PackError, match="no_such_style"):
        bench(config("no_such_style"), worker=worker())
    broken = BenchConfig(packs=(str(pack_at()),), photo=tmp_path / "none.jpg")
    with pytest.raises(ImageError, match=r"none\.jpg"):
        bench(broken, worker=worker())


def test_without_a_photograph_a_drawn_one(pack_at, worker):
    results = bench(BenchConfig(packs=(str(pack_at()),)), worker=worker())
    assert results.settings.photo == "drawn landscape"
    assert results.settings.photo_size == (768, 1024)


def test_a_fast_wrong_picture_is_flagged(config, four, worker):
    swapped = worker(int8=lambda p: p[..., ::-1])
    results = bench(config(four), worker=swapped)
    verdicts = {m.recipe: m.check.verdict for m in results.measurements}
    assert verdicts == {"fp32": Verdict.UNCHECKED, "int8": Verdict.WRONG}
    wrong = [m for m in results.measurements if m.recipe == "int8"]
    assert all(m.check.psnr_db < m.check.threshold_db == 57.0 for m in wrong)
    assert sum("the picture is wrong" in warning for warning in results.warnings) == 2


@pytest.mark.parametrize("flat", [0.0, float("nan")])
def test_a_reference_that_draws_nothing_is_flagged_too(config, pack_at, worker, flat):
    results = bench(config(pack_at()), worker=worker(fp32=lambda p: np.full_like(p, flat)))
    if results.measurements:
        assert results.measurements[0].check.verdict is Verdict.WRONG
    else:  # stylize refuses values that are not numbers
        assert "not numbers" in results.failures[0].reason


def test_a_runtime_that_draws_another_picture_every_time_is_flagged(config, pack_at, worker):
    rng = np.random.default_rng(0)
    noise = worker(fp32=lambda p: rng.random(p.shape, np.float32))
    results = bench(config(pack_at()), worker=noise)
    assert results.measurements[0].check.verdict is Verdict.WRONG


def test_the_reference_is_drawn_once_a_size_and_by_another_library_first(
    config, pack_at, tflite, onnx_file, fake_opener
):
    names = ("fp32-16x16", "fp32-32x48", "int8-16x16", "int8-32x48")
    files = {f"tflite/{n}.tflite": tflite(size(n)) for n in names}
    path = pack_at({**files, "onnx/fp32.onnx": onnx_file()})
    drawn = []

    def do(job, folder):
        if job.task is Task.DRAW:
            drawn.append((job.format, job.recipe, job.size))
        return work(job, folder, opener=fake_opener)

    results = bench(config(path), worker=do)
    assert drawn == [("onnx", "fp32", (16, 16)), ("onnx", "fp32", (32, 48))]
    assert {m.check.reference for m in results.measurements} == {"onnx/fp32.onnx (fake 1)"}
    assert {m.check.verdict for m in results.measurements} == {Verdict.AGREES}


def test_a_reference_of_values_that_are_no_numbers_is_none(
    config, pack_at, tflite, onnx_file, fake_opener
):
    """Nothing is closer to or farther from NaN: whatever was drawn would pass."""
    names = ("fp32-16x16", "int8-16x16")
    files = {f"tflite/{n}.tflite": tflite(size(n)) for n in names}
    path = pack_at({**files, "onnx/fp32.onnx": onnx_file()})

    def do(job, folder):
        broken = job.format == "onnx"
        style = (lambda p: np.full_like(p, np.nan)) if broken else np.copy
        return work(job, folder, opener=partial(fake_opener, style=style))

    results = bench(config(path), worker=do)
    checks = {m.recipe: m.check for m in results.measurements}
    assert checks["int8"].reference == "tflite/fp32-16x16.tflite (fake 1)"
    assert checks["int8"].verdict is Verdict.AGREES


def test_without_fp32_nothing_is_checked_and_that_is_said(config, pack_at, tflite, worker):
    path = pack_at({"tflite/int8-16x16.tflite": tflite((16, 16))})
    results = bench(config(path), worker=worker())
    assert results.measurements[0].check.verdict is Verdict.UNCHECKED
    (warning,) = [each for each in results.warnings if "could prove them wrong" in each]
    assert "1 of 1 models" in warning
    assert "pip install onnxruntime" in warning


def test_a_path_that_spoils_a_right_model_is_flagged(config, pack_at, tflite, onnx_file, worker):
    path = pack_at({"tflite/fp32-16x16.tflite": tflite((16, 16)), "onnx/fp32.onnx": onnx_file()})
    good = worker()

    def shifted(job, folder):
        outcome = good(job, folder)
        if job.task is Task.MEASURE:
            np.save(folder / STYLIZED, np.roll(np.load(folder / STYLIZED), 5, axis=1))
        return outcome

    assert bench(config(path), worker=good).measurements[0].check.verdict is Verdict.AGREES
    check = bench(config(path), worker=shifted).measurements[0].check
    assert check.verdict is Verdict.WRONG
    assert "The whole path's picture" in check.reason


def test_a_failure_keeps_no_other_from_being_measured(config, four, worker):
    good = worker()

    def do(job, folder):
        if job.recipe == "fp32" and job.size == (32, 48) and job.task is Task.MEASURE:
            raise ResultsError("The process that measured it was killed by signal 9 (SIGKILL).")
        return good(job, folder)

    results = bench(config(four), worker=do)
    assert len(results.measurements) == 3
    (failure,) = results.failures
    assert (failure.recipe, failure.size) == ("fp32", (32, 48))
    assert "SIGKILL" in failure.reason
    assert "SIGKILL" in results.warnings[0]


def test_the_samples_of_a_process_that_died_are_kept(config, four, worker, tmp_path):
    good = worker()

    def dying(job, folder):
        if job.recipe == "int8" and job.task is Task.MEASURE:
            for sample_ms in (9.0, 5.0, 6.0, 7.0):
                recorder(folder / JOURNAL, "model")(sample_ms)
            raise ResultsError("The process that measured it was killed by signal 9 (SIGKILL).")
        return good(job, folder)

    path = tmp_path / "r.json"
    results = bench(config(four, sizes=(16,), warmups=1, json=path), worker=dying)
    (failure,) = read_results(path).failures
    (taken,) = failure.taken
    assert taken == Taken(
        series="model", times=Series(warmups_ms=(9.0,), samples_ms=(5.0, 6.0, 7.0))
    )
    assert "SIGKILL). Samples taken by then: 3 of model (median 6.0 ms)." in results.warnings[0]


DYING = """
import os, signal, sys
from pathlib import Path
import benchmarks.worker as worker
calls, whole = [], worker.stylize
def dying(*arguments, **words):
    calls.append(1)
    if len(calls) == 4:
        os.kill(os.getpid(), signal.SIGTERM)
    return whole(*arguments, **words)
worker.stylize = dying
worker.main(Path(sys.argv[1]))
"""
"""A worker that dies in the third timed run of the whole path, after one to warm up."""


@pytest.mark.skipif(sys.platform == "win32", reason="no signals on Windows")
def test_a_real_process_leaves_its_samples_behind(config, pack_at):
    def do(job, folder):
        return work_in_child(job, folder, timeout_s=60, command=("-c", DYING))

    results = bench(config(pack_at(), runs=3, warmups=1), worker=do)
    assert results.measurements == ()
    (failure,) = results.failures
    assert "SIGTERM" in failure.reason
    assert {t.series: len(t.times.samples_ms) for t in failure.taken} == {
        "model": 3,
        "decode": 3,
        "end to end": 2,
    }


def test_a_later_failure_does_not_get_an_earlier_models_samples(config, four, worker):
    good = worker()

    def do(job, folder):
        if job.recipe == "int8" and job.task is Task.MEASURE:
            raise ResultsError("died before its first run")
        return good(job, folder)

    results = bench(config(four, sizes=(16,)), worker=do)
    assert results.failures[0].taken == ()


def test_an_interruption_in_the_middle_of_a_model_keeps_its_samples(config, four, worker):
    def stopped(job, folder):
        recorder(folder / JOURNAL, "model")(5.0)
        raise KeyboardInterrupt

    results = bench(config(four, warmups=0), worker=stopped)
    assert results.interrupted
    (failure,) = results.failures
    assert failure.taken[0].times.samples_ms == (5.0,)


@pytest.mark.parametrize("task", [Task.DRAW, Task.PROFILE])
def test_an_interruption_after_the_last_sample_keeps_them_all(config, four, worker, task):
    """The model was measured; its picture is being checked, or its operators are timed."""
    good = worker()

    def stopped(job, folder):
        if job.task is task:
            raise KeyboardInterrupt
        return good(job, folder)

    results = bench(config(four, profile=True, runs=3, warmups=1), worker=stopped)
    assert results.interrupted
    (failure,) = results.failures
    assert {t.series: len(t.times.samples_ms) for t in failure.taken} == {
        "model": 3,
        "decode": 3,
        "end to end": 3,
    }


def test_an_interruption_after_a_failure_does_not_count_it_twice(config, four):
    told = []

    def dying(job, folder):
        recorder(folder / JOURNAL, "model")(5.0)
        raise ResultsError("The process that measured it was killed by signal 9 (SIGKILL).")

    def on_progress(text, share):
        told.append(text)
        if len(told) == 2:
            raise KeyboardInterrupt

    results = bench(config(four, warmups=0), on_progress, worker=dying)
    assert results.interrupted
    (failure,) = results.failures
    assert "SIGKILL" in failure.reason


def test_what_disturbed_each_process_is_kept(config, pack_at, worker):
    (m,) = bench(config(pack_at(), processes=2, runs=1), worker=worker()).measurements
    assert len(m.interferences) == 2
    assert all(each.wall_s > 0 for each in m.interferences)


def test_an_interruption_loses_nothing(config, four, worker, tmp_path):
    good, done = worker(), []

    def do(job, folder):
        if job.task is Task.MEASURE:
            if len(done) == 2:
                raise KeyboardInterrupt
            done.append(job)
        return good(job, folder)

    path = tmp_path / "results.json"
    results = bench(config(four, json=path), worker=do)
    assert results.interrupted
    assert len(results.measurements) == 2
    assert read_results(path) == results
    assert any("interrupted" in warning for warning in results.warnings)


def test_an_interruption_before_the_first_result_keeps_the_old_ones(config, four, tmp_path):
    def do(job, folder):
        raise KeyboardInterrupt

    path = tmp_path / "results.json"
    path.write_text("earlier results")
    with pytest.raises(KeyboardInterrupt):
        bench(config(four, json=path, overwrite=True), worker=do)
    assert path.read_text() == "earlier results"


def test_results_that_are_there_are_not_measured_over(config, four, worker, tmp_path):
    path = tmp_path / "results.json"
    path.write_text("earlier results")

    def do(job, folder):
        raise AssertionError("it was measured")

    with pytest.raises(StorageError, match="--overwrite"):
        bench(config(four, json=path), worker=do)
    assert path.read_text() == "earlier results"
    results = bench(config(four, json=path, overwrite=True), worker=worker())
    assert read_results(path) == results


def test_what_was_measured_outlives_a_place_that_goes_away(config, four, worker, tmp_path):
    """A disk that fills up, a folder that is taken away: all is measured, and kept elsewhere."""
    folder = tmp_path / "away"
    good, done = worker(), []

    def do(job, where):
        if job.task is Task.MEASURE:
            done.append(job)
            if len(done) == 2:
                shutil.rmtree(folder)
                folder.write_text("a file where the folder was")
        return good(job, where)

    with pytest.raises(StorageError, match="the results are kept in") as caught:
        bench(config(four, json=folder / "results.json"), worker=do)
    kept = Path(str(caught.value).rsplit(" kept in ", 1)[1])
    assert len(read_results(kept).measurements) == len(done) > 2
    shutil.rmtree(kept.parent)


@pytest.mark.parametrize("kind", ["json", "report"])
def test_a_place_that_cannot_be_written_is_told_before_the_work(config, four, tmp_path, kind):
    def do(job, folder):
        raise AssertionError("it was measured")

    with pytest.raises(StorageError, match="cannot write"):
        bench(config(four, **{kind: tmp_path}), worker=do)


def test_results_are_on_disk_after_every_model(config, four, worker, tmp_path):
    path = tmp_path / "results.json"
    seen = []

    def on_progress(_text, _share):
        seen.append(len(read_results(path).measurements) if path.exists() else 0)

    results = bench(config(four, json=path), on_progress, worker=worker())
    assert seen == [0, 1, 2, 3, 4]
    assert read_results(path) == results


def test_tells_how_far_it_is(config, four, worker):
    told = []
    bench(config(four), lambda text, share: told.append((text, share)), worker=worker())
    assert [share for _, share in told] == [0, 0.25, 0.5, 0.75, 1.0]
    assert told[1][0] == "Whirl: fp32, 32x48"


def test_one_picture_a_pack_of_its_largest_right_model(config, four, photo, worker):
    pictures = []
    wrong = worker(fp32=lambda p: p[..., ::-1], int8=np.copy)
    bench(config(four), on_picture=pictures.append, worker=wrong)
    (picture,) = pictures
    assert picture.title == "Whirl"
    assert picture.caption == "fp32 at 32x48"  # the reference: nothing says that it is wrong
    assert picture.stylized.shape == (32, 43, 3)
    np.testing.assert_array_equal(picture.photo, read_image(photo))


def test_no_memory_figure_for_a_shared_process(config, pack_at, worker):
    results = bench(config(pack_at(), isolate=False))
    assert results.measurements[0].memory is None
    assert not results.settings.isolated
    assert results.measurements[0].backend == "litert"


def test_real_models_in_processes_of_their_own(config, pack_at, tflite, onnx_file, tmp_path):
    """The whole path with LiteRT: a right model, one that swaps channels, ONNX as reference."""
    path = pack_at(
        {
            "tflite/fp32-32x48.tflite": tflite((32, 48)),
            "tflite/int8-32x48.tflite": tflite((32, 48), matrix=SWAPPED),
            "onnx/fp32.onnx": onnx_file(),
        }
    )
    results = bench(config(path, runs=3, warmups=1, json=tmp_path / "r.json"))
    assert results.failures == ()
    right, wrong = results.measurements
    assert right.check.verdict is Verdict.AGREES
    assert right.check.psnr_db > 100
    assert right.check.reference.startswith("onnx/fp32.onnx (ONNX Runtime ")
    assert right.check.end_to_end_db > 45
    assert wrong.check.verdict is Verdict.WRONG
    for m in results.measurements:
        assert (m.backend, m.accelerator, m.accelerated_share) == ("litert", "xnnpack", 1.0)
        assert m.memory is not None
        assert 0 < m.memory.bare < m.memory.loaded <= m.memory.peak
        assert 5e6 < m.memory.over_bare < 200e6
        assert m.cold_load_ms > m.load_ms > 0  # the first includes the library's import
    assert read_results(tmp_path / "r.json") == results


def test_operators_and_work_of_a_real_model(config, pack_at, tflite):
    pack = pack_at({"tflite/fp32-32x48.tflite": tflite((32, 48), operators=("conv", "resize"))})
    (m,) = bench(config(pack, profile=True, runs=3)).measurements
    assert m.unprofiled == ""
    assert [operator.delegated for operator in m.profile.operators] == [True, False]
    assert len(m.profile.whole.samples_ms) == 3
    assert m.work.multiply_adds == 9 * 32 * 48


def test_a_model_that_crashes_its_process_is_a_line_of_the_table(config, four, tmp_path):
    def do(job, folder):
        crash = f"import os; os.kill(os.getpid(), {int(signal.SIGSEGV)})"
        bad = job.recipe == "int8"
        command = ("-c", crash) if bad else ("-m", "benchmarks.worker")
        return work_in_child(job, folder, timeout_s=60, command=command)

    results = bench(config(four, sizes=(16,), runs=1), worker=do)
    assert [m.recipe for m in results.measurements] == ["fp32"]
    assert [f.recipe for f in results.failures] == ["int8"]
    assert "SIGSEGV" in results.failures[0].reason


def test_operators_are_timed_once_for_all_processes_of_a_model(config, four, worker, profile):
    tasks = []
    inner = worker()

    def watching(job, folder):
        tasks.append((job.task, job.recipe, job.size))
        if job.task is not Task.PROFILE:
            return inner(job, folder)
        if job.recipe == "int8":
            raise ResultsError("operators are timed by LiteRT only")
        return replace(inner(replace(job, task=Task.DRAW), folder), profile=profile())

    results = bench(config(four, profile=True, processes=2, sizes=(48,)), worker=watching)
    assert [t for t in tasks if t[0] is Task.PROFILE] == [
        (Task.PROFILE, "fp32", (32, 48)),
        (Task.PROFILE, "int8", (32, 48)),
    ]
    fp32, int8 = results.measurements
    assert (fp32.processes, fp32.profile, fp32.unprofiled) == (2, profile(), "")
    assert (int8.profile, int8.unprofiled) == (None, "operators are timed by LiteRT only")
    assert any("no profile by operator" in warning for warning in results.warnings)
    assert all(m.profile is None for m in bench(config(four), worker=inner).measurements)


def test_the_machines_best_is_measured_for_every_number_of_threads(
    config, pack_at, worker, ceiling
):
    asked = []

    def peak(threads):
        asked.append(threads)
        return ceiling(threads)

    made = config(pack_at(), roofline=True, threads=(2, 1, 2))
    results = bench(made, worker=worker(), peak=peak)
    assert asked == [1, 2]
    assert [c.threads for c in results.ceilings] == [1, 2]
    assert bench(config(pack_at()), worker=worker(), peak=peak).ceilings == ()
    assert asked == [1, 2]


def test_what_a_pack_holds_is_found_and_what_it_lacks_is_told(config, four):
    wishes = config(four, recipes=("fp32", "int8", "fp16"), sizes=(16, 48, 64), threads=(1, 2))
    targets, missing = held(wishes)
    assert [(t.recipe, t.size, t.threads) for t in targets] == [
        (recipe, size, threads)
        for recipe in ("fp32", "int8")
        for size in ((16, 16), (32, 48))
        for threads in (1, 2)
    ]
    assert len(missing) == 5  # size 64 of both recipes, and fp16 at all three
    assert "no model for recipe fp16, size 16" in missing[2]
    with pytest.raises(ConfigError, match="no model for recipe fp16"):
        held(config(four, recipes=("fp16",), sizes=(16,)))


def test_targets_that_are_given_are_measured_and_no_others(config, four, worker):
    wishes = config(four, recipes=("fp32",), sizes=(16,))
    results = bench(config(four), worker=worker(), targets=held(wishes)[0])
    assert settings_of(results) == [("fp32", (16, 16), 1)]


def test_the_options_are_light_to_import():
    code = "import sys, benchmarks.config; print('numpy' in sys.modules, 'PIL' in sys.modules)"
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=root)
    assert done.stdout.split() == ["False", "False"], done.stderr
