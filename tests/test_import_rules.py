"""The arrows between the folders, and what must not be loaded where."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False
    )


def test_the_import_contracts_hold():
    result = subprocess.run(
        [Path(sys.executable).with_name("lint-imports")],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert result.returncode == 0, result.stdout


def test_a_forbidden_import_breaks_a_contract(tmp_path):
    """The contracts are not vacuous: imports that they forbid are found."""
    for folder in ("training", "export", "edge_app", "benchmarks", "styles"):
        for module in (ROOT / folder).rglob("*.py"):
            copy = tmp_path / module.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(module.read_bytes())
    (tmp_path / "edge_app" / "bad.py").write_text("import torch\n")
    (tmp_path / "export" / "bad.py").write_text("import training.teacher\n")
    (tmp_path / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text())
    result = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )
    assert result.returncode == 1
    assert "edge_app.bad -> torch" in result.stdout
    assert "export.bad -> training.teacher" in result.stdout


def test_the_command_line_loads_nothing_heavy():
    result = python(
        "import sys, edgestyle\n"
        "heavy = {'torch', 'torchvision', 'litert_torch', 'coremltools', 'onnx', 'onnxruntime',\n"
        "         'ai_edge_litert', 'matplotlib', 'jinja2', 'numpy', 'skimage', 'sklearn'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    assert result.stdout.strip() == "[]", result.stdout + result.stderr


def test_importing_does_nothing_to_the_disk(tmp_path):
    result = subprocess.run(
        [
            sys.executable,
            "-B",
            "-c",
            "import training.train, training.distil, benchmarks.latency, styles.samples",
        ],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert not list(tmp_path.iterdir())
