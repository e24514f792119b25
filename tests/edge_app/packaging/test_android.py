"""The Android packaging, as far as it goes without an SDK: buildozer's and python-for-android's own
code runs up to the point where gradle would begin."""

from __future__ import annotations

import gc
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import warnings
import xml.etree.ElementTree as ET
import zipfile
from contextlib import chdir, suppress
from pathlib import Path
from types import SimpleNamespace

import pytest

from app_styles import write_style, write_trunk
from edge_app.core.errors import ConfigError
from edge_app.core.pack import open_pack, write_pack
from edge_app.core.styles import styles_of
from edge_app.packaging.android import hook, stage, weigh
from edge_app.ui.licences import WORKS
from tiny_models import describe, make_manifest

ROOT = Path(__file__).parents[3]
SPEC = stage.HERE / "buildozer.spec"
NAMESPACE = "{http://schemas.android.com/apk/res/android}"


@pytest.fixture(scope="session")
def buildozer():
    return pytest.importorskip("buildozer", reason="pip install buildozer python-for-android")


@pytest.fixture(scope="session")
def p4a():
    module = pytest.importorskip("pythonforandroid", reason="pip install python-for-android")
    return Path(module.__path__[0])


@pytest.fixture(scope="module")
def staged(tmp_path_factory):
    """What `make apk` builds from, of this tree with one pack in it."""
    root = tmp_path_factory.mktemp("tree")
    shutil.copytree(ROOT / "edge_app", root / "edge_app", ignore=shutil.ignore_patterns("__pyc*"))
    (root / "styles").mkdir()
    (root / "styles" / "__init__.py").touch()
    write_style(root / "styles" / "whirl.stylepack", "whirl", free=True)
    folder = tmp_path_factory.mktemp("stage")
    stage.stage(folder, root=root)
    return folder


def keys_of(spec):
    """Section -> its keys, those that are commented out included."""
    found: dict[str, set[str]] = {}
    section = ""
    for line in spec.read_text(encoding="utf-8").splitlines():
        if heading := re.fullmatch(r"\[([\w:@.]+)\]\s*", line):
            section = heading[1]
        elif key := re.match(r"#?\s?([a-z][a-z0-9_.-]+)\s*=", line):
            found.setdefault(section, set()).add(key[1])
    return found


def unknown_keys(spec, buildozer):
    known = keys_of(Path(buildozer.__path__[0]) / "default.spec")
    return {
        f"[{section}] {key}"
        for section, keys in keys_of(spec).items()
        for key in keys - known.get(section, set())
    }


def test_buildozer_knows_every_key(buildozer, tmp_path):
    assert not unknown_keys(SPEC, buildozer)
    misspelt = tmp_path / "buildozer.spec"
    misspelt.write_text(SPEC.read_text().replace("android.minapi", "android.min_api"))
    assert unknown_keys(misspelt, buildozer) == {"[app] android.min_api"}


def test_the_version_is_the_projects(buildozer):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert f"\nversion = {project['version']}\n" in SPEC.read_text()


@pytest.fixture(scope="module")
def commands(buildozer, staged, tmp_path_factory):
    """What buildozer tells python-for-android: `create` and `apk`, with its own options."""
    from buildozer import Buildozer

    told: list[list[str]] = []
    # No SDK that this machine may have, and nothing left in the developer's home.
    patch = pytest.MonkeyPatch()
    patch.setenv("HOME", str(tmp_path_factory.mktemp("home")))
    # buildozer leaves files open, which a collection of garbage would tell in the midst of a test.
    with chdir(staged), warnings.catch_warnings(action="ignore", category=ResourceWarning):
        (staged / "p4a").mkdir(exist_ok=True)
        made = Buildozer("buildozer.spec", "android")
        made.check_configuration_tokens()
        made.target.check_configuration_tokens()
        made._copy_application_sources()
        made.target._p4a = lambda command, **_: told.append(command)
        made.target.compile_platform()
        Path(made.target.get_dist_dir("edgestyle")).mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):  # then it looks for the APK, in an SDK that is not here
            made.target.build_package()
        gc.collect()
        patch.undo()
        return SimpleNamespace(
            create=told[0],
            apk=told[1],
            extra=made.target.extra_p4a_args,
            app=Path(made.app_dir),
        )


