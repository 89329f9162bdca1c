"""Ecwid (Lightspeed eCom, E-Series), REST API v3: the store. What is relied on: README.md beside this."""

from __future__ import annotations

from pathlib import Path

from pipelines.kit.platform import Platform
from pipelines.platforms.ecwid.account import Account

_HERE = "pipelines.platforms.ecwid"

PLATFORM = Platform(
    name="ecwid",
    title="Lightspeed eCom (E-Series)",
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
            "categories",
            "stock_levels",
        }
    ),
    limits={"product_name_length": 255, "sku_length": 255, "stock_max": 2_147_483_647},
    unique={"variant": "sku"},
    beside=("deleted_products", "deleted_orders", "deleted_customers"),
    settle_seconds=10.0,
)
