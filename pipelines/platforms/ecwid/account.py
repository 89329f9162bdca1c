"""The keys of an Ecwid (Lightspeed eCom, E-Series) account in the merchants file. Nothing here calls the platform."""

from __future__ import annotations

from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class Account(BaseModel):
    """Which store, and where its API is (fact sheet §1): ``base_url`` is scheme and host, the vendor's unless given."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    store_id: int = Field(gt=0)
    base_url: str = "https://app.ecwid.com"

    @field_validator("base_url")
    @classmethod
    def _is_a_host(cls, value: str) -> str:
        parts = urlsplit(value)
        encrypted = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
        if not encrypted or not parts.hostname:
            raise ValueError("must be https://<host> (http only for this machine)")
        if parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc:
            raise ValueError("must be scheme and host only, without a path or a name")
        return value.rstrip("/")

    @property
    def api_url(self) -> str:
        """The address every path (``/products``, …) is relative to."""
        return f"{self.base_url}/api/v3/{self.store_id}"
