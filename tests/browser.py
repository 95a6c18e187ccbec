"""Chromium, for tests of pages; where it is not installed they are skipped."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

__all__ = ["Browser", "browsing"]


class Browser:
    """Chromium, driven by the W3C's WebDriver protocol: commands as JSON over HTTP."""

    def __init__(self, driver: str, chromium: str, profile: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.process = subprocess.Popen(
            [driver, f"--port={self.port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        arguments = [
            "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-quic",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            f"--user-data-dir={profile}", "--window-size=1000,1400",
        ]  # fmt: skip
        options = {"binary": chromium, "args": arguments}
        always = {"goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}
        wanted = {"capabilities": {"alwaysMatch": always}}
        for _ in range(100):
            try:
                self.session = self.send("", wanted)["sessionId"]
                return
            except OSError:
                time.sleep(0.1)
        raise TimeoutError("chromedriver does not answer")

    def send(self, path: str, body: Any, method: str = "POST") -> Any:
        prefix = f"/{self.session}" if hasattr(self, "session") else ""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/session{prefix}{path}",
            json.dumps(body).encode(),
            {"Content-Type": "application/json"},
            method=method,
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)["value"]

    def run(self, script: str, *args: Any) -> Any:
        """What the body of a function returns, in the page."""
        return self.send("/execute/sync", {"script": script, "args": args})

    def open(self, url: str) -> None:
        self.send("/url", {"url": url})

    def act(self, *steps: dict[str, Any], kind: str = "pointer", number: int = 0) -> None:
        """Moves of the mouse or wheel, or keys, one after the other."""
        source = {"type": kind, "id": f"{kind}{number}", "actions": list(steps)}
        self.send("/actions", {"actions": [source]})

    def command(self, name: str, **params: Any) -> Any:
        """One of Chromium's own."""
        return self.send("/goog/cdp/execute", {"cmd": name, "params": params})

    def said(self) -> list[str]:
        """What stands on the console: errors, for pages that write nothing there."""
        return [one["message"] for one in self.send("/se/log", {"type": "browser"})]


@contextmanager
def browsing(profile: Path) -> Iterator[Browser]:
    """A browser with the folder ``profile`` to itself."""
    driver, chromium = shutil.which("chromedriver"), shutil.which("chromium")
    if driver is None or chromium is None:
        pytest.skip("needs the packages chromium and chromium-driver")
    browser = Browser(driver, chromium, profile)
    try:
        yield browser
    finally:
        browser.send("", {}, "DELETE")  # which ends Chromium as well
        browser.process.terminate()
        browser.process.wait()
