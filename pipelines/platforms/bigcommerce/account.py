"""The keys of a BigCommerce account in the merchants file. Nothing here calls the platform."""

from __future__ import annotations

from pydantic import BaseModel, Field

from pipelines.kit.account import STRICT, BaseUrl


class Account(BaseModel):
    """Which store, and where its API is (fact sheet §1): ``base_url`` is scheme and host, the vendor's unless given."""

    model_config = STRICT

    store_hash: str = Field(pattern=r"^[A-Za-z0-9]{1,32}$")
    base_url: BaseUrl = "https://api.bigcommerce.com"

    @property
    def api_url(self) -> str:
        """The address every path (``/v3/…``, ``/v2/…``) is relative to."""
        return f"{self.base_url}/stores/{self.store_hash}"
