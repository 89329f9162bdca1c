"""A server on loopback that answers as badly as it is told to, byte by byte."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

Act = Callable[[socket.socket], None]
OK = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n{"data":[]}'


def say(*parts: bytes) -> Act:
    """Send these bytes and close properly."""
    return lambda connection: connection.sendall(b"".join(parts))


def reset(*parts: bytes) -> Act:
    """Send these bytes and reset the connection."""

    def act(connection: socket.socket) -> None:
        if parts:
            connection.sendall(b"".join(parts))
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    return act


def stall(*parts: bytes) -> Act:
    """Send these bytes and say nothing more until the other side leaves."""

    def act(connection: socket.socket) -> None:
        connection.sendall(b"".join(parts))
        connection.settimeout(10)
        connection.recv(1)

    return act


def half_close(connection: socket.socket) -> None:
    """Say that nothing will come, and wait for the other side to leave."""
    connection.shutdown(socket.SHUT_WR)
    connection.settimeout(10)
    connection.recv(1)


@dataclass
class WireServer:
    """Takes one request a connection, keeps it in ``heard``, and does the next of ``acts`` (the last one again)."""

    acts: list[Act]
    tls: ssl.SSLContext | None = None
    heard: list[bytes] = field(default_factory=list)
    left: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    """Released when a connection is closed on this side."""

    def __enter__(self) -> WireServer:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.host = f"127.0.0.1:{self._listening.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            with connection:
                self._one(connection)

    def _one(self, connection: socket.socket) -> None:
        connection.settimeout(10)
        try:
            if self.tls:
                connection = self.tls.wrap_socket(connection, server_side=True)
            request = _request(connection)
            if request:
                act = self.acts[min(len(self.heard), len(self.acts) - 1)]
                self.heard.append(request)
                act(connection)
        except OSError:
            pass
        finally:
            connection.close()
            self.left.release()


def _request(connection: socket.socket) -> bytes:
    heard = b""
    while b"\r\n\r\n" not in heard:
        more = connection.recv(65_536)
        if not more:
            return heard
        heard += more
    head, _, body = heard.partition(b"\r\n\r\n")
    length = next((int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if b"content-length" in line), 0)
    while len(body) < length:
        body += connection.recv(65_536)
    return head + b"\r\n\r\n" + body
