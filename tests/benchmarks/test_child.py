from __future__ import annotations

import os
import sys
import time

import pytest

from benchmarks.child import work_in_child
from benchmarks.memory import bare_interpreter_bytes
from benchmarks.worker import work
from edge_app.core.errors import ResultsError


def child(job, folder, code, timeout_s=60.0):
    return work_in_child(job, folder, timeout_s=timeout_s, command=("-c", code))


def test_measures_in_a_process_of_its_own(job, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # the child must find the project from anywhere
    outcome = work_in_child(job, tmp_path, timeout_s=60)
    assert len(outcome.timings.times.model.samples_ms) == 3
    assert outcome.backend == "litert"


def test_this_process_memory_does_not_count(job, tmp_path):
    ballast = b"1" * 300_000_000
    outcome = work_in_child(job, tmp_path, timeout_s=60)
    in_child = outcome.timings.peak_bytes
    here = work(job, tmp_path).timings.peak_bytes
    assert bare_interpreter_bytes() < outcome.timings.loaded_bytes <= in_child
    assert in_child < len(ballast) < here


def test_an_error_of_ours_comes_through(job, tmp_path):
    job.photo.write_bytes(b"no picture")
    with pytest.raises(ResultsError, match=r"photo\.png: not a picture"):
        work_in_child(job, tmp_path, timeout_s=60)


@pytest.mark.skipif(sys.platform == "win32", reason="no signals on Windows")
@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("SIGSEGV", r"killed by signal 11 \(SIGSEGV\)\.$"),
        ("SIGKILL", r"killed by signal 9 \(SIGKILL\)\. Most often .* memory ran out"),
        ("SIGABRT", r"killed by signal 6 \(SIGABRT\)\.$"),
    ],
)
def test_a_crash_is_told(job, tmp_path, name, message):
    code = f"import os, signal; os.kill(os.getpid(), signal.{name})"
    with pytest.raises(ResultsError, match=message):
        child(job, tmp_path, code)


def test_the_last_line_of_an_exception_is_told(job, tmp_path):
    with pytest.raises(ResultsError, match="ended with status 1: MemoryError: 12 GB"):
        child(job, tmp_path, "raise MemoryError('12 GB')")


def test_last_words_are_not_a_book(job, tmp_path):
    with pytest.raises(ResultsError, match="status 1: ValueError: word word") as caught:
        child(job, tmp_path, "raise ValueError('word ' * 100_000)")
    assert len(str(caught.value)) < 500


def test_a_silent_end_is_told(job, tmp_path):
    with pytest.raises(ResultsError, match="ended with status 3: it wrote nothing"):
        child(job, tmp_path, "raise SystemExit(3)")


def test_a_process_that_hangs_is_ended(job, tmp_path):
    mark = tmp_path / "pid"
    code = f"import os, time; open({str(mark)!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    begin = time.monotonic()
    with pytest.raises(ResultsError, match="ended after 2 seconds"):
        child(job, tmp_path, code, timeout_s=2)
    assert time.monotonic() - begin < 20
    with pytest.raises(ProcessLookupError):
        os.kill(int(mark.read_text()), 0)


@pytest.mark.parametrize(
    "code", ["", "print('{}')", "open(__import__('sys').argv[1] + '/answer.json', 'w').write('{')"]
)
def test_an_end_without_an_answer_is_told(job, tmp_path, code):
    with pytest.raises(ResultsError, match="answer"):
        child(job, tmp_path, code)


def test_an_answer_of_an_earlier_job_is_never_taken(job, tmp_path):
    work_in_child(job, tmp_path, timeout_s=60)
    with pytest.raises(ResultsError):
        child(job, tmp_path, "")