def test_every_file_that_the_spec_names_is_there(staged):
    named = re.findall(r"^[\w.]*(?:filename|hook|_xml|dir) = (\S+)$", SPEC.read_text(), re.M)
    assert {"app", "p4a", "hook.py", "extra_manifest.xml", "art/icon.png"} <= set(named)
    for name in set(named) - {"p4a"}:  # which make fetches
        assert (staged / name).exists(), name


def test_all_that_was_staged_goes_into_the_app(staged, commands):
    """buildozer takes files by suffix; one that it does not know would be missing on the phone."""

    def names(folder):
        return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}

    assert names(commands.app) == names(staged / "app")
    taken = names(commands.app)
    assert {"main.py", "edge_app/core/grain.npy", "styles/whirl.stylepack"} <= taken
    assert {"edge_app/ui/version.txt", "edge_app/ui/licences/notice.txt"} <= taken
    assert not [n for n in taken if "packaging" in n or n.endswith("desktop.py")]
    assert any(name.endswith(".kv") for name in taken)


def test_the_stage_is_made_anew_and_keeps_its_budget(tmp_path, monkeypatch):
    root = tmp_path / "root"
    (root / "edge_app").mkdir(parents=True)
    (root / "edge_app" / "a.py").touch()
    (root / "styles").mkdir()
    (root / "styles" / "__init__.py").touch()
    with pytest.raises(ConfigError, match="no style pack for the app to ship"):
        stage.stage(tmp_path / "out", root=root)
    write_style(root / "styles" / "x.stylepack", "x")
    app = stage.stage(tmp_path / "out", root=root)
    (app / "old.py").touch()
    assert not (stage.stage(tmp_path / "out", root=root) / "old.py").exists()
    monkeypatch.setattr(stage, "APP_BUDGET_BYTES", 1000)
    with pytest.raises(ConfigError, match=r"the budget is 0 MB; leave out packs or sizes"):
        stage.stage(tmp_path / "out", root=root)


PHONE_MODELS = {"tflite/fp32-64x64.tflite", "tflite/fp32-128x128.tflite"}


def test_a_pack_keeps_what_a_phone_opens_and_is_whole(tmp_path):
    others = ("tflite/fp16-64x64.tflite", "tflite/int8-conv-64x64.tflite", "onnx/fp32.onnx")
    models = {name: name.encode() for name in (*PHONE_MODELS, *others)}
    manifest = make_manifest(*map(describe, models), title="The Whirl")
    source = write_pack(tmp_path / "a.stylepack", manifest, {**models, "preview.jpg": b"jpeg"})
    kept = stage.write_phone_pack(tmp_path / "b.stylepack", source)
    assert {model.path for model in kept.manifest.models} == PHONE_MODELS
    assert set(open_pack(kept.path).files) == {*PHONE_MODELS, "manifest.json", "preview.jpg"}
    assert kept.manifest.title == "The Whirl"
    assert all(kept.read(name) == models[name] for name in PHONE_MODELS)
    assert kept.path.stat().st_size < source.path.stat().st_size


def test_a_pack_of_several_styles_keeps_them_all(tmp_path):
    source = open_pack(write_trunk(tmp_path / "a.stylepack"))
    kept = stage.write_phone_pack(tmp_path / "b.stylepack", source)
    assert [s.card.id for s in styles_of(kept)] == [s.card.id for s in styles_of(source)]
    assert set(kept.files) == set(source.files)


def test_a_pack_that_no_phone_can_open_is_named(tmp_path):
    models = {"onnx/fp32.onnx": b"model"}
    contents = {**models, "preview.jpg": b"jpeg"}
    source = write_pack(tmp_path / "a.stylepack", make_manifest(describe(*models)), contents)
    with pytest.raises(ConfigError, match=r"a\.stylepack: no model for format tflite"):
        stage.write_phone_pack(tmp_path / "b.stylepack", source)


