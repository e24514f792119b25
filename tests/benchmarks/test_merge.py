from __future__ import annotations

import dataclasses

import pytest

from benchmarks.merge import merge
from benchmarks.results_file import read_results, write_results
from edge_app.core.errors import ResultsError

LATER = "2026-11-20T12:30:00+00:00"


@pytest.fixture
def later(results, measurement):
    """What was measured an hour later: another size."""

    def make(**changes):
        made = results(
            created=LATER, measurements=(measurement(size=(512, 512)),), after=results().before
        )
        return dataclasses.replace(made, **changes)

    return make


def test_puts_results_together_in_the_order_of_time(results, later, failure, tmp_path):
    first = results(failures=(failure(),))
    merged = merge([later(interrupted=True), first])
    assert [m.size for m in merged.measurements] == [(256, 256), (512, 512)]
    assert merged.failures == first.failures
    assert merged.interrupted
    assert merged.sittings == (*first.sittings, *later().sittings)
    write_results(tmp_path / "m.json", merged)
    assert read_results(tmp_path / "m.json") == merged


def test_no_parts_warning_is_lost(results, later):
    """Each part's own, and none of what happened in the pause."""

    def at(state, **changes):
        return dataclasses.replace(state, **changes)

    quiet = results().before
    first = results(before=at(quiet, throttle_count=3), after=at(quiet, throttle_count=3))
    busy = at(quiet, throttle_count=90, load_average=(50.0, 9.0, 9.0))
    second = later(before=busy, after=at(busy, thermal_status=3))
    found = " ".join(merge([first, second]).state_warnings)
    assert f"From {LATER} on: The machine was busy" in found
    assert f"From {LATER} on: Android reports heat" in found
    assert "slowed down for its heat" not in found  # 3 to 90 in the pause
    third = later(created="2026-11-20T13:30:00+00:00", measurements=())
    assert len(merge([third, merge([first, second])]).sittings) == 3


def test_one_is_not_enough(results):
    with pytest.raises(ResultsError, match="expected at least two results, got 1"):
        merge([results()])


def test_different_machines(results, later):
    other = dataclasses.replace(results().environment, cpu="4 x Cortex-A72")
    with pytest.raises(
        ResultsError, match="never merged: cpu: 4 x Cortex-A76, then 4 x Cortex-A72"
    ):
        merge([results(), later(environment=other)])


def test_different_software(results, later):
    other = dataclasses.replace(results().environment, libraries={"ai-edge-litert": "2.4.0"})
    with pytest.raises(
        ResultsError, match=r"software changed .*ai-edge-litert: 2\.3\.0, then 2\.4"
    ):
        merge([results(), later(environment=other)])
    with pytest.raises(ResultsError, match=r"edgestyle: 0\.1\.0, then 0\.2\.0"):
        merge([results(), later(version="0.2.0")])


def test_different_settings(results, later):
    other = dataclasses.replace(results().settings, runs=50)
    with pytest.raises(ResultsError, match=r"different ways: .*runs=5.* then .*runs=50"):
        merge([results(), later(settings=other)])


def test_one_style_of_two_packs(results, later, measurement):
    other = (measurement(size=(512, 512), pack_sha256="c" * 64),)
    with pytest.raises(
        ResultsError, match=r"Starry Night \(starry_night\) is another pack in each"
    ):
        merge([results(), later(measurements=other)])


def test_the_same_model_twice(results, later):
    with pytest.raises(ResultsError, match="fp32 256x256, 1 thread, model was measured in both"):
        merge([results(), later(measurements=results().measurements)])
    with pytest.raises(ResultsError, match="measured in both"):
        merge([results(), later(), later()])


def test_the_same_model_twice_where_one_file_is_old(results, later, measurement):
    """It does not tell what was asked for; what ran is the same."""
    old = later(measurements=(measurement(asked=None),))
    with pytest.raises(ResultsError, match="measured in both"):
        merge([results(), old])
    plain = measurement(asked=None, accelerator="none")
    assert len(merge([results(), later(measurements=(plain,))]).measurements) == 2
