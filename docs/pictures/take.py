"""Take the pictures of the README again: the demo in a folder of its own, its UI on free ports, headless Chromium.

    .venv/bin/python docs/pictures/take.py [report lineage asset checks]

Needs ``chromium`` on the PATH. One product of the demo's catalogue gets a name longer than the store takes, so that the
picture of the checks shows one that does not hold.
"""

import base64
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

from assets import names
from assets.rehearsal import SAMPLE
from pipelines.language.mapping import connections
from pipelines.language.paths import CHECKOUT

HERE = Path(__file__).parent
BIN = Path(sys.executable).parent
LONG = ("Marmalade,", f"{'Marmalade of whole oranges and lemons and limes ' * 6},")


class Page:
    """A page of Chromium, spoken to over the DevTools protocol."""

    def __init__(self, socket_to_page: ClientConnection) -> None:
        self._socket = socket_to_page
        self._number = 0

    def call(self, method: str, **given: Any) -> dict[str, Any]:
        """Ask and wait for the answer."""
        self._number += 1
        self._socket.send(json.dumps({"id": self._number, "method": method, "params": given}))
        while True:
            answer = json.loads(self._socket.recv(timeout=60))
            if answer.get("id") == self._number:
                result: dict[str, Any] = answer["result"]
                return result

    def value(self, script: str) -> Any:
        """What a script comes to."""
        return self.call("Runtime.evaluate", expression=script, returnByValue=True)["result"].get("value")

    def open(self, url: str, size: tuple[int, int], words: str) -> None:
        """Show ``url`` once it says ``words``, and give its pictures time to settle."""
        width, height = size
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.call("Page.navigate", url=url)
        wait(lambda: words in (self.value("document.body ? document.body.innerText : ''") or ""), f"{words} on {url}")
        time.sleep(5)

    def widen(self) -> None:
        """Put the list beside the graph and the navigation away, then fit the graph to the room by a double click."""
        for away in (
            "[...document.querySelectorAll('[aria-label=panel_show_right]')].at(-1).closest('button').click()",
            "[...document.querySelectorAll('*')].filter(e => e.textContent == 'Hide navigation').at(-1).click()",
        ):
            self.value(away)
            time.sleep(1)
        for number in (1, 2):
            for kind in ("mousePressed", "mouseReleased"):
                self.call("Input.dispatchMouseEvent", type=kind, x=700, y=440, button="left", clickCount=number)
        time.sleep(3)

    def keep(self, name: str) -> None:
        """Save the picture."""
        file = HERE / f"{name}.png"
        file.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"]))
        print(f"{file.name}  {file.stat().st_size // 1000} kB")


def wait(ready: Any, what: str, seconds: int = 90) -> None:
    """Until ``ready()``; raises TimeoutError, naming what did not come."""
    until = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > until:
            raise TimeoutError(f"no {what} in {seconds} s")
        time.sleep(0.3)


def answers(url: str) -> bool:
    """Whether a server is there."""
    try:
        with urllib.request.urlopen(url, timeout=5):
            return True
    except OSError:
        return False


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def started(command: list[str], environment: dict[str, str]) -> Iterator[None]:
    """A process and what it starts, ended with the block."""
    process = subprocess.Popen(command, env=environment, start_new_session=True, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)


@contextmanager
def browser(folder: Path) -> Iterator[Page]:
    """Headless Chromium with a profile of its own."""
    port = free_port()
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
    places = [f"--user-data-dir={folder}", f"--remote-debugging-port={port}", "--hide-scrollbars", "about:blank"]
    with started(["chromium", *flags, *places], dict(os.environ)):
        wait(lambda: answers(f"http://127.0.0.1:{port}/json"), "Chromium")
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/json") as listed:
            (page,) = [entry for entry in json.load(listed) if entry["type"] == "page"]
        with connect(page["webSocketDebuggerUrl"], max_size=None) as socket_to_page:
            yield Page(socket_to_page)


def catalogue(folder: Path) -> Path:
    """The sample with one name that is too long."""
    file = folder / SAMPLE.name
    file.write_text(SAMPLE.read_text(encoding="utf-8").replace(*LONG, 1), encoding="utf-8")
    return file


def take(page: Page, dagster: str, reports: str, wanted: list[str]) -> None:
    """The pictures, each of one page."""
    connection = next(iter(connections()))
    desired, verdict = names.desired(connection, "products").path, names.verdict(connection).path
    check = names.check("products", "product_name_fits")
    open_groups = ",".join(f"global@global:{owner}" for owner in (*connection.split("__"), connection))
    pages = {
        "report": (f"{reports}/{connection}.html", (1280, 900), "products"),
        "lineage": (f"{dagster}/asset-groups?expanded={open_groups}", (1400, 460), "Hide navigation"),
        "asset": (f"{dagster}/assets/{'/'.join(desired)}", (1500, 900), "Row count"),
        "checks": (
            f"{dagster}/assets/{'/'.join(verdict)}?view=checks&checkDetail={check}",
            (1500, 800),
            "Latest execution",
        ),
    }
    for name in wanted or pages:
        page.open(*pages[name])
        if name == "lineage":
            page.widen()
        page.keep(name)


def main(wanted: list[str]) -> None:
    """Run the demo, show it, take the pictures, end everything."""
    with tempfile.TemporaryDirectory() as made:
        folder, port, reports_port = Path(made), free_port(), free_port()
        environment = {**os.environ, "TILLSYNC_HOME": str(folder / "home")}
        demo = [str(BIN / "tillsync"), "demo", "--catalog", str(catalogue(folder))]
        subprocess.run(demo, cwd=CHECKOUT, env=environment, check=True)
        ui = [str(BIN / "tillsync"), "ui", "--port", str(port), "--reports-port", str(reports_port)]
        with started(ui, environment), browser(folder / "chromium") as page:
            dagster, reports = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{reports_port}"
            wait(lambda: answers(f"{dagster}/server_info"), "Dagster")
            take(page, dagster, reports, wanted)


if __name__ == "__main__":
    main(sys.argv[1:])
