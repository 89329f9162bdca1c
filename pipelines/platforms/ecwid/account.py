"""The keys of an Ecwid (Lightspeed eCom, E-Series) account in the merchants file. Nothing here calls the platform."""

from __future__ import annotations

from pydantic import BaseModel, Field

from pipelines.kit.account import STRICT, BaseUrl


class Account(BaseModel):
    """Which store, and where its API is (fact sheet §1): ``base_url`` is scheme and host, the vendor's unless given."""

    model_config = STRICT

    store_id: int = Field(gt=0)
    base_url: BaseUrl = "https://app.ecwid.com"

    @property
    def api_url(self) -> str:
        """The address every path (``/products``, …) is relative to."""
        return f"{self.base_url}/api/v3/{self.store_id}"
