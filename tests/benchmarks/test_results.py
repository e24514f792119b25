from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.results import (
    SCHEMA_VERSION,
    Results,
    Verdict,
)
from benchmarks.results_file import read_results, write_results
from benchmarks.timing import Series
from edge_app.core.errors import ResultsError, StorageError

DATA = Path(__file__).parent / "data"


def leaves(value, trail=()):
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, (*trail, key))
    elif isinstance(value, list):
        for i, item in enumerate(value):
            yield from leaves(item, (*trail, i))
    else:
        yield trail


def put(values, trail, new):
    for key in trail[:-1]:
        values = values[key]
    values[trail[-1]] = new


@pytest.fixture
def written(tmp_path, results, failure, reported):
    path = tmp_path / "results.json"
    told = (reported(note="no GPU"),)
    write_results(path, results(failures=(failure(),), interrupted=True, reported=told))
    return path


def rewrite(path, change):
    values = json.loads(path.read_text())
    change(values)
    path.write_text(json.dumps(values))


def test_round_trip(tmp_path, results, measurement, failure, check):
    made = results(
        measurements=(
            measurement(),
            measurement(memory=None, check=check(psnr_db=None, verdict=Verdict.UNCHECKED)),
        ),
        failures=(failure(),),
    )
    path = tmp_path / "deep" / "results.json"
    write_results(path, made)
    assert read_results(path) == made
    assert [entry.name for entry in path.parent.iterdir()] == ["results.json"]


@given(samples=st.lists(st.floats(0, 1e9), min_size=1, max_size=20))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_raw_samples_come_back_to_the_last_bit(tmp_path, results, measurement, samples):
    series = Series(warmups_ms=tuple(samples), samples_ms=tuple(samples))
    made = results(measurements=(measurement(model=series),))
    write_results(tmp_path / "r.json", made)
    assert read_results(tmp_path / "r.json") == made


def test_raw_samples_pack_hash_environment_and_schema_stand_in_the_file(written):
    values = json.loads(written.read_text())
    assert values["schema_version"] == SCHEMA_VERSION == 5
    row = values["measurements"][0]
    assert len(row["model"]["samples_ms"]) == 5
    assert len(row["model"]["warmups_ms"]) == 2
    assert row["pack_sha256"] == "a" * 64
    assert values["environment"]["cpu"] == "4 x Cortex-A76"


def test_reads_the_first_schema():
    """A file as version 1 wrote it: whatever comes later must read it."""
    read = read_results(DATA / "results-schema-1.json")
    assert isinstance(read, Results)
    assert read.environment.device == "Raspberry Pi 5 Model B Rev 1.0"
    assert [m.recipe for m in read.measurements] == ["fp32", "int8-conv"]
    assert read.measurements[0].model.samples_ms[0] == 20.25
    assert read.measurements[1].check.verdict is Verdict.WRONG
    assert read.failures[0].recipe == "fp16"


def test_reads_the_second_schema():
    read = read_results(DATA / "results-schema-2.json")
    (m,) = read.measurements
    assert (m.processes, len(m.model.samples_ms)) == (2, 10)
    assert m.further[0].first_run_ms == 30.0
    assert m.energy_mj == pytest.approx(1000 * 4.2 / 14)
    assert read.settings.interleaved
    assert read.before.throttle_count == 3
    assert read.reported[0].title == "The Starry Night"


def test_reads_the_third_schema():
    read = read_results(DATA / "results-schema-3.json")
    one, other = read.measurements
    assert one.work.multiply_adds == 6000 * 128 * 128
    assert one.profile.operators[0].samples_us == (700, 705, 690)
    assert other.unprofiled.startswith("operators are timed by LiteRT only")
    assert read.ceilings[0].multiply_adds_per_s == pytest.approx(50e9)
    assert any("no profile by operator" in warning for warning in read.warnings)


def test_reads_the_fourth_schema():
    read = read_results(DATA / "results-schema-4.json")
    one, other = read.measurements
    assert (one.asked, other.asked) == ("xnnpack", "none")
    assert one.interferences[1].preemptions == 4000
    assert one.check.end_to_end_db == 52.5
    assert read.failures[0].taken[0].times.samples_ms == (40.5, 41.0)
    assert len(read.sittings) == 2
    assert read.sittings[1].before.battery.level_percent == 78
    assert read.reported[0].energy_mj is None  # of warm-ups it tells some, not how many
    assert any("From 2026-11-20T12:30:00+00:00 on: " in warning for warning in read.warnings)
    assert any("put aside 400 times a second" in warning for warning in read.warnings)


