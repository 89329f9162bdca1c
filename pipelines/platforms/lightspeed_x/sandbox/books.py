"""The till's sales, customers and fulfilments, and what a sale does to stock. No HTTP and no checks here.

A sale notes what it has taken; whatever changes, the difference to what it now should have taken is moved, so that
nothing moves twice (fact sheet §8.1).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pipelines.platforms.lightspeed_x.sandbox.feed import Feed
from pipelines.platforms.lightspeed_x.sandbox.records import Entry, Fulfilment, Line, Product, Sale, restored, saved

if TYPE_CHECKING:
    from pipelines.platforms.lightspeed_x.sandbox.till import Till

NOTHING = Decimal(0)


class Books:
    """What was sold to whom."""

    def __init__(self, till: Till) -> None:
        self.till = till
        self.sales: Feed[Sale] = Feed()
        self.customers: Feed[Entry] = Feed()
        self.fulfilments: dict[str, Fulfilment] = {}
        self.addresses: dict[int, dict[str, Any]] = {}
        self._forget_indexes()

    def _forget_indexes(self) -> None:
        self.by_invoice: dict[str, dict[str, None]] = {}
        self.by_email: dict[str, dict[str, None]] = {}
        self.by_code: dict[str, str] = {}
        self.of_sale: dict[str, list[str]] = {}
        """sale id → ids of its fulfilments."""

    # --- sales ---------------------------------------------------------------------------------------------

    def enter(self, sale: Sale) -> None:
        """A new or changed sale: the next version, and its effect on stock."""
        self.by_invoice.setdefault(sale.invoice_number, {})[sale.id] = None
        self.settle(sale)
        self.renew(sale)

    def renew(self, sale: Sale) -> None:
        """The next version, and nothing else."""
        sale.version = self.till.new_version()
        sale.updated_at = self.till.stamp()
        self.sales.put(sale)

    def next_invoice(self, register: Entry | None) -> str:
        """The next number of the register, else of the first register; no new version of the register."""
        register = register or next(iter(self.till.registers.items.values()))
        body = register.body
        body["invoice_sequence"] += 1
        return f"{body['invoice_prefix']}{body['invoice_sequence'] - 1}{body['invoice_suffix']}"

    def returns(self, sale: Sale) -> Iterator[Sale]:
        """The returns of a sale that were not voided."""
        for key in sale.returned_by:
            if self.sales.items[key].state != "voided":
                yield self.sales.items[key]

    # --- stock ---------------------------------------------------------------------------------------------

    def settle(self, sale: Sale) -> None:
        """Move stock until the sale has taken what it should have."""
        if sale.state == "voided" and not self.till.switch("void_restocks"):
            return
        due = self._due(sale)
        for key in [*due, *(key for key in sale.taken if key not in due)]:
            change = due.get(key, NOTHING) - sale.taken.get(key, NOTHING)
            outlet, product = key.split(" ")
            if change and self._counted(product):
                row = self.till.level(product, outlet)
                self.till.set_level(product, outlet, amount=row.amount - change)
        sale.taken = {key: amount for key, amount in due.items() if amount}

    def _counted(self, key: str) -> Product | None:
        record = self.till.products.live(key)
        return record if record is not None and record.tracked else None

    def _due(self, sale: Sale) -> dict[str, Decimal]:
        due: dict[str, Decimal] = {}
        for line, quantity in self._moving(sale):
            outlet = line.outlet_id or sale.outlet_id
            record = self.till.products.items.get(line.product_id)
            if outlet is None or record is None:
                continue
            for part, each in (record.components or {record.id: Decimal(1)}).items():
                if self._counted(part):
                    key = f"{outlet} {part}"
                    due[key] = due.get(key, NOTHING) + each * quantity
        return due

    def _moving(self, sale: Sale) -> Iterable[tuple[Line, Decimal]]:
        """The lines of a sale with the quantity that has left the shelf (fact sheet §8.1)."""
        if sale.state == "closed":
            return [(line, line.quantity) for line in sale.lines]
        if sale.state != "pending":
            return []
        if {"delivery", "pickup"} & set(sale.attributes):
            gone = self._fulfilled(sale)
            return [(line, gone.get(line.id, NOTHING)) for line in sale.lines]
        if "onaccount" in sale.attributes:
            return [(line, line.quantity) for line in sale.lines]
        switch = "layby_moves_stock" if "layby" in sale.attributes else "pending_moves_stock"
        return [(line, line.quantity) for line in sale.lines] if self.till.switch(switch) else []

    def _fulfilled(self, sale: Sale) -> dict[str, Decimal]:
        gone: dict[str, Decimal] = {}
        for key in self.of_sale.get(sale.id, ()):
            for part in self.fulfilments[key].parts:
                gone[part.line_id] = gone.get(part.line_id, NOTHING) + part.fulfilled
        return gone

    # --- customers -----------------------------------------------------------------------------------------

    def enter_customer(self, entry: Entry, changes: Mapping[str, Any]) -> None:
        """A new or changed customer: the next version."""
        self._unindex(entry)
        entry.body.update(changes)
        entry.body["updated_at"] = self.till.stamp()
        entry.version = self.till.new_version()
        self.customers.put(entry)
        self._index(entry)

    def drop_customer(self, entry: Entry) -> None:
        """Soft delete."""
        entry.deleted_at = self.till.stamp()
        self.enter_customer(entry, {})

    def _index(self, entry: Entry) -> None:
        if entry.deleted_at is None:
            self.by_code.setdefault(entry.body["customer_code"], entry.id)
        self.by_email.setdefault((entry.body["email"] or "").lower(), {})[entry.id] = None

    def _unindex(self, entry: Entry) -> None:
        if self.by_code.get(entry.body["customer_code"]) == entry.id:
            del self.by_code[entry.body["customer_code"]]
        self.by_email.get((entry.body["email"] or "").lower(), {}).pop(entry.id, None)

    # --- fulfilments ---------------------------------------------------------------------------------------

    def add_fulfilment(self, fulfilment: Fulfilment) -> None:
        """A new fulfilment of a sale."""
        self.fulfilments[fulfilment.id] = fulfilment
        self.of_sale.setdefault(fulfilment.sale_id, []).append(fulfilment.id)

    def drop_fulfilment(self, fulfilment: Fulfilment) -> None:
        """Nothing of the sale leaves in this way any more."""
        del self.fulfilments[fulfilment.id]
        self.of_sale[fulfilment.sale_id].remove(fulfilment.id)

    # --- saved form ----------------------------------------------------------------------------------------

    def dump(self) -> dict[str, Any]:
        return {
            "sales": [saved(sale) for sale in self.sales.items.values()],
            "customers": [saved(entry) for entry in self.customers.items.values()],
            "fulfilments": [saved(one) for one in self.fulfilments.values()],
            "addresses": list(self.addresses.values()),
        }

    def load(self, state: Mapping[str, Any]) -> None:
        self._forget_indexes()
        self.sales.fill([restored(Sale, values) for values in state["sales"]])
        self.customers.fill([restored(Entry, values) for values in state["customers"]])
        self.addresses = {values["id"]: values for values in state["addresses"]}
        self.fulfilments = {}
        for values in state["fulfilments"]:
            self.add_fulfilment(restored(Fulfilment, values))
        for sale in self.sales.items.values():
            self.by_invoice.setdefault(sale.invoice_number, {})[sale.id] = None
        for entry in self.customers.items.values():
            self._index(entry)
