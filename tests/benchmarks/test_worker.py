from __future__ import annotations

import dataclasses
from functools import partial

import numpy as np
import pytest

from benchmarks.journal import read_journal
from benchmarks.worker import (
    ANSWER,
    INPUT,
    JOB,
    JOURNAL,
    OUTPUT,
    STYLIZED,
    Answer,
    Task,
    main,
    work,
)
from edge_app.core import strict_json
from edge_app.core.errors import ConfigError, ImageError, ResultsError, RuntimeUnavailableError
from edge_app.core.image import read_image
from edge_app.core.pack import open_pack
from edge_app.core.runtime import open_runtime
from edge_app.core.stylizer import stylize
from tiny_models import VECTORS


def test_times_the_model_and_the_whole_path(job, tmp_path, fake_opener):
    runtimes = []

    def opener(*args, **wishes):
        runtimes.append(fake_opener(*args, **wishes))
        return runtimes[-1]

    outcome = work(job, tmp_path, opener=opener)
    times = outcome.timings.times
    for series in (times.decode, times.model, times.end_to_end):
        assert (len(series.samples_ms), len(series.warmups_ms)) == (3, 1)
    assert times.first_run_ms > 0
    assert times.end_to_end.min_ms > times.model.min_ms
    assert times.end_to_end.min_ms > times.decode.min_ms
    # First run, model and whole path with their warm-ups, and the picture that is kept.
    assert len(runtimes[0].seen) == 1 + 4 + 4 + 1
    assert len(runtimes) == 2  # loaded again for the warm load


def test_every_sample_is_in_the_journal(job, tmp_path, fake_opener):
    times = work(job, tmp_path, opener=fake_opener).timings.times
    taken = {each.series: each.times for each in read_journal(tmp_path / JOURNAL, warmups=1)}
    assert taken == {"model": times.model, "decode": times.decode, "end to end": times.end_to_end}


def test_what_disturbed_it_is_watched_from_the_first_run_to_the_last(job, tmp_path, fake_opener):
    timings = work(job, tmp_path, opener=fake_opener).timings
    times = timings.times
    timed_ms = times.first_run_ms + sum(
        sum(series.warmups_ms + series.samples_ms)
        for series in (times.model, times.decode, times.end_to_end)
    )
    assert timings.interference.wall_s * 1000 >= timed_ms


def test_the_model_is_given_the_very_picture_that_stylize_gives_it(job, tmp_path, fake_opener):
    runtimes = []

    def opener(*args, **wishes):
        runtimes.append(fake_opener(*args, **wishes))
        return runtimes[-1]

    work(job, tmp_path, opener=opener)
    seen = runtimes[0].seen
    for picture in seen[1:]:
        np.testing.assert_array_equal(picture, seen[0])
    np.testing.assert_array_equal(np.load(tmp_path / INPUT), seen[0])


def test_a_fake_runtime_has_no_operators_to_time(job, tmp_path, fake_opener):
    work(job, tmp_path, opener=fake_opener)  # which leaves the picture there
    watched = dataclasses.replace(job, task=Task.PROFILE)
    with pytest.raises(RuntimeUnavailableError, match="timed by LiteRT only, not by fake"):
        work(watched, tmp_path, opener=fake_opener)


def test_runtimes_are_closed_and_never_two_at_once(job, tmp_path, fake_opener):
    open_now, most = set(), []

    def opener(*args, **wishes):
        runtime = fake_opener(*args, **wishes)
        close = runtime.close
        open_now.add(id(runtime))
        most.append(len(open_now))
        runtime.close = lambda: (open_now.discard(id(runtime)), close())
        return runtime

    work(job, tmp_path, opener=opener)
    assert not open_now
    assert max(most) == 1


def test_pictures_are_left_behind(job, tmp_path, fake_opener):
    opener = partial(fake_opener, style=lambda p: 1 - p)
    work(job, tmp_path, opener=opener)
    given, drawn = np.load(tmp_path / INPUT), np.load(tmp_path / OUTPUT)
    assert given.shape == (32, 48, 3)
    assert given.dtype == np.float32
    np.testing.assert_array_equal(drawn, 1 - given)
    stylized = np.load(tmp_path / STYLIZED)
    assert stylized.shape == (32, 43, 3)  # 60x80 fitted into 32x48
    assert stylized.dtype == np.uint8


def test_real_model(job, tmp_path, mix):
    outcome = work(job, tmp_path)
    assert outcome.model_path == "tflite/fp32-32x48.tflite"
    assert outcome.size == (32, 48)
    assert (outcome.backend, outcome.accelerator, outcome.threads) == ("litert", "xnnpack", 1)
    assert outcome.timings.times.load_ms > 0
    drawn = np.load(tmp_path / OUTPUT)
    np.testing.assert_allclose(drawn, mix(np.load(tmp_path / INPUT)), atol=1e-6)
    with_app = stylize(open_runtime(open_pack(job.pack), size=48), read_image(job.photo))
    np.testing.assert_array_equal(np.load(tmp_path / STYLIZED), with_app)


def test_of_several_styles_the_first_is_drawn(job, trunk_at, tmp_path, mix):
    work(dataclasses.replace(job, pack=trunk_at()), tmp_path)
    drawn, expected = np.load(tmp_path / OUTPUT), mix(np.load(tmp_path / INPUT)) * VECTORS["dawn"]
    np.testing.assert_allclose(drawn, expected, atol=1e-6)


def test_draws_for_another_model(job, tmp_path, rng, mix):
    picture = rng.random((32, 48, 3), np.float32)
    np.save(tmp_path / INPUT, picture)
    outcome = work(dataclasses.replace(job, task=Task.DRAW), tmp_path)
    assert outcome.timings is None
    np.testing.assert_allclose(np.load(tmp_path / OUTPUT), mix(picture), atol=1e-6)


def test_free_sizes_run_at_the_size_that_the_app_would_use(
    job, pack_at, tmp_path, onnx_file, fake_opener
):
    free = pack_at({"onnx/fp32.onnx": onnx_file()}, name="free.stylepack")
    job = dataclasses.replace(job, pack=free, size=(64, 64))
    outcome = work(job, tmp_path, opener=fake_opener)
    assert outcome.size == (48, 64)  # the photograph is four by three
    assert np.load(tmp_path / STYLIZED).shape == (48, 64, 3)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"recipe": "int4"}, ConfigError),
        ({"size": (64, 64)}, ConfigError),
        ({"photo": "none.jpg"}, ImageError),
    ],
)
def test_what_cannot_be_used_is_an_error(job, tmp_path, change, error):
    if "photo" in change:
        change = {"photo": tmp_path / change["photo"]}
    with pytest.raises(error):
        work(dataclasses.replace(job, **change), tmp_path)


def test_main_exchanges_files(job, tmp_path):
    (tmp_path / JOB).write_text(strict_json.to_json(job))
    main(tmp_path)
    text = (tmp_path / ANSWER).read_text()
    answer = strict_json.from_json(Answer, text, where="answer", error=ResultsError)
    assert answer.error is None
    assert answer.outcome.timings.peak_bytes is not None


def test_main_leaves_the_text_of_an_error(job, tmp_path):
    bad = dataclasses.replace(job, recipe="int4")
    (tmp_path / JOB).write_text(strict_json.to_json(bad))
    main(tmp_path)
    text = (tmp_path / ANSWER).read_text()
    answer = strict_json.from_json(Answer, text, where="answer", error=ResultsError)
    assert answer.outcome is None
    assert "int4" in answer.error
