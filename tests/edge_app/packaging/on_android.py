"""Run by test_started.py in a process of its own: what an APK would start, as it would start it.

    python -OO on_android.py APP CLASSES P4A HOME PHOTO

APP is the staged app, CLASSES the compiled doubles of Android, P4A python-for-android's own Python
modules, HOME the phone's storage, PHOTO what is picked. Without docstrings and asserts, as
python-for-android compiles; only what an APK contains can be imported. Says what it saw as JSON.
"""

# ruff: noqa: E402
import json
import sys
import types
from importlib.machinery import BuiltinImporter, FrozenImporter, PathFinder

APP, CLASSES, P4A, HOME, PHOTO = sys.argv[1:]

CONTAINED = {
    # Kivy and what it brings, numpy, Pillow, pyjnius, python-for-android, the app.
    "kivy", "kivy_deps", "filetype", "docutils", "pygments", "numpy", "PIL", "jnius",
    "jnius_config", "android", "edge_app", "styles", "main",
}  # fmt: skip


class Contained(PathFinder):
    """Finds nothing that an APK has not."""

    refused: set[str] = set()  # noqa: RUF012 - one process, one set

    @classmethod
    def find_spec(cls, name, path=None, target=None):
        top = name.partition(".")[0]
        if top not in CONTAINED and top not in sys.stdlib_module_names:
            cls.refused.add(top)
            return None
        return super().find_spec(name, path, target)

    @classmethod
    def find_distributions(cls, *_, **__):
        return iter(())  # an APK has no packages' metadata


sys.meta_path[:] = [BuiltinImporter, FrozenImporter, Contained]
sys.path[0] = APP  # not the folder of this file
sys.path[:] = [p for p in sys.path if not p.endswith(("/tests/support", "/tests/pi"))]

import jnius_config

jnius_config.set_classpath(CLASSES)
jnius_config.add_options("-Xmx256m", "-Xrs", "--add-opens=java.base/java.io=ALL-UNNAMED")

package = types.ModuleType("android")
package.__path__ = [P4A]
config = types.ModuleType("android.config")
config.ACTIVITY_CLASS_NAME = "org.kivy.android.PythonActivity"
config.ACTIVITY_CLASS_NAMESPACE = "org/kivy/android/PythonActivity"
config.JAVA_NAMESPACE = "org/kivy/android"
sys.modules |= {"android": package, "android.config": config}

from jnius import autoclass

File = autoclass("java.io.File")
autoclass("android.app.Activity").reset(File(HOME))
autoclass("android.content.ContentResolver").offer("content://x/1", "IMG_1.png", File(PHOTO))

from edge_app.core import backends

# Kivy is to find this machine's window; everything of ours is to be on Android.
backends.system = lambda: backends.System.ANDROID

from kivy.clock import Clock

seen: dict[str, object] = {"optimized": sys.flags.optimize}


def app():
    from kivy.app import App

    return App.get_running_app()


def step(when, do, then=None, waited=0.0):
    """Wait until `when()`, then `do()`; gives up after a minute."""

    def look(_elapsed):
        nonlocal waited
        waited += 0.1
        if waited > 60:
            seen["stuck"] = do.__name__
            app().stop()
            return False
        if not when():
            return True
        do()
        return False

    Clock.schedule_interval(look, 0.1)


def started():
    session = app().session
    seen["platform"] = session.platform.name
    from edge_app.ui.version import app_version

    seen["version"] = app_version()
    seen["styles"] = [getattr(s, "reason", None) or s.card.title for s in session.styles]
    session.pick_photo()
    autoclass("org.kivy.android.PythonActivity").mActivity.answer(-1, "content://x/1")
    step(lambda: session.current, painted)


def painted():
    session = app().session
    info = session.rendering.info
    seen["info"] = [info.backend, info.accelerator, info.note]
    seen["size"] = list(session.rendering.styled.shape)
    session.bind(
        on_news=lambda _, say: kept(say(session.words)),
        on_problem=lambda _, say: kept(say(session.words)),
    )
    session.save()


def kept(text):
    seen["kept"] = text
    resolver = autoclass("android.content.ContentResolver")
    row = "content://media/external_primary/images/media/2"
    seen["bytes"] = resolver.value(row, "file").length()
    app().stop()


step(lambda: app() is not None and app().session.styles, started)

import main  # noqa: F401 - runs until the app is stopped

ledger = autoclass("org.tensorflow.lite.Ledger")
seen["left open"] = [ledger.openInterpreters, ledger.openDelegates, ledger.faults]
seen["refused"] = sorted(Contained.refused)
sys.stdout.write("\n" + json.dumps(seen) + "\n")
