"""BigCommerce, API V3 with V2 where V3 has no counterpart: the store. What is relied on: README.md beside this."""

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
    capabilities=frozenset(
        {
            "create_products",
            "update_products",
            "delete_products",
            "hide_products",
            "variants",
            "images",
            "custom_fields",
            "search_keywords",
            "stock_levels",
            "stock_by_location",
        }
    ),
    limits={
        "product_name_length": 250,
        "sku_length": 255,
        "brand_name_length": 255,
        "option_name_length": 255,
        "custom_field_length": 250,
        "search_keywords_length": 65_535,
        "image_url_length": 255,
        "stock_max": 2_147_483_647,
    },
    unique={"product": "name", "variant": "sku"},
    settle_seconds=10.0,
)
