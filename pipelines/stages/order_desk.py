"""The till as it takes the orders of a run: where sales are recorded, by whom, how paid; and how far memory goes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from pipelines.kit.warehouse import identifier
from pipelines.language.canonical import canonical_table
from pipelines.run import Connection, Run
from pipelines.stages import order_gone, orders, registers
from pipelines.stages.order_known import Order

_CUSTOMERS = """
SELECT to_id AS key, from_id AS customer_id FROM sync.links
WHERE connection = ? AND level = 'customers' AND state = 'linked'
"""
_PAID_LATER = """
SELECT key, any_value(amount) AS amount
FROM (
    SELECT unnest(from_json(i.payments, '[{"key": "VARCHAR", "amount": "DECIMAL(18, 4)"}]'), recursive := true)
    FROM sync.intents AS i JOIN sync.ended AS e ON e.intent = i.n
    ANTI JOIN (FROM sale_documents WHERE voided_at IS NOT NULL) AS v ON v.sale_id = i.target_id
    WHERE i.connection = ? AND i.level = 'sale' AND i.action IN ('pay', 'update') AND e.outcome IN ('ok', 'exists')
)
GROUP BY key
"""
"""Of a voided sale no payment counts."""
_OWED = "SELECT count(*) FROM sale_documents WHERE owes"
_PAID_BY = ("Online", "Other")


@dataclass(frozen=True)
class Desk:
    """Where sales are recorded and by whom."""

    register_id: str
    user_id: str
    payment_types: dict[str, str]
    tenders: dict[str, str]
    parked: bool
    fulfils: bool
    """Whether an order whose goods are still in the shop stands among the till's fulfilments (C-11)."""
    customers: Mapping[str, str] | None
    """The till's customers by what they are remembered by; None: customers are not carried along."""
    paid_later: Mapping[str, Decimal]
    """Payments that followed their sale, which stands: amount by key."""
    since: datetime | None
    """How far back what is remembered goes: an older order's sale may stand already."""
    lost: datetime | None
    """When the journal was found lost, if that is less than a day ago: any document may have been sent before it."""
    gone: frozenset[str]
    """Recorded products that the till has deleted since."""
    placeholder: str
    outlet: str
    taxes: frozenset[str]
    """The till's taxes that a line may have."""
    counted: frozenset[str]
    """Products whose stock the till counts."""

    def tender(self, method: str | None) -> str:
        """The till's payment type for a payment method of the store (S001-23)."""
        wanted = [self.tenders[method]] if method in self.tenders else []
        for name in (*wanted, *_PAID_BY):
            if name in self.payment_types:
                return self.payment_types[name]
        return next(iter(self.payment_types.values()), "")


def desk(run: Run, connection: Connection, found: Iterable[Order]) -> Desk:
    """The till as this run's orders, ``found``, need it. Raises MistakeInFiles where no register takes them."""
    house, settings = run.warehouse, connection.compiled.settings
    types = house.query("SELECT name, payment_type_id FROM source_payment_types WHERE deleted_at IS NULL ORDER BY name")
    user = house.one("SELECT user_id FROM source_users ORDER BY is_own DESC, user_id LIMIT 1")
    known = {row["key"]: row["customer_id"] for row in house.query(_CUSTOMERS, [connection.name])}
    since, lost = (house.noted(name) for name in ("orders_since", "journal_since"))
    found_lost = datetime.fromisoformat(lost) if lost else None
    owed = house.one(_OWED)
    register = registers.register(run, connection)
    items = {line.item_id for order in found for one in order.told for line in one.document.lines}
    return Desk(
        register_id=register["register_id"],
        user_id=user or "",
        payment_types={row["name"]: row["payment_type_id"] for row in types},
        tenders=orders.rules(connection).payments,
        parked=settings.awaiting_payment == "parked",
        fulfils=settings.order_state_profile == "fulfilment",
        customers=known if settings.customer_sync else None,
        paid_later={row["key"]: row["amount"] for row in house.query(_PAID_LATER, [connection.name])},
        since=datetime.fromisoformat(since) if since else None,
        lost=found_lost if found_lost and run.began - found_lost < timedelta(days=1) else None,
        gone=order_gone.deleted(house, canonical_table(connection.source, "variants"), items),
        placeholder=order_gone.placeholder(house),
        outlet=register["location_id"],
        taxes=frozenset(
            row["tax_id"] for row in house.query("SELECT tax_id FROM source_taxes WHERE deleted_at IS NULL")
        ),
        counted=_counted(run, connection) if owed else frozenset(),
    )


def _counted(run: Run, connection: Connection) -> frozenset[str]:
    """Of all products, not only those of the work set."""
    table = identifier(*canonical_table(connection.source, "stock"))
    sql = f"SELECT DISTINCT variant_id FROM {table} WHERE tracked AND deleted_at IS NULL"  # noqa: S608
    return frozenset(row["variant_id"] for row in run.warehouse.query(sql))
