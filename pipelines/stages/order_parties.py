"""Who and what the planned documents of orders need at the till: customers and products, each once.

Rows are made here and sent by ``order_send.py``; which documents there are is ``order_plan.py``. No row says who a
customer is: that stands in ``orders_desired`` until it is sent (I-36).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from pipelines.kit import exact_json
from pipelines.kit.documents import Document, Line, document_id, plain
from pipelines.run import Connection, Run
from pipelines.stages.consents import FIELD, Words

_NAMES = """
SELECT item_key, any_value(name) AS name, any_value(sku) AS sku
FROM order_lines_desired WHERE item_key LIKE 'sku:%' GROUP BY item_key
"""
PERSON = """
SELECT order_id, customer_id, hash(email, first_name, last_name, company, phone, street_1, street_2, city, region,
    postcode, country) AS told
FROM orders_desired
"""
"""Order → the store's account of the customer, and a hash of what the order says of them."""
_TOLD = "SELECT customer_id, told FROM sync.customers_told WHERE connection = ?"
_RULES = {"helper:shipping": "S001-27", "helper:handling": "S001-28", "helper:wrapping": "S001-29"}


def parties(run: Run, connection: Connection, rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Customers that are new or were told otherwise of, and products that the till does not have, each once (S001-30).

    Of several orders of one customer the latest tells who they are. A no to offers goes to the till by itself too.
    """
    planned = [row for row in rows if row["action"] == "create" and row["state"] == "planned"]
    documents = [Document.of(exact_json.loads(row["changes"])["document"]["after"]) for row in planned]
    return [*_customers(run, connection, documents), *_items(run, documents)]


def _customers(run: Run, connection: Connection, documents: Iterable[Document]) -> Iterator[dict[str, Any]]:
    standing = connection.compiled.settings.customer_update
    changes = standing in {"fill_blanks", "store_wins"}
    latest = {one.customer_id: one.order_id for one in documents if one.customer_id and one.kind == "sale"}
    told = {row["customer_id"]: row["told"] for row in run.warehouse.query(_TOLD, [connection.name])} if latest else {}
    said = {row["order_id"]: f"{standing}:{row['told']}" for row in run.warehouse.query(PERSON)} if latest else {}
    words = Words(run, connection)
    for customer, order in sorted(latest.items()):
        after: dict[str, Any] = {"order_id": order, **({"standing": standing} if changes else {})}
        if customer.startswith("created:"):
            key, word = customer.removeprefix("created:"), words.of(customer)
            after |= {"code": key, **({} if word is None else {FIELD: word})}
            yield _row("customer", "create", key, customer, after, "S000-07", f"the customer of order {order}")
        elif changes and told.get(customer) != said[order]:
            yield _row("customer", "update", customer, customer, after, "S000-08", f"the customer of order {order}")
    for customer in sorted(set(words.refused()) - {one for one in latest if one.startswith("created:")}):
        yield _row("customer", "update", customer, customer, {FIELD: False}, "I-36", "a customer who wants no offers")


def _items(run: Run, documents: Iterable[Document]) -> Iterator[dict[str, Any]]:
    needed: dict[str, tuple[Line, str]] = {}
    for document in documents:
        for line in document.lines:
            if line.item_id.startswith("created:"):
                needed.setdefault(line.item_id, (line, document.order_id))
    words = {row["item_key"]: row for sql in ("FROM order_helpers", _NAMES) for row in run.warehouse.query(sql)}
    for name, (line, order) in sorted(needed.items()):
        key = name.removeprefix("created:")
        rule = _RULES.get(key, "S001-17" if key.startswith("sku:") else "I-4")
        yield _row("item", "create", key, name, _item(key, line, words[key]), rule, f"an item of order {order}")


def _item(key: str, line: Line, words: Mapping[str, Any]) -> dict[str, Any]:
    """What the product is called and costs; what is charged beside products has no price and counts no stock."""
    sold = key.startswith("sku:")
    price = (line.total - line.tax) / line.quantity if sold and line.quantity else Decimal(0)
    return {"name": words["name"], "sku": words["sku"], "price": plain(price.quantize(Decimal("0.0001"))),
            "tracked": sold, "tax_id": line.tax_id}  # fmt: skip


def _row(  # noqa: PLR0913
    level: str, action: str, key: str, target: str, after: Mapping[str, Any], rule: str, name: str
) -> dict[str, Any]:
    changes = {name: {"before": None, "after": value} for name, value in after.items()}
    return {
        "phase": "orders", "entity": "orders", "level": level, "action": action, "item_id": key,
        "name": after.get("name") or name, "target_id": target,
        "changes": exact_json.dumps(changes), "state": "planned", "rule": rule,
    }  # fmt: skip


def account_key(account: str) -> str:
    """What a customer is remembered by who has an account in the store: it holds where the e-mail changes."""
    return f"account:{account}"


def customer_key(email: str) -> str:
    """What a customer is remembered by: no address can be read from it (I-36). Two ``.sql`` files make the same."""
    return "customer:" + hashlib.sha256(email.strip(" ").lower().encode()).hexdigest()[:24]


def resolved(changes: str, created: Mapping[str, str], connection: str) -> dict[str, Any] | None:
    """The changes of a sale's row with real ids where the plan says ``created:…``; None where a product was not made.

    A customer that could not be made holds no sale back. The document's id follows from what it really says.
    """
    found: dict[str, Any] = exact_json.loads(changes)
    document = Document.of(found["document"]["after"])
    items = {line.item_id: _real(line.item_id, created) for line in document.lines}
    if None in items.values():
        return None
    lines = tuple(replace(line, item_id=items[line.item_id] or "") for line in document.lines)
    customer = _real(document.customer_id, created) if document.customer_id else None
    if lines == document.lines and customer == document.customer_id:
        return found
    id_ = document_id(connection, document.order_id, document.number, document.kind, lines)
    made = replace(document, id=id_, lines=lines, customer_id=customer)
    return {**found, "document": {"before": None, "after": made.as_json()}}


def _real(name: str, created: Mapping[str, str]) -> str | None:
    return created.get(name.removeprefix("created:")) if name.startswith("created:") else name
