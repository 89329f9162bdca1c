"""What a person decides: links, holds, records set aside. Nothing here calls a platform.

Every decision is on disk before it changes a table (``decisions.py``) and is taken into account by the next run.
``unpublish`` hides in the store with the next run's plan, which can be read first. Looking is ``looks.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from pipelines.kit.command_line import command
from pipelines.kit.errors import MistakeInFiles, Problem
from pipelines.kit.warehouse import Warehouse
from pipelines.language.document import nearest
from pipelines.platforms import discover
from pipelines.stages import people
from pipelines.stages.decisions import decide, desk, hold_entries
from pipelines.stages.looks import LOOKS, Rows, links_of, quarantined, waiting
from pipelines.stages.order_parties import customer_key


def act(house: Warehouse, what: str, connection: str, *, now: datetime, **more: Any) -> Rows:
    """One looking or deciding command; its rows. Raises MistakeInFiles on an unknown SKU, hold, run or call.

    What is asked of a connection that never came so far as to have it is such a mistake too.
    """
    if any(not house.exists(connection, table) for table in _NEEDS.get(what, _NEEDS.get(what.partition(" ")[0], ()))):
        raise MistakeInFiles(_never_ran(house.merchant, connection))
    if house.query("SELECT 1 FROM duckdb_schemas() WHERE schema_name = ?", [connection]):
        house.con.execute("SET search_path = ?", [connection])
    if what == "links" and more.get("sku"):
        _item(_Deciding(house, connection, now), str(more["sku"]))
    if what in LOOKS:
        return LOOKS[what](house, connection, more)
    group, _, action = what.partition(" ")
    return _DECIDES[group](_Deciding(house, connection, now), action, more)


_NEEDS = {
    "links": ("variants_link",),
    "retry": ("variants_link", "end_states"),
    "quarantine release": ("variants_link",),
}
"""What a run of the connection leaves and a command looks at; the others look at what the merchant has."""


def _never_ran(merchant: str, connection: str) -> Problem:
    return Problem(
        "never_ran",
        f"no run of {connection} came to its end for this merchant yet",
        found="nothing linked, nothing sent",
        expected="what a plan or a sync leaves",
        do=f"run `{command(merchant, 'plan', connection)}` first, which writes nothing to any platform",
    )


class _Deciding:
    """One deciding command: where, about which connection, when."""

    def __init__(self, house: Warehouse, connection: str, now: datetime) -> None:
        self.house, self.connection, self.now = house, connection, now

    def decide(self, entries: Sequence[Mapping[str, Any]]) -> None:
        """On disk, then in force."""
        with desk(self.house, self.now) as keeper:
            decide(keeper, [{"connection": self.connection, **entry} for entry in entries], self.now)


def _holds(at: _Deciding, action: str, more: Mapping[str, Any]) -> Rows:
    ids, of_class = list(more.get("ids") or []), more.get("of_class")
    known = waiting(at.house, at.connection, {})
    if action == "approve" and not ids:
        known = [row for row in known if row["state"] == "open"]
    found = [row for row in known if row["hold_id"] in ids or row["class"] == of_class]
    unknown = [one for one in ids if one not in {row["hold_id"] for row in found}]
    if unknown or not found:
        raise MistakeInFiles(_no_hold(at, action, unknown, of_class))
    if action == "show":
        return found
    chosen = [row["hold_id"] for row in found]
    at.decide(hold_entries(at.house, at.connection, chosen, f"holds {action}", at.now))
    return [row for row in LOOKS["holds all"](at.house, at.connection, {}) if row["hold_id"] in chosen]


def _no_hold(at: _Deciding, action: str, unknown: list[str], of_class: str | None) -> Problem:
    """What to say where nothing was chosen, or something that does not wait; only what still waits is expected."""
    still_open = [row for row in waiting(at.house, at.connection, {}) if row["state"] == "open"]
    ids, classes = [row["hold_id"] for row in still_open], sorted({row["class"] for row in still_open})
    if unknown:
        past = {row["hold_id"]: row["state"] for row in LOOKS["holds all"](at.house, at.connection, {})}
        named = [f"{one} ({past[one]})" if one in past else one for one in unknown]
        message, expected = f"there is no open hold {', '.join(named)}", "one of " + ", ".join(ids[:20])
    elif of_class:
        message, expected = f"there is no open hold of class {of_class}", "one of the classes " + ", ".join(classes)
    else:
        message = f"which holds to {action} is not said: neither ids nor --class were given"
        expected = f"ids ({', '.join(ids[:20])}) or --class ({', '.join(classes)})"
    return Problem(
        "unknown_hold",
        message,
        found=", ".join(unknown) or of_class,
        expected=expected if still_open else "a hold that is open: nothing waits for a decision",
        do=f"`{command(at.house.merchant, 'holds', 'list', at.connection)}` shows what waits"
        if still_open
        else "nothing; what is approved goes with the next sync, what is rejected once the till wants something else",
    )


def _quarantine(at: _Deciding, action: str, more: Mapping[str, Any]) -> Rows:  # noqa: ARG001
    """The records of one SKU are looked at again by the next run, though nothing about them changed."""
    known, sku = quarantined(at.house, at.connection, {}), str(more["sku"])
    found = [row for row in known if row["sku"] == sku]
    if not found:
        skus = sorted({row["sku"] for row in known if row["sku"]})
        raise MistakeInFiles(
            Problem(
                "not_quarantined",
                f"nothing of {sku} is set aside",
                found=sku,
                expected="one of " + ", ".join(skus[:20]) if skus else "nothing is set aside",
                do=nearest(sku, skus)
                or f"`{command(at.house.merchant, 'quarantine', 'list', at.connection)}` shows what is set aside",
            )
        )
    ids = at.house.query(
        "SELECT q.entity, q.item_id, CASE WHEN q.entity = 'stock' THEN q.item_id ELSE coalesce(l.product_id, q.item_id)"
        " END AS target_id FROM sync.quarantine AS q LEFT JOIN variants_link AS l ON l.from_id = q.item_id"
        " WHERE q.connection = ? AND q.released_at IS NULL AND q.sku = ? ORDER BY ALL",
        [at.connection, sku],
    )
    at.decide([{"what": "quarantine release", **row} for row in ids])
    return [{**row, "released_at": at.now} for row in found]


def known_skus(house: Warehouse, connection: str, skus: Sequence[str], now: datetime) -> None:
    """Raises MistakeInFiles where the till has none of such a SKU, naming the nearest."""
    found = [row["sku"] for row in act(house, "links", connection, now=now) if row["sku"]] if skus else []
    if problems := [_no_sku(sku, found) for sku in skus if sku not in found]:
        raise MistakeInFiles(*problems)


def _no_sku(sku: str, known: list[str]) -> Problem:
    expected, near = "a SKU of the till", nearest(sku, known)
    return Problem("unknown_sku", f"there is no SKU {sku} at the till", found=sku, expected=expected, do=near)


def _item(at: _Deciding, sku: str) -> dict[str, Any]:
    rows = links_of(at.house, at.connection, {"sku": sku})
    if not rows:
        known = [row["sku"] for row in links_of(at.house, at.connection, {}) if row["sku"]]
        raise MistakeInFiles(_no_sku(sku, known))
    return rows[0]


def _links(at: _Deciding, action: str, more: Mapping[str, Any]) -> Rows:
    item = _item(at, str(more["sku"]))
    _LINK_ACTIONS[action](at, item)
    return [_item(at, item["sku"])]


def _approve(at: _Deciding, item: dict[str, Any]) -> None:
    """A proposed link becomes a link, its product's too."""
    if item["state"] != "proposed":
        raise MistakeInFiles(
            Problem(
                "not_proposed", f"the link of {item['sku']} is not proposed", found=item["state"], expected="proposed"
            )
        )
    _bind(at, "links approve", item, [item["from_id"], item["product_id"]], "proposed")


