"""LiteRT.js, Google's runtime for TFLite files in browsers, in a headless Chromium.

Its package comes from npm by `make env-litertjs`; a loopback server hands it out, with a page that
runs the models.
"""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from chromium import found_at

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "tests" / "export" / "litertjs" / "page.html"
PACKAGES = ROOT / "build" / "litertjs" / "node_modules"

PATIENCE_S = 100
"""Less than `found_at` has: a page whose script hangs is still read, and quoted."""

needs_litertjs = pytest.mark.skipif(
    not (PACKAGES / "@litertjs" / "core" / "wasm").is_dir(),
    reason="LiteRT.js is not here: make env-litertjs",
)
"""`needs_chromium` goes with it."""


@dataclass(frozen=True)
class Case:
    """A model and what it is given."""

    model: bytes
    inputs: Sequence[np.ndarray]
    """float32, in the model's order; without leading axes of length 1."""


@dataclass(frozen=True)
class Drawn:
    """What LiteRT.js made of a case."""

    picture: np.ndarray
    """float32, (height, width, 3)."""
    inputs: Sequence[Sequence[int]]
    """The shapes that the model asks for, by LiteRT.js's reading of it."""
    in_one_piece: bool
    """Whether XNNPACK took all of it."""


class _Handler(SimpleHTTPRequestHandler):
    """Gives a folder's files and writes what is posted into it; `/drawn` is given last."""

    extensions_map: ClassVar = {
        ".html": "text/html",
        ".js": "text/javascript",
        ".wasm": "application/wasm",
    }

    def __init__(self, *arguments: Any, drawn: threading.Event, **options: Any) -> None:
        self.drawn = drawn
        super().__init__(*arguments, **options)

    def end_headers(self) -> None:
        # Without these two a page has no memory that threads share.
        self.send_header("Cross-Origin-Opener-Policy", "same-origin")
        self.send_header("Cross-Origin-Embedder-Policy", "require-corp")
        super().end_headers()

    def do_GET(self) -> None:
        if self.path == "/drawn":
            self.drawn.wait(PATIENCE_S)
            self._nothing()
        else:
            super().do_GET()

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/drawn":
            self.drawn.set()
        else:
            Path(self.translate_path(self.path)).write_bytes(content)
        self._nothing()

    def _nothing(self) -> None:
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: Any) -> None: ...


def draw(cases: Mapping[str, Case], folder: Path, *, threads: int = 1) -> dict[str, Drawn | str]:
    """Run models in LiteRT.js on the CPU (WebAssembly, XNNPACK).

    A name goes with what its model drew, or with LiteRT.js's words where it could not.
    """
    site = folder / "site"
    site.mkdir()
    shutil.copy(PAGE, site)
    (site / "node_modules").symlink_to(PACKAGES)
    listed = [{"name": name, "inputs": _put(site, name, case)} for name, case in cases.items()]
    (site / "cases.json").write_text(json.dumps({"threads": threads, "cases": listed}))
    drawn = threading.Event()
    handler = partial(_Handler, directory=site, drawn=drawn)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            address = f"http://127.0.0.1:{server.server_port}/page.html"
            found = found_at(address, folder, hosts="EXCLUDE 127.0.0.1")
        finally:
            drawn.set()
            server.shutdown()
            thread.join()
    assert "error" not in found, f"LiteRT.js did not start: {found['error']}"
    assert (found["threads"] > 1) == (threads > 1)
    return {name: _drawn(site, name, each) for name, each in found["cases"].items()}


def _put(site: Path, name: str, case: Case) -> list[dict[str, Any]]:
    """Write a case's files; gives the path and shape of each input, of four axes."""
    (site / f"{name}.tflite").write_bytes(case.model)
    listed = []
    for number, values in enumerate(case.inputs):
        assert values.dtype == np.float32
        path = f"{name}.{number}.input"
        (site / path).write_bytes(np.ascontiguousarray(values).tobytes())
        listed.append({"path": path, "shape": [1] * (4 - values.ndim) + list(values.shape)})
    return listed


def _drawn(site: Path, name: str, found: Mapping[str, Any]) -> Drawn | str:
    if "error" in found:
        return found["error"]
    assert {each["dtype"] for each in (*found["inputs"], *found["outputs"])} == {"float32"}
    (output,) = found["outputs"]
    values = np.fromfile(site / f"{name}.output", np.float32)
    return Drawn(
        picture=values.reshape(output["shape"])[0],
        inputs=[each["shape"] for each in found["inputs"]],
        in_one_piece=found["inOnePiece"],
    )
