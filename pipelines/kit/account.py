"""What the accounts of all platforms have in common: where an API is. Which keys an account has is the platform's."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, ConfigDict

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
STRICT = ConfigDict(extra="forbid", frozen=True, strict=True)
"""Of every account's model: what the merchants file says and nothing else."""


def _host(value: str) -> str:
    parts = urlsplit(value)
    encrypted = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
    if not encrypted or not parts.hostname:
        raise ValueError("must be https://<host> (http only for this machine)")
    if parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError("must be scheme and host only, without a path or a name")
    return value.rstrip("/")


BaseUrl = Annotated[str, AfterValidator(_host)]
"""Scheme and host, a port where it has one; plain http on this machine only."""
