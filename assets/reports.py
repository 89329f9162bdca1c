"""The reports in a browser beside Dagster: on loopback, by name, and for nobody who only pretends to be local (T20)."""

from __future__ import annotations

import re
import threading
from functools import partial
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote

LOOPBACK = "127.0.0.1"
_NAMES = frozenset({LOOPBACK, "localhost"})
_REPORT = re.compile(r"/([a-z0-9_]+)\.html")
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


def serve_reports(folder: Path, port: int) -> ThreadingHTTPServer:
    """Answer from a thread until ``shutdown()``; there is no way to ask for another address than loopback."""
    server = ThreadingHTTPServer((LOOPBACK, port), partial(_Reports, folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


class _Reports(BaseHTTPRequestHandler):
    """The list at ``/`` and ``/<connection>.html``; no other file, no link, no other ``Host`` than loopback."""

    def __init__(self, folder: Path, *args: Any) -> None:
        self._folder = folder
        super().__init__(*args)

    def do_GET(self) -> None:
        """One page, 404, or 421 for a name that is not this machine's."""
        if self.headers.get("Host", "").rpartition(":")[0] not in _NAMES:
            self._answer(421, "this address is not served here")
            return
        if self.path == "/":
            self._answer(200, self._listed())
            return
        named = _REPORT.fullmatch(self.path)
        file = self._folder / f"{named[1]}.html" if named else None
        if file is None or file.is_symlink() or not file.is_file():
            self._answer(404, "there is no such report")
            return
        self._answer(200, file.read_text(encoding="utf-8"))

    def _listed(self) -> str:
        names = sorted(file.stem for file in self._folder.glob("*.html"))
        items = "".join(f'<li><a href="{quote(name)}.html">{escape(name)}</a></li>' for name in names)
        return f"<!doctype html><meta charset=utf-8><title>Reports</title><h1>Reports</h1><ul>{items}</ul>"

    def _answer(self, status: int, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        for name, value in (
            ("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(body))),
            ("Content-Security-Policy", _POLICY), ("X-Content-Type-Options", "nosniff"), ("Cache-Control", "no-store"),
        ):  # fmt: skip
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing."""
