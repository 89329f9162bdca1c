"""What people do at the till's counter and in its back office: sell, count stock, open and close places.

Nothing is checked here that a till would not check; the records are the same as those made through the API.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from pipelines.kit.sandbox import locked
from pipelines.platforms.lightspeed_x.sandbox import loading, receipts
from pipelines.platforms.lightspeed_x.sandbox.customers import enrol, shown_customer
from pipelines.platforms.lightspeed_x.sandbox.feed import Feed
from pipelines.platforms.lightspeed_x.sandbox.receipts import FIVE_PLACES
from pipelines.platforms.lightspeed_x.sandbox.records import Entry, Line, Payment, Product, Sale
from pipelines.platforms.lightspeed_x.sandbox.sales import SaleRoutes
from pipelines.platforms.lightspeed_x.sandbox.selling import edit_sale, finish, open_return

Number = Decimal | int | str
_OF_SALE = (
    "id", "state", "attributes", "source_id", "source_type", "register_id", "outlet_id", "customer_id", "date",
    "invoice_number", "note", "return_for", "version",
)  # fmt: skip


class Counter(SaleRoutes):
    """Control methods around sales and places. Products by id or SKU, outlets and registers by id or name."""

    # --- finding -------------------------------------------------------------------------------------------

    def product(self, key: str) -> Product:
        """A product by id, or the live one with this SKU. Raises KeyError."""
        live = self.till.by_sku.get(key)
        return self.till.products.items[next(iter(live)) if live else key]

    def outlet_id(self, name: str) -> str:
        """An outlet's id by its name or id. Raises KeyError."""
        return self._place("outlets", name).id

    def _place(self, name: str, key: str) -> Entry:
        feed: Feed[Entry] = getattr(self.till, name)
        for entry in feed.items.values():
            if key in (entry.id, entry.body["name"]) and entry.deleted_at is None:
                return entry
        raise KeyError(key)

    def level(self, key: str, outlet: str = loading.MAIN_OUTLET) -> Decimal:
        """The present level; 0 without a row."""
        row = self.till.levels_of.get(self.product(key).id, {}).get(self.outlet_id(outlet))
        return row.amount if row else Decimal(0)

    @locked
    def sales(self) -> list[dict[str, Any]]:
        """Every sale as plain values, oldest change first: what the API shows, without its nesting.

        ``id, state, attributes, source_id, source_type, register_id, outlet_id, customer_id, date, invoice_number,
        note, return_for, version``; ``lines`` with ``id, sku, product_id, quantity, price, tax, tax_id, total, note``;
        ``payments`` with ``id, type, amount, date``; ``total`` (without tax), ``tax``, ``paid``.
        """
        found = sorted(self.till.books.sales.items.values(), key=lambda sale: sale.version)
        return [self._plain_sale(sale) for sale in found]

    def _plain_sale(self, sale: Sale) -> dict[str, Any]:
        total, tax = receipts.totals(self.till, sale)
        return {
            **{name: getattr(sale, name) for name in _OF_SALE},
            "lines": [self._plain_line(line) for line in sale.lines],
            "payments": [
                {
                    "id": payment.id,
                    "type": self.till.payment_types.items[payment.type_id].body["name"],
                    "amount": payment.amount,
                    "date": payment.date,
                }
                for payment in sale.payments
            ],
            "total": total,
            "tax": tax,
            "paid": sum((payment.amount for payment in sale.payments), Decimal(0)),
        }

    def _plain_line(self, line: Line) -> dict[str, Any]:
        record = self.till.products.items.get(line.product_id) or self.till.hidden[line.product_id]
        names = ("id", "product_id", "quantity", "price", "tax", "tax_id", "note")
        values = {name: getattr(line, name) for name in names}
        return {**values, "sku": record.sku, "total": receipts.line_total(self.till, line)}

    @locked
    def customers(self) -> list[dict[str, Any]]:
        """Every customer as the API shows it, deleted ones too, oldest change first."""
        found = sorted(self.till.books.customers.items.values(), key=lambda entry: entry.version)
        return [shown_customer(entry) for entry in found]

    # --- selling -------------------------------------------------------------------------------------------

    @locked
    def sell(self, key: str, quantity: Number = 1, outlet: str = loading.MAIN_OUTLET) -> str:
        """A paid sale of one line at the till (a return when negative). Returns the sale's id.

        Stock goes down, that of the components for a composite.
        """
        return self.ring_up([(key, quantity)], outlet)

    @locked
    def ring_up(
        self, lines: Iterable[tuple[str, Number]], outlet: str = loading.MAIN_OUTLET, customer: str | None = None
    ) -> str:
        """A closed sale of (product, quantity) lines at an outlet's first register, paid in cash. Returns its id.

        An outlet without a register sells without one.
        """
        place = self.outlet_id(outlet)
        register = next((r for r in self.till.registers.items.values() if _is_at(r, place)), None)
        stamp = self.till.stamp()
        sale = Sale(self.new_id(), "closed", next(iter(self.till.users.items)), stamp, stamp, stamp)
        sale.outlet_id, sale.register_id = place, register.id if register else None
        sale.customer_id, sale.short_code = customer, sale.id[:6]
        tax = next(entry for entry in self.till.taxes.items.values() if entry.body["is_default"])
        sale.lines = [self._rung(*line, tax.id, at) for at, line in enumerate(lines)]
        due = sum(receipts.totals(self.till, sale))
        cash = next(iter(self.till.payment_types.items))
        sale.payments = [Payment(self.new_id(), cash, Decimal(due), stamp, sale.register_id)]
        finish(self.till, sale)
        return sale.id

    def _rung(self, key: str, quantity: Number, tax_id: str, at: int) -> Line:
        record, rate, amount = self.product(key), self.till.default_rate(), Decimal(quantity)
        price = record.price
        if not self.till.retailer["tax_exclusive"]:
            price = (price / (1 + rate)).quantize(FIVE_PLACES)
        tax = (price * rate).quantize(FIVE_PLACES)
        made = Line(self.new_id(), record.id, amount, price, tax, tax_id, cost=record.supply_price, sequence=at)
        made.is_return = amount < 0
        return made

    @locked
    def set_level(self, key: str, outlet: str, quantity: Number) -> None:
        """A count: the level becomes ``quantity``."""
        self.till.set_level(self.product(key).id, self.outlet_id(outlet), amount=Decimal(quantity))

    @locked
    def adjust(self, key: str, change: Number, outlet: str = loading.MAIN_OUTLET) -> None:
        """A delivery, a transfer or a write-off: the level changes and no sale tells why."""
        row = self.till.level(self.product(key).id, self.outlet_id(outlet))
        self.till.set_level(row.product_id, row.outlet_id, amount=row.amount + Decimal(change))

    @locked
    def void_sale(self, key: str) -> None:
        """A person voids a sale at the till. Raises Refusal when the till would not let them."""
        edit_sale(self.till, self.till.books.sales.items[key], {"state": "voided"})

    @locked
    def take_back(self, key: str, units: Mapping[str, Number]) -> str:
        """A person gives back units of a closed sale at the counter, by SKU. Returns the id of the return.

        Raises Refusal when the till would not let them.
        """
        sale = self.till.books.sales.items[key]
        made = open_return(self.till, sale, sale.author_id)
        wanted = {self.product(sku).id: Decimal(quantity) for sku, quantity in units.items()}
        made.lines = [line for line in made.lines if line.product_id in wanted]
        for line in made.lines:
            line.quantity = -wanted[line.product_id]
        made.state = "closed"
        finish(self.till, made)
        return made.id

    @locked
    def add_customer(self, first_name: str | None = None, last_name: str | None = None, **fields: Any) -> str:
        """A customer, with any members of the API's. Returns its id."""
        return enrol(self.till, {"first_name": first_name, "last_name": last_name, **fields}).id

    # --- places, taxes, payment types ----------------------------------------------------------------------

    @locked
    def add_outlet(self, name: str) -> str:
        """An outlet without registers. Returns its id."""
        return self.till.add_entry("outlets", loading.outlet_body(self.till, name)).id

    @locked
    def delete_outlet(self, key: str) -> None:
        """Delete an outlet by its id."""
        self.till.drop_entry("outlets", self.till.outlets.items[key])

    @locked
    def add_register(self, name: str, outlet: str = loading.MAIN_OUTLET) -> str:
        """A register at an outlet. Returns its id."""
        return self.till.add_entry("registers", loading.register_body(self.till, name, self.outlet_id(outlet))).id

    @locked
    def close_register(self, name: str = loading.MAIN_REGISTER) -> None:
        """The end of a register's day."""
        changes = {"is_open": False, "register_close_time": self.till.stamp()}
        self.till.change_entry("registers", self._place("registers", name), changes)

    @locked
    def open_register(self, name: str = loading.MAIN_REGISTER) -> None:
        """The beginning of a register's day."""
        changes = {"is_open": True, "register_open_time": self.till.stamp(), "register_close_time": None}
        self.till.change_entry("registers", self._place("registers", name), changes)

    @locked
    def delete_register(self, name: str = loading.MAIN_REGISTER) -> None:
        """A register is there no more; its sales are."""
        self.till.drop_entry("registers", self._place("registers", name))

    @locked
    def add_tax(self, name: str, rate: str, is_default: bool = False) -> Entry:
        """A tax, "0.15" for 15 %; a new default takes the place of the old one."""
        if is_default:
            for tax in list(self.till.taxes.items.values()):
                self.till.change_entry("taxes", tax, {"is_default": False})
        entry = self.till.add_entry("taxes", loading.tax_body(self.till, name, rate, is_default))
        self.till.forget_answers()
        return entry

    @locked
    def delete_tax(self, name: str) -> None:
        """A tax that no new sale may name."""
        self.till.drop_entry("taxes", self._place("taxes", name))

    @locked
    def add_payment_type(self, name: str, type_id: int = 3) -> str:
        """A payment type; ``type_id`` need not be unique. Returns its id."""
        return self.till.add_entry("payment_types", loading.payment_type_body(name, type_id)).id

    @locked
    def delete_payment_type(self, name: str) -> None:
        """A payment type that no new sale may name."""
        self.till.drop_entry("payment_types", self._place("payment_types", name))

    @locked
    def set_retailer(self, **fields: Any) -> None:
        """Change the retailer: tax_exclusive, currency {code, symbol}, country, timezone."""
        self.till.retailer.update(fields)
        self.till.forget_answers()


def _is_at(register: Entry, outlet: str) -> bool:
    return register.body["outlet_id"] == outlet and register.deleted_at is None