def _unlink(at: _Deciding, item: dict[str, Any]) -> None:
    """The pair stays known and is left alone from now on; the store keeps its record as it is."""
    _linked(item)
    ids = [item["from_id"]] + ([item["product_id"]] if item["siblings"] <= 1 else [])
    _bind(at, "links unlink", item, ids, None)


def _unpublish(at: _Deciding, item: dict[str, Any]) -> None:
    """Hide in the store with the next run, then unlink (S000-51, S000-54); not for products with variants (S000-50)."""
    if item["state"] == "unlinked":
        return
    _linked(item)
    if item["siblings"] > 1:
        raise MistakeInFiles(
            Problem(
                "has_variants",
                f"{item['sku']} is one of {item['siblings']} variants of a product and cannot be unpublished alone"
                " (S000-50)",
                found=item["sku"],
                expected="a product without variants",
                do="delete the variant at the till, or hide the whole product there",
            )
        )
    if others := at.house.query(_ON_ITS_PAGE, [item["to_product_id"], item["product_id"]]):
        raise MistakeInFiles(
            Problem(
                "shares_page",
                f"{item['sku']} is on one page of the store with {', '.join(row['sku'] for row in others)}",
                found=item["sku"],
                expected="a product with a page of its own: a store hides whole products",
                do="delete it at the till, or hide the page in the store and unlink its SKUs",
            )
        )
    at.decide([_request("links unpublish", item)])


def _linked(item: Mapping[str, Any]) -> None:
    if item["state"] not in {"linked", "broken"}:
        raise MistakeInFiles(
            Problem("not_linked", f"{item['sku']} is not linked", found=item["state"], expected="linked")
        )


def _bind(at: _Deciding, what: str, item: Mapping[str, Any], ids: list[str], state: str | None) -> None:
    """Decide on the links of these till ids, as they stand, and have the next run look at their product."""
    rows = at.house.query(
        "SELECT level, from_id AS item_id, to_id AS target_id, match_key FROM sync.links"
        " WHERE connection = ? AND list_contains(?, from_id) AND state = coalesce(?, state) AND to_id IS NOT NULL"
        " ORDER BY level, from_id",
        [at.connection, ids, state],
    )
    at.decide([*({"what": what, **row} for row in rows), _request(what, item)])


def _request(what: str, item: Mapping[str, Any]) -> dict[str, Any]:
    return {"what": what, "level": "products", "item_id": item["product_id"], "sku": item["sku"]}


_ON_ITS_PAGE = (
    "FROM variants_link WHERE to_product_id = ? AND product_id <> ? AND state IN ('linked', 'unlinked') ORDER BY sku"
)

_LINK_ACTIONS: dict[str, Callable[[_Deciding, dict[str, Any]], None]] = {
    "approve": _approve,
    "unlink": _unlink,
    "unpublish": _unpublish,
}


def _people(at: _Deciding, action: str, more: Mapping[str, Any]) -> Rows:
    """``forget``: the buyer with this e-mail leaves the orders placed until now, also when they are read again."""
    at.decide([{"what": f"people {action}", "entity": "orders", "item_id": customer_key(more["email"])}])
    target = at.connection.partition("__")[2]
    found = discover()[target].load("resources")
    return [{"orders": people.let_go(at.house, at.connection, found, None)}]


_DECIDES: dict[str, Callable[[_Deciding, str, Mapping[str, Any]], Rows]] = {
    "holds": _holds,
    "links": _links,
    "quarantine": _quarantine,
    "people": _people,
}
