"""Which addresses of pictures a store is asked to fetch: https, a public host, nobody's password (B41, T21)."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

MACROS = Path(__file__).parents[2] / "pipelines" / "stages" / "sql" / "macros.sql"
TAKEN = [
    "https://img.example.test/1.png", "HTTPS://CDN.Example.com:443/a%20b/é.jpg?x=1#y", "https://a.b-c.example/p q.jpg",
    "https://8.8.8.8/1.png", "https://bücher.example/1.png", "https://xn--bcher-kva.example./1.png", "https://x_y.example",
    "https://172.32.0.1/1.png", "https://local.example/1.png", "https://x.example/a@b.png",
]  # fmt: skip
REFUSED = {
    "its address is not https": [
        "http://img.example.test/1.png", "file:///etc/passwd", "ftp://x.example/1.png", "data:image/png;base64,AA", "",
        "//x.example/1.png", "1.png", " https://x.example/1.png", "javascript:x",
    ],
    "its address holds a user name or password": ["https://me:secret@x.example/1.png", "https://x.example@10.0.0.1/"],
    "its address holds characters no address has": ["https://x.example\\.evil.example/1.png", "https://x.example/\n1.png"],
    "its host is not a public one": [
        "https://localhost/1.png", "https://a.localhost/1.png", "https://printer.local/1.png", "https://db.internal/1.png",
        "https://router/1.png", "https://127.0.0.1/1.png", "https://127.1/1.png", "https://2130706433/1.png",
        "https://0x7f.0.0.1/1.png", "https://0x7f000001/1.png", "https://010.0.0.1/1.png", "https://0.0.0.0/1.png",
        "https://10.1.2.3/1.png", "https://172.16.0.1/1.png", "https://172.31.9.9:8443/1.png", "https://192.168.1.1/1.png",
        "https://169.254.169.254/latest", "https://100.64.0.1/1.png", "https://224.0.0.1/1.png", "https://[::1]/1.png",
        "https://[::ffff:127.0.0.1]/1.png", "https://[fe80::1]/1.png", "https://127.0.0.1./1.png", "https:///1.png",
        "https://１２７.0.0.1/1.png", "https://127。0。0。1/1.png", "https://a。local/1.png", "https://x..example/1.png",
        "https://%6cocalhost.example/1.png", "https://x.example:80:90/1.png", "https:// x.example/1.png",
    ],
}  # fmt: skip


def refusal(url: str | None) -> str | None:
    con = duckdb.connect(":memory:")
    for statement in duckdb.extract_statements(MACROS.read_text(encoding="utf-8")):
        con.execute(statement.query)
    row = con.execute("SELECT picture_refusal(?)", [url]).fetchone()
    assert row is not None
    return None if row[0] is None else str(row[0])


@pytest.mark.parametrize("url", TAKEN)
def test_an_address_anybody_may_fetch_is_handed_on(url: str) -> None:
    assert refusal(url) is None


@pytest.mark.parametrize(("reason", "url"), [(reason, url) for reason, urls in REFUSED.items() for url in urls])
def test_an_address_inside_or_with_a_password_is_handed_to_nobody(reason: str, url: str) -> None:
    assert refusal(url) == reason
