from __future__ import annotations

from benchmarks.journal import Taken, read_journal, recorder
from benchmarks.timing import Series, measure


def test_samples_are_there_as_soon_as_they_are_taken(tmp_path):
    path = tmp_path / "samples.txt"
    seen = []

    def run():
        seen.append(path.read_text().count("\n") if path.exists() else 0)

    series = measure(run, runs=3, warmups=1, on_sample=recorder(path, "end to end"))
    assert seen == [0, 1, 2, 3]
    assert read_journal(path, warmups=1) == (Taken(series="end to end", times=series),)


def test_series_of_warm_ups_alone_are_none_and_half_a_line_is_no_sample(tmp_path):
    path = tmp_path / "samples.txt"
    for sample_ms in (9.5, 7.25, 7.5):
        recorder(path, "model")(sample_ms)
    recorder(path, "decode")(1.0)
    with path.open("a") as journal:
        journal.write("7.")  # died in the middle of it
    times = Series(warmups_ms=(9.5,), samples_ms=(7.25, 7.5))
    assert read_journal(path, warmups=1) == (Taken(series="model", times=times),)


def test_no_journal_no_samples(tmp_path):
    assert read_journal(tmp_path / "none.txt", warmups=0) == ()
