"""What Ecwid's texts forbid and a schema lets through (fact sheet §2, §6; the vendor's ``not_writable``)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from tests.fidelity.ecwid_schemas import papers

Rule = Callable[[Any], Iterator[str]]
FOLDER = Path(__file__).parents[3] / "shared" / "specs" / "ecwid"
KINDS: Mapping[str, tuple[str, str]] = {
    "product": ("product (write)", "Product"),
    "variation": ("variation (write)", "Variation"),
    "category": ("category (write)", "Category"),
    "order": ("order (write)", "Order"),
    "customer": ("customer (write)", "Customer"),
}
APART = frozenset({"combinations"})
"""In the list, and written all the same with ``saveCombinations`` (§2.2)."""


@cache
def locked(kind: str) -> frozenset[str]:
    """Members of a record that the vendor's client never sends (``not_writable``) and its field list does not write."""
    entry, name = KINDS[kind]
    held = papers(FOLDER)
    written = {one["name"] for one in held.fields[entry]["types"][f"Updated{name}"]["fields"]}
    return frozenset(held.locked[f"Fetched{name}"]) - written - APART


def unwritable(kind: str) -> Rule:
    """No member is sent that the server makes by itself."""

    def rule(asked: Any) -> Iterator[str]:
        body = asked.json if isinstance(asked.json, dict) else {}
        for name in sorted(locked(kind) & body.keys()):
            yield f"{name} cannot be written"
        for row in body.get("combinations", ()) if kind == "product" else ():
            for name in sorted((locked("variation") - {"id"}) & set(row)):
                yield f"combinations[].{name} cannot be written"

    return rule


def _saves(asked: Any) -> Iterator[str]:
    if (
        isinstance(asked.json, dict)
        and "combinations" in asked.json
        and ("saveCombinations", "true") not in asked.pairs
    ):
        yield "combinations are dropped in silence without saveCombinations=true (§2.2)"


def _attributes(asked: Any) -> Iterator[str]:
    body = asked.json if isinstance(asked.json, dict) else {}
    for entry in body.get("attributes") or ():
        if isinstance(entry, dict) and len({"id", "alias"} & entry.keys()) != 1:
            yield "an attribute is named by its id or by its alias (§2.3)"


def _something(asked: Any) -> Iterator[str]:
    if asked.json == {}:
        yield "an update of nothing"


def _limited(asked: Any) -> Iterator[str]:
    if "limit" not in dict(asked.pairs):
        yield "limit is always sent: the page contradicts itself on how many rows come without (§1)"


def _secure(asked: Any) -> Iterator[str]:
    address = dict(asked.pairs).get("externalUrl")
    if address is not None and not address.startswith("https://"):
        yield "images are fetched by https (§2.8)"
    if address is None and not asked.body:
        yield "neither an image nor an address of one (§2.8)"


def _escaped(asked: Any) -> Iterator[str]:
    if ("escapedJson", "true") not in asked.pairs:
        yield "without escapedJson=true the contents may be missing (§6)"


def _batch(asked: Any) -> Iterator[str]:
    calls = asked.json if isinstance(asked.json, list) else []
    key = dict(asked.pairs).get("deduplicationKey")
    for call in calls:
        body = call.get("body") if isinstance(call, dict) else None
        if isinstance(body, dict) and "quantityDelta" in body and not key:
            yield "a delta in a batch without deduplicationKey may be taken twice (§6)"
        if isinstance(call, dict) and str(call.get("path", "")).startswith(("/batch", "http", "/api")):
            yield "the path of a call in a batch starts below the store (§6)"


def _never(asked: Any) -> Iterator[str]:
    yield f"{asked.path} replaces what is not sent (§2.9)"


PRODUCT = r"/products/\{productId\}"
VARIATION = rf"{PRODUCT}/combinations/\{{combinationId\}}"
RULES: Mapping[str, tuple[Rule, ...]] = {
    "POST /products": (unwritable("product"), _saves, _attributes),
    f"PUT {PRODUCT}": (unwritable("product"), _saves, _attributes, _something),
    f"POST {PRODUCT}/combinations": (unwritable("variation"), _attributes),
    f"PUT {VARIATION}": (unwritable("variation"), _attributes, _something),
    f"POST ({PRODUCT}/(image|gallery)|{VARIATION}/image)": (_secure,),
    "POST /categories": (unwritable("category"),),
    r"PUT /categories/\{categoryId\}": (unwritable("category"), _something),
    "POST /orders": (unwritable("order"),),
    r"PUT /orders/\{orderId\}": (unwritable("order"), _something),
    "POST /customers": (unwritable("customer"),),
    r"PUT /customers/\{customerId\}": (unwritable("customer"), _something),
    r"GET /\w+/deleted": (_limited,),
    "POST /batch": (_batch,),
    "GET /batch": (_escaped,),
    r"(PUT|DELETE) /classes.*": (_never,),
}
