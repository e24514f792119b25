from __future__ import annotations

from hashlib import sha256

import pytest

from benchmarks.paper_network import gain_sheet, gains
from benchmarks.reported import Scope
from benchmarks.results import Memory, Start, Verdict
from benchmarks.timing import Series


def steady(value_ms):
    return Series(warmups_ms=(), samples_ms=(value_ms,) * 5)


@pytest.fixture
def theirs(measurement):
    def make(**changes):
        values = {"network": "paper", "title": "Paper", "pack_sha256": "f" * 64, **changes}
        return measurement(model=steady(320.0), end_to_end=steady(330.0), **values)

    return make


@pytest.fixture
def ours(measurement):
    def make(**changes):
        return measurement(model=steady(20.0), end_to_end=steady(30.0), **changes)

    return make


def test_how_many_times_faster(results, ours, theirs):
    base = theirs(file_bytes=6_700_000, memory=Memory(bare=10**7, loaded=10**8, peak=21 * 10**7))
    mine = ours(
        recipe="int8-conv",
        file_bytes=134_000,
        memory=Memory(bare=10**7, loaded=10**7, peak=6 * 10**7),
    )
    (gain,) = gains(results(measurements=(mine, base)))
    assert gain.ratios[Scope.MODEL].value == pytest.approx(16)
    assert gain.ratios[Scope.END_TO_END].value == pytest.approx(11)
    sheet = gain_sheet(results(measurements=(mine, base)))
    assert sheet.rows == (
        (
            "The Starry Night, int8-conv, 256x256, 1 thread",
            "small",
            "11 (11 to 11)",
            "16 (16 to 16)",
            "50",
            "4.0",
        ),
    )


def test_only_what_ran_alike_is_compared(results, ours, theirs, check):
    for other in (
        theirs(size=(512, 512)),
        theirs(threads=4),
        theirs(backend="onnx"),
        theirs(recipe="int8-conv"),
        theirs(accelerator="none"),
        theirs(asked="xnnpack"),
        theirs(check=check(verdict=Verdict.WRONG)),
    ):
        assert gain_sheet(results(measurements=(ours(), other))) is None
    wrong = ours(check=check(verdict=Verdict.WRONG))
    assert gains(results(measurements=(wrong, theirs()))) == ()


def test_without_the_papers_network_there_is_nothing_to_say(results, ours, theirs):
    assert gain_sheet(results(measurements=(ours(),))) is None
    assert gain_sheet(results(measurements=(theirs(),))) is None


def test_each_accelerator_beside_itself(results, ours, measurement):
    """By plain kernels the paper's network takes 1,600 ms, with XNNPACK 320."""
    ways = {"none": 1600.0, "xnnpack": 320.0}
    asked = {name: {"asked": name, "accelerator": name} for name in ways}
    bases = tuple(
        measurement(network="paper", model=steady(ms), end_to_end=steady(ms + 10), **asked[name])
        for name, ms in ways.items()
    )
    found = gains(results(measurements=(ours(**asked["none"]), ours(**asked["xnnpack"]), *bases)))
    assert [gain.ratios[Scope.MODEL].value for gain in found] == pytest.approx([80, 16])


def test_beside_each_pack_of_the_papers_network(results, ours, theirs, measurement):
    slow = measurement(
        network="paper", title="Paper", pack_sha256="e" * 64, model=steady(640.0), memory=None
    )
    sheet = gain_sheet(results(measurements=(ours(), theirs(), slow)))
    name = "The Starry Night, fp32, 256x256, 1 thread, beside Paper"
    assert [(row[0], row[3].split()[0]) for row in sheet.rows] == [
        (f"{name} (ffffffff)", "16"),
        (f"{name} (eeeeeeee)", "32"),
    ]


def test_intervals_of_too_few_processes_are_told(results, ours, theirs):
    start = Start(cold_load_ms=180.0, load_ms=6.5, first_run_ms=30.0)
    words = "Intervals are from the runs of too few processes"
    assert words in gain_sheet(results(measurements=(ours(), theirs()))).note
    many = {"further": (start,) * 4}
    assert words not in gain_sheet(results(measurements=(ours(**many), theirs(**many)))).note
    assert words in gain_sheet(results(measurements=(ours(**many), theirs()))).note


def test_too_few_runs_have_no_interval(results, measurement):
    few = Series(warmups_ms=(), samples_ms=(10.0, 11.0))
    rows = tuple(
        measurement(network=name, pack_sha256=name * 8, model=few, end_to_end=few, memory=None)
        for name in ("paper", "small")
    )
    sheet = gain_sheet(results(measurements=rows))
    assert "too few processes" not in sheet.note
    (row,) = sheet.rows
    assert row[2:] == (*["1.0 (too few samples for an interval)"] * 2, "1.0", "-")


@pytest.fixture
def packs(manifest, model):
    """Manifests of ours and of the paper's network, and the hashes of their packs."""

    def digest(pack):
        return sha256(pack.to_json().encode()).hexdigest()

    made = {name: manifest(model("onnx/fp32.onnx"), network=name) for name in ("small", "paper")}
    return tuple(made.values()), {name: digest(pack) for name, pack in made.items()}


def test_what_a_device_told(results, reported, packs):
    """The phone does not know the networks, the packs do."""
    manifests, digests = packs
    mine, theirs = (
        reported(
            title=name, pack_sha256=digests[name], times=steady(ms), peak_bytes=size, by="the tool"
        )
        for name, ms, size in (("small", 20.0, 10**7), ("paper", 300.0, 5 * 10**7))
    )
    made = results(measurements=(), reported=(mine, theirs))
    sheet = gain_sheet(made, manifests)
    assert sheet.columns == ("model", "network", "picture", "peak memory")
    name = "small, fp32, 512x512, 4 threads, told by the tool"
    assert sheet.rows == ((name, "small", "15 (15 to 15)", "5.0"),)
    assert "--processes" not in sheet.note
    assert "decoding" not in sheet.note
    assert gain_sheet(made) is None
    assert gain_sheet(made, manifests[:1]) is None


def test_only_what_one_program_told_of_one_scope_is_compared(results, measurement, reported, packs):
    manifests, digests = packs
    alike = {"size": (256, 256), "threads": 1, "backend": "litert", "backend_version": "2.3.0"}
    alike |= {"accelerator": "xnnpack", "times": steady(20.0), "pack_sha256": digests["small"]}
    base = {**alike, "pack_sha256": digests["paper"], "times": steady(300.0)}
    model = {"scope": Scope.MODEL}
    mine = reported(**alike, **model)
    both = (mine, reported(**base, **model))
    assert len(gains(results(measurements=(), reported=both), manifests)) == 1
    for other in (
        {},  # from pixels to pixels
        {**model, "by": "benchmark_model"},
        {**model, "threads": 4},
        {**model, "asked": "gpu"},
    ):
        unlike = (mine, reported(**{**base, **other}))
        assert not gains(results(measurements=(), reported=unlike), manifests)
    measured = measurement(
        network="paper", pack_sha256=digests["paper"], model=steady(300.0), end_to_end=steady(310.0)
    )
    assert not gains(results(measurements=(measured,), reported=(mine,)), manifests)
