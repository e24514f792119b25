"""The app as people start it: in processes of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from displays import INSTALL, virtual_display
from edge_app.core.errors import ConfigError
from edge_app.ui.config import AppConfig

ROOT = Path(__file__).parents[3]

BLOCK = """
import sys

class Blocked:
    # What is not on a phone, and what the app must not know.
    names = {
        "torch", "torchvision", "litert_torch", "coremltools", "onnx", "onnxscript", "tensorflow",
        "ai_edge_quantizer", "scipy", "skimage", "sklearn", "matplotlib", "safetensors", "jinja2",
        "tyro", "rich", "cv2", "picamera2", "training", "export", "benchmarks", "edgestyle",
    }

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in self.names:
            raise ImportError(f"{name} is blocked: the app must do without it")

sys.meta_path.insert(0, Blocked())
"""

needs_xvfb = pytest.mark.skipif(
    shutil.which("Xvfb") is None, reason=f"there is no Xvfb; install it: {INSTALL}"
)


def run(program: str, home: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("KIVY", "KCFG"))}
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER"):
        environment.pop(name, None)
    environment |= {
        "HOME": str(home),
        "KIVY_HOME": str(home),
        "LIBGL_ALWAYS_SOFTWARE": "1",
        "PYTHONPATH": str(ROOT),
        **variables,
    }
    return subprocess.run(
        [sys.executable, "-c", program],
        env=environment,
        cwd=home,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_what_has_no_window_needs_no_kivy(tmp_path):
    program = f"""{BLOCK}
Blocked.names.add("kivy")
import edge_app.main, edge_app.ui.bench, edge_app.ui.desktop, edge_app.ui.stream
import edge_app.ui.strings, edge_app.ui.settings
assert edge_app.ui.strings.strings("es").save == "Guardar"
assert not {{"onnxruntime", "ai_edge_litert", "cv2"}} & set(sys.modules)
"""
    done = run(program, tmp_path)
    assert done.returncode == 0, done.stderr


def test_without_kivy_the_extra_is_named(tmp_path):
    program = f"""{BLOCK}
Blocked.names.add("kivy")
from edge_app.main import run
from edge_app.ui.config import AppConfig
run(AppConfig())
"""
    done = run(program, tmp_path, DISPLAY=":0")
    assert "MissingExtraError" in done.stderr
    assert "pip install 'edgestyle[app]'" in done.stderr


@pytest.mark.skipif(any(Path("/dev/dri").glob("card*")), reason="SDL draws on this machine's card")
@pytest.mark.skipif(sys.platform != "linux", reason="other systems always have a screen")
def test_without_a_screen_it_says_so(tmp_path):
    from_shell = "from edge_app.main import *; run(AppConfig())"
    assert "there is no screen here" in run(from_shell, tmp_path).stderr


@needs_xvfb
def test_starts_in_three_seconds_without_torch_and_ends_clean(tmp_path):
    """The real app, its real settings and the styles that ship; no picture is painted here.

    Processor time, which a busy machine does not lengthen much: on a quiet one nothing is waited
    for, so it is what passes on the clock.
    """
    program = f"""{BLOCK}
import time
from edge_app.main import prepare_kivy, run
from edge_app.ui.config import AppConfig
prepare_kivy(AppConfig())
from kivy.clock import Clock
from kivy.core.window import Window

def drawn(*_):
    print("first frame", time.process_time(), flush=True)
    Window.unbind(on_flip=drawn)

def loaded(_elapsed):
    from kivy.app import App
    session = App.get_running_app().session
    if session.styles:
        print("styles", time.process_time(), len(session.styles), flush=True)
        App.get_running_app().stop()
        return False

Window.bind(on_flip=drawn)
Clock.schedule_interval(loaded, 0)
run(AppConfig())
import threading
print("threads", [t.name for t in threading.enumerate() if t.name.startswith("edgestyle")])
print("torch" in sys.modules)
"""
    with virtual_display() as display:
        # Once to warm the disk's cache, as a person's second start of the day.
        for _ in range(2):
            done = run(program, tmp_path, DISPLAY=display)
    assert done.returncode == 0, done.stderr
    told = {line.split()[0]: line.split() for line in done.stdout.splitlines()}
    assert float(told["first"][2]) < 3, done.stdout
    styles_s, count = told["styles"][1:]
    assert float(styles_s) < 5, done.stdout  # they come while the window is there already
    assert int(count) == len(list((ROOT / "styles").glob("*.stylepack")))
    assert done.stdout.splitlines()[-2:] == ["threads []", "False"]
    assert "Traceback" not in done.stderr


@needs_xvfb
def test_prints_nothing_where_all_is_well(tmp_path):
    program = """
from edge_app.main import run
from edge_app.ui.config import AppConfig
import kivy_stopper
run(AppConfig(screen="studio"))
"""
    (tmp_path / "kivy_stopper.py").write_text(
        "import threading, time\n"
        "def stop():\n"
        "    time.sleep(2)\n"
        "    from kivy.app import App\n"
        "    from kivy.clock import Clock\n"
        "    Clock.schedule_once(lambda _: App.get_running_app().session.pick_photo())\n"
        "    time.sleep(1.5)\n"
        "    Clock.schedule_once(lambda _: App.get_running_app().stop())\n"
        "threading.Thread(target=stop, daemon=True).start()\n"
    )
    with virtual_display() as display:
        done = run(program, tmp_path, DISPLAY=display, PYTHONPATH=f"{ROOT}:{tmp_path}")
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert done.stderr == ""


@pytest.mark.parametrize("field", ["photo", "frames"])
def test_a_file_that_is_missing_is_named_before_anything_opens(tmp_path, field):
    with pytest.raises(ConfigError, match=r"gone\.jpg: there is no such file"):
        AppConfig(**{field: tmp_path / "gone.jpg"})


def test_a_window_that_is_too_small():
    with pytest.raises(ConfigError, match="at least 320x320"):
        AppConfig(window=(300, 800))
