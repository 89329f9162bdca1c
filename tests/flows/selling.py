"""What tests of orders share: how an order is paid, and what the till has of it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

ALL = ("products", "stock", "orders")
PAID = {"payment": ("Test Payment Gateway", "captured")}
UNPAID = {"payment": ("Bank Deposit", "none")}


def sales(world: Any) -> list[dict[str, Any]]:
    """The sales at the till that carry the reference of an order, oldest first."""
    return [sale for sale in world.till.sales() if (sale["invoice_number"] or "").startswith("WEB-")]


def by_order(world: Any) -> dict[int, dict[str, Any]]:
    """Those sales by the order they are of; the latest where an order has several."""
    return {int(sale["source_id"]): sale for sale in sales(world)}


def of_order(world: Any, number: int) -> list[dict[str, Any]]:
    """The sales of one order by their number."""
    found = [sale for sale in sales(world) if sale["source_id"] == str(number)]
    return sorted(found, key=lambda sale: str(sale["invoice_number"]))


def lines(sale: dict[str, Any]) -> list[tuple[str, Decimal]]:
    """SKU and quantity of each line."""
    return sorted((line["sku"], Decimal(line["quantity"])) for line in sale["lines"])


def amounts(sale: dict[str, Any]) -> dict[str, Decimal]:
    """What the lines of each SKU come to with tax, to the cent."""
    found: dict[str, Decimal] = {}
    for line in sale["lines"]:
        whole = Decimal(line["quantity"]) * (Decimal(line["price"]) + Decimal(line["tax"]))
        found[line["sku"]] = found.get(line["sku"], Decimal(0)) + whole
    return {sku: amount.quantize(Decimal("0.01")) for sku, amount in found.items()}


def came_to(sale: dict[str, Any]) -> Decimal:
    """Its total with tax."""
    return Decimal(sale["total"]) + Decimal(sale["tax"])


def standing(world: Any, number: int) -> Decimal:
    """What the sales of an order that were not voided come to."""
    return sum((came_to(sale) for sale in of_order(world, number) if sale["state"] != "voided"), Decimal(0))


def states(summary: dict[str, Any]) -> dict[str, int]:
    """How many orders ended in each state."""
    return {name: n for name, n in summary["entities"].get("orders", {}).items() if n and name != "withheld_fields"}


def waits(world: Any) -> dict[int, str]:
    """The orders that are set aside, each with what a person is told of it."""
    sql = "SELECT item_id, class, reason FROM sync.quarantine WHERE entity = 'orders' AND released_at IS NULL"
    return {int(row["item_id"]): f"{row['class']}: {row['reason']}" for row in world.rows(sql)}