def test_reads_the_fifth_schema():
    read = read_results(DATA / "results-schema-5.json")
    (found,) = read.reported
    # 10 mAh at 4 V over 2 runs and 3 warm-ups before each.
    assert found.runs == 8
    assert found.energy_mj == pytest.approx(144_000 / 8)
    assert (read.measurements[0].asked, read.failures[0].asked) == ("xnnpack", "gpu")


@pytest.mark.parametrize("version", [1, 2, 3])
def test_files_that_do_not_tell_what_was_asked_for(version):
    read = read_results(DATA / f"results-schema-{version}.json")
    rows = (*read.measurements, *read.failures, *read.reported)
    assert {row.asked for row in rows} == {None}
    assert not any("asked for" in m.setting for m in read.measurements)


def test_a_failure_says_which_accelerator_failed(results, failure):
    (warning,) = results(failures=(failure(threads=4, asked="gpu"),)).warnings
    assert warning.startswith(
        "The Starry Night, int8-conv, 512x512, 4 threads, gpu asked for: not measured. "
    )


def test_a_file_of_the_first_schema_is_written_as_the_newest(tmp_path):
    old = read_results(DATA / "results-schema-1.json")
    write_results(tmp_path / "new.json", old)
    assert json.loads((tmp_path / "new.json").read_text())["schema_version"] == SCHEMA_VERSION
    assert read_results(tmp_path / "new.json") == old


def test_a_further_process_joins_its_model(results, measurement, check, failure):
    made = results()
    first, state = made.measurements[0], made.after
    wrong = check(verdict=Verdict.WRONG)
    later = measurement(model_ms=30.0, check=wrong, cold_load_ms=200.0, energy_j=1.0)
    made = made.adding(later, after=state).adding(measurement(size=(64, 64)), after=state)
    pooled, other = made.measurements
    assert pooled.model.samples_ms == first.model.samples_ms + later.model.samples_ms
    assert pooled.model.warmups_ms == first.model.warmups_ms + later.model.warmups_ms
    assert pooled.processes == 2
    assert (pooled.cold_load_ms, pooled.further[0].cold_load_ms) == (180.0, 200.0)
    assert pooled.check.verdict is Verdict.WRONG  # once is enough
    assert pooled.energy_j is None  # the first had no counter
    assert other.processes == 1


def test_fewer_runs_than_the_paper_took_are_told(results, measurement, reported):
    one = Series(warmups_ms=(), samples_ms=(10.0,))
    (warning,) = results(measurements=(measurement(), measurement(model=one))).warnings
    assert "of 1 run alone, which has no spread" in warning
    assert "--runs 5" in warning
    three = Series(warmups_ms=(), samples_ms=(10.0, 10.1, 10.2))
    assert any(
        "of 3 runs alone; the" in w for w in results(reported=(reported(times=three),)).warnings
    )


def test_reported_times_draw_their_own_warnings(results, reported):
    wild = Series(warmups_ms=(), samples_ms=(10.0, 20.0, 10.0, 10.0, 20.0))
    found = results(reported=(reported(note="no OpenCL"), reported(times=wild))).warnings
    assert "1 of 4 series are unsteady" in found[0]
    assert "2 of the times were told by the app 0.1.0: nobody has compared" in found[1]
    assert found[2] == "The Starry Night, fp32: no OpenCL"


@given(data=st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_any_edited_figure_is_noticed(written, data):
    values = json.loads(written.read_text())
    trail = data.draw(st.sampled_from(sorted(leaves(values), key=str)))
    put(values, trail, data.draw(st.sampled_from([0, 1.5, "x", None, True, [], {}])))
    edited = written.with_name("edited.json")
    edited.write_text(json.dumps(values))
    if values != json.loads(written.read_text()):
        with pytest.raises(ResultsError, match=r"edited\.json"):
            read_results(edited)


def test_a_rounder_latency_is_an_edited_file(written):
    rewrite(written, lambda v: v["measurements"][0]["model"]["samples_ms"].__setitem__(0, 1.0))
    with pytest.raises(ResultsError, match="changed after it was written"):
        read_results(written)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda v: v.update(schema_version=6), r"newer edgestyle \(results schema 6"),
        (lambda v: v.update(schema_version=6, hologram={}), "newer edgestyle"),
        (lambda v: v.update(schema_version=0), "schema_version: expected 1 to 5, got 0"),
        (lambda v: v.update(schema_version="1"), "schema_version: expected a whole number"),
        (lambda v: v.pop("schema_version"), "schema_version: the key is missing"),
        (lambda v: v.update(extra=1), "extra: unknown key"),
        (lambda v: v.pop("environment"), "environment: the key is missing"),
        (lambda v: v.pop("sha256"), "changed after it was written"),
        (lambda v: v["measurements"][0].pop("model"), r"measurements\[0\].model: the key is miss"),
        (
            lambda v: v["measurements"][0]["model"].update(samples_ms=[]),
            "at least one sample",
        ),
        (
            lambda v: v["measurements"][0]["check"].update(verdict="fine"),
            "agrees, reference, wrong, unchecked",
        ),
        (lambda v: v["measurements"][0].update(size=[1, 2, 3]), "a list of 2"),
    ],
)
def test_broken_files_are_refused(written, change, message):
    rewrite(written, change)
    with pytest.raises(ResultsError, match=message) as caught:
        read_results(written)
    assert str(written) in str(caught.value)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "7", '{"schema_version": NaN}', "\xff"])
