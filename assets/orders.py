"""Orders among the assets of a connection: the tables they go through on their way from the store to the till.

They are made by the link and the map step, like those of products; a connection without that flow has none.
"""

from typing import TYPE_CHECKING, Any

import dagster as dg

from assets import names
from assets.extract import reads
from assets.runtime.engine import Opened
from assets.tables import markdown
from pipelines.language.canonical import vocabulary
from pipelines.language.mapping import Mapping

if TYPE_CHECKING:
    from pipelines.run import Connection

_STATUS_HEAD = ("the store's status", "at the till", "the shop takes it for paid", "its units are taken", "rules")
_LINK_MEANS = "Which product of the till each line of an order is, and why. One row per line of the orders of a run."
_MEANS = {
    "orders": "What the orders of a run are at the till. One row per order; `class` says why one is not imported.",
    "order_lines": "The lines a sale of the order has, with the till's product and tax. One row per line.",
    "order_payments": "What was paid for the orders, or is authorised. One row per payment.",
    "order_refunds": "What is given back of the orders, where that is recorded. One row per part of a refund.",
}
_LINK_READS = {"source": ("variants",), "target": ("orders", "order_lines", "order_payments")}
_READS: dict[str, dict[str, tuple[str, ...]]] = {
    "orders": {"source": ("taxes", "account"), "target": ("orders", "order_refunds")},
    "order_lines": {"source": ("taxes",), "target": ("order_lines",)},
    "order_payments": {"source": (), "target": ("order_payments",)},
    "order_refunds": {"source": ("taxes",), "target": ("order_refunds",)},
}
_LINES = "SELECT how AS what, count(*) AS number FROM orders_link GROUP BY how ORDER BY how"
_ORDERS = """
SELECT CASE WHEN class IS NULL THEN 'to be ' || becomes ELSE replace(class, '_', ' ') END AS what, count(*) AS number
FROM orders_desired GROUP BY what ORDER BY what
"""


def tables(mapping: Mapping) -> tuple[str, ...]:
    """The canonical tables of orders that have a desired one; none where orders do not flow along the connection."""
    return names.ORDERS if mapping.carries("orders") else ()


def held_back_by(mapping: Mapping) -> list[dg.AssetKey]:
    """What levels hold units back for: orders, and drops of the store's own levels that none of them explains."""
    target = mapping.to_platform
    return [names.canonical(target, entity) for entity in ("orders", "order_lines", "stock") if tables(mapping)]


def link_specs(connection: str, mapping: Mapping) -> list[dg.AssetSpec]:
    """``orders_link``."""
    if not tables(mapping):
        return []
    deps = [*_canonical(mapping, _LINK_READS), names.link(connection, "variants_link")]
    return [_spec(names.link(connection, names.ORDERS_LINK), deps, _LINK_MEANS, names.group(connection, "link"), "sql")]


def desired_specs(connection: str, mapping: Mapping) -> list[dg.AssetSpec]:
    """``orders_desired`` and its fellows."""
    if not tables(mapping):
        return []
    link, group = names.link(connection, names.ORDERS_LINK), names.group(connection, "map")
    says = {**_MEANS, "orders": f"{_MEANS['orders']}\n\n{_statuses(connection, mapping)}"}
    return [
        _spec(names.desired(connection, table), [*_canonical(mapping, _READS[table]), link], says[table], group, "yaml")
        for table in tables(mapping)
    ]


def link_metadata(opened: Opened, connection: str) -> dict[str, Any]:
    """How many lines were found how, and the table's columns."""
    from assets.shown import described, meanings

    return _counted(opened, connection, _LINES) | described(
        opened.of(connection).warehouse, connection, names.ORDERS_LINK, meanings()[names.ORDERS_LINK]
    )


def desired_metadata(opened: Opened, chosen: "Connection", table: str) -> dict[str, Any]:
    """What the orders of this run are to become, and the table's columns."""
    from assets.shown import described, meanings

    words = {name: field.means for name, field in vocabulary().entities[table].fields.items()} | meanings()[table]
    counts = _counted(opened, chosen.name, _ORDERS) if table == "orders" else {}
    return counts | described(opened.of(chosen.name).warehouse, chosen.name, f"{table}_desired", words)


def _counted(opened: Opened, connection: str, sql: str) -> dict[str, Any]:
    return {f"rows {row['what']}": row["number"] for row in opened.of(connection).warehouse.query(sql)}


def _canonical(mapping: Mapping, read: dict[str, tuple[str, ...]]) -> list[dg.AssetKey]:
    sides = {"source": mapping.from_platform, "target": mapping.to_platform}
    return [
        names.canonical(sides[side], name) for side, used in read.items() for name in used if name in reads(sides[side])
    ]


def _spec(key: dg.AssetKey, deps: list[dg.AssetKey], says: str, group: str, kind: str) -> dg.AssetSpec:
    kinds = {kind, "sql", "duckdb"}
    return dg.AssetSpec(key, deps=deps, description=says, group_name=group, kinds=kinds, skippable=True)


def _statuses(connection: str, mapping: Mapping) -> str:
    """The crosswalk of statuses, so that it stands on the page before any run."""
    rules = mapping.orders
    assert rules is not None  # noqa: S101
    rows = [
        (
            one.name,
            one.becomes.replace("_", " "),
            *("yes" if told else "no" for told in (one.paid, one.commits)),
            " ".join(one.rules),
        )
        for one in rules.statuses.values()
    ]
    return f"What a status becomes, from mappings/{connection}.yaml:\n\n{markdown(_STATUS_HEAD, rows)}"
