"""BigCommerce, API V3 with V2 where V3 has no counterpart: the store. What is relied on is README.md beside this file."""

from __future__ import annotations

from pathlib import Path

from pipelines.kit.platform import Platform
from pipelines.platforms.bigcommerce.account import Account

_HERE = "pipelines.platforms.bigcommerce"

PLATFORM = Platform(
    name="bigcommerce",
    title="BigCommerce",
    folder=Path(__file__).parent,
    account=Account,
    connect=f"{_HERE}.client:connect",
    resources=f"{_HERE}.extract:RESOURCES",
    sandbox=f"{_HERE}.sandbox:create",
    writers=f"{_HERE}.write:WRITERS",
    read_levels=f"{_HERE}.write:read_levels",
    limits={
        "product_name_length": 250,
        "sku_length": 255,
        "brand_name_length": 255,
        "custom_field_length": 250,
        "search_keywords_length": 65_535,
        "image_url_length": 255,
        "stock_max": 2_147_483_647,
    },
    settle_seconds=10.0,
)
