from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_app.core.errors import ConfigError, StorageError
from edge_app.ui.settings import FILE, TEXT_SCALES, Settings, load_settings, save_settings


@settings(max_examples=25)  # each writes a file and waits for the disk
@given(
    kept=st.builds(
        Settings,
        style=st.text(max_size=20),
        strength=st.floats(0, 1),
        size=st.integers(1, 4096),
        language=st.sampled_from(["", "en", "es"]),
        text_scale=st.sampled_from(TEXT_SCALES),
        keep_camera_data=st.booleans(),
        processor_only=st.booleans(),
        folder=st.text(max_size=20),
    )
)
def test_round_trip(tmp_path_factory, kept):
    folder = tmp_path_factory.mktemp("settings")
    save_settings(folder, kept)
    assert load_settings(folder) == kept


def test_without_a_file_the_defaults_hold(tmp_path):
    assert load_settings(tmp_path / "nowhere") == Settings()


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"strength": 2.0}', b'{"unknown": 1}', b"\xff\xfe", b"null"]
)
def test_a_damaged_file_gives_the_defaults(tmp_path, content):
    (tmp_path / FILE).write_bytes(content)
    assert load_settings(tmp_path) == Settings()


@pytest.mark.parametrize("wrong", [{"strength": 1.01}, {"size": 0}, {"text_scale": 7.0}])
def test_refuses_what_no_control_shows(wrong):
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        Settings(**wrong)


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="a folder was expected"):
        save_settings(tmp_path / "file" / "below", Settings())