def test_files_that_are_something_else(tmp_path, text):
    path = tmp_path / "r.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(ResultsError, match=r"r\.json"):
        read_results(path)


def test_truncated_file(written):
    written.write_text(written.read_text()[:-40])
    with pytest.raises(ResultsError, match="not readable as JSON"):
        read_results(written)


def test_missing_file_and_folder(tmp_path):
    with pytest.raises(ResultsError, match="No such file"):
        read_results(tmp_path / "none.json")
    with pytest.raises(ResultsError, match="directory"):
        read_results(tmp_path)


def test_the_old_file_stays_when_writing_fails(written, results, tmp_path):
    before = written.read_bytes()
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError):
        write_results(tmp_path / "file" / "results.json", results())
    broken = dataclasses.replace(results().before, clock_mhz=float("nan"))
    with pytest.raises(ValueError, match="Out of range"):
        write_results(written, results(before=broken))
    assert written.read_bytes() == before


def test_good_results_draw_no_warning(results):
    assert results().warnings == ()


@pytest.mark.parametrize("verdict", [Verdict.UNCHECKED, Verdict.REFERENCE])
def test_warns_of_pictures_that_nothing_could_prove_wrong(results, measurement, check, verdict):
    alone = measurement(check=check(verdict=verdict, reason="Drawn twice."))
    (warning,) = results(measurements=(measurement(), alone)).warnings
    assert warning.startswith("The pictures of 1 of 2 models were compared with nothing")
    assert "(The Starry Night, fp32, 256x256, 1 thread: Drawn twice.)" in warning


def test_warns_of_what_happened_during_the_measuring(results, measurement, interference):
    quiet = measurement(interference=interference())
    later = measurement(interference=interference(stolen_s=3.0))
    assert results(measurements=(quiet,)).warnings == ()
    (warning,) = results(measurements=(quiet.pooled_with(later),)).warnings
    assert "during 1 of 2 processes" in warning
    assert "The Starry Night, fp32, 256x256, 1 thread, process 2: the hypervisor" in warning


def test_warns_of_unsteady_samples(results, measurement):
    wild = Series(warmups_ms=(), samples_ms=(10.0, 20.0, 10.0, 30.0, 10.0))
    (warning,) = results(measurements=(measurement(model=wild), measurement())).warnings
    assert "1 of 4 series are unsteady" in warning
    assert f"the worst by {wild.variation:.0%}" in warning
    assert "The Starry Night, fp32, 256x256, 1 thread, model" in warning


def test_unsteady_decoding_is_no_news(results, measurement):
    wild = Series(warmups_ms=(), samples_ms=(1.0, 2.0, 1.0))
    assert results(measurements=(measurement(decode=wild),)).warnings == ()


def test_the_gravest_warning_comes_first(results, measurement, check, failure):
    wild = Series(warmups_ms=(), samples_ms=(10.0, 20.0))
    found = results(
        measurements=(
            measurement(model=wild),
            measurement(recipe="int8-conv", check=check(verdict=Verdict.WRONG, reason="Bad.")),
        ),
        failures=(failure(),),
        interrupted=True,
    ).warnings
    assert "int8-conv, 256x256, 1 thread: the picture is wrong. Bad." in found[0]
    assert "not measured" in found[1]
    assert "interrupted" in found[2]
    assert "of 2 runs alone" in found[3]
    assert "unsteady" in found[4]


def test_warns_where_xnnpack_dropped_out(results, measurement):
    lame = measurement(accelerator="none", accelerated_share=0.0)
    partly = measurement(accelerated_share=0.6)
    onnx = measurement(backend="onnx", accelerator="none", accelerated_share=0.0)
    found = results(measurements=(lame, partly, onnx, measurement())).warnings
    assert len(found) == 2
    assert "LiteRT 2.3.0 with no accelerator, which took 0%" in found[0]
    assert "XNNPACK, which took 60%" in found[1]
