"""What an installation holds besides the code: every file that the packages need is named."""

from __future__ import annotations

import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SETUPTOOLS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="git alone knows what belongs here")
def test_every_data_file_is_installed():
    """A checkout has them all, so that nobody would miss one there."""
    folders = [pattern.removesuffix("*") for pattern in SETUPTOOLS["packages"]["find"]["include"]]
    listed = subprocess.run(
        ["git", "ls-files", "-z", *folders], capture_output=True, text=True, cwd=ROOT, check=True
    ).stdout
    committed = {name for name in listed.split("\0") if name and not name.endswith(".py")}
    installed = {
        path.relative_to(ROOT).as_posix()
        for package, patterns in SETUPTOOLS["package-data"].items()
        for pattern in patterns
        for path in ROOT.joinpath(*package.split(".")).glob(pattern)
        if path.is_file()
    }
    assert committed
    assert committed - installed == set()
