"""What a real socket does to a call: what may have arrived is never sent again, what did not leave is."""

from __future__ import annotations

import gzip
import itertools
import socket
import ssl
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from pipelines.kit.calls import Context
from pipelines.kit.errors import CallFailed, CredentialsRefused, Outcome, PlatformUnreachable, Problem
from pipelines.kit.http import TRIES, UNKNOWN_IN_A_ROW, Rules, Session
from pipelines.kit.outcomes import OUTCOMES, Seen, seen_in
from pipelines.kit.secret import Secret

from .server import OK, Act, WireServer, half_close, reset, say, stall

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
BOMB = gzip.compress(b'{"data":["' + b"x" * 60_000_000 + b'"]}', 9)
DEEP = b"[" * 201 + b"]" * 201
TOKEN = "s3cr3t-token"


def answer(status: str, body: bytes = b"{}", *headers: str) -> Act:
    lines = [
        f"HTTP/1.1 {status}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        "Connection: close",
        *headers,
    ]
    return say("\r\n".join(lines).encode() + b"\r\n\r\n" + body)


def sized(body: bytes, *headers: bytes) -> bytes:
    return (
        b"".join([HEAD, *(header + b"\r\n" for header in headers), f"Content-Length: {len(body)}\r\n\r\n".encode()])
        + body
    )


def session(host: str, scheme: str = "http", **context: object) -> Session:
    rules = Rules(
        "shoppy",
        {"X-Token": Secret(TOKEN, "SHOP_TOKEN")},
        frozenset({host}),
        lambda status, _headers, text: Problem("refused", f"status {status}", found=text[:20]),
        Secret(TOKEN, "SHOP_TOKEN"),
    )
    given: dict[str, object] = {"wait": lambda _: None, "timeout": (2.0, 0.4), **context}
    return Session(f"{scheme}://{host}", rules, Context(**given))  # type: ignore[arg-type]


BROKEN: dict[str, Act] = {
    "reset before the answer": reset(),
    "reset within the head": reset(HEAD),
    "reset within the body": reset(HEAD + b"Content-Length: 100\r\n\r\n{"),
    "closed before the answer": say(),
    "half closed": half_close,
    "never answered": stall(),
    "stalled within the body": stall(HEAD + b'Content-Length: 11\r\n\r\n{"da'),
    "shorter than it says": say(HEAD + b'Content-Length: 100\r\n\r\n{"data":[]}'),
    "cut between chunks": say(HEAD + b'Transfer-Encoding: chunked\r\n\r\nb\r\n{"data":[]}\r\n'),
    "cut within a chunk": say(HEAD + b"Transfer-Encoding: chunked\r\n\r\nff\r\n{"),
    "no HTTP at all": say(b"220 mail ready\r\n"),
    "a page of HTML": say(
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\nContent-Length: 13\r\n\r\n<html></html>"
    ),
    "an empty body": say(HEAD + b"Content-Length: 0\r\n\r\n"),
    "half of its JSON": say(sized(b'{"data":[{"id":1},')),
    "JSON cut after an object": say(sized(b'{"data":[{"id":1}')),
    "NaN in it": say(sized(b'{"data":[NaN]}')),
    "nested too deep": say(sized(DEEP)),
    "gzip that is none": say(sized(b'{"data":[]}', b"Content-Encoding: gzip")),
    "a gzip bomb": say(sized(BOMB, b"Content-Encoding: gzip")),
    "408": answer("408 Request Timeout"),
    "500": answer("500 Internal Server Error"),
    "502 with HTML": answer("502 Bad Gateway", b"<html>"),
    "503": answer("503 Service Unavailable"),
}


@pytest.mark.invariant("I-18")
@pytest.mark.parametrize("how", BROKEN)
@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_a_write_that_may_have_arrived_is_not_sent_again(how: str, method: str) -> None:
    with WireServer([BROKEN[how]]) as server:
        sender = session(server.host)
        with pytest.raises(CallFailed) as caught:
            sender.call(method, "/things", body={"price": 1})
        assert caught.value.outcome == "unknown"
        assert len(server.heard) == 1
        assert sender.context.of("shoppy").unknown == sender.context.of("shoppy").writes == 1
        assert TOKEN not in str(caught.value)


@pytest.mark.parametrize("how", [how for how in BROKEN if how not in {"never answered", "stalled within the body"}])
def test_a_read_that_got_no_whole_answer_is_asked_again(how: str) -> None:
    with WireServer([BROKEN[how], answer("200 OK", b'{"data":[]}')]) as server:
        sender = session(server.host)
        assert sender.call("GET", "/things").json() == {"data": []}
        counts = sender.context.of("shoppy")
        assert (counts.reads, counts.retried, counts.unknown, len(server.heard)) == (2, 1, 0, 2)


