"""A real headless Chromium without any network, spoken to over a pipe; no driver, no extra package."""

from __future__ import annotations

import base64
import functools
import itertools
import json
import os
import select
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

SWITCHES = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--hide-scrollbars", "--remote-debugging-pipe",
)  # fmt: skip
LOOPBACK = ("--no-proxy-server", "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1")
PATIENCE = 180  # seconds; only what never comes costs them, and a busy machine may need many
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")


@functools.cache
def find() -> tuple[str, str]:
    """Return (path, "") of a browser, or ("", reason). On Debian as root a missing one is installed."""
    for name in NAMES:
        if path := shutil.which(name):
            return path, ""
    if os.name != "posix" or os.geteuid() != 0 or not shutil.which("apt-get"):
        return "", "no Chromium found, and it can only be installed by root with apt"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    for command in (["apt-get", "update"], ["apt-get", "install", "-y", "--no-install-recommends", "chromium"]):
        done = subprocess.run(command, timeout=300, check=False, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"}, **quiet)  # type: ignore[call-overload]
        if done.returncode:
            return "", f"no Chromium found, and '{' '.join(command)}' failed"
    return shutil.which("chromium") or "", "apt installed no chromium"


def without_network() -> list[str]:
    """Return the prefix that takes the network away, or nothing where the system does not allow it."""
    for prefix in (["unshare", "-n"], ["unshare", "-rn"]):
        if shutil.which("unshare") and subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode == 0:
            return prefix
    return []


class Chromium:
    """One browser process; `open` gives a page. With `loopback` it reaches addresses of this machine, and no name resolves."""

    def __init__(self, path: str, *, loopback: bool = False) -> None:
        self.home = tempfile.TemporaryDirectory(prefix="kpi-browser-", ignore_cleanup_errors=True)
        from_us, self.writing = os.pipe()
        self.reading, to_us = os.pipe()
        prefix, switches = ([], LOOPBACK) if loopback else (without_network(), ())
        arguments = [*prefix, path, *SWITCHES, *switches, f"--user-data-dir={self.home.name}", "about:blank"]

        def place_pipes() -> None:  # Chromium reads commands from 3 and answers on 4
            high_in, high_out = os.dup2(from_us, 103), os.dup2(to_us, 104)
            os.dup2(high_in, 3)
            os.dup2(high_out, 4)

        self.process = subprocess.Popen(
            arguments,
            preexec_fn=place_pipes,
            close_fds=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(from_us)
        os.close(to_us)
        self.numbers, self.buffer = itertools.count(1), b""
        self.events: list[dict[str, Any]] = []

    def _next(self, deadline: float) -> dict[str, Any]:
        while b"\0" not in self.buffer:
            if not select.select([self.reading], [], [], max(0.0, deadline - time.monotonic()))[0]:
                raise TimeoutError("Chromium does not answer")
            chunk = os.read(self.reading, 1 << 20)
            if not chunk:
                raise ConnectionError("Chromium has ended")
            self.buffer += chunk
        message, _, self.buffer = self.buffer.partition(b"\0")
        return dict(json.loads(message))

    def call(self, method: str, session: str | None = None, seconds: float = PATIENCE, **params: Any) -> dict[str, Any]:
        """Send one command and return its result; events that arrive meanwhile are kept."""
        number = next(self.numbers)
        order = {"id": number, "method": method, "params": params, **({"sessionId": session} if session else {})}
        os.write(self.writing, json.dumps(order).encode() + b"\0")
        deadline = time.monotonic() + seconds
        while True:
            message = self._next(deadline)
            if message.get("id") == number:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']}")
                return dict(message["result"])
            self.events.append(message)

    def open(self, file: Path | str, width: int = 1280, height: int = 900, *, dark: bool = False, scripts: bool = True) -> Page:
        """Open a file, or an address of this machine, and wait until it is loaded and its charts are drawn."""
        return Page(self, file, width, height, dark, scripts)

    def close(self) -> None:
        """End the browser."""
        try:
            self.call("Browser.close", seconds=5)
            self.process.wait(10)
        except (OSError, TimeoutError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()
        os.close(self.writing)
        os.close(self.reading)
        self.home.cleanup()


class Page:
    """One open page, with everything it asked for and complained about."""

    def __init__(self, browser: Chromium, file: Path | str, width: int, height: int, dark: bool, scripts: bool) -> None:
        self.browser = browser
        self.target = browser.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = browser.call("Target.attachToTarget", targetId=self.target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Log", "Runtime"):
            self.call(f"{domain}.enable")
        self.call("Emulation.setFocusEmulationEnabled", enabled=True)  # the page has the focus, whichever page was opened last
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600)
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])
        self.call("Emulation.setScriptExecutionDisabled", value=not scripts)
        self.call("Page.navigate", url=file if isinstance(file, str) else file.resolve().as_uri())
        self._wait("document.readyState == 'complete' && !!document.body")
        self.width, self.live = width, scripts and bool(self.look("!!document.getElementById('vega')"))
        if self.live:
            self._wait("'live' in document.documentElement.dataset")

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        return self.browser.call(method, self.session, **params)

    def _wait(self, condition: str, seconds: float = PATIENCE) -> None:
        deadline = time.monotonic() + seconds
        while not self.look(condition):
            if time.monotonic() > deadline:
                raise TimeoutError(f"not so after {seconds} s: {condition}; {self.complaints()}")
            time.sleep(0.05)

    def look(self, expression: str) -> Any:
        """Return the value of a JavaScript expression (works with the page's own scripts off, too)."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(f"{expression}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def _mine(self, method: str) -> list[dict[str, Any]]:
        mine = (event for event in self.browser.events if event.get("sessionId") == self.session)
        return [event["params"] for event in mine if event["method"] == method]

    def requests(self) -> list[str]:
        """Return every address the page asked for besides itself."""
        own = [params["request"]["url"] for params in self._mine("Network.requestWillBeSent") if params.get("type") != "Document"]
        return [address for address in own if not address.startswith("data:")]

    def happened(self) -> list[str]:
        """Return what a page must never do: dialogs, downloads, and going elsewhere (once it goes where it was sent)."""
        methods = (
            "Page.javascriptDialogOpening",
            "Page.downloadWillBegin",
            "Page.frameRequestedNavigation",
            "Page.windowOpen",
            "Page.frameAttached",
        )
        gone = [url for params in self._mine("Page.frameNavigated") if (url := params["frame"]["url"]) != "about:blank"][1:]
        return [f"{method}: {params}" for method in methods for params in self._mine(method)] + [f"went to {address}" for address in gone]

    def complaints(self) -> list[str]:
        """Return console errors and warnings, exceptions and refusals."""
        bad = {"error", "warning", "assert"}
        logged = [params["entry"]["text"] for params in self._mine("Log.entryAdded") if params["entry"]["level"] in bad]
        spoken = [str(params["args"]) for params in self._mine("Runtime.consoleAPICalled") if params["type"] in bad]
        return logged + spoken + [str(params["exceptionDetails"]) for params in self._mine("Runtime.exceptionThrown")]

    def resize(self, width: int, height: int = 900) -> None:
        """Give the page another width, and wait until live charts are drawn anew."""
        redrawn = self.live and (self.width < 600) is not (width < 600)
        if redrawn:
            self.look("delete document.documentElement.dataset.live")
        self.width = width
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600)
        if redrawn:
            self._wait("'live' in document.documentElement.dataset")

    def show_as(self, *, dark: bool = False, paper: bool = False) -> None:
        """Show the page to a reader of dark screens, or as it goes to paper; nothing glides, so that what is looked at stands still."""
        features = {"prefers-color-scheme": "dark" if dark else "light", "prefers-reduced-motion": "reduce"}
        given = [{"name": name, "value": value} for name, value in features.items()]
        self.call("Emulation.setEmulatedMedia", media="print" if paper else "", features=given)

    def press(self, key: str, code: int, *, shift: bool = False) -> None:
        """Press and let go of a key."""
        text = {"text": "\r"} if key == "Enter" else {}
        for kind in ("keyDown" if text else "rawKeyDown", "keyUp"):
            given = {"key": key, "code": key, "windowsVirtualKeyCode": code, "modifiers": 8 * shift}
            self.call("Input.dispatchKeyEvent", type=kind, **given, **text)

    def screenshot(self, file: Path, *, whole: bool = True) -> Path:
        """Save a picture of the page."""
        file.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)["data"]))
        return file

    def pdf(self, file: Path) -> Path:
        """Print the page as its style sheet wants it."""
        file.write_bytes(base64.b64decode(self.call("Page.printToPDF", preferCSSPageSize=True, printBackground=False)["data"]))
        return file

    def close(self) -> None:
        self.browser.call("Target.closeTarget", targetId=self.target)
        self.browser.events = [event for event in self.browser.events if event.get("sessionId") != self.session]