def test_the_packs_that_ship_keep_the_budget(tmp_path):
    app = stage.stage(tmp_path)
    packs = [open_pack(path) for path in sorted((app / "styles").glob("*.stylepack"))]
    assert [p.path.name for p in packs] == [
        path.name for path in sorted((ROOT / "styles").glob("*.stylepack"))
    ]
    for pack in packs:
        assert {model.recipe for model in pack.manifest.models} == {"fp32"}
        assert {model.size for model in pack.manifest.models} == {(256, 256), (512, 512)}


def test_the_app_knows_its_version(staged):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert (staged / "app/edge_app/ui/version.txt").read_text() == project["version"]


@pytest.mark.filterwarnings("ignore")  # python-for-android's own
def test_python_for_android_has_every_recipe(p4a, commands):
    from pythonforandroid.bootstrap import Bootstrap
    from pythonforandroid.build import Context
    from pythonforandroid.graph import get_recipe_order_and_bootstrap
    from pythonforandroid.recipe import Recipe

    (asked,) = (word for word in commands.create if word.startswith("--requirements="))
    names = asked.partition("=")[2].split(",")
    context = Context()
    bootstrap = Bootstrap.get_bootstrap("sdl2", context)
    recipes, modules, found = get_recipe_order_and_bootstrap(context, names, bootstrap)
    assert found.name == "sdl2"
    with_recipe = {name.lower() for name in recipes}
    assert {"python3", "kivy", "pyjnius", "numpy", "pillow", "libwebp", "android"} <= with_recipe
    # Kivy's own, all pure Python: pip has nothing else to install, and nothing to compile.
    kivys = {"certifi", "chardet", "filetype", "idna", "requests", "six", "urllib3"}
    assert set(modules) <= kivys
    assert Recipe.get_recipe("numpy", context).min_ndk_api_support <= 29

    listed = {part.lower() for work in WORKS for part in work.name.split(", ")}
    other_names = {
        "android": "python-for-android",
        "jpeg": "libjpeg",
        "png": "libpng",
        "python3": "python",
        "sqlite3": "sqlite",
        **dict.fromkeys(("sdl2_image", "sdl2_mixer", "sdl2_ttf"), "sdl2"),
    }
    carried = (with_recipe | set(modules)) - {"hostpython3"}  # which runs on the builder's machine
    unlisted = {name for name in carried if other_names.get(name, name) not in listed}
    assert not unlisted, "the APK carries what About does not list"


