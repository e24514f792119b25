from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from benchmarks.config import BenchConfig
from benchmarks.devices import android
from benchmarks.devices.android import bench_natively, bench_with_app
from benchmarks.devices.bench import bench_on
from benchmarks.devices.bridge import find_phone
from benchmarks.devices.place import parse_place
from benchmarks.reported import Scope
from benchmarks.results_file import read_results
from edge_app.core.bench_report import KIND
from edge_app.core.errors import ConfigError, DeviceError, ResultsError

pytest.importorskip("adbutils", reason="pip install 'edgestyle[phone]'")
# adbutils leaves the socket of a refused request to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

APP_FILE = {
    "schema_version": 1,
    "kind": KIND,
    "app_version": "0.1.0",
    "created": "2026-11-20T12:00:00+00:00",
    "platform": "android",
    "device": "Fairphone FP5",
    "system": "Linux 5.4",
    "architecture": "aarch64",
    "python": "3.14.0",
    "cores": 8,
    "complete": True,
    "times": [
        {
            "style": "whirl",
            "title": "Whirl",
            "pack_sha256": "a" * 64,
            "model": "tflite/fp32-512x512.tflite",
            "recipe": "fp32",
            "size": [512, 512],
            "backend": "android",
            "version": "1.4.1",
            "threads": 4,
            "accelerator": "gpu",
            "note": "",
            "load_ms": 300.0,
            "warmup_ms": [90.0],
            "samples_ms": [40.0, 41.0, 42.0],
        }
    ],
    "failures": [],
}


@pytest.fixture
def config(pack_at, tflite, tool):
    def make(**changes):
        names = ("fp32-16x16", "int8-16x16")
        packs = (str(pack_at({f"tflite/{n}.tflite": tflite((16, 16)) for n in names})),)
        changes = {"benchmark_model": tool, "runs": 3, **changes}
        return BenchConfig(packs=packs, **changes)

    return make


def test_measures_with_litert_s_program(config, phone_at, tmp_path):
    fake = phone_at()
    path = tmp_path / "r.json"
    results = bench_on(parse_place("adb"), config(json=path, threads=(1, 2)))
    assert [(r.recipe, r.size, r.threads) for r in results.reported] == [
        ("fp32", (16, 16), 1),
        ("fp32", (16, 16), 2),
        ("int8", (16, 16), 1),
        ("int8", (16, 16), 2),
    ]
    first, second = results.reported[:2]
    assert first.times.samples_ms == pytest.approx((20.1, 20.2, 20.3))
    assert second.times.samples_ms == pytest.approx((10.4, 10.5, 10.6))
    assert (first.scope, first.processes, first.accelerator) == (Scope.MODEL, 3, "xnnpack")
    assert (first.load_ms, first.first_run_ms) == (5.2, 99.0)
    assert results.environment.device == "Fairphone FP5"
    assert results.before.governor == "schedutil"
    assert not results.interrupted
    assert read_results(path) == results
    assert "nobody has compared those pictures" in " ".join(results.warnings)
    assert list((fake.root / "data/local/tmp").iterdir()) == []  # it leaves nothing behind


BATTERY = """\
case $1 in
battery)
  n=$(cat "$ROOT/runs" 2>/dev/null | wc -l)
  echo "Current Battery Service state:"
  echo "  USB powered: $(cat $ROOT/plugged)"
  echo "  Charge counter: $((3000000 - n * 10000))"
  echo "  level: 78"
  echo "  voltage: 4000";;
*) echo "Thermal Status: 0";;
esac
"""
"""Every process of benchmark_model takes 10 mAh at 4 V: 144 J."""


@pytest.mark.parametrize("warmups", [0, 3])
def test_energy_by_the_battery_s_counter(config, phone_at, tmp_path, warmups):
    """Three processes; each runs the model as often as it warms up, and once more."""
    fake = phone_at()
    fake.program("dumpsys", BATTERY)
    fake.add("/plugged", "false")
    fake.add("/sys/class/power_supply/battery/current_now", "-412000\n")
    path = tmp_path / "r.json"
    settings = config(json=path, recipes=("fp32",), warmups=warmups)
    results = bench_natively(settings, find_phone())
    (found,) = results.reported
    assert found.runs == 3 * (warmups + 1)
    assert found.energy_mj == pytest.approx(144_000 / (warmups + 1))
    assert found.battery_before.current_ua == -412_000
    assert (results.before.battery.charge_uah, results.after.battery.charge_uah) == (
        3_000_000,
        2_970_000,
    )
    assert read_results(path) == results


