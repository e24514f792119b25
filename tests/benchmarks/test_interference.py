from __future__ import annotations

import os
import time

import pytest

from benchmarks.interference import between, interference_warning, read_moment


@pytest.fixture
def moment(tmp_path):
    """The counters of a made-up /proc/stat, in ticks of all cores."""
    ticks = os.sysconf("SC_CLK_TCK")

    def read(*, user_s=0.0, idle_s=0.0, steal_s=0.0):
        values = (user_s, 0, 0, idle_s, 0, 0, 0, steal_s, 0, 0)
        (tmp_path / "proc").mkdir(exist_ok=True)
        line = " ".join(str(round(each * ticks)) for each in values)
        (tmp_path / "proc/stat").write_text(f"cpu  {line}\ncpu0 1 2 3\nintr 5\n")
        return read_moment(tmp_path)

    return read


def test_what_others_spent_is_what_is_left_after_this_process(moment):
    before = moment(user_s=100, idle_s=500, steal_s=7)
    end = time.process_time() + 0.2
    while time.process_time() < end:
        pass
    found = between(before, moment(user_s=103, idle_s=505, steal_s=9))
    assert found.capacity_s == pytest.approx(10)
    assert 2.5 < found.others_s <= 2.8
    assert found.stolen_s == pytest.approx(2)
    assert found.wall_s >= 0.2


def test_a_system_that_does_not_tell(tmp_path):
    found = between(read_moment(tmp_path), read_moment(tmp_path))
    assert (found.capacity_s, found.others_s, found.stolen_s) == (None, None, None)
    assert interference_warning({"x": found}) is None


@pytest.mark.parametrize("text", ["", "cpu  1 2 3\n", "cpu  a b c d e f g h\n"])
def test_a_kernel_that_writes_something_else(tmp_path, text):
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc/stat").write_text(text)
    assert read_moment(tmp_path).cores_s is None


def test_this_kernel_counts():
    before = read_moment()
    after = read_moment()
    if before.cores_s is not None:
        assert between(before, after).capacity_s >= 0
    assert after.wall_s >= before.wall_s


def test_a_quiet_process_draws_no_warning(interference):
    assert interference().causes == ()
    assert interference_warning({"a": interference(), "b": interference()}) is None


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({"others_s": 8.0}, "others took 40% of the cores"),
        ({"stolen_s": 1.0}, "the hypervisor kept a core for 10% of the time"),
        ({"preemptions": 4_000}, "it was put aside 400 times a second"),
    ],
)
def test_what_disturbs(interference, changes, cause):
    (found,) = interference(**changes).causes
    assert found.startswith(cause.rpartition(" ")[0])
    text = interference_warning({"a": interference(), "b": interference(**changes)})
    assert "during 1 of 2 processes that measured, as in b: " in text


def test_a_tick_in_a_short_measurement_is_no_disturbance(interference):
    """The kernel counts in hundredths of a second: two of them are a fifth of a tenth."""
    short = interference(wall_s=0.05, capacity_s=0.1, others_s=0.02, stolen_s=0.01, preemptions=3)
    assert short.causes == ()
