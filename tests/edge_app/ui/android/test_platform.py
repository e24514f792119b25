"""Android's services in a real Java machine: Android's classes are doubles, the bridge is not.

pyjnius and python-for-android's own modules (`android.activity`, `android.permissions`,
`android.runnable`) are those that run on a phone.
"""

from __future__ import annotations

import queue
import sys
import threading
import types
from pathlib import Path

import numpy as np
import pytest

import jvm
from edge_app.core.bench_report import EXTRA, RUN
from edge_app.core.errors import CameraError, ImageError, StorageError
from edge_app.core.runtimes import android_java
from edge_app.ui.android import camera as cameras
from edge_app.ui.android import platform as platforms
from edge_app.ui.android.errand import FROM_HISTORY, asked_to_measure
from edge_app.ui.platform import Camera, Insets, PickedPhoto

WAIT_S = 10.0


@pytest.fixture(scope="session")
def jnius(tmp_path_factory):
    return jvm.start(tmp_path_factory.mktemp("classes"))


@pytest.fixture
def phone(jnius, tmp_path, monkeypatch):
    """The doubles, as new: `phone("android.app.Activity")` is a class."""
    p4a = pytest.importorskip("pythonforandroid", reason="pip install python-for-android")
    for name in [name for name in sys.modules if name.partition(".")[0] == "android"]:
        monkeypatch.delitem(sys.modules, name)
    package = types.ModuleType("android")
    package.__path__ = [str(Path(p4a.__path__[0]) / "recipes" / "android" / "src" / "android")]
    config = types.ModuleType("android.config")
    config.ACTIVITY_CLASS_NAME = "org.kivy.android.PythonActivity"
    config.ACTIVITY_CLASS_NAMESPACE = "org/kivy/android/PythonActivity"
    config.JAVA_NAMESPACE = "org/kivy/android"
    monkeypatch.setitem(sys.modules, "android", package)
    monkeypatch.setitem(sys.modules, "android.config", config)

    find = jnius.autoclass
    find("android.app.Activity").reset(find("java.io.File")(str(tmp_path)))
    find("android.content.ContentResolver").reset()
    find("android.os.Build$VERSION").SDK_INT = 35
    find("android.hardware.Camera").mode = "good"
    find("android.hardware.Camera").opened = 0
    find("android.view.Display").rotation = 0
    find("org.kivy.android.PythonActivity").grants = True
    find("org.kivy.android.PythonActivity").mActivity.forget()
    android_java.classes.cache_clear()
    for folder in ("cache", "files", "code_cache"):
        (tmp_path / folder).mkdir()
    yield find
    assert find("android.hardware.Camera").opened == 0, "a camera was left open"
    for name in [name for name in sys.modules if name.startswith("android.")]:
        sys.modules.pop(name)


@pytest.fixture
def platform(phone):
    return platforms.AndroidPlatform()


class Answers:
    """Callbacks of both kinds; `next()` waits for the one that comes."""

    def __init__(self):
        self._came = queue.Queue()

    def done(self, value):
        self._came.put(value)

    def failed(self, error):
        self._came.put(error)

    def next(self):
        return self._came.get(timeout=WAIT_S)

    @property
    def none_more(self):
        return self._came.empty()


@pytest.fixture
def answers():
    answers = Answers()
    yield answers
    assert answers.none_more, "more than one answer came"


def activity(phone):
    return phone("org.kivy.android.PythonActivity").mActivity


def last_intent(phone):
    started = phone("android.app.Activity").started
    return started.get(started.size() - 1)


def test_says_what_and_whose_it_is(platform, tmp_path):
    assert (platform.name, platform.can_share) == ("android", True)
    assert platform.device == "Acme Phone 9"
    assert platform.settings_folder() == tmp_path / "files"
    own = tmp_path / "shared" / "styles"
    assert own not in platform.style_folders(), "a folder that is not there is no broken pack"
    own.mkdir(parents=True)
    assert platform.style_folders()[0] == own
    assert platform.languages() == ["es-MX", "en"]
    assert platform.available_memory_bytes() == 2_800_000_000
    assert platform.insets() == Insets(left=0, top=90, right=12, bottom=126)


