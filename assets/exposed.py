"""Nothing of tillsync loads under a web server of Dagster that others can reach: it has no login and asks for no name.

Who reaches its pages can start and wipe runs (T19), and so can a page in a browser of this network (T20). Looked at are
the commands above this process, where the system tells them (``/proc``).
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from ipaddress import ip_address
from pathlib import Path

from pipelines.kit.errors import MistakeInFiles, Problem

PROXY = "TILLSYNC_BEHIND_PROXY"
_SERVERS = {"dagster-webserver": "DAGSTER_WEBSERVER_HOST", "dagster": "DAGSTER_CLI_DEV_HOST", "dg": "DG_CLI_DEV_HOST"}
"""A command that serves pages, and the variable that names its address where no option does."""
_OPTIONS = ("--host", "--dagit-host", "-h")
_MOST = 32


def refuse_exposed(commands: Iterator[Sequence[str]] | None = None, environ: Mapping[str, str] = os.environ) -> None:
    """Raise MistakeInFiles under a server whose pages others can reach, unless a proxy before it is vouched for."""
    if environ.get(PROXY) == "yes":
        return
    for command in _above() if commands is None else commands:
        host = _bound(command, environ)
        if host is not None and not _loopback(host):
            raise MistakeInFiles(_problem(host))


def _bound(command: Sequence[str], environ: Mapping[str, str]) -> str | None:
    """The address a command serves pages at; None where it serves none, or names none."""
    server = next((Path(word).name for word in command[:3] if Path(word).name in _SERVERS), None)
    if server is None or (server != "dagster-webserver" and "dev" not in command[1:5]):
        return None
    for word, following in zip(command, [*command[1:], ""], strict=True):
        name, given, value = word.partition("=")
        if name in _OPTIONS:
            return value if given else following
        if word.startswith("-h") and len(word) > 2:
            return word[2:]
    return environ.get(_SERVERS[server])


def _loopback(host: str) -> bool:
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def _above() -> Iterator[list[str]]:
    """The commands this process was started under, the nearest first."""
    pid = os.getpid()
    for _ in range(_MOST):
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            pid = int(Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[1])
        except (OSError, ValueError, IndexError):
            return
        yield [word.decode(errors="replace") for word in words if word]
        if pid < 1:
            return


def _problem(host: str) -> Problem:
    return Problem(
        "pages_exposed",
        "Dagster's pages have no login, and others could reach them",
        found=f"--host {host}",
        expected="--host 127.0.0.1",
        do=f"bind them to loopback; behind a proxy that asks for a login and looks at Host, set {PROXY}=yes",
    )
