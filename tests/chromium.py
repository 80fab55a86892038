"""A headless Chromium, driven over its own debugging pipe: no driver, no package, no port.

Messages are JSON ended by a zero byte, to the browser's descriptor 3 and from its descriptor 4.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import tempfile
import threading
from pathlib import Path
from queue import Empty, Queue
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
)

# Kinds of messages that a page in order does not write.
BAD = ("error", "warning", "assert")


def find() -> str | None:
    """The path of a Chromium, if there is one."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


class PageError(AssertionError):
    """A script of the page, or one sent to it, failed."""


class Page:
    """One tab. Records everything that it asks for and everything that it logs."""

    def __init__(self, width: int = 1440, height: int = 1000) -> None:
        program = find()
        if program is None:
            raise FileNotFoundError("no Chromium: apt-get install chromium")
        self.profile = tempfile.mkdtemp(prefix="corewise-chromium-")
        to_read, self.to = os.pipe()
        self.back, to_write = os.pipe()
        # The shell puts the descriptors where the browser looks for them.
        script = f'exec "$@" 3<&{to_read} 4>&{to_write}'
        command = ["bash", "-c", script, "bash", program, *FLAGS, f"--user-data-dir={self.profile}"]
        command += [f"--window-size={width},{height}", "about:blank"]
        nowhere = subprocess.DEVNULL
        self.process = subprocess.Popen(
            command, pass_fds=(to_read, to_write), stdout=nowhere, stderr=nowhere
        )
        os.close(to_read)
        os.close(to_write)
        self.number = 0
        self.messages: Queue[dict[str, Any]] = Queue()
        self.requests: list[str] = []
        self.logs: list[str] = []
        self.events: list[dict[str, Any]] = []
        self.session: str | None = None
        threading.Thread(target=self._read, daemon=True).start()
        targets = self.call("Target.getTargets")["targetInfos"]
        page = next(t for t in targets if t["type"] == "page")
        attached = self.call("Target.attachToTarget", targetId=page["targetId"], flatten=True)
        self.session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")
        self._metrics(width, height)

    def __enter__(self) -> Page:
        return self

    def __exit__(self, *_: object) -> None:
        self.session = None
        self._send({"method": "Browser.close"})
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self.to)
        os.close(self.back)
        shutil.rmtree(self.profile, ignore_errors=True)

    def _read(self) -> None:
        rest = b""
        while True:
            try:
                data = os.read(self.back, 1 << 20)
            except OSError:
                return
            if not data:
                return
            *whole, rest = (rest + data).split(b"\0")
            for message in whole:
                self.messages.put(json.loads(message))

    def _send(self, message: dict[str, Any]) -> int:
        self.number += 1
        message["id"] = self.number
        if self.session is not None:
            message["sessionId"] = self.session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self.to, data) :]
        return self.number

    def call(self, method: str, timeout: float = 120, **parameters: Any) -> dict[str, Any]:
        """Sends a command and gives its answer; keeps the events that come before it."""
        number = self._send({"method": method, "params": parameters})
        while True:
            try:
                message = self.messages.get(timeout=timeout)
            except Empty:
                raise PageError(f"no answer to {method} in {timeout} s") from None
            if message.get("id") == number:
                if "error" in message:
                    raise PageError(f"{method}: {message['error']}")
                return message["result"]
            self._event(message)

    def _event(self, message: dict[str, Any]) -> None:
        method, parameters = message.get("method"), message.get("params", {})
        if method == "Network.requestWillBeSent":
            self.requests.append(parameters["request"]["url"])
        elif method == "Runtime.exceptionThrown":
            details = parameters["exceptionDetails"]
            self.logs.append(str(details.get("exception", {}).get("description", details["text"])))
        elif method == "Runtime.consoleAPICalled" and parameters["type"] in BAD:
            self.logs.append(str(parameters["args"]))
        elif method == "Log.entryAdded" and parameters["entry"]["level"] in BAD:
            self.logs.append(parameters["entry"]["text"])

    def run(self, script: str) -> Any:
        """The value of an expression, or of its promise."""
        how = {"expression": script, "awaitPromise": True, "returnByValue": True}
        answer = self.call("Runtime.evaluate", **how)
        if "exceptionDetails" in answer:
            raise PageError(f"{script}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def open(self, path: Path) -> None:
        """Opens a report and waits until it says that it is drawn."""
        self.call("Page.navigate", url=path.resolve().as_uri())
        self.run(
            """new Promise((done) => {
                const look = () => {
                    const ready = document.documentElement?.dataset.ready;
                    if (ready || document.querySelector("[role=alert]")) done();
                    else setTimeout(look, 20);
                };
                look();
            })"""
        )
        self.settle()

    def settle(self) -> None:
        """Waits until two frames without a flight of the timeline have been drawn."""
        self.run(
            """new Promise((done) => {
                let [same, last] = [0, ""];
                const look = () => {
                    const now = JSON.stringify(window.corewise?.view());
                    same = now === last ? same + 1 : 0;
                    last = now;
                    if (same > 3) done(); else requestAnimationFrame(look);
                };
                requestAnimationFrame(look);
            })"""
        )

    def reveal(self, selector: str) -> None:
        """Scrolls the first such element into the middle of the window."""
        how = "{block: 'center', behavior: 'instant'}"
        self.run(f"document.querySelector({selector!r}).scrollIntoView({how})")

    def click(self, selector: str) -> None:
        """A real click in the middle of the first such element."""
        self.reveal(selector)
        box = self.run(
            f"(() => {{ const b = document.querySelector({selector!r}).getBoundingClientRect();"
            " return [b.left + b.width / 2, b.top + b.height / 2]; })()"
        )
        self.mouse("mousePressed", *box, button="left", clickCount=1)
        self.mouse("mouseReleased", *box, button="left", clickCount=1)
        self.settle()

    def mouse(self, kind: str, x: float, y: float, **more: Any) -> None:
        """A mouse event at a place of the window."""
        self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, **more)

    def key(self, key: str, shift: bool = False) -> None:
        """A key, pressed and let go."""
        modifiers = 8 if shift else 0
        text = {"text": key} if len(key) == 1 else {}
        self.call("Input.dispatchKeyEvent", type="keyDown", key=key, modifiers=modifiers, **text)
        self.call("Input.dispatchKeyEvent", type="keyUp", key=key, modifiers=modifiers)
        self.settle()

    def tab(self) -> None:
        """The tab key."""
        how = {"key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9}
        self.call("Input.dispatchKeyEvent", type="keyDown", **how)
        self.call("Input.dispatchKeyEvent", type="keyUp", **how)

    def dark(self, on: bool = True) -> None:
        """As on a system whose user prefers dark."""
        value = "dark" if on else "light"
        features = [{"name": "prefers-color-scheme", "value": value}]
        self.call("Emulation.setEmulatedMedia", features=features)
        self.settle()

    def _metrics(self, width: int, height: int) -> None:
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.call("Emulation.setDeviceMetricsOverride", **metrics)

    def size(self, width: int, height: int) -> None:
        """Another window."""
        self._metrics(width, height)
        self.settle()

    def picture(self, path: Path, whole: bool = False) -> None:
        """A picture of the window, or of the whole page."""
        shot = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(shot["data"]))