@pytest.fixture(scope="module")
def built(p4a, commands, staged, tmp_path_factory):
    """A folder as gradle would get it: python-for-android's build.py has run with our arguments."""
    dist = tmp_path_factory.mktemp("dist")
    for part in ("common", "_sdl_common", "sdl2"):
        shutil.copytree(p4a / "bootstraps" / part / "build", dist, dirs_exist_ok=True)
    sdk = tmp_path_factory.mktemp("sdk")
    (sdk / "build-tools" / "35.0.0").mkdir(parents=True)
    (dist / "_python_bundle__arm64-v8a").mkdir()
    (dist / "libs" / "arm64-v8a").mkdir(parents=True)
    (dist / "local.properties").write_text(f"sdk.dir={sdk}")
    (dist / "project.properties").write_text("target=android-35")
    facts = {
        "bootstrap": "sdl2",
        "archs": ["arm64-v8a"],
        "ndk_api": 29,
        "hostpython": sys.executable,
        "use_setup_py": False,
    }
    (dist / "dist_info.json").write_text(json.dumps(facts))
    # What the toolchain takes for itself; the rest it hands on.
    ours = {"--bootstrap": 1, "--dist_name": 1, "--copy-libs": 0, "--arch": 1, "--ndk-api": 1}
    words, rest = list(commands.apk[1:]), []
    while words:
        word = words.pop(0)
        if word in ours:
            del words[: ours[word]]
        elif word != "debug":
            rest.append(word)
    done = subprocess.run(
        [sys.executable, "build.py", *rest],
        cwd=dist,
        env={**os.environ, "ANDROID_API": "35"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    with chdir(dist):
        hook.before_apk_assemble(None)
    return dist


def test_the_hook_is_given_to_the_toolchain(commands, staged):
    assert f"--hook={staged / 'hook.py'}" in commands.extra


def test_the_manifest(built):
    manifest = ET.parse(built / hook.MANIFEST).getroot()

    def named(tag, parent=manifest):
        return {e.get(f"{NAMESPACE}name"): e for e in parent.iter(tag)}

    (application,) = manifest.iter("application")
    libraries = named("uses-native-library", application)
    assert set(libraries) == set(hook.LIBRARIES)
    assert {e.get(f"{NAMESPACE}required") for e in libraries.values()} == {"false"}
    assert set(named("uses-permission")) == {"android.permission.CAMERA"}
    features = named("uses-feature")
    assert features["android.hardware.camera"].get(f"{NAMESPACE}required") == "false"
    (sdk,) = manifest.iter("uses-sdk")
    assert sdk.get(f"{NAMESPACE}minSdkVersion") == "29"
    assert sdk.get(f"{NAMESPACE}targetSdkVersion") == "35"
    assert application.get(f"{NAMESPACE}allowBackup") == "false"
    assert "Fullscreen" not in application.get(f"{NAMESPACE}theme")
    (screen,) = named("activity").values()
    assert screen.get(f"{NAMESPACE}screenOrientation") == "unspecified"  # as the phone is held
    assert "orientation" in screen.get(f"{NAMESPACE}configChanges")


def test_gradle_gets_litert_and_its_gpu_part(built):
    gradle = (built / "build.gradle").read_text()
    for part in ("litert", "litert-gpu", "litert-gpu-api"):
        assert re.search(
            rf"implementation 'com\.google\.ai\.edge\.litert:{part}:1\.4\.\d'\n", gradle
        )
    assert "minSdkVersion 29" in gradle
    assert "namespace 'org.edgestyle.edgestyle'" in gradle
    assert gradle.count("{") == gradle.count("}")


def test_pictures_and_program_are_in_place(built, staged):
    resources = built / "src" / "main" / "res"
    for ours, theirs in {
        "icon.png": "mipmap/icon.png",
        "icon-foreground.png": "mipmap/icon_foreground.png",
        "icon-background.png": "mipmap/icon_background.png",
        "splash.png": "drawable/presplash.jpg",
    }.items():
        assert (resources / theirs).read_bytes() == (staged / "art" / ours).read_bytes()
    assert (resources / "mipmap-anydpi-v26" / "icon.xml").exists()
    assert "#141315" in (resources / "values" / "strings.xml").read_text()
    with tarfile.open(built / "src" / "main" / "assets" / "private.tar") as archive:
        names = {name.removeprefix("./") for name in archive.getnames()}
    assert {"main.pyc", "edge_app/main.pyc", "styles/whirl.stylepack"} <= names
    assert "edge_app/ui/android/platform.pyc" in names


def test_the_hook_may_run_twice_and_knows_its_manifest():
    once = hook.with_libraries("<manifest><application>\n    </application></manifest>")
    assert once.count("uses-native-library") == len(hook.LIBRARIES)
    assert hook.with_libraries(once) == once
    with pytest.raises(ValueError, match="expected one </application>, found 0"):
        hook.with_libraries("<manifest/>")


def test_an_apk_is_weighed(tmp_path, monkeypatch):
    apk = tmp_path / "a.apk"
    with zipfile.ZipFile(apk, "w") as archive:
        archive.writestr("lib/arm64-v8a/libpython.so", bytes(300_000))
        archive.writestr("res/a.png", bytes(20_000))
        archive.writestr("res/b.png", bytes(20_000))
    lines = weigh.weigh(apk).splitlines()
    assert lines[0].split() == ["0.30", "MB", "lib/arm64-v8a/libpython.so"]
    assert lines[1].split() == ["0.04", "MB", "res"]
    monkeypatch.setattr(weigh, "APK_BUDGET_BYTES", 1000)
    with pytest.raises(ConfigError, match="heavier than the budget"):
        weigh.weigh(apk)
    apk.write_bytes(b"no zip")
    with pytest.raises(ConfigError, match="not an APK"):
        weigh.weigh(apk)
