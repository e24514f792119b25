from __future__ import annotations

import dataclasses
import io

import pytest
from rich.console import Console

from benchmarks.compare import compare, compare_packs
from benchmarks.compare_table import comparison_table, turns_sheet
from benchmarks.reported import Scope
from benchmarks.results import Start, Verdict
from benchmarks.timing import Series
from edge_app.core.errors import ConfigError, ResultsError


def steady(ms, *, runs=5):
    return Series(warmups_ms=(), samples_ms=tuple(ms * (1 + 0.001 * i) for i in range(runs)))


def timed(measurement, ms, **changes):
    return measurement(model=steady(ms), end_to_end=steady(ms + 10), **changes)


@pytest.fixture
def of(results, measurement):
    """Results of one model that takes so many ms; five runs of one process."""

    def make(ms, **changes):
        return results(measurements=(timed(measurement, ms, **changes),))

    return make


@pytest.fixture
def careful(measurement, results):
    """Results of one model, measured once in each of six processes."""

    def make(ms, **changes):
        series = {"model": steady(ms, runs=6), "end_to_end": steady(ms + 10, runs=6)}
        start = Start(cold_load_ms=180.0, load_ms=6.5, first_run_ms=30.0)
        return results(measurements=(measurement(**series, further=(start,) * 5, **changes),))

    return make


def verdicts(comparison):
    return {(p.first.text, p.verdict(comparison.tolerance)) for p in comparison.pairs}


def test_slower_faster_and_the_same(careful):
    model = "The Starry Night, fp32 256x256, 1 thread, model"
    whole = "The Starry Night, fp32 256x256, 1 thread, end to end"
    slower = compare(careful(20), careful(30))
    assert verdicts(slower) == {(model, "slower"), (whole, "slower")}
    assert slower.has_regressed
    assert slower.pairs[0].ratio.value == pytest.approx(1.5)
    faster = compare(careful(30), careful(20))
    assert verdicts(faster) == {(model, "faster"), (whole, "faster")}
    assert not faster.has_regressed
    assert not compare(careful(20), careful(20)).has_regressed


def test_what_lies_within_the_tolerance_is_no_regression(careful):
    close = compare(careful(20), careful(20.6))
    assert not close.has_regressed
    assert {v for _, v in verdicts(close)} == {"nearly the same"}
    assert compare(careful(20), careful(20.6), tolerance=0.01).has_regressed


def test_from_one_process_a_side_nothing_is_certain_but_by_wish(of, careful):
    """How processes differ among themselves is not in the figures."""
    for first, second in ((of(20), of(30)), (careful(20), of(30)), (of(20), careful(30))):
        comparison = compare(first, second)
        assert {v for _, v in verdicts(comparison)} == {"perhaps slower"}
        assert not comparison.has_regressed
        assert any("--processes 5 or more" in note for note in comparison.notes)
    assert {v for _, v in verdicts(compare(of(30), of(20)))} == {"perhaps faster"}
    strict = compare(of(20), of(30), strict=True)
    assert {v for _, v in verdicts(strict)} == {"slower"}
    assert strict.has_regressed
    assert any("trusted all the same" in note for note in strict.notes)


def test_among_many_lines_six_processes_do_not_tell_one(careful, results, measurement):
    """Each line's own interval spares 1; of 32 such lines that is no news."""

    def many(ms):
        rows = [careful(ms, recipe=f"r{i}").measurements[0] for i in range(16)]
        return results(measurements=tuple(rows))

    crowded = compare(many(20), many(30))
    assert all(pair.ratio.is_slower for pair in crowded.pairs)
    assert {v for _, v in verdicts(crowded)} == {"perhaps slower"}
    assert not crowded.has_regressed
    assert any("Of 32 lines" in note and "--processes 7" in note for note in crowded.notes)


def test_the_state_of_both_machines_is_told(of, interference):
    def state(made, **before):
        return dataclasses.replace(made, before=dataclasses.replace(made.before, **before))

    busy = state(of(30), load_average=(50.0, 9.0, 9.0))
    notes = compare(of(20), busy).notes
    assert any(
        note.startswith("The second: The machine was busy") and "50.00" in note for note in notes
    )
    notes = compare(state(of(20), governor="powersave"), of(30)).notes
    assert any(note.startswith("The first: The clock policy was 'powersave'") for note in notes)
    disturbed = of(30, interference=interference(preemptions=4_000))
    assert any("put aside" in note for note in compare(of(20), disturbed).notes)