def test_an_intent_may_ask_for_the_benchmark(phone, platform):
    assert not asked_to_measure()  # opened by its icon
    intent = activity(phone).getIntent()
    intent.say(EXTRA, "something else")
    assert not asked_to_measure()
    intent.say(EXTRA, RUN)
    assert asked_to_measure()
    intent.addFlags(FROM_HISTORY)  # the user came back to it later
    assert not asked_to_measure()


def test_keeps_awake_on_javas_own_thread(platform, phone):
    window = phone("android.view.Window")
    platform.keep_awake(True)
    assert (window.flags, window.thread) == (0x80, "main")
    platform.keep_awake(False)
    assert window.flags == 0


@pytest.mark.parametrize(
    ("version", "action", "category"),
    [
        (35, "android.provider.action.PICK_IMAGES", ""),
        (33, "android.provider.action.PICK_IMAGES", ""),
        (32, "android.intent.action.OPEN_DOCUMENT", "android.intent.category.OPENABLE"),
    ],
)
def test_picks_with_what_the_phone_has(
    platform, phone, answers, tmp_path, version, action, category
):
    phone("android.os.Build$VERSION").SDK_INT = version
    original = tmp_path / "original"
    original.write_bytes(bytes(range(256)) * 5000)
    uri = "content://other.app/7"
    resolver = phone("android.content.ContentResolver")
    resolver.offer(uri, "IMG_7.jpg", phone("java.io.File")(str(original)))

    platform.pick_photo(answers.done, answers.failed)
    intent = last_intent(phone)
    assert (intent.getAction(), intent.getType(), intent.category) == (action, "image/*", category)
    activity(phone).answer(-1, uri)
    photo = answers.next()
    assert photo == PickedPhoto(path=tmp_path / "cache" / "picked", name="IMG_7.jpg")
    assert photo.path.read_bytes() == original.read_bytes()


def test_picking_nothing(platform, phone, answers):
    platform.pick_photo(answers.done, answers.failed)
    activity(phone).answer(0, None)
    assert answers.next() is None
    platform.pick_photo(answers.done, answers.failed)
    activity(phone).answer(-1, None)
    assert answers.next() is None
    activity(phone).answer(-1, "content://other.app/late")  # nobody waits any more


def test_a_photograph_that_cannot_be_read(platform, phone, answers):
    platform.pick_photo(answers.done, answers.failed)
    activity(phone).answer(-1, "content://gone/1")
    error = answers.next()
    assert isinstance(error, ImageError)
    assert "FileNotFoundException: No item at content://gone/1" in str(error)
    phone("android.content.ContentResolver").mode = "revoked"
    platform.pick_photo(answers.done, answers.failed)
    activity(phone).answer(-1, "content://gone/1")
    assert "SecurityException: Permission Denial" in str(answers.next())


def test_a_phone_without_a_picker(platform, phone, answers):
    phone("android.app.Activity").hasApps = False
    platform.pick_photo(answers.done, answers.failed)
    assert isinstance(answers.next(), ImageError)


def rows(phone):
    return phone("android.content.ContentResolver").rows


def test_saves_a_picture_into_the_gallery(platform, phone, answers, tmp_path):
    content = bytes(range(256)) * 4000
    for expected in ("cat-whirl.jpg", "cat-whirl (1).jpg"):
        platform.save_picture(content, "cat-whirl.jpg", answers.done, answers.failed)
        assert answers.next() == f"Pictures/edgestyle/{expected}"
    value = phone("android.content.ContentResolver").value
    uri = "content://media/external_primary/images/media/1"
    assert value(uri, "mime_type") == "image/jpeg"
    assert value(uri, "relative_path") == "Pictures/edgestyle"
    assert value(uri, "is_pending") == 0, "hidden from the gallery"
    assert (tmp_path / "row1").read_bytes() == content


