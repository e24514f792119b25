from __future__ import annotations

import pytest

from benchmarks.devices.native import parse
from edge_app.core.errors import DeviceError

OLD = """\
STARTING!
Loaded model /data/local/tmp/model.tflite
Replacing 31 out of 40 node(s) with delegate (TfLiteXNNPackDelegate) node, yielding 3 partitions.
count=3 first=99000 curr=50000 min=50000 max=99000 avg=6.1e+04 std=100

count=1 curr=20100

Inference timings in us: Init: 5200, First inference: 99000, Warmup (avg): 6.1e+04, Inf
Overall peak memory footprint (MB) via periodic monitoring: 30.5
"""


def test_reads_what_it_writes():
    told = parse(OLD)
    assert (told.sample_ms, told.load_ms, told.first_run_ms) == (20.1, 5.2, 99.0)
    assert (told.accelerator, told.share) == ("xnnpack", 31 / 40)
    assert told.peak_bytes == round(30.5 * 2**20)
    assert told.runs == 4  # three to warm up, one that counts


def test_large_times_are_written_with_exponents():
    text = OLD.replace("Init: 5200", "Init: 1.2e+06").replace("curr=20100", "curr=3512391")
    told = parse(text)
    assert (told.load_ms, told.sample_ms) == (1200.0, 3512.391)


def test_a_delegate_that_took_nothing_did_not_run_it():
    assert parse(OLD.replace("31 out of 40", "0 out of 40")).accelerator == "none"
    gpu = OLD.replace("TfLiteXNNPackDelegate", "TfLiteGpuDelegateV2")
    assert parse(gpu).accelerator == "gpu"


def test_memory_may_be_untold():
    assert parse(OLD.replace("peak memory", "memory")).peak_bytes is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "wrote no timings; its last line: none"),
        ("Unrecognized commandline flags: --x", "last line: Unrecognized"),
        (OLD.replace("count=1 curr", "count=9 first=1 curr"), "expected one timed run, got 9"),
    ],
)
def test_what_it_does_not_write(text, message):
    with pytest.raises(DeviceError, match=message):
        parse(text)