def test_settings_may_differ_and_are_told(of):
    second = of(20)
    settings = dataclasses.replace(second.settings, runs=99, isolated=False)
    notes = compare(of(20), dataclasses.replace(second, settings=settings)).notes
    assert "Measured in different ways: runs: 5, then 99." in notes
    assert "Measured in different ways: isolated: True, then False." in notes
    assert not any("different ways" in note for note in compare(of(20), of(20)).notes)


def test_slower_by_chance_is_no_regression(results, measurement):
    wild = Series(warmups_ms=(), samples_ms=(10.0, 30.0, 20.0, 40.0, 15.0))
    later = Series(warmups_ms=(), samples_ms=(12.0, 45.0, 25.0, 35.0, 18.0))
    first = results(measurements=(measurement(model=wild, end_to_end=wild),))
    second = results(measurements=(measurement(model=later, end_to_end=later),))
    comparison = compare(first, second)
    assert comparison.pairs[0].ratio.value > 1.2
    assert not comparison.has_regressed
    assert any(note.startswith("Unsteady: The Starry Night") for note in comparison.notes)


def test_too_few_runs_cannot_tell(results, measurement):
    def few(ms):
        series = steady(ms, runs=3)
        return results(measurements=(measurement(model=series, end_to_end=series),))

    comparison = compare(few(20), few(40))
    assert {p.verdict(0.05) for p in comparison.pairs} == {"cannot tell"}
    assert not comparison.has_regressed
    assert any("four runs on each side" in note for note in comparison.notes)


def test_a_picture_that_became_wrong_is_a_regression_however_fast(of, check):
    comparison = compare(of(20), of(5, check=check(verdict=Verdict.WRONG)))
    assert comparison.has_regressed
    assert {p.verdict(0.05) for p in comparison.pairs} == {"wrong picture"}


def test_a_model_that_cannot_be_measured_any_more_is_a_regression(results, measurement, failure):
    both = results(
        measurements=(
            timed(measurement, 20),
            timed(measurement, 20, recipe="int8-conv", size=(512, 512)),
        )
    )
    second = results(measurements=(timed(measurement, 20),), failures=(failure(),))
    comparison = compare(both, second)
    assert comparison.has_regressed
    (broken,) = comparison.broken
    assert "int8-conv 512x512" in broken
    assert "SIGKILL" in broken


def test_a_model_that_failed_in_a_later_process_is_a_regression(careful, failure):
    died = failure(recipe="fp32", size=(256, 256))
    comparison = compare(careful(20), dataclasses.replace(careful(20), failures=(died,)))
    assert comparison.has_regressed
    assert "SIGKILL" in comparison.broken[0]


def test_what_an_interruption_left_out_of_the_second_is_broken(results, measurement, of):
    both = results(measurements=(timed(measurement, 20), timed(measurement, 20, size=(512, 512))))
    cut = dataclasses.replace(of(20), interrupted=True)
    comparison = compare(both, cut)
    assert comparison.has_regressed
    (broken,) = comparison.broken
    assert "512x512" in broken
    assert "interrupted before it was measured" in broken
    # The other way round nothing is missing that was there.
    assert not compare(dataclasses.replace(of(20), interrupted=True), both).has_regressed


def test_accelerators_are_compared_each_with_itself(results, measurement):
    def both(plain_ms):
        return results(
            measurements=(
                timed(measurement, 20, asked="xnnpack"),
                timed(measurement, plain_ms, asked="none", accelerator="none"),
            )
        )

    pairs = compare(both(80), both(80)).pairs
    assert [p.ratio.value for p in pairs] == [1.0] * 4
    assert "1 thread, none asked for, model" in pairs[2].first.text
    with pytest.raises(ResultsError, match=r"no model in common: .*xnnpack asked for"):
        compare(both(80), results(measurements=(timed(measurement, 20),)))


@pytest.fixture
def accelerated(results, measurement):
    """Results of one model by XNNPACK in 20 ms, and by plain kernels in 80 ms."""

    def make(**asked):
        ways = {"xnnpack": 20, "none": 80}
        return results(
            measurements=tuple(
                timed(measurement, ms, accelerator=name, asked=asked.get(name))
                for name, ms in ways.items()
            )
        )

    return make


