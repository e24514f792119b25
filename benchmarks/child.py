"""A worker in a fresh process: started, waited for, and survived."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path

from benchmarks.worker import ANSWER, JOB, Answer, Job, Outcome
from edge_app.core import strict_json
from edge_app.core.errors import ResultsError
from edge_app.core.files import write_text

MODULE = ("-m", "benchmarks.worker")
ROOT = Path(__file__).parents[1]

LAST_WORDS = 300
"""Characters of a dead process's last line that are told."""


def work_in_child(
    job: Job, folder: Path, *, timeout_s: float, command: Sequence[str] = MODULE
) -> Outcome:
    """Do a job (see benchmarks/worker.py) in a Python process of its own.

    Args:
        job: what is to be done.
        folder: where job, answer and pictures are exchanged.
        timeout_s: after so many seconds the process is ended.
        command: what Python is to run; a test's stand-in.

    Raises:
        ResultsError: the job failed, or the process crashed, was killed or took too long.
    """
    write_text(folder / JOB, strict_json.to_json(job))
    (folder / ANSWER).unlink(missing_ok=True)
    paths = [str(ROOT), os.environ.get("PYTHONPATH", "")]
    try:
        done = subprocess.run(  # noqa: S603 - this interpreter and this project's module
            [sys.executable, *command, str(folder)],
            # The inference libraries chat on both streams; what matters comes through files.
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))},
            timeout=timeout_s,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ResultsError(
            f"The process that measured it was ended after {timeout_s:g} seconds without a result."
        ) from error
    if done.returncode != 0:
        raise ResultsError(_obituary(done.returncode, done.stderr.decode("utf-8", "replace")))
    if not (folder / ANSWER).is_file():
        raise ResultsError("The process that measured it ended well but left no answer.")
    text = (folder / ANSWER).read_bytes()
    answer = strict_json.from_json(Answer, text, where=ANSWER, error=ResultsError)
    if answer.outcome is None:
        raise ResultsError(answer.error or "The process that measured it gave no reason.")
    return answer.outcome


def _obituary(code: int, stderr: str) -> str:
    """Why a process died, for people: its signal, or the last line it wrote."""
    if code < 0:
        try:
            name = signal.Signals(-code).name
        except ValueError:
            name = "unknown"
        hint = " Most often that means that the memory ran out." if name == "SIGKILL" else ""
        return f"The process that measured it was killed by signal {-code} ({name}).{hint}"
    lines = [line for line in stderr.splitlines() if line.strip()]
    # A library may quote the whole model in its last line.
    last = textwrap.shorten(lines[-1], LAST_WORDS) if lines else "it wrote nothing"
    return f"The process that measured it ended with status {code}: {last}"
