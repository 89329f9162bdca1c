"""What the UI serves beside Dagster: reports are found by name, and no other file of the folder is listed."""

from __future__ import annotations

import threading
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path

import requests

from assets.rehearsal import _Quiet


def test_reports_are_listed_by_name_and_nothing_else_is(tmp_path: Path) -> None:
    (tmp_path / "till__store.html").write_text("the report", encoding="utf-8")
    (tmp_path / "left.tmp").write_text("x", encoding="utf-8")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(tmp_path)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    root = f"http://127.0.0.1:{server.server_address[1]}/"
    listed = requests.get(root, timeout=5).text
    assert 'href="till__store.html">till__store<' in listed
    assert "left" not in listed
    assert requests.get(root + "till__store.html", timeout=5).text == "the report"
    server.shutdown()
    server.server_close()