@pytest.mark.parametrize("how", ["half of its JSON", "a page of HTML", "an empty body"])
def test_a_page_that_ends_too_early_is_asked_for_again(how: str) -> None:
    """Pages go past ``call``: dlt's client sends them, and what is in them is parsed by who reads it."""
    with WireServer([BROKEN[how], answer("200 OK", b'{"data":[]}')]) as server:
        sender = session(server.host)
        assert sender.get(f"http://{server.host}/things").json() == {"data": []}
        assert len(server.heard) == 2


def test_a_read_that_is_never_answered_is_given_up() -> None:
    with WireServer([reset()]) as server:
        sender = session(server.host)
        with pytest.raises(PlatformUnreachable):
            sender.call("GET", "/things")
        assert len(server.heard) == sender.context.of("shoppy").reads == TRIES


@pytest.mark.parametrize("method", ["GET", "PUT", "POST"])
def test_a_refused_connection_carried_nothing(method: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        host = f"127.0.0.1:{taken.getsockname()[1]}"
    sender = session(host)
    with pytest.raises(PlatformUnreachable) as caught:
        sender.call(method, "/things", body={} if method != "GET" else None)
    assert "refused" in str(caught.value)
    assert vars(sender.context.of("shoppy")) == dict.fromkeys(("reads", "writes", "throttled", "retried", "unknown"), 0)


def test_a_write_to_a_name_that_is_not_known_was_not_sent() -> None:
    sender = session("nobody.invalid")
    with pytest.raises(PlatformUnreachable):
        sender.call("POST", "/things", body={})
    assert sender.context.of("shoppy").writes == 0


def test_an_answer_that_drips_for_ever_is_left() -> None:
    clock = itertools.count(0.0, 400.0)
    with WireServer([stall(HEAD + b'Content-Length: 11\r\n\r\n{"da')]) as server:
        sender = session(server.host, monotonic=lambda: next(clock), timeout=(2.0, 30.0))
        with pytest.raises(CallFailed, match="given up: it took too long"):
            sender.call("PUT", "/things", body={})


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate and its key for 127.0.0.1 that nobody has signed."""
    from datetime import UTC, datetime, timedelta
    from ipaddress import ip_address

    x509 = pytest.importorskip("cryptography.x509", reason="makes the certificate")
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return file


@pytest.fixture
def tls(certificate: Path) -> Iterator[ssl.SSLContext]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@pytest.mark.invariant("I-38")
def test_nothing_is_told_to_a_server_with_a_wrong_certificate(tls: ssl.SSLContext) -> None:
    with WireServer([say(OK)], tls) as server:
        sender = session(server.host, "https")
        with pytest.raises(PlatformUnreachable, match="certificate"):
            sender.call("POST", "/things", body={})
        assert (server.heard, sender.context.of("shoppy").writes) == ([], 0)


@pytest.mark.invariant("I-18")
def test_encryption_that_breaks_after_the_write_leaves_it_unknown(
    tls: ssl.SSLContext, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("requests.adapters.DEFAULT_CA_BUNDLE_PATH", str(certificate))

    def garble(connection: socket.socket) -> None:
        with socket.socket(fileno=connection.detach()) as bare:
            bare.sendall(b"\x17\x03\x03\x00\x20" + b"\x00" * 32)

    with WireServer([answer("200 OK"), garble], tls) as server:
        sender = session(server.host, "https")
        assert sender.call("PUT", "/things", body={}).status == 200
        with pytest.raises(CallFailed) as caught:
            sender.call("POST", "/things", body={})
        assert (caught.value.outcome, len(server.heard)) == ("unknown", 2)


def test_a_kept_connection_that_the_server_left_does_not_lose_a_write() -> None:
    with WireServer([say(OK)]) as server:
        sender = session(server.host)
        for _ in range(3):
            assert sender.call("PUT", "/things", body={}).status == 200
            assert server.left.acquire(timeout=5)
        assert len(server.heard) == 3


# --- the table -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seen", "read", "state", "document"),
    [
        ("not_connected", "not_sent", "not_sent", "not_sent"),
        ("refused", "rejected", "rejected", "rejected"),
        ("throttled", "not_sent", "not_sent", "not_sent"),
        ("failed", "not_sent", "unknown", "unknown"),
        ("unanswered", "not_sent", "unknown", "unknown"),
        ("unreadable", "not_sent", "unknown", "unknown"),
        ("redirected", "rejected", "rejected", "rejected"),
        ("answered", "ok", "ok", "ok"),
    ],
)
def test_the_table_is_the_one_of_the_model(seen: Seen, read: Outcome, state: Outcome, document: Outcome) -> None:
    assert OUTCOMES[seen] == {"read": read, "state": state, "document": document}


@pytest.mark.parametrize(
    ("status", "seen"),
    [
        *((status, "refused") for status in (400, 401, 403, 404, 405, 409, 410, 413, 418, 422, 423, 451)),
        *((status, "failed") for status in (408, 500, 501, 502, 503, 504, 507, 520, 599)),
        *((status, "redirected") for status in (300, 301, 302, 303, 304, 307, 308)),
        *((status, "answered") for status in (200, 201, 202, 204, 207)),
        (429, "throttled"),
    ],
)
def test_every_status_has_its_row(status: int, seen: Seen) -> None:
    assert seen_in(status, readable=True) == seen
    assert seen_in(status, readable=False) == ("unreadable" if seen == "answered" else seen)


@pytest.mark.parametrize("status", ["400 Bad", "404 Gone", "409 Conflict", "410 Gone", "422 Wrong"])
def test_a_refusal_is_told_and_not_repeated(status: str) -> None:
    with WireServer([answer(status, b'{"title":"no"}')]) as server:
        sender = session(server.host)
        with pytest.raises(CallFailed) as caught:
            sender.call("PUT", "/things", body={})
        assert (caught.value.outcome, caught.value.body, len(server.heard)) == ("rejected", '{"title":"no"}', 1)
        assert sender.context.of("shoppy").unknown == 0


@pytest.mark.parametrize("status", ["401 Unauthorized", "403 Forbidden"])
def test_a_refused_token_is_not_tried_again(status: str) -> None:
    with WireServer([answer(status)]) as server, pytest.raises(CredentialsRefused):
        session(server.host).call("PUT", "/things", body={})
    assert len(server.heard) == 1


@pytest.mark.invariant("I-15")
@pytest.mark.parametrize("status", ["401 Unauthorized", "403 Forbidden"])
@pytest.mark.parametrize("method", ["GET", "PUT", "POST"])
def test_one_odd_refusal_of_a_token_that_was_taken_does_not_end_a_run(method: str, status: str) -> None:
    with WireServer([answer("200 OK"), answer(status), answer("200 OK", b'{"data":[]}')]) as server:
        sender = session(server.host)
        sender.call("GET", "/things")
        assert sender.call(method, "/things", body=None if method == "GET" else {}).json() == {"data": []}
        assert len(server.heard) == 3


@pytest.mark.parametrize("status", ["401 Unauthorized", "403 Forbidden"])
def test_a_token_that_is_taken_no_more_is_asked_about_once(status: str) -> None:
    with WireServer([answer("200 OK"), answer(status)]) as server:
        sender = session(server.host)
        sender.call("GET", "/things")
        for heard in (3, 4):
            with pytest.raises(CredentialsRefused):
                sender.call("GET", "/things")
            assert len(server.heard) == heard


@pytest.mark.invariant("I-15")
def test_one_odd_redirect_of_a_read_does_not_end_a_run() -> None:
    away = answer("302 Found", b"", "Location: http://elsewhere.invalid/things")
    with WireServer([answer("200 OK"), away, answer("200 OK", b'{"data":[]}'), away]) as server:
        sender = session(server.host)
        sender.call("GET", "/things")
        assert sender.call("GET", "/things").json() == {"data": []}
        with pytest.raises(PlatformUnreachable, match="redirect"):
            sender.call("GET", "/things")
        assert len(server.heard) == 5


def test_a_redirected_write_is_not_sent_again() -> None:
    away = answer("302 Found", b"", "Location: http://elsewhere.invalid/things")
    with WireServer([answer("200 OK"), away]) as server:
        sender = session(server.host)
        sender.call("GET", "/things")
        with pytest.raises(CallFailed) as caught:
            sender.call("PUT", "/things", body={})
        assert (caught.value.outcome, len(server.heard)) == ("rejected", 2)


# --- a platform that is not well -----------------------------------------------------------------------------


def test_a_store_that_fails_is_not_hammered() -> None:
    with WireServer([answer("500 Failed")]) as server:
        sender = session(server.host)
        for _ in range(UNKNOWN_IN_A_ROW):
            with pytest.raises(CallFailed):
                sender.call("PUT", "/things", body={})
        for _ in range(3):
            with pytest.raises(PlatformUnreachable, match="no more are sent"):
                sender.call("PUT", "/things", body={})
        assert len(server.heard) == sender.context.of("shoppy").unknown == UNKNOWN_IN_A_ROW


def test_reads_in_between_do_not_hide_that_every_write_fails() -> None:
    with WireServer([answer("500 Failed"), answer("200 OK")] * UNKNOWN_IN_A_ROW) as server:
        sender = session(server.host)
        for _ in range(UNKNOWN_IN_A_ROW):
            with pytest.raises(CallFailed):
                sender.call("POST", "/things", body={})
            sender.call("GET", "/things")
        with pytest.raises(PlatformUnreachable):
            sender.call("POST", "/things", body={})


@pytest.mark.parametrize("between", ["200 OK", "422 Wrong"])
def test_now_and_then_a_failure_does_not_stop_a_run(between: str) -> None:
    few = [answer("500 Failed")] * (UNKNOWN_IN_A_ROW - 1)
    with WireServer([*few, answer(between), *few, answer("200 OK")]) as server:
        sender = session(server.host)
        for _ in range(2 * UNKNOWN_IN_A_ROW - 1):
            with suppress(CallFailed):
                sender.call("PUT", "/things", body={})
        assert sender.call("PUT", "/things", body={}).status == 200
        assert len(server.heard) == 2 * UNKNOWN_IN_A_ROW
