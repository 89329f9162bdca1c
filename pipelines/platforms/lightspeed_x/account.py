"""The keys of a Lightspeed Retail (X-Series) account in the merchants file. Nothing here calls the platform."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field, model_validator

from pipelines.kit.account import STRICT, BaseUrl


class Account(BaseModel):
    """Where one retailer's API is: exactly one of ``base_url`` (scheme and host) and ``domain_prefix``."""

    model_config = STRICT

    base_url: BaseUrl | None = None
    domain_prefix: str | None = Field(default=None, pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")
    api_version: Literal["2026-07"] = "2026-07"
    page_size: int = Field(default=200, ge=1, le=5000)

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
