"""Which base addresses a merchants file may name (B91). The client has its own list of hosts."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from pipelines.kit.account import LOOPBACK


def refusal(url: str) -> tuple[str | None, str]:
    """``(what is expected instead, the address without secrets)``; None where the address is accepted."""
    try:
        parts = urlsplit(url)
        shown = f"{parts.scheme}://{parts.hostname or ''}" + (f":{parts.port}" if parts.port else "")
    except ValueError:
        return "an address: https://<host>", "something else"
    return _wrong(parts), shown


def _wrong(parts: SplitResult) -> str | None:
    host = parts.hostname
    if parts.scheme not in {"http", "https"} or not host:
        return "an address: https://<host>"
    if "@" in parts.netloc or parts.query or parts.fragment:
        return "scheme, host and port, without a user name, password or query"
    if host in LOOPBACK:
        return None
    if parts.scheme == "http":
        return "https; plain http is for loopback addresses only"
    return None if parts.port in {None, 443} and not _is_private(host) else "a public host on port 443"


def _is_private(host: str) -> bool:
    try:
        return not ip_address(host).is_global
    except ValueError:
        return False
