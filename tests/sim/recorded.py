"""What the till must have recorded of the store's orders, and what it has: from the two platforms' own records alone.

An order's documents are the till's sales under its reference. Money is in units of the currency.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pipelines.platforms.lightspeed_x.sandbox import receipts
from tests.sim.shelf import HELPER, Units, reference

if TYPE_CHECKING:
    from tests.sim.world import World

CENT = Decimal("0.01")
PLACEHOLDER = "TILLSYNC-PLACEHOLDER"
Found = list[str]


def documents(world: World) -> dict[str, list[Any]]:
    """The till's sales that stand, by the order they are of."""
    found = defaultdict(list)
    for sale in world.till.till.books.sales.items.values():
        of = reference(sale)
        if of is not None and sale.state != "voided":
            found[of[0]].append(sale)
    return found


def unlike_orders(world: World) -> Found:
    """I-1, I-3: orders whose documents do not come to what was ordered, documents of no order."""
    standing, found, statuses = documents(world), [], world.shop.statuses
    for number in world.shop.orders():
        order = world.shop.order(number)
        due: Units = (
            Counter()
            if order.status in statuses.not_recorded | statuses.called_off
            else _named(world, _ordered(world, order))
        )
        have = _named(world, _sold(standing.get(number, [])))
        if +due != have:
            words = {name: (due[name], have[name]) for name in due | have if due[name] != have[name]}
            found.append(f"order {number} (status {order.status}): ordered and recorded differ: {words}")
    strays = set(standing) - set(world.shop.orders())
    return found + [f"there is no order {number}, yet it is recorded" for number in sorted(strays)]


def _ordered(world: World, order: Any) -> Units:
    return world.hands.shelf.ordered(order)


def _sold(sales: list[Any]) -> Units:
    units: Units = Counter()
    for sale in sales:
        for line in sale.lines:
            units[line.product_id] += int(line.quantity)
    return units


def _named(world: World, units: Units) -> Units:
    """Units of goods by till product; goods the till has no more, or had not, are one with what stands for them."""
    products, named = world.till.till.products.items, Counter[str]()
    for item, count in units.items():
        record = products.get(item)
        sku = record.sku if record is not None else ""
        if sku.startswith(HELPER) and sku != PLACEHOLDER:
            continue
        gone = record is None or record.deleted_at is not None or item in world.hands.shelf.made
        gone |= record is not None and record.family_id in world.hands.forgotten.families
        named["gone" if gone else item] += count
    return Counter({name: count for name, count in named.items() if count})


def untied(world: World) -> Found:
    """I-4: documents of an order come to its total and tax, their payments to what was paid of it."""
    found = []
    for number, sales in sorted(documents(world).items()):
        if number not in world.shop.orders():
            continue
        order = world.shop.order(number)
        came = [receipts.totals(world.till.till, sale) for sale in sales]
        net, tax = (sum((part[n].quantize(CENT) for part in came), Decimal(0)) for n in (0, 1))
        if (net + tax, tax) != (order.total, order.tax):
            due = f"{order.total} with {order.tax} tax"
            found.append(f"order {number} comes to {due}, its documents to {net + tax} with {tax} tax")
        paid = sum((payment.amount for sale in sales for payment in sale.payments), Decimal(0))
        least, most = sorted((order.total, order.captured))
        if order.status not in world.shop.statuses.unpaid and not order.given_back and not least <= paid <= most:
            found.append(f"order {number} comes to {order.total}, {paid} was paid of it at the till")
    return found


def doubled(world: World) -> Found:
    """I-2: no two documents that stand have one reference."""
    names = Counter(sale.invoice_number for sales in documents(world).values() for sale in sales)
    return [f"{name} stands {times} times" for name, times in sorted(names.items()) if times > 1]


def unkept(world: World) -> Found:
    """I-10: what calls changed of the till's levels is what the orders' documents took, no more and no less."""
    shelf, units = world.hands.shelf, _sold([sale for sales in documents(world).values() for sale in sales])
    products, found = world.till.till.products.items, []
    for item, record in products.items():
        if item in shelf.ever_untracked or record.deleted_at is not None or item in shelf.made:
            continue
        if shelf.levels_by_us(item) != -units[item]:
            found.append(f"{record.sku} was changed by {shelf.levels_by_us(item)}, its sales took {units[item]}")
    return found
