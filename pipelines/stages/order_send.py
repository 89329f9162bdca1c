"""Rows of orders as they are sent to the till: real ids, who the customer is, what the journal keeps.

The order of sending is ``write.py``; how a till is told is its platform's ``write``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pipelines.kit import exact_json
from pipelines.kit.documents import Document
from pipelines.kit.platform import PlanRow, Receipt, StoreFacts
from pipelines.language.mapping import PEOPLE
from pipelines.run import Connection, Run
from pipelines.stages import consents, orders
from pipelines.stages.assemble import plan_row
from pipelines.stages.order_parties import PERSON, account_key, resolved

STEPS = (
    ("customer", "create"),
    ("customer", "update"),
    ("item", "create"),
    ("sale", "find"),
    ("sale", "create"),
    ("sale", "update"),
    ("sale", "pay"),
    ("sale", "void"),
    ("stock", "adopt"),
)
_PEOPLE = (
    "email", "first_name", "last_name", "company", "phone", "street_1", "street_2", "city", "region", "postcode",
    "country",
)  # fmt: skip
_NAMED = {"region": "state"}
_ALWAYS = ("code", "standing", consents.FIELD)
_LEVELS = """
SELECT variant_id AS item_id, on_hand AS level, version FROM source_stock
WHERE variant_id IN (
    SELECT unnest($items) UNION SELECT component_id FROM source_parts WHERE list_contains($items, variant_id)
) AND location_id = $outlet AND on_hand IS NOT NULL AND version IS NOT NULL
ORDER BY variant_id
"""
_FORGET = """
UPDATE sync.links SET state = 'tombstoned', reason = 'deleted at the till', since = ?, run_id = ?
WHERE connection = ? AND level = 'customers' AND from_id = ?
"""
_WHO = "SELECT * FROM orders_desired WHERE order_id = ?"
_NOTES = "SELECT key, name, sku, note, item_key FROM order_lines_desired WHERE order_id = ?"


class Counter:
    """The till as the receiver of one run's orders; knows the ids made on the way and the orders that stopped."""

    def __init__(self, run: Run, connection: Connection) -> None:
        self.run, self.connection, self.house = run, connection, run.warehouse
        self.created: dict[str, str] = {}
        self.failed: set[str] = set()

    def send(self, level: str, action: str) -> Callable[[Sequence[PlanRow]], Iterable[Receipt]]:
        """How rows of this step are sent to the till."""
        source = self.connection.source
        write = self.run.platform(source).load("writers")[(level, action)].write
        places = self.house.one("SELECT any_value(decimal_places) FROM source_account")
        facts = StoreFacts(2 if places is None else places)
        return lambda rows: write(self.run.session(source), rows, facts)

    def resolve(self, row: dict[str, Any]) -> str | None:
        """Put real ids where the plan says ``created:…``; else why the row cannot be sent."""
        if row["level"] in {"sale", "stock"} and row["item_id"] in self.failed:
            return "an earlier document of this order did not land, so this was not sent"
        if (row["level"], row["action"]) != ("sale", "create"):
            return None
        found = resolved(row["changes"], self.created, self.connection.name)
        if found is None:
            self.failed.add(row["item_id"])
            return "a product of one of its lines could not be made at the till, so this was not sent"
        row["changes"] = exact_json.dumps(found)
        return None

    def plan_row(self, row: dict[str, Any]) -> PlanRow:
        """The row with what only its writer is told: who the customer is, and what people wrote (I-36)."""
        made = plan_row(row)
        if made.level == "customer":
            known = None if (made.target_id or "").startswith("created:") else made.target_id
            return replace(made, target_id=known, changes=self._person(made))
        if (made.level, made.action) != ("sale", "create"):
            return made
        document = Document.of(made.after()["document"])
        told = {"before": None, "after": self._noted(document).as_json()}
        return replace(made, changes={**made.changes, "document": told})

    def _person(self, row: PlanRow) -> dict[str, dict[str, Any]]:
        """What the row's order says of its buyer, as far as the mapping lets it; a no alone goes with their e-mails."""
        values = {name: value for name, value in row.after().items() if name in _ALWAYS}
        if "order_id" in row.after():
            (who,) = self.house.query(_WHO, [row.after()["order_id"]])
            rows = self.connection.mapping.fields(PEOPLE)
            for column in _PEOPLE:
                name = _NAMED.get(column, column)
                values[name] = who[column] if name in rows and self.connection.compiled.on(rows[name]) else None
        else:
            values["emails"] = consents.emails(self.run, row.item_id)
        return {name: {"before": None, "after": value} for name, value in values.items()}

    def _noted(self, document: Document) -> Document:
        """Notes of the order and its lines, so that staff find what the customer said (S001-14)."""
        order = self.house.query(_WHO, [document.order_id])
        notes = {row["key"]: row for row in self.house.query(_NOTES, [document.order_id])}
        lines = tuple(replace(line, note=_note(notes.get(line.key))) for line in document.lines)
        said = [f"Online order {document.order_number}"]
        said += [text for text in (order[0]["customer_note"], order[0]["staff_note"]) if text] if order else []
        return replace(document, note="\n".join(said), lines=lines)

    def said(self, row: dict[str, Any]) -> dict[str, Any]:
        """What the journal keeps beside ids: the document without notes, payments, levels as read before."""
        if row["action"] == "adopt":
            return {"document": self._adoption(row)}
        if row["level"] != "sale":
            return {}
        after = {name: change["after"] for name, change in exact_json.loads(row["changes"]).items()}
        if row["action"] in {"pay", "update"}:
            return {"payments": after["payments"]}
        if row["action"] not in {"create", "find"}:
            return {}
        items = sorted({line["item_id"] for line in after["document"]["lines"]})
        levels = self.house.query(_LEVELS, {"items": items, "outlet": orders.outlet(self.run, self.connection)})
        found = [{name: str(value) for name, value in one.items()} for one in levels]
        return {"document": after["document"], "levels": found}

    def _adoption(self, row: dict[str, Any]) -> dict[str, Any]:
        """A level that is taken to the till, as it is known again: its id, where it counts, and the reading before."""
        after = {name: change["after"] for name, change in exact_json.loads(row["changes"]).items()}
        outlet, bound = row["parent_target_id"], {"items": [row["item_id"]], "outlet": row["parent_target_id"]}
        read = self.house.query(_LEVELS, bound)
        known = {name: str(read[0][name]) for name in ("level", "version")} if read else {}
        about = {"id": after["adoption"], "location_id": row["location_id"], "outlet": outlet}
        return {**about, "units": str(after["units"]), **known}

    def landed(self, row: dict[str, Any], target: str, created: Mapping[str, Any]) -> None:
        """Remember what was made: a customer is known from now on, by e-mail and by account."""
        self.created[row["item_id"]] = target
        after = {name: change["after"] for name, change in exact_json.loads(row["changes"]).items()}
        if row["level"] == "customer":
            if "order_id" in after:
                self._told(after["order_id"], target)
            if row["action"] == "create":
                self._know(row["item_id"], target)
            if created.get("customer", {}).get(consents.FIELD) == "no":
                consents.told(self.run, self.connection, row["target_id"], target)
        elif (row["level"], row["action"]) == ("sale", "create"):
            self._known_by_account(after["document"], created.get("sale", {}).get("customer") == "gone")

    def _known_by_account(self, document: Mapping[str, Any], gone: bool) -> None:
        customer = document["customer_id"]
        if customer is not None and gone:
            now, run_id = self.run.context.now(), self.run.run_id
            self.house.con.execute(_FORGET, [now, run_id, self.connection.name, customer])
            return
        account = self.house.query(f"{PERSON} WHERE order_id = ?", [document["order_id"]])
        if customer is not None and account and account[0]["customer_id"]:
            self._know(account_key(account[0]["customer_id"]), customer)

    def _know(self, key: str, customer: str) -> None:
        names = [self.connection.name, key]
        self.house.con.execute(
            "DELETE FROM sync.links WHERE connection = ? AND level = 'customers' AND to_id = ?", names
        )
        now, run_id = self.run.context.now(), self.run.run_id
        values = [names[0], "customers", customer, key, "created", "linked", None, now, run_id]
        self.house.con.execute("INSERT INTO sync.links VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)", values)

    def _told(self, order: str, customer: str) -> None:
        """What the till was told of a customer, so that it is not told again (I-8)."""
        told = self.house.query(f"{PERSON} WHERE order_id = ?", [order])[0]["told"]
        standing = self.connection.compiled.settings.customer_update
        key = [self.connection.name, customer]
        self.house.con.execute("DELETE FROM sync.customers_told WHERE connection = ? AND customer_id = ?", key)
        values = [*key, f"{standing}:{told}", self.run.run_id]
        self.house.con.execute("INSERT INTO sync.customers_told VALUES (?, ?, ?, ?)", values)


def _note(line: dict[str, Any] | None) -> str:
    if line is None:
        return ""
    named = line["name"] if line["item_key"] == "helper:placeholder" else None
    name = f"{named} ({line['sku']})" if named and line["sku"] else named
    return "; ".join(text for text in (name, line["note"]) if text)