def test_saves_a_document_among_the_downloads(platform, phone, answers, tmp_path):
    platform.save_document(b"{}", "bench.json", answers.done, answers.failed)
    assert answers.next() == "Download/edgestyle/bench.json"
    assert (tmp_path / "row1").read_bytes() == b"{}"


@pytest.mark.parametrize(
    ("mode", "message"),
    [
        ("none", "takes no file now"),
        ("full", "No space left on device"),
        ("revoked", "Permission Denial"),
    ],
)
def test_storage_that_takes_nothing(platform, phone, answers, mode, message):
    phone("android.content.ContentResolver").mode = mode
    platform.save_picture(b"x" * 100_000, "a.png", answers.done, answers.failed)
    error = answers.next()
    assert isinstance(error, StorageError)
    assert message in str(error)
    assert rows(phone).size() == 0, "half a file was left"


def test_a_kind_of_file_that_no_gallery_knows(platform, answers):
    platform.save_picture(b"x", "a.tiff", answers.done, answers.failed)
    assert "cannot keep '.tiff' files" in str(answers.next())


def test_shares_what_was_kept_and_lets_it_be_read(platform, phone, answers):
    platform.share_picture(b"picture", "cat.png", answers.done, answers.failed)
    assert answers.next() == "Pictures/edgestyle/cat.png"
    chooser = last_intent(phone)
    intent = chooser.wrapped
    assert chooser.getAction() == "android.intent.action.CHOOSER"
    assert (intent.getAction(), intent.getType()) == ("android.intent.action.SEND", "image/png")
    uri = "content://media/external_primary/images/media/1"
    assert intent.getExtra("android.intent.extra.STREAM").toString() == uri
    assert intent.getFlags() & 1
    assert intent.getClipData().uri().toString() == uri

    platform.share_picture(b"picture", "cat.png", answers.done, answers.failed)
    answers.next()
    assert rows(phone).size() == 1, "the same picture was kept twice"
    platform.share_picture(b"another", "cat.png", answers.done, answers.failed)
    assert answers.next() == "Pictures/edgestyle/cat (1).png"


def test_nothing_to_share_with(platform, phone, answers):
    phone("android.app.Activity").hasApps = False
    platform.share_picture(b"picture", "cat.png", answers.done, answers.failed)
    error = answers.next()
    assert isinstance(error, StorageError)
    assert "ActivityNotFoundException" in str(error)


def test_lists_the_camera_that_looks_away_first(platform):
    assert platform.cameras() == [
        Camera(id="0", label="Camera 0", facing="back"),
        Camera(id="1", label="Camera 1", facing="front"),
    ]


def test_the_cameras_may_be_asked_for_beside_the_main_thread(platform):
    found = queue.Queue()

    def look():
        try:
            found.put(platform.cameras())
        finally:
            platform.leave_thread()

    threading.Thread(target=look).start()
    assert found.get(timeout=WAIT_S) == platform.cameras()


def open_camera(platform, answers, number=0, longest_side=48):
    platform.open_camera(platform.cameras()[number], longest_side, answers.done, answers.failed)
    return answers.next()


@pytest.fixture
def source(platform, allowed, answers):
    """The camera that looks away, open; of 48x64 pixels."""
    source = open_camera(platform, answers)
    assert not isinstance(source, Exception), source
    yield source
    source.close()


@pytest.fixture
def allowed(phone):
    """The user has said yes before."""
    phone("android.app.Activity").permissions.add("android.permission.CAMERA")


