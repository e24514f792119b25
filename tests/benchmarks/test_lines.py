from __future__ import annotations

from hashlib import sha256

from benchmarks.lines import by_run, lines, pack_names
from benchmarks.reported import Scope


def test_what_was_measured_and_what_was_told_are_lines(results, measurement, reported):
    made = results(measurements=(measurement(),), reported=(reported(peak_bytes=3 * 10**7),))
    model, whole, told = lines(made)
    assert [line.scope for line in (model, whole, told)] == [
        Scope.MODEL,
        Scope.END_TO_END,
        Scope.PICTURE,
    ]
    assert [line.by for line in (model, whole, told)] == ["", "", "the app 0.1.0"]
    assert (model.peak_bytes, told.peak_bytes) == (57_000_000, 30_000_000)


def test_the_network_of_what_was_told_is_the_packs(results, measurement, reported, manifest, model):
    pack = manifest(model("onnx/fp32.onnx"), network="nano")
    digest = sha256(pack.to_json().encode()).hexdigest()
    told = reported(pack_sha256=digest)
    untold = reported(pack_sha256="c" * 64)
    made = results(measurements=(), reported=(told, untold))
    assert [line.network for line in lines(made)] == [None, None]
    assert [line.network for line in lines(made, [pack])] == ["nano", None]
    # One of the same bytes was measured.
    made = results(measurements=(measurement(),), reported=(reported(),))
    assert [line.network for line in lines(made)] == ["small"] * 3


def test_the_lines_of_one_run_differ_in_scope_alone(results, measurement, reported):
    rows = (measurement(), measurement(threads=4), measurement(pack_sha256="c" * 64))
    told = (reported(by="benchmark_model", scope=Scope.MODEL), reported())
    runs = by_run(lines(results(measurements=rows, reported=told)))
    assert [[str(line.scope) for line in run] for run in runs] == [
        *[["model", "end to end"]] * 3,
        ["model"],
        ["picture"],
    ]


def test_packs_of_one_title_are_told_apart(results, measurement, reported):
    rows = (measurement(), measurement(pack_sha256="c" * 64))
    told = (reported(title="Whirl", pack_sha256="d" * 64),)
    assert [*pack_names(results(measurements=rows, reported=told)).values()] == [
        "The Starry Night (aaaaaaaa)",
        "The Starry Night (cccccccc)",
        "Whirl",
    ]
    assert [*pack_names(results(measurements=rows[:1])).values()] == ["The Starry Night"]
