from __future__ import annotations

import configparser
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from edge_app.packaging.raspberry_pi import install
from edge_app.ui.config import AppConfig

UNIT = Path(install.__file__).with_name("edgestyle-kiosk.service")


@pytest.fixture
def homes(tmp_path):
    return {"data": tmp_path / "data", "config": tmp_path / "config"}


def read(path):
    parser = configparser.ConfigParser(interpolation=None, strict=True)
    parser.optionxform = str
    parser.read(path, encoding="utf-8")
    return dict(parser["Desktop Entry"])


def unescaped(value):
    """What a desktop makes of Exec: the value's escapes first, then the quotes', then '%%'."""
    value = re.sub(r"\\(.)", r"\1", value)
    words = re.findall(r'"((?:\\.|[^"\\])*)"|(\S+)', value)
    return [re.sub(r"\\(.)", r"\1", a or b).replace("%%", "%") for a, b in words]


def test_writes_a_menu_entry_and_its_icons(homes):
    command = Path("/home/pi/venv/bin/edgestyle")
    written = install.install(command, kiosk=False, **homes)
    assert all(path.is_relative_to(homes["data"]) for path in written)
    entry = read(homes["data"] / "applications" / "edgestyle.desktop")
    assert unescaped(entry["Exec"]) == [str(command), "app"]
    assert (entry["Type"], entry["Icon"], entry["Terminal"]) == (
        "Application",
        "edgestyle",
        "false",
    )
    for side in install.ICON_SIDES:
        path = homes["data"] / f"icons/hicolor/{side}x{side}/apps/edgestyle.png"
        with Image.open(path) as icon:
            assert icon.size == (side, side)


def test_a_kiosk_starts_with_the_desktop_and_fills_the_screen(homes):
    install.install(Path("/x/edgestyle"), kiosk=True, **homes)
    entry = read(homes["config"] / "autostart" / "edgestyle.desktop")
    assert unescaped(entry["Exec"]) == ["/x/edgestyle", "app", "--fullscreen"]
    assert AppConfig(fullscreen=True).fullscreen, "the option is the app's"


def test_all_is_taken_away_again(homes):
    written = install.install(Path("/x/edgestyle"), kiosk=True, **homes)
    assert set(install.remove(**homes)) == set(written)
    assert not [path for path in written if path.exists()]
    assert install.remove(**homes) == []


@pytest.mark.parametrize(
    "word", ["/plain", "/with space", '/quote"', "/dollar$HOME", "/back\\slash", "/100%", "/`x`"]
)
def test_a_path_is_read_back_as_it_was(word):
    assert unescaped(install.quoted(word)) == [word]


def test_a_desktop_accepts_the_entry(homes):
    validate = shutil.which("desktop-file-validate")
    if validate is None:
        pytest.skip("needs desktop-file-validate: apt-get install desktop-file-utils")
    install.install(Path("/with space/100%/edgestyle"), kiosk=True, **homes)
    for path in install._entries(**homes):
        done = subprocess.run([validate, path], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (0, "")


def test_the_command(tmp_path, monkeypatch, capsys):
    (tmp_path / "edgestyle").touch()
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    install.main(["--kiosk"])
    assert "autostart/edgestyle.desktop" in capsys.readouterr().out
    install.main(["--remove"])
    assert capsys.readouterr().out.startswith("removed ")
    (tmp_path / "edgestyle").unlink()
    with pytest.raises(SystemExit):
        install.main([])
    assert "pip install edgestyle[app]" in capsys.readouterr().err


def test_the_service_without_a_desktop(tmp_path):
    text = UNIT.read_text()
    assert "ExecStart=/usr/bin/cage -s -- /opt/edgestyle/bin/edgestyle app --fullscreen\n" in text
    verify = shutil.which("systemd-analyze")
    if verify is None:
        pytest.skip("needs systemd-analyze: apt-get install systemd")
    # Programs that need not be here stand in for those of a Pi.
    checked = tmp_path / UNIT.name
    checked.write_text(re.sub(r"(?m)^ExecStart=.*", "ExecStart=/bin/true", text))
    done = subprocess.run([verify, "verify", checked], capture_output=True, text=True, check=False)
    complaints = [line for line in done.stderr.splitlines() if UNIT.name in line]
    assert not complaints
