"""The sentences and names of the report: what a state, a phase, a link or a run means to a shopkeeper."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

STATES = {
    "created": "created in the store",
    "updated": "updated in the store",
    "deleted": "deleted in the store",
    "unchanged": "already right",
    "superseded": "not sent: true already, or refused by a person",
    "deferred": "put off to a later run: past its deadline, or an answer is waited for",
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
OF_A_PART = {"out_of_scope": "left alone: this run was not about them"}
"""Of a run about part of what is known: the rest was not looked at, which says nothing of where it is meant to be."""
TAKEN_BACK = {"superseded": "not taken back: changed since, or cannot be"}
WRITTEN = ("created", "updated", "deleted")
ATTENTION = ("held", "quarantined", "failed")
RECORDS = {"products": "SKUs", "stock": "stock levels", "orders": "orders", "customers": "customers"}
OBSERVED = {
    "products": "{count} of the till looked at, of {products}",
    "stock": "{count} looked at: a SKU at a location of the store is one",
    "orders": "{count} of the store looked at",
}
"""What the records of an entity are that a run looked at; the number of each stands below in one of its states."""
RECORD = {"products": "SKU", "stock": "stock level", "orders": "order", "customers": "customer"}
PHASES = {
    "stock_decrease": "1. Stock levels that fall",
    "orders": "2. Orders at the till",
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
    "undo": "a run taken back",
    "retry": "what failed or was set aside, again",
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


def unsent(run: Mapping[str, Any]) -> bool:
    """Whether nothing of the run's plan was sent: it was to plan only, or a check failed."""
    return bool(run["only_plan"]) or run["verdict"] == "failed"


def states_of(entity: str, planned: bool, mode: str) -> dict[str, str]:
    """What each end state of an entity means, of a plan or of what was written, by a run of this mode."""
    words = PLANNED if planned else STATES
    if entity == "orders":
        words = {**words, **OF_ORDERS, **(PLANNED_ORDERS if planned else {})}
    part = OF_A_PART if mode in {"undo", "retry"} else {}
    return {**words, **part, **(TAKEN_BACK if mode == "undo" else {})}


def verdict(run: Mapping[str, Any], states: Mapping[str, Mapping[str, int]]) -> tuple[str, str]:
    """A tone (``good``, ``wait``, ``bad``) and the run as one plain sentence; ``states``: entity → state → records."""
    if run["verdict"] == "failed":
        return "bad", "A check failed, so nothing was written to the store. The broken checks are listed under Quality."
    start = _written(states, run["mode"], planned=run["only_plan"])
    waiting = {state: _counted(states, state) for state in ATTENTION}
    rest = [f"{counts} {_THOUGH[state]}" for state, counts in waiting.items() if counts]
    tone = "bad" if waiting["failed"] else "wait" if rest else "good"
    return tone, f"{start}. To look at: {'; '.join(rest)}." if rest else f"{start}."


def _written(states: Mapping[str, Mapping[str, int]], mode: str, *, planned: bool) -> str:
    """What was, or would be, written where, in the words and numbers of the tiles; orders are written to the till."""
    done: dict[str, list[str]] = {"In the store": [], "At the till": []}
    for entity, found in states.items():
        place = "At the till" if entity == "orders" else "In the store"
        means = states_of(entity, planned, mode)
        short = {state: means[state].removesuffix(f" {place.lower()}") for state in WRITTEN}
        done[place] += [f"{_many(found[state], entity)} {short[state]}" for state in WRITTEN if found.get(state)]
    what = [f"{place}: {', '.join(said)}" for place, said in done.items() if said]
    if planned:
        return ". ".join(["This is a plan, nothing was written", *(what or ["Nothing would change"])])
    if not what and any(_counted(states, state) for state in ATTENTION):
        return "Nothing was written"
    return ". ".join(what) or "Nothing had to be written: what the till sends is what the store has"


def _counted(states: Mapping[str, Mapping[str, int]], state: str) -> str:
    """The records in a state, each kind by its name: ``3 SKUs, 1 order``."""
    return ", ".join(_many(found[state], entity) for entity, found in states.items() if found.get(state))


_THOUGH = {
    "held": "waiting for a decision",
    "quarantined": "set aside because the data is wrong",
    "failed": "refused or without a known outcome",
}


def observed(entity: str, count: int, products: int) -> str:
    """How many records of an entity a run looked at, and what one is."""
    said = OBSERVED.get(entity, "{count} looked at")
    return said.format(count=_many(count, entity), products=f"{products:,} product{'' if products == 1 else 's'}")


def _many(count: int, entity: str) -> str:
    name = RECORDS.get(entity, entity)
    return f"{count:,} {name.removesuffix('s') if count == 1 else name}"
