"""A headless Chromium that opens a page and gives what its script found."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

ALONE = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--hide-scrollbars",
)
"""Options that keep it to itself."""

needs_chromium = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium here; install it with: apt-get install chromium"
)


def found_at(address: str, folder, *options: str, dark: bool = False, hosts: str = ""):
    """What a page writes into its element `found`, as JSON.

    No host is found but those that `hosts` lets through: 'EXCLUDE 127.0.0.1'.
    """
    rules = ", ".join(filter(None, ("MAP * ~NOTFOUND", hosts)))
    done = subprocess.run(
        [
            CHROMIUM,
            *ALONE,
            f"--host-resolver-rules={rules}",
            f"--user-data-dir={folder / 'profile'}",
            f"--blink-settings=preferredColorScheme={0 if dark else 1}",
            "--window-size=1400,900",
            *options,
            "--dump-dom",
            address,
        ],
        capture_output=True,
        text=True,
        timeout=120,
    )
    found = re.search(r'<pre id="found">(.*?)</pre>', done.stdout, re.DOTALL)
    assert found is not None, f"the page did not load: {done.stderr[-2000:]}"
    assert found[1], f"the page did not run: {done.stderr[-2000:]}"
    return json.loads(html.unescape(found[1]))
