"""As ``sitecustomize`` of a process: writes down every address it connects to or asks the name of, but its own ends."""

import os
import sys


def _note(event: str, args: tuple[object, ...]) -> None:
    if event == "socket.connect":
        address = args[1]
        if isinstance(address, tuple):
            _write(f"{address[0]}:{address[1]}")
    elif event == "socket.getaddrinfo" and args[0] not in {"127.0.0.1", "localhost", None, ""}:
        _write(f"name:{args[0]}")


def _write(what: str) -> None:
    with open(os.environ["SOCKETS_SEEN"], "a", encoding="utf-8") as file:
        file.write(what + "\n")


if "SOCKETS_SEEN" in os.environ:
    sys.addaudithook(_note)