def test_on_a_charger_nobody_knows_the_energy(config, phone_at):
    """And adb's own cable is one."""
    fake = phone_at()
    fake.program("dumpsys", BATTERY)
    fake.add("/plugged", "true")
    (found,) = bench_natively(config(recipes=("fp32",)), find_phone()).reported
    assert found.energy_mj is None
    assert found.battery_before.plugged
    assert found.battery_before.current_ua is None  # closed to a shell


def test_an_accelerator_that_was_asked_for(config, phone_at):
    phone_at()
    settings = config(accelerators=("gpu", "npu"), recipes=("fp32",))
    gpu, npu = bench_natively(settings, find_phone()).reported
    assert (gpu.asked, gpu.accelerator, gpu.note) == ("gpu", "gpu", "")
    assert (npu.asked, npu.accelerator) == ("npu", "none")
    assert npu.note == "npu was asked for, none ran it"


@pytest.mark.parametrize("cut", [1, 2])
def test_unplugged_in_the_middle_keeps_what_was_measured(config, phone_at, tmp_path, cut):
    path = tmp_path / "r.json"
    phone_at(unplug_at="--graph", unplug_after=3 + cut)
    results = bench_natively(config(json=path), find_phone())
    assert [r.recipe for r in results.reported] == ["fp32", "int8"]
    assert [len(r.times.samples_ms) for r in results.reported] == [3, cut]
    assert results.reported[1].processes == cut
    assert results.interrupted
    (failure,) = results.failures
    assert failure.recipe == "int8"
    assert "R5CT10: the phone was unplugged" in failure.reason
    assert read_results(path) == results


def test_unplugged_before_anything_was_measured(config, phone_at, tmp_path):
    phone_at(unplug_at="--graph")
    with pytest.raises(DeviceError, match="the phone was unplugged"):
        bench_natively(config(json=tmp_path / "r.json"), find_phone())
    assert not (tmp_path / "r.json").exists()


def test_ctrl_c_keeps_what_was_measured(config, phone_at, tmp_path):
    fake = phone_at()
    seen = []

    def stop(stage, share):
        seen.append(stage)
        if "int8" in stage:
            raise KeyboardInterrupt

    results = bench_natively(config(json=tmp_path / "r.json"), find_phone(), stop)
    assert results.interrupted
    assert [r.recipe for r in results.reported] == ["fp32"]
    assert list((fake.root / "data/local/tmp").iterdir()) == []


def test_no_room_for_the_program(config, phone_at):
    phone_at(room=10)
    with pytest.raises(DeviceError, match=r"R5CT10: .*benchmark_model"):
        bench_natively(config(), find_phone())


def test_a_program_for_another_processor(config, phone_at, tool):
    tool.write_bytes(b"\x7fELF not for this one")
    phone_at()
    results = bench_natively(config(), find_phone())
    assert len(results.failures) == 2
    assert results.reported == ()


def test_two_phones_at_once_are_not_mixed_up(config, phone_at):
    phone_at("A")
    phone_at("B").program("getprop", "echo '[ro.product.model]: [Other]'")
    settings = config()
    start = threading.Barrier(2)

    def measure(serial):
        phone = find_phone(serial)
        start.wait()
        return bench_natively(settings, phone)

    with ThreadPoolExecutor(2) as pool:
        a, b = pool.map(measure, "AB")
    assert (a.environment.device, b.environment.device) == ("Fairphone FP5", "Other")
    for results in (a, b):  # each phone counted its own runs
        assert results.reported[0].times.samples_ms == pytest.approx((20.1, 20.2, 20.3))


def test_what_a_phone_cannot_do(config, phone_at, tmp_path):
    phone_at()
    with pytest.raises(ConfigError, match="not on a phone"):
        bench_on(parse_place("adb"), config(processes=3))
    with pytest.raises(ConfigError, match="No such file"):
        bench_natively(config(benchmark_model=tmp_path / "none"), find_phone())


@pytest.fixture
def app(phone_at, monkeypatch):
    """A phone with the app; asked for its benchmark it leaves the given file there."""
    monkeypatch.setattr(android, "POLL_S", 0.05)

    def install(content, **facts):
        fake = phone_at(**facts)
        fake.program("pm", "echo package:/data/app/base.apk")
        fake.add("/export.json", content)
        fake.program(
            "am",
            'echo "$@" > $ROOT/started; '
            'case "$*" in *"--es edgestyle.benchmark run"*) ;; *) exit 0;; esac; '
            "mkdir -p $ROOT/sdcard/Download/edgestyle; "
            '(sleep 0.3; cp $ROOT/export.json "$ROOT/sdcard/Download/edgestyle/bench (1).json") '
            "> /dev/null 2>&1 &",
        )
        fake.add("/sdcard/Download/edgestyle/bench.json", "an older one")
        return fake

    return install


