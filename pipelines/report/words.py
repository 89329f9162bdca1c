"""The sentences and names of the report: what a state, a phase, a link or a run means to a shopkeeper."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

STATES = {
    "created": "created in the store",
    "updated": "updated in the store",
    "deleted": "deleted in the store",
    "unchanged": "already right",
    "superseded": "not sent: true already, or refused by a person",
    "held": "waiting for a decision",
    "quarantined": "set aside: the data is wrong",
    "failed": "sent, and refused or unknown",
    "out_of_scope": "not meant for the store",
}
PLANNED = {**STATES, "created": "would be created", "updated": "would be updated", "deleted": "would be deleted"}
OF_ORDERS = {
    "created": "recorded at the till",
    "updated": "corrected or paid at the till",
    "deleted": "voided at the till",
    "unchanged": "already right",
    "out_of_scope": "not meant for the till",
}
PLANNED_ORDERS = {"created": "would be recorded", "updated": "would be corrected or paid", "deleted": "would be voided"}
WRITTEN = ("created", "updated", "deleted")
ATTENTION = ("held", "quarantined", "failed")
RECORDS = {"products": "SKUs", "stock": "stock levels", "orders": "orders", "customers": "customers"}
RECORD = {"products": "product", "stock": "stock level", "orders": "order", "customers": "customer"}
PHASES = {
    "orders": "1. Orders at the till",
    "stock_decrease": "2. Stock levels that fall",
    "unpublish": "3. Products hidden",
    "catalogue": "4. Products created, changed or deleted",
    "publish": "5. Products shown again",
    "stock_increase": "6. Stock levels that rise",
}
OWNERS = {"from": "till", "to": "store", "none": "no counterpart"}
DIRECTIONS = {"from_to": "till → store", "to_from": "store → till", "none": "does not sync"}
MODES = {
    "first": "first run",
    "incremental": "incremental run (what changed)",
    "full": "full run (everything compared)",
}
LINKS = {
    "linked": "linked",
    "none": "not linked",
    "proposed": "a match is proposed and waits for a person",
    "conflict": "ambiguous: nothing is matched by guessing",
    "broken": "the store's record is gone",
    "unlinked": "unlinked by a person",
    "tombstoned": "deleted on both sides",
}
EXITS = {
    0: "in order",
    1: "some records failed or were set aside",
    2: "a mistake in files or credentials",
    3: "something waits for a decision",
    4: "a platform could not be reached",
    5: "refused by a check",
    6: "another run held the merchant",
}
OUTCOMES = {
    "ok": "written",
    "exists": "was there already",
    "rejected": "refused",
    "not_sent": "not sent",
    "unknown": "outcome unknown",
}


def states_of(entity: str, planned: bool) -> dict[str, str]:
    """What each end state of an entity means, of a plan or of what was written."""
    words = PLANNED if planned else STATES
    if entity == "orders":
        return {**words, **OF_ORDERS, **(PLANNED_ORDERS if planned else {})}
    return words


def verdict(run: Mapping[str, Any], states: Mapping[str, Mapping[str, int]]) -> tuple[str, str]:
    """A tone (``good``, ``wait``, ``bad``) and the run as one plain sentence; ``states``: entity → state → records."""
    if run["verdict"] == "failed":
        return "bad", "A check failed, so nothing was written to the store. The broken checks are listed under Quality."
    changed = {entity: sum(found.get(state, 0) for state in WRITTEN) for entity, found in states.items()}
    start = _written(changed, planned=run["only_plan"])
    waiting = {state: sum(found.get(state, 0) for found in states.values()) for state in ATTENTION}
    rest = [f"{count:,} {_THOUGH[state]}" for state, count in waiting.items() if count]
    tone = "bad" if waiting["failed"] else "wait" if rest else "good"
    return tone, f"{start}. Records that need a look: {', '.join(rest)}." if rest else f"{start}."


def _written(changed: Mapping[str, int], *, planned: bool) -> str:
    """What was, or would be, written where; orders are written to the till."""
    store = " and ".join(_many(count, entity) for entity, count in changed.items() if count and entity != "orders")
    till = _many(changed["orders"], "orders") if changed.get("orders") else ""
    if planned:
        what = [f"{store} would change in the store"] * bool(store) + [f"{till} at the till"] * bool(till)
        return f"This is a plan, nothing was written: {' and '.join(what) or 'nothing would change'}"
    what = [f"Written to the store: {store}"] * bool(store) + [f"Recorded at the till: {till}"] * bool(till)
    return ". ".join(what) or "Nothing had to be written: what the till sends is what the store has"


_THOUGH = {
    "held": "waiting for a decision",
    "quarantined": "set aside because the data is wrong",
    "failed": "refused or without a known outcome",
}


def command(merchant: str, *words: str) -> str:
    """A command line that can be pasted as it is, whatever a SKU holds."""
    return shlex.join(["tillsync", "--merchant", merchant, *words])


def _many(count: int, entity: str) -> str:
    name = RECORDS.get(entity, entity)
    return f"{count:,} {name.removesuffix('s') if count == 1 else name}"
