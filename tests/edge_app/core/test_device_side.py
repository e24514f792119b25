"""edge_app.core in a process of its own that has no torch, no converter and no window toolkit."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

BLOCK = """
import sys

class Blocked:
    # What is not on a phone or a Raspberry Pi, and what the device side must not know.
    names = {
        "torch", "torchvision", "litert_torch", "coremltools", "onnx", "onnxscript", "tensorflow",
        "ai_edge_quantizer", "scipy", "skimage", "sklearn", "matplotlib", "kivy", "safetensors",
        "tyro", "rich", "training", "export", "benchmarks", "edgestyle",
    }

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in self.names:
            raise ImportError(f"{name} is blocked: the device side must do without it")

sys.meta_path.insert(0, Blocked())
"""

CORE = Path(__file__).parents[3] / "edge_app" / "core"


def run(program: str, *arguments: str) -> str:
    root = str(CORE.parents[1])
    script = f"{BLOCK}\nsys.path.insert(0, {root!r})\n{program}"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script, *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_block_blocks():
    with pytest.raises(AssertionError, match="torch is blocked"):
        run("import torch")


def test_every_module_imports():
    modules = [
        ".".join(path.relative_to(CORE.parents[1]).with_suffix("").parts)
        for path in CORE.rglob("*.py")
        if path.stem != "__init__"
    ]
    assert len(modules) > 10
    run("\n".join(f"import {module}" for module in modules))


def test_importing_brings_no_inference_library():
    program = """
import edge_app.core.stylizer, edge_app.core.catalog, edge_app.core.runtimes.fake
import edge_app.core.runtimes.litert, edge_app.core.runtimes.onnx
loaded = {"ai_edge_litert", "onnxruntime"} & set(sys.modules)
assert not loaded, loaded
"""
    run(program)


@pytest.mark.parametrize("backend", ["fake", "litert"])
def test_stylizes(pack_at, tmp_path, backend):
    program = """
import numpy as np
from pathlib import Path
from edge_app.core.image import read_image, write_image
from edge_app.core.pack import open_pack
from edge_app.core.runtime import open_runtime
from edge_app.core.runtimes.fake import FakeRuntime, fake_model
from edge_app.core.stylizer import stylize

backend, pack, photo, out = sys.argv[1:]
write_image(Path(photo), np.full((64, 96, 3), (255, 128, 0), np.uint8))
if backend == "fake":
    runtime = FakeRuntime(fake_model((32, 48)))
else:
    runtime = open_runtime(open_pack(Path(pack)))
write_image(Path(out), stylize(runtime, read_image(Path(photo))))
result = read_image(Path(out))
print(runtime.info.backend, result.shape, result[5, 5].tolist())
"""
    out = run(program, backend, str(pack_at()), str(tmp_path / "a.png"), str(tmp_path / "b.png"))
    colour = {"fake": [0, 127, 255], "litert": [255, 128, 128]}[backend]
    assert out.splitlines()[-1] == f"{backend} (32, 48, 3) {colour}"