def test_has_the_app_measure_and_fetches_what_it_saves(config, app, tmp_path):
    fake = app(json.dumps(APP_FILE))
    told = []
    path = tmp_path / "r.json"
    settings = config(benchmark_model=None, json=path, timeout_s=30.0)
    results = bench_with_app(settings, find_phone(), lambda *step: told.append(step))
    words = (fake.root / "started").read_text().split()
    assert words[:3] == ["start", "-S", "-n"]  # an app that runs already would not be told
    assert words[3].startswith("org.edgestyle.edgestyle/")
    assert "leave it unlocked" in told[0][0]
    (found,) = results.reported
    assert found.times.samples_ms == (40.0, 41.0, 42.0)
    assert found.runtime == "LiteRT for Android 1.4.1 with the GPU"
    assert results.environment.cpu.startswith("QTI QCM6490")
    assert read_results(path) == results


def test_a_broken_file_of_the_app(config, app):
    app("{")
    with pytest.raises(ResultsError, match=r"R5CT10: bench \(1\).json: not readable as JSON"):
        bench_with_app(config(benchmark_model=None, timeout_s=30.0), find_phone())


def test_nobody_saves_anything(config, app):
    fake = app("{}")
    fake.program("am", "true")
    with pytest.raises(DeviceError, match=r"no result was saved to .* in 0.3 seconds"):
        bench_with_app(config(benchmark_model=None, timeout_s=0.3), find_phone())


SAVE_AT_HOME = """\
[ "$*" = "keyevent KEYCODE_HOME" ] || exit 0
cp $ROOT/export.json $ROOT/sdcard/Download/edgestyle/edgestyle-benchmark.json
"""
"""What the app does that leaves the screen, with the program that presses keys."""


@pytest.fixture
def ctrl_c():
    """A progress line at which Ctrl-C is pressed, as soon as the app measures."""

    def stop(stage, _share):
        if "measures" in stage:
            raise KeyboardInterrupt

    return stop


def test_ctrl_c_fetches_what_the_app_had_by_then(config, app, ctrl_c, tmp_path):
    """The app is busy with its second style, and saves the first once it is off the screen."""
    fake = app(json.dumps({**APP_FILE, "complete": False}))
    fake.program("am", "true")
    fake.program("input", SAVE_AT_HOME)
    path = tmp_path / "r.json"
    settings = config(benchmark_model=None, json=path, timeout_s=30.0)
    results = bench_with_app(settings, find_phone(), ctrl_c)
    assert results.interrupted
    assert [r.title for r in results.reported] == ["Whirl"]
    assert read_results(path) == results


@pytest.mark.parametrize("saved", [None, json.dumps({**APP_FILE, "times": []})])
def test_ctrl_c_before_anything_was_measured(config, app, ctrl_c, monkeypatch, tmp_path, saved):
    monkeypatch.setattr(android, "SAVING_S", 0.3)
    fake = app("{}" if saved is None else saved)
    fake.program("am", "true")
    if saved is not None:
        fake.program("input", SAVE_AT_HOME)
    settings = config(benchmark_model=None, json=tmp_path / "r.json", timeout_s=30.0)
    with pytest.raises(KeyboardInterrupt):
        bench_with_app(settings, find_phone(), ctrl_c)
    assert not (tmp_path / "r.json").exists()


def test_unplugged_while_the_app_measures(config, app):
    """It needs no computer to go on, and its file no cable to be read later."""
    app(json.dumps(APP_FILE), unplug_at="stat -c", unplug_after=1)
    with pytest.raises(DeviceError, match=r"R5CT10: the phone was unplugged") as caught:
        bench_with_app(config(benchmark_model=None, timeout_s=30.0), find_phone())
    for advice in ("The app goes on by itself", "/sdcard/Download/edgestyle", "bench import"):
        assert advice in str(caught.value)


def test_unplugged_once_the_file_was_fetched(config, app):
    app(json.dumps(APP_FILE), unplug_at="dumpsys battery", unplug_after=1)
    results = bench_with_app(config(benchmark_model=None, timeout_s=30.0), find_phone())
    assert len(results.reported) == 1
    assert results.before.governor == "schedutil"
    assert results.after.governor is None


def test_no_app(config, phone_at):
    phone_at()
    with pytest.raises(DeviceError, match="is not installed; build it with `make apk`"):
        bench_with_app(config(benchmark_model=None), find_phone())
