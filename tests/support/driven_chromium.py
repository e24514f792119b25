"""A headless Chromium with a hand at it: real clicks, keys and drags, at any width.

It speaks the DevTools protocol over a pair of pipes, so it needs no port and no library.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
from contextlib import contextmanager

from chromium import ALONE, CHROMIUM

KEYS = {
    "Escape": 27,
    "Enter": 13,
    "Tab": 9,
    "ArrowLeft": 37,
    "ArrowRight": 39,
    "ArrowDown": 40,
}
"""Name of a key -> its code."""


class Tab:
    """One page that is open."""

    def __init__(self, send, receive):
        self._send, self._receive = send, receive
        self._last = 0
        self._session = None
        target = self._ask("Target.createTarget", url="about:blank")["targetId"]
        attached = self._ask("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        self._ask("Page.enable")

    def look_like(self, width, height, *, dark=False, touch=False, javascript=True):
        """Be a window of this size, light or dark, under a finger or a mouse."""
        self._ask(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=touch,
        )
        self._ask("Emulation.setTouchEmulationEnabled", enabled=touch)
        self._ask(
            "Emulation.setEmulatedMedia",
            features=[
                {"name": "prefers-color-scheme", "value": "dark" if dark else "light"},
                {"name": "prefers-reduced-motion", "value": "reduce"},
            ],
        )
        self._ask("Emulation.setScriptExecutionDisabled", value=not javascript)

    def open(self, address):
        """Load a page and wait until everything in it is there."""
        self._ask("Page.navigate", url=address)
        self._until("Page.loadEventFired")

    def tell(self, expression):
        """What a JavaScript expression gives; what it throws is an error here."""
        answer = self._ask(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def middle(self, selector):
        """Where the middle of the first such element is, once it is scrolled into view."""
        return self.tell(
            f"""(() => {{
              const e = document.querySelector({json.dumps(selector)});
              e.scrollIntoView({{ block: "center", behavior: "instant" }});
              const box = e.getBoundingClientRect();
              return [box.left + box.width / 2, box.top + box.height / 2, box.width];
            }})()"""
        )

    def click(self, selector):
        """Press and release the mouse on an element."""
        x, y, _ = self.middle(selector)
        self._mouse("mousePressed", x, y)
        self._mouse("mouseReleased", x, y)

    def drag(self, selector, to):
        """Drag from an element's middle to a share of its width, 0 left to 1 right."""
        x, y, width = self.middle(selector)
        end = x + (to - 0.5) * width
        self._mouse("mousePressed", x, y)
        for step in (0.5, 1.0):
            self._mouse("mouseMoved", x + step * (end - x), y)
        self._mouse("mouseReleased", end, y)

    def swipe(self, selector, to):
        """The same with a finger."""
        x, y, width = self.middle(selector)
        end = x + (to - 0.5) * width
        self._touch("touchStart", [{"x": x, "y": y}])
        for step in (0.25, 0.5, 0.75, 1.0):
            self._touch("touchMove", [{"x": x + step * (end - x), "y": y}])
        self._touch("touchEnd", [])

    def press(self, key):
        """Press and release a key of KEYS."""
        for kind in ("rawKeyDown", "keyUp"):
            self._ask(
                "Input.dispatchKeyEvent",
                type=kind,
                key=key,
                code=key,
                windowsVirtualKeyCode=KEYS[key],
            )

    def picture(self, *, whole=False):
        """A PNG of the window, or of the whole page."""
        shot = self._ask("Page.captureScreenshot", captureBeyondViewport=whole)
        return base64.b64decode(shot["data"])

    def _mouse(self, kind, x, y):
        self._ask(
            "Input.dispatchMouseEvent",
            type=kind,
            x=x,
            y=y,
            button="left",
            buttons=int(kind != "mouseReleased"),
            clickCount=1,
        )

    def _touch(self, kind, points):
        self._ask("Input.dispatchTouchEvent", type=kind, touchPoints=points)

    def _ask(self, method, **parameters):
        self._last += 1
        message = {"id": self._last, "method": method, "params": parameters}
        if self._session is not None:
            message["sessionId"] = self._session
        self._send(message)
        while (answer := self._receive()).get("id") != self._last:
            pass
        assert "error" not in answer, f"{method}: {answer['error']}"
        return answer["result"]

    def _until(self, event):
        while self._receive().get("method") != event:
            pass


@contextmanager
def driven_chromium(folder):
    """A Tab of a browser that finds no host and is closed at the end.

    Args:
        folder: where it keeps what browsers keep.
    """
    to_browser, our_end = os.pipe()
    their_end, from_browser = os.pipe()
    # Chromium reads its orders from descriptor 3 and answers on 4; dash knows no two-digit ones.
    process = subprocess.Popen(
        [
            "bash",
            "-c",
            f'exec "$0" "$@" 3<&{to_browser} 4>&{from_browser}',
            CHROMIUM,
            "--remote-debugging-pipe",
            *ALONE,
            "--host-resolver-rules=MAP * ~NOTFOUND",
            f"--user-data-dir={folder / 'profile'}",
            "about:blank",
        ],
        pass_fds=(to_browser, from_browser),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(to_browser)
    os.close(from_browser)
    received = bytearray()

    def send(message):
        text = json.dumps(message).encode() + b"\0"
        while text:
            text = text[os.write(our_end, text) :]

    def receive():
        while b"\0" not in received:
            more = os.read(their_end, 1 << 20)
            assert more, "the browser has gone"
            received.extend(more)
        message, _, rest = bytes(received).partition(b"\0")
        received[:] = rest
        return json.loads(message)

    try:
        yield Tab(send, receive)
    finally:
        os.close(our_end)  # a browser whose orders have ended closes itself
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        os.close(their_end)
