"""What the UI serves: reports by name and nothing else, to this machine alone."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from typer.testing import CliRunner

from assets import rehearsal
from assets.cli import app
from assets.reports import serve_reports
from assets.show import Screen
from pipelines.language.paths import CHECKOUT

EVERYWHERE = ".".join("0000")


@pytest.fixture
def root(tmp_path: Path) -> Iterator[str]:
    """The address of a folder with one report, a file that is none, and a secret beside the folder."""
    folder = tmp_path / "reports"
    folder.mkdir()
    (folder / "till__store.html").write_text("the report", encoding="utf-8")
    (folder / "left.tmp").write_text("secret", encoding="utf-8")
    (tmp_path / "warehouse.html").write_text("secret", encoding="utf-8")
    (folder / "linked.html").symlink_to(tmp_path / "warehouse.html")
    server = serve_reports(folder, 0)
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()


def sent(root: str, line: str, host: str) -> str:
    """What a request that no library would send is answered."""
    port = int(root.rstrip("/").rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=5) as wire:
        wire.sendall(
            f"{line} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".replace("PORT", str(port)).encode()
        )
        return b"".join(iter(lambda: wire.recv(65536), b"")).decode()


def test_reports_are_listed_by_name_and_nothing_else_is(root: str) -> None:
    listed = requests.get(root, timeout=5)
    assert 'href="till__store.html">till__store<' in listed.text
    assert "left" not in listed.text
    assert "default-src 'none'" in listed.headers["Content-Security-Policy"]
    assert requests.get(root + "till__store.html", timeout=5).text == "the report"


@pytest.mark.parametrize(
    "path",
    [
        "/../warehouse.html", "/..%2fwarehouse.html", "/%2e%2e/warehouse.html", "//warehouse.html", "/left.tmp",
        "/linked.html", "/.", "/./", "/../", "/warehouse.html", "/till__store.html/../../warehouse.html",
        "/x\\..\\w.html",
    ],
)  # fmt: skip
def test_no_path_leads_out_of_the_reports(root: str, path: str) -> None:
    answer = sent(root, f"GET {path}", "127.0.0.1:PORT")
    assert " 404 " in answer.splitlines()[0]
    assert "secret" not in answer


@pytest.mark.parametrize(
    "host", ["evil.example.test", "evil.example.test:PORT", "", "127.0.0.1.evil.test:PORT", "localhost.:PORT"]
)
def test_a_name_that_was_pointed_at_this_machine_reads_no_report(root: str, host: str) -> None:
    assert " 421 " in sent(root, "GET /till__store.html", host).splitlines()[0]


@pytest.mark.parametrize("host", ["127.0.0.1:PORT", "localhost:PORT"])
def test_this_machine_reads_its_reports(root: str, host: str) -> None:
    assert sent(root, "GET /till__store.html", host).endswith("the report")


def test_the_ui_listens_on_loopback_and_cannot_be_asked_to_do_otherwise(
    merchants: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = merchants / "demo" / "sandboxes"
    folder.mkdir(parents=True)
    (folder / "ports.json").write_text('{"connection": "c", "ports": {}}', encoding="utf-8")
    started: list[list[str]] = []
    bound: list[Any] = []

    class Started:
        pid = 0

        def __init__(self, command: list[str], **_: Any) -> None:
            started.append(command)

        def wait(self) -> int:
            return 0

        def poll(self) -> int:
            return 0

    monkeypatch.setattr(subprocess, "Popen", Started)
    monkeypatch.setattr(rehearsal.signal, "signal", lambda *_: None)
    real = socket.socket.bind
    monkeypatch.setattr(socket.socket, "bind", lambda one, address: (bound.append(address), real(one, address))[1])
    for name in ("HOST", "DG_CLI_DEV_HOST", "DAGSTER_WEBSERVER_HOST"):
        monkeypatch.setenv(name, EVERYWHERE)
    rehearsal.run_ui(Screen(as_json=True), _free(), _free())
    (command,) = started
    assert command[command.index("--host") + 1] == "127.0.0.1"
    assert {address[0] for address in bound} == {"127.0.0.1"}
    asked = CliRunner().invoke(app, ["ui", "--host", EVERYWHERE])
    assert asked.exit_code == 2
    assert "No such option" in asked.output


def test_every_command_of_the_documents_binds_the_web_server_to_loopback() -> None:
    lines = [
        line
        for name in ("README.md", "docs/running.md", "docs/security.md", "Makefile")
        for line in (CHECKOUT / name).read_text(encoding="utf-8").splitlines()
        if "dagster-webserver -w" in line or "dg dev" in line
    ]
    assert lines
    assert [line for line in lines if "--host 127.0.0.1" not in line] == []


def _free() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