@pytest.mark.usefixtures("allowed")
@pytest.mark.parametrize(
    ("number", "rotation", "corner"),
    [
        # The sensor lies on its side; where its bright lower edge is seen when the phone is held
        # upright (0) or a quarter turn to the left (1).
        (0, 0, "left"),
        (0, 1, "bottom"),
        (1, 0, "right"),
        (1, 1, "bottom"),
    ],
)
def test_frames_are_upright(platform, phone, answers, number, rotation, corner):
    phone("android.view.Display").rotation = rotation
    source = open_camera(platform, answers, number)
    frame = source.read(WAIT_S).picture()
    source.close()
    assert frame.dtype == np.uint8
    assert frame.shape == ((48, 64, 3) if rotation else (64, 48, 3))
    light = frame.astype(int).sum(2)
    edges = {
        "top": light[:4].mean(),
        "bottom": light[-4:].mean(),
        "left": light[:, :4].mean(),
        "right": light[:, -4:].mean(),
    }
    assert max(edges, key=edges.get) == corner


def test_frames_have_their_colours(phone, source):
    phone("android.view.Display").rotation = 1  # as the sensor lies
    frame = source.read(WAIT_S).picture()
    # JFIF: R = Y + 1.402 (Cr - 128), G = Y - 0.344 (Cb - 128) - 0.714 (Cr - 128), ...
    red, blue = frame[40, 10], frame[40, 50]
    np.testing.assert_allclose(red, [255, 138, 130], atol=2)
    np.testing.assert_allclose(blue, [141, 175, 255], atol=2)


def test_each_read_gives_a_new_frame_until_closed(phone, source):
    for _ in range(5):
        assert source.read(WAIT_S) is not None
    device = phone("android.hardware.Camera")
    assert device.last.getParameters().getFocusMode() == "continuous-picture"
    source.close()
    source.close()
    assert source.ended
    assert source.read(0.1) is None


def test_close_ends_a_read_that_waits(phone, source):
    source._device.stopPreview()  # nothing comes any more
    closing = threading.Timer(0.2, source.close)
    closing.start()
    assert source.read(WAIT_S) is None
    closing.join()  # read comes back before the driver has the camera back


def test_a_camera_whose_driver_died_is_given_back(phone, source):
    assert source.read(WAIT_S) is not None
    phone("android.hardware.Camera").mode = "dead"
    source.close()
    assert source.ended
    assert phone("android.hardware.Camera").opened == 0


def test_a_camera_that_another_app_takes(phone, source):
    phone("android.hardware.Camera").mode = "stops"
    with pytest.raises(CameraError, match=r"Camera 0: .*another app took it"):
        source.read(WAIT_S)


@pytest.mark.usefixtures("allowed")
def test_a_frame_comes_as_small_as_it_is_needed(platform, answers):
    source = open_camera(platform, answers, longest_side=320)
    frame = source.read(WAIT_S)
    source.close()
    assert frame.picture(64).shape == (160, 120, 3)
    assert frame.picture().shape == (320, 240, 3)


@pytest.mark.usefixtures("allowed")
@pytest.mark.parametrize(
    ("mode", "message"), [("busy", "Fail to connect"), ("empty", "offers no format")]
)
def test_a_camera_that_does_not_start(platform, phone, answers, mode, message):
    phone("android.hardware.Camera").mode = mode
    error = open_camera(platform, answers)
    assert isinstance(error, CameraError)
    assert message in str(error)


def test_permission_is_asked_for_and_may_be_refused(platform, phone, answers):
    python_activity = phone("org.kivy.android.PythonActivity")
    python_activity.grants = False
    assert open_camera(platform, answers) is None
    phone("android.app.Activity").asksAgain = False
    error = open_camera(platform, answers)
    assert isinstance(error, CameraError)
    assert "Android's settings" in str(error)
    python_activity.grants = True
    open_camera(platform, answers).close()


@pytest.mark.parametrize(
    ("wish", "expected"), [(10, (24, 32)), (64, (48, 64)), (65, (240, 320)), (4000, (240, 320))]
)
def test_the_nearest_larger_format(wish, expected):
    assert cameras.nearest_size([(48, 64), (24, 32), (240, 320)], wish) == expected