def test_where_an_old_file_does_not_tell_what_was_asked_for_what_ran_counts(accelerated):
    old = accelerated()
    for new in (accelerated(xnnpack="auto", none="none"), accelerated(xnnpack="xnnpack")):
        for first, second in ((old, new), (new, old), (old, old)):
            comparison = compare(first, second)
            assert [p.ratio.value for p in comparison.pairs] == [1.0] * 4
            assert not any(note.startswith("Only in") for note in comparison.notes)
            assert any("does not tell which accelerator" in note for note in comparison.notes)
    told = accelerated(xnnpack="auto", none="none")
    assert not any("does not tell" in note for note in compare(told, told).notes)


def test_an_old_line_that_may_be_either_of_two(of, results, measurement):
    both = results(measurements=(timed(measurement, 20), timed(measurement, 20, asked="xnnpack")))
    old = of(20, asked=None)
    for first, second in ((old, both), (both, old)):
        with pytest.raises(ResultsError, match=r"may be either of .*, xnnpack asked for, model"):
            compare(first, second)


def test_failures_of_the_accelerator_that_ran_before(accelerated, of, failure):
    """A line of an old file, and what failed now; and the other way round."""
    whole = {"recipe": "fp32", "size": (256, 256)}

    def broken(first, asked):
        failed = failure(**whole, asked=asked)
        return compare(first, dataclasses.replace(of(20), failures=(failed,))).broken

    (lost,) = broken(accelerated(), "none")
    assert lost.startswith("The Starry Night, fp32 256x256, 1 thread, model: ")
    assert broken(accelerated(), "gpu") == ()
    (lost,) = broken(accelerated(xnnpack="auto", none="none"), "none")
    assert "none asked for" in lost
    assert len(broken(of(20), None)) == 1


def test_two_packs_of_an_old_file(results, measurement):
    rows = [
        timed(measurement, ms, asked=None, accelerator=name, pack=pack, pack_sha256=pack * 64)
        for pack in "ab"
        for name, ms in (("xnnpack", 20), ("none", 80))
    ]
    pairs = compare_packs(results(measurements=tuple(rows))).pairs
    assert [p.ratio.value for p in pairs] == [1.0] * 4


def test_a_model_that_was_not_asked_for_is_only_noted(results, measurement, of):
    both = results(measurements=(timed(measurement, 20), timed(measurement, 20, size=(512, 512))))
    less = compare(both, of(20))
    assert not less.has_regressed
    assert any(note.startswith("Only in the first: The Starry") for note in less.notes)
    assert any(note.startswith("Only in the second") for note in compare(of(20), both).notes)


@pytest.mark.parametrize(
    "change",
    [
        {"cpu": "another"},
        {"device": None},
        {"cores": 2},
        {"memory_bytes": 4 * 2**30},
        {"memory_bytes": None},
        {"virtual": True},
        {"cpu_flags": ("asimd",)},
    ],
)
def test_different_machines_are_refused(of, results, change):
    second = of(20)
    other = dataclasses.replace(second.environment, **change)
    with pytest.raises(ResultsError, match="different machines are never compared") as caught:
        compare(of(20), dataclasses.replace(second, environment=other))
    assert next(iter(change)).partition("_")[0] in str(caught.value)


def test_software_may_change_and_is_told(of):
    second = of(20)
    environment = dataclasses.replace(
        second.environment,
        kernel="Linux 6.7",
        memory_bytes=second.environment.memory_bytes - 10_000_000,
        libraries={"ai-edge-litert": "2.4.0", "numpy": "2.4.6"},
    )
    notes = compare(of(20), dataclasses.replace(second, environment=environment)).notes
    assert "Changed between them: kernel: Linux 6.6.51, then Linux 6.7." in notes
    assert "Changed between them: ai-edge-litert: 2.3.0, then 2.4.0." in notes
    assert "Changed between them: pillow: 13.0.0, then not installed." in notes


def test_other_packs_and_accelerators_are_told(of):
    second = of(20, pack_sha256="c" * 64, accelerator="none", accelerated_share=0.0)
    notes = compare(of(20), second).notes
    assert "The packs themselves differ: The Starry Night." in notes
    assert any("with XNNPACK, then LiteRT 2.3.0 with no accelerator" in note for note in notes)


