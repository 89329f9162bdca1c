"""The keys of a BigCommerce account in the merchants file. Nothing here calls the platform."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class Account(BaseModel):
    """Which store, and where its API is (fact sheet §1)."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    store_hash: str = Field(pattern=r"^[a-z0-9]{3,32}$")
    base_url: str = "https://api.bigcommerce.com"

    @property
    def api_url(self) -> str:
        """The address every path (``/v3/…``, ``/v2/…``) is relative to."""
        return f"{self.base_url.rstrip('/')}/stores/{self.store_hash}"
