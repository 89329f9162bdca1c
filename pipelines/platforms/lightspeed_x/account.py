"""The keys of a Lightspeed Retail (X-Series) account in the merchants file. Nothing here calls the platform."""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class Account(BaseModel):
    """Where one retailer's API is: exactly one of ``base_url`` (scheme and host) and ``domain_prefix``."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    base_url: str | None = None
    domain_prefix: str | None = Field(default=None, pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")
    api_version: Literal["2026-07"] = "2026-07"
    page_size: int = Field(default=200, ge=1, le=5000)

    @field_validator("base_url")
    @classmethod
    def _is_a_host(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        encrypted = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
        if not encrypted or not parts.hostname:
            raise ValueError("must be https://<host> (http only for this machine)")
        if parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc:
            raise ValueError("must be scheme and host only, without a path or a name")
        return value.rstrip("/")

    @model_validator(mode="after")
    def _one_address(self) -> Account:
        if (self.base_url is None) == (self.domain_prefix is None):
            raise ValueError("give exactly one of base_url and domain_prefix")
        return self

    @property
    def api_url(self) -> str:
        """The address every path is relative to."""
        base = self.base_url or f"https://{self.domain_prefix}.retail.lightspeed.app"
        return f"{base}/api/{self.api_version}"