def test_with_another_photograph_the_models_alone_are_compared(of):
    second = of(20)
    settings = dataclasses.replace(second.settings, photo="tea.jpg")
    comparison = compare(of(20), dataclasses.replace(second, settings=settings))
    assert [p.first.scope for p in comparison.pairs] == [Scope.MODEL]
    assert any("photographs differ" in note for note in comparison.notes)


def test_nothing_in_common(of):
    with pytest.raises(ResultsError, match=r"no model in common: .*256x256.*512x512"):
        compare(of(20), of(20, size=(512, 512)))


def test_a_model_twice_in_one_file(results, measurement, of):
    twice = results(
        measurements=(timed(measurement, 20), timed(measurement, 20, accelerator="none"))
    )
    with pytest.raises(ResultsError, match=r"twice, with LiteRT 2.3.0 with XNNPACK and"):
        compare(twice, of(20))


@pytest.mark.parametrize("tolerance", [-0.1, float("nan"), 50])
def test_senseless_tolerances(of, tolerance):
    with pytest.raises(ConfigError, match="tolerance: expected a share"):
        compare(of(20), of(20), tolerance=tolerance)


def test_two_packs_of_one_benchmark(results, measurement):
    both = results(
        measurements=(
            timed(measurement, 20),
            timed(measurement, 10, pack="waves", title="Waves", pack_sha256="d" * 64),
        )
    )
    comparison = compare_packs(both)
    assert [p.second.title for p in comparison.pairs] == ["Waves", "Waves"]
    assert comparison.pairs[0].ratio.value == pytest.approx(0.5)
    with pytest.raises(ResultsError, match="expected results of two packs to compare, got 1"):
        compare_packs(results())


def shown(comparison, width=100, **options):
    console = Console(file=io.StringIO(), width=width)
    console.print(comparison_table(comparison, **options))
    return " ".join(console.file.getvalue().split())


def test_the_table_says_it_all(of, check):
    text = shown(compare(of(20), of(30)))
    assert "1.500" in text
    assert "slower" in text
    assert "95% interval" in text
    assert "beyond chance and by more than 5%" in text
    assert "wrong picture" in shown(compare(of(20), of(5, check=check(verdict=Verdict.WRONG))))


@pytest.fixture
def in_turns(results, careful):
    """Two packs of one benchmark, measured in turns unless it is said otherwise."""

    def make(*, interleaved=True, **changes):
        second = {"title": "Waves", "pack_sha256": "d" * 64, **changes}
        rows = (*careful(20).measurements, *careful(30, **second).measurements)
        made = results(measurements=rows)
        settings = dataclasses.replace(made.settings, interleaved=interleaved)
        return dataclasses.replace(made, settings=settings)

    return make


def test_two_packs_in_turns_are_told_in_reports_as_on_the_terminal(in_turns):
    sheet = turns_sheet(in_turns())
    comparison = compare_packs(in_turns())
    terminal = shown(comparison, 200, titles=True)
    assert len(sheet.rows) == len(comparison.pairs) == 2
    for row in sheet.rows:
        assert " ".join(row) in terminal
    name, *figures, verdict = sheet.rows[0]
    assert name == "The Starry Night and Waves, fp32 256x256, 1 thread, model"
    assert figures[:3] == ["20.05", "30.07", "1.500"]
    assert figures[3].startswith("1.")
    assert verdict == "slower"
    assert f"second: Waves, sha256 {'d' * 12}" in sheet.note
    assert "ratio: second over first" in sheet.note


def test_two_builds_of_one_style_are_named_once_and_told_apart_by_their_hashes(in_turns):
    sheet = turns_sheet(in_turns(title="The Starry Night"))
    assert sheet.rows[0][0] == "The Starry Night, fp32 256x256, 1 thread, model"
    assert f"first: The Starry Night, sha256 {'a' * 12}; second:" in sheet.note


def test_there_is_no_such_table_of_anything_else(in_turns, results):
    assert turns_sheet(in_turns(interleaved=False)) is None
    assert turns_sheet(in_turns(pack_sha256="a" * 64)) is None  # one pack
    assert turns_sheet(in_turns(recipe="int8")) is None  # each lost what the other has
    assert turns_sheet(results()) is None
