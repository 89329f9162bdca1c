"""A sandbox on a socket: in a thread for tests and the demo, or in the foreground for the command line.

Loopback only by default. The application is plain ASGI around ``Machine.handle``; people's deeds have a path beside it.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from email.utils import format_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from pipelines.kit.sandbox import deeds
from pipelines.kit.sandbox.types import Request, Response, from_json, to_json

if TYPE_CHECKING:
    from pipelines.kit.sandbox.machine import Machine

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
ANY_TOKEN = "sandbox-token"  # noqa: S105
"""The token shown to the user when the machine takes any."""


@dataclass(frozen=True)
class Running:
    """A sandbox that answers at ``url`` until ``stop()``."""

    url: str
    machine: Machine
    server: uvicorn.Server
    thread: threading.Thread

    def stop(self) -> None:
        """Stop answering; returns when the socket is closed."""
        self.server.should_exit = True
        self.thread.join(timeout=5)

    def __enter__(self) -> Running:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def serve(machine: Machine, port: int = 0, host: str = "127.0.0.1") -> Running:
    """Answer over HTTP from a thread. ``port`` 0 takes a free one. Raises OSError when the port is taken."""
    listening, server = _prepare(machine, port, host)
    thread = threading.Thread(
        target=server.run, kwargs={"sockets": [listening]}, daemon=True, name=f"sandbox-{machine.name}"
    )
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.001)
    return Running(_url(listening), machine, server, thread)


def run_foreground(machine: Machine, port: int = 0, state: Path | None = None, host: str = "127.0.0.1") -> None:
    """Answer until SIGTERM or SIGINT. A ``state`` file that exists is loaded first; it is saved at the end.

    Prints one JSON line when ready: platform, url, token, account.
    """
    if state is not None and state.exists():
        machine.load(from_json(state.read_bytes()))
    listening, server = _prepare(machine, port, host)
    url = _url(listening)
    ready = {
        "platform": machine.name,
        "url": url,
        "token": machine.token or ANY_TOKEN,
        "account": {"base_url": url, **machine.account()},
    }
    sys.stdout.write(to_json(ready).decode() + "\n")
    sys.stdout.flush()
    _until_told(server, listening)
    if state is not None:
        save(machine, state)


def save(machine: Machine, path: Path) -> None:
    """Write the machine's state; a reader sees the old file or the whole new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(path.name + ".new")
    beside.write_bytes(to_json(machine.dump()))
    os.replace(beside, path)


def _until_told(server: uvicorn.Server, listening: socket.socket) -> None:
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    told = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: told.set())
    thread.start()
    while thread.is_alive() and not told.wait(0.2):
        pass
    server.should_exit = True
    thread.join(timeout=5)


def _prepare(machine: Machine, port: int, host: str) -> tuple[socket.socket, uvicorn.Server]:
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # asyncio sets TCP_NODELAY by it
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind((host, port))
    listening.listen(128)
    application = Application(machine)
    config = uvicorn.Config(
        application,
        http=application.protocol(),
        ws="none",
        loop="asyncio",
        lifespan="off",
        log_config=None,
        log_level="critical",
        access_log=False,
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=1,
    )
    return listening, uvicorn.Server(config)


def _url(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"http://{host}:{port}"


class Application:
    """ASGI around a machine; keeps the open connections, because some faults cut them."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.open: dict[tuple[str, int], asyncio.Transport] = {}

    def protocol(self) -> type[H11Protocol]:
        """The HTTP protocol that tells this application which connection is which."""
        connections = self.open

        class Tracked(H11Protocol):
            def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
                super().connection_made(transport)
                if self.client:
                    connections[self.client] = transport

            def connection_lost(self, exc: Exception | None) -> None:
                if self.client:
                    connections.pop(self.client, None)
                super().connection_lost(exc)

        return Tracked

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            return
        request = await _read(scope, receive)
        response = deeds.answer(self.machine, request) if request.path == deeds.PATH else self.machine.handle(request)
        if response.delay:
            await asyncio.sleep(response.delay)
        if response.fate in ("answered", "truncated"):
            await self._send(response, scope, send)
            return
        if response.fate == "timed_out":
            await asyncio.sleep(self.machine.faults.time_out_seconds)
        self._cut(scope)

    async def _send(self, response: Response, scope: Scope, send: Send) -> None:
        length = len(response.body) + (1 if response.fate == "truncated" else 0)
        headers = [(b"date", format_datetime(self.machine.clock.now(), usegmt=True).encode())]
        headers += [(b"content-length", str(length).encode())] if response.status != 204 else []
        headers += [(name.lower().encode(), value.encode("latin-1")) for name, value in response.headers.items()]
        await send({"type": "http.response.start", "status": response.status, "headers": headers})
        await send({"type": "http.response.body", "body": response.body, "more_body": response.fate == "truncated"})
        if response.fate == "truncated":
            await asyncio.sleep(0.01)
            self._cut(scope)

    def _cut(self, scope: Scope) -> None:
        transport = self.open.get(tuple(scope["client"]))
        if transport is not None:
            transport.abort()


async def _read(scope: Scope, receive: Receive) -> Request:
    chunks: list[bytes] = []
    more = True
    while more:
        message = await receive()
        chunks.append(message.get("body", b""))
        more = message.get("more_body", False)
    return Request(
        method=scope["method"],
        path=unquote(scope["path"]) if "%" in scope["path"] else scope["path"],
        query=tuple(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)),
        headers={name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]},
        body=b"".join(chunks),
    )
