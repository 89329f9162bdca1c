"""Where calls go and what goes with them: to the one allowed host, over verified TLS, and nowhere else (I-38)."""

from __future__ import annotations

import base64
import gzip
import json
import ssl
import subprocess
import threading
import traceback
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest

from pipelines.kit import answers
from pipelines.kit.calls import Context
from pipelines.kit.errors import CallFailed, CredentialsRefused, PlatformUnreachable, Problem, TillsyncError
from pipelines.kit.http import Rules, Session
from pipelines.kit.redaction import MASK, spellings
from pipelines.kit.secret import Secret
from pipelines.run import read_token

TOKEN = "canary+T0ken/7f3a?&=e91c"


@dataclass
class Place:
    """A server on loopback that keeps what reaches it and answers what it is told."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"{}"
    seen: list[str] = field(default_factory=list)
    url: str = ""

    @property
    def host(self) -> str:
        return urlsplit(self.url).netloc


@pytest.fixture
def places() -> Iterator[Callable[..., Place]]:
    """A maker of places; ``tls`` wraps one in a certificate nobody vouches for."""
    servers: list[ThreadingHTTPServer] = []

    def make(tls: ssl.SSLContext | None = None, **answer: object) -> Place:
        place = Place(**answer)  # type: ignore[arg-type]

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                place.seen.append(f"{self.requestline}\n{self.headers}")
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                self.send_response(place.status)
                for name, value in {"Content-Type": "application/json", **place.headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(place.body)))
                self.end_headers()
                self.wfile.write(place.body)

            do_GET = do_POST = do_PUT = do_CONNECT = answer  # noqa: N815

            def log_message(self, *_: object) -> None: ...

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if tls:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        servers.append(server)
        place.url = f"{'https' if tls else 'http'}://127.0.0.1:{server.server_address[1]}"
        return place

    yield make
    for server in servers:
        server.shutdown()
        server.server_close()


def session(place: Place, context: Context | None = None) -> Session:
    """A session of a platform that lives at this place and repeats in its errors what it is told."""
    token = Secret(TOKEN, "SHOP_TOKEN")
    rules = Rules(
        "shoppy",
        {"X-Auth-Token": token},
        frozenset({place.host}),
        lambda status, _headers, text: Problem("refused", f"said {text[:60]}", found=f"status {status}"),
        token,
    )
    return Session(place.url, rules, context or Context(wait=lambda _: None))


def everything_of(error: BaseException) -> str:
    """What anybody could print of an error: its traceback, and what hangs on it and on those behind it."""
    said = ["".join(traceback.format_exception(error))]
    seen: set[int] = set()
    waiting: list[object] = [error]
    while waiting:
        one = waiting.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        said += [repr(one), repr(getattr(one, "args", "")), repr(getattr(one, "__dict__", ""))]
        waiting += [getattr(one, name, None) for name in ("__cause__", "__context__", "request", "response", "headers")]
    return "\n".join(said)


def leaks(text: str) -> list[str]:
    """The spellings of the token that stand in a text."""
    return [spelling for spelling in spellings(TOKEN) if spelling in text]


def failed(call: Callable[[], object]) -> Exception | None:
    """How a call ended that may end well."""
    try:
        call()
    except (TillsyncError, ValueError) as error:
        return error
    return None


@pytest.mark.invariant("I-38")
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_takes_the_token_nowhere(places: Callable[..., Place], status: int) -> None:
    other = places()
    shop = places(status=status, headers={"Location": f"{other.url}/elsewhere?token={quote(TOKEN, safe='')}"})
    with pytest.raises(CallFailed) as caught:
        session(shop).call("PUT", "/products", body={"name": "Mug"})
    assert (caught.value.outcome, caught.value.status, caught.value.problems[0].code) == (
        "rejected",
        status,
        "redirected",
    )
    with pytest.raises(PlatformUnreachable, match="redirect") as read:
        session(shop).call("GET", "/products")
    assert other.seen == []
    assert len(shop.seen) == 2
    assert leaks(everything_of(caught.value) + everything_of(read.value)) == []


@pytest.mark.invariant("I-38")
def test_a_caller_that_asks_for_redirects_gets_none(places: Callable[..., Place]) -> None:
    other = places()
    shop = places(status=302, headers={"Location": f"{other.url}/elsewhere"})
    with pytest.raises(PlatformUnreachable):
        session(shop).get(f"{shop.url}/products", allow_redirects=True)
    assert other.seen == []


@pytest.mark.invariant("I-38")
def test_no_credential_goes_to_another_host_port_or_without_tls(places: Callable[..., Place]) -> None:
    shop, other = places(), places()
    one = session(shop)
    elsewhere = [
        f"{other.url}/next",
        f"http://someone:{quote(TOKEN, safe='')}@{shop.host}/next",
        f"https://{shop.host}/next",
        f"http://127.0.0.1.example.test:{shop.host.partition(':')[2]}/next",
    ]
    for url in elsewhere:
        with pytest.raises(PlatformUnreachable) as caught:
            one.get(url)
        assert caught.value.problems[0].code == "host_not_allowed"
        assert leaks(everything_of(caught.value)) == []
    assert shop.seen + other.seen == []


@pytest.mark.invariant("I-38")
def test_a_proxy_or_password_of_the_environment_is_not_used(
    places: Callable[..., Place], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shop, proxy = places(), places()
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, proxy.url)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login somebody password else\n", encoding="utf-8")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    session(shop).call("GET", "/products")
    session(shop).get(f"{shop.url}/products", proxies={"http": proxy.url})
    assert proxy.seen == []
    assert TOKEN in shop.seen[0]
    assert "Authorization" not in "".join(shop.seen)


@pytest.mark.invariant("I-38")
def test_a_certificate_nobody_vouches_for_stops_the_call_before_the_token_is_sent(
    places: Callable[..., Place], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*make, "-days", "2", "-subj", "/CN=127.0.0.1"], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    shop = places(tls=context)
    calls = Context(wait=lambda _: None)
    for call in (session(shop, calls).call, lambda *_: session(shop, calls).get(f"{shop.url}/products", verify=False)):
        with pytest.raises(PlatformUnreachable):
            call("GET", "/products")
    assert shop.seen == []


def test_an_answer_without_end_is_no_answer(places: Callable[..., Place], monkeypatch: pytest.MonkeyPatch) -> None:
    """A bomb unpacks to gigabytes, a body nests until the parser falls: neither takes the process with it (B23)."""
    monkeypatch.setattr(answers, "LARGEST", 1 << 20)
    packed = gzip.compress(b'{"data": "' + b"0" * (64 << 20) + b'"}')
    bomb = places(body=packed, headers={"Content-Encoding": "gzip"})
    tracemalloc.start()
    with pytest.raises(PlatformUnreachable):
        session(bomb).call("GET", "/products")
    with pytest.raises(CallFailed) as caught:
        session(bomb).call("PUT", "/products", body={"name": "Mug"})
    assert caught.value.outcome == "unknown"
    assert tracemalloc.get_traced_memory()[1] < 16 << 20
    tracemalloc.stop()
    for end in (b"", b"]" * 200_000):
        with pytest.raises(PlatformUnreachable, match="JSON"):
            session(places(body=b"[" * 200_000 + end)).call("GET", "/products")


@pytest.mark.invariant("I-35")
@pytest.mark.parametrize("status", [200, 301, 400, 401, 403, 404, 408, 422, 500, 503])
@pytest.mark.parametrize("form", ["plain", "json", "page", "encoded", "base64", "hex"])
def test_a_platform_that_repeats_the_token_shows_it_to_nobody(
    places: Callable[..., Place], status: int, form: str
) -> None:
    said = {
        "plain": TOKEN,
        "json": json.dumps({"title": f"the token {TOKEN} is wrong", "errors": {TOKEN: TOKEN}}),
        "page": f"<html><body>{'.' * 40}{TOKEN} {quote(TOKEN)}</body></html>",
        "encoded": f"token={quote(TOKEN, safe='')}",
        "base64": base64.b64encode(f"user:{TOKEN}".encode()).decode(),
        "hex": TOKEN.encode().hex(),
    }[form]
    kind = "text/html" if form == "page" else "application/json"
    shop = places(status=status, body=said.encode(), headers={"Content-Type": kind, "Location": f"/?t={TOKEN}"})
    for method, body in (("GET", None), ("PUT", {"name": "Mug"})):
        error = failed(lambda method=method, body=body: session(shop).call(method, "/products", body=body).json())
        assert (error is None) == (form == "json" and status == 200)
        assert error is None or leaks(everything_of(error)) == []


@pytest.mark.invariant("I-35")
def test_the_request_an_error_or_an_answer_keeps_holds_no_token(places: Callable[..., Place]) -> None:
    shop = places()
    answer = session(shop).get(f"{shop.url}/products")
    assert TOKEN in shop.seen[0]
    assert leaks(str(answer.request.headers)) == []
    nobody = Place(url="http://127.0.0.1:9")
    with pytest.raises(PlatformUnreachable) as caught:
        session(nobody).get(f"{nobody.url}/products")
    assert leaks(everything_of(caught.value)) == []


@pytest.mark.invariant("I-35")
@pytest.mark.parametrize("value", ["abc\ndef", "abc def", "caf\u00e9-token", "a\x1b[2Jb", "t\u200bken"])
def test_a_damaged_token_is_told_by_its_variable_and_not_by_its_value(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("SHOP_TOKEN", value)
    with pytest.raises(CredentialsRefused) as caught:
        read_token("shoppy", "SHOP_TOKEN")
    assert "SHOP_TOKEN" in str(caught.value)
    assert value not in everything_of(caught.value)
    assert MASK not in str(caught.value)
