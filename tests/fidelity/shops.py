"""What the fidelity tests must know of each platform to walk through its sandbox: one entry a platform.

A platform that is discovered and has no entry here fails ``test_every_platform_is_walked_through``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.fidelity.ecwid_journeys import ECWID, furnish_ecwid
from tests.fidelity.journeys import BIGCOMMERCE, LIGHTSPEED_X, Step
from tests.fidelity.order_journeys import BIGCOMMERCE_ORDERS, furnish_store


def _nothing(_store: Any) -> dict[str, Any]:
    return {}


@dataclass(frozen=True)
class Shop:
    """How a sandbox is walked through."""

    prefix: str
    """What its platform puts before its paths, with the account filled in."""
    journey: tuple[Step, ...]
    absent: Any
    """An id of no record."""
    switched: Mapping[str, object]
    """What no source confirms, otherwise than usual."""
    furnish: Callable[[Any], dict[str, Any]] = _nothing
    """What happened by hand before the journey: the names of what was made."""
    stranger: int = 401
    """The status a wrong token gets."""
    quiet: str = "$^"
    """Calls that do not say that a record is not there."""
    account: Mapping[str, str] = field(default_factory=dict)
    """The account in the templates of its routes."""


SHOPS: Mapping[str, Shop] = {
    "lightspeed_x": Shop(
        "/api/2026-07",
        LIGHTSPEED_X,
        "00000000-0000-4000-8000-000000000000",
        {
            "family_id_is_parent_id": True,
            "rename_touches_products": True,
            "page_size_default": 1,
            "sent_lists": "merge",
            "line_discount": "taken_off",
            "void_restocks": False,
            "pending_moves_stock": True,
        },
        quiet="GET /inventory/.*",
    ),
    "bigcommerce": Shop(
        "/stores/abc123",
        BIGCOMMERCE + BIGCOMMERCE_ORDERS,
        4711,
        {
            "create_status": 201,
            "catalogue_level": "total",
            "empty_images": 200,
            "stock_moves_date_modified": True,
            "variant_batch": "keep_good",
            "product_batch": "keep_good",
            "order_create_status": 201,
            "empty_v2_lists": 200,
            "tax_rounding": "order",
            "api_refund_restocks": True,
            "refund_moves_order": False,
        },
        furnish_store,
        quiet="GET /inventory/.*",
        account={"{store}": "abc123"},
    ),
    "ecwid": Shop(
        "/api/v3/1003",
        ECWID,
        4711,
        {
            "api_order_stock": "always",
            "attributes_on_put": "replace",
            "batch_bodies": "objects",
            "batch_counts_each": True,
            "default_order": "oldest_first",
            "deleted_orders_id": "text",
            "delta_on_unlimited": "track",
            "gallery_follows_main": True,
            "limit_too_high": "refuse",
            "null_clears": True,
            "order_id_key": "orderId",
            "parent_quantity": "sum",
            "partial_refund_restocks": True,
            "save_combinations": "merge",
            "updated_bounds": "exclusive",
        },
        furnish_ecwid,
        stranger=403,
        quiet="DELETE .*",
        account={"{store}": "1003"},
    ),
}
