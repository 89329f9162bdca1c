"""What a refusal of this store means, in our words and with our names of fields (fact sheet §11).

Its error bodies have several forms: one object, a list (V2), a list under ``batch_errors``, an object under ``errors``
beside the data (207), a problem document. Whatever is none of these is a refusal that says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pipelines.kit import exact_json
from pipelines.kit.errors import Problem

PARTLY_SAVED = 207
_LONGEST = 300
_OURS = {
    "is_visible": "is_active",
    "retail_price": "msrp",
    "brand_name": "brand",
    "brand_id": "brand",
    "inventory_tracking": "stock_tracking",
    "inventory_level": "on_hand",
    "quantity": "on_hand",
    "product_tax_code": "tax_code",
    "image_url": "images",
    "purchasing_disabled": "is_active",
    "category_id": "categories",
    "tax_class_id": "tax_code",
    "label": "option_values",
    "display_name": "option_names",
}
_CLASHES = {
    "name": ("name_in_use", "another product of the store has this name", "rename one of the two, then run again"),
    "sku": (
        "sku_in_use",
        "another product or variant of the store has this SKU",
        "change one of the two SKUs, then run again",
    ),
    "custom_url": (
        "url_in_use",
        "another page of the store has this address",
        "change one of the two addresses, then run again",
    ),
    "option_values": (
        "values_in_use",
        "the product has a variant with these option values",
        "look at the product's variants",
    ),
}
_STATUS = {
    400: ("store_refused", "the store could not read the request", None),
    404: ("store_gone", "the store does not have it any more", "run again; the link is then looked at"),
    413: ("too_many", "the request was larger than the store takes", None),
    423: ("store_locked", "the store has it locked", "run again later"),
    429: ("store_busy", "the store asked for fewer calls", "run again later"),
    507: ("store_full", "the store's plan allows no more of this", "look at the plan of the store"),
}


@dataclass(frozen=True)
class Said:
    """What an error body says: its texts in order, and its fields with what is wrong with each."""

    texts: tuple[str, ...]
    fields: dict[str, str]
    status: int | None = None
    """The status of the only refused item of a batch, where the body tells it."""

    def __str__(self) -> str:
        named = [f"{name}: {reason}" for name, reason in self.fields.items() if reason not in self.texts]
        return "; ".join([*self.texts, *named])[:_LONGEST]


def said_in(text: str) -> Said:
    """What the store says in an error body; nothing where it cannot be read."""
    try:
        body = exact_json.loads(text)
    except ValueError:
        return Said((), {})
    found = list(_parts(body, 0))
    texts = (part[key] for part in found for key in ("title", "message", "detail") if isinstance(part.get(key), str))
    fields: dict[str, str] = {}
    for part in found:
        errors = part.get("errors")
        if isinstance(errors, dict):
            fields |= {str(name): what for name, what in errors.items() if isinstance(what, str) and name not in _PLAIN}
    return Said(tuple(dict.fromkeys(text for text in texts if text)), fields, _of_one_item(body))


@dataclass(frozen=True)
class Named:
    """Which items of a call an error body names: by place, from 0, and by id: ``("variant_id", "106")``."""

    places: frozenset[int]
    ids: frozenset[tuple[str, str]]


def named_in(text: str) -> Named:
    """What an error body says of single items of a call: ``items.3.quantity``, "Item with variant_id 106 …" (§5).

    No document says that places are told, and in which form: it is a hint where to look.
    """
    said = said_in(text)
    places = (_PLACE.match(name) for name in said.fields)
    ids = (found for words in (*said.texts, *said.fields.values()) for found in _ID.findall(words))
    return Named(frozenset(int(found[1]) for found in places if found), frozenset(ids))


_PLACE = re.compile(r"(?:items\.|\[)?(\d{1,4})(?:\]|\.|$)")
_ID = re.compile(r"\b(variant_id|product_id|sku) ([\w-]{1,255})")


def partly_saved(status: int, text: str) -> bool:
    """Whether a good answer tells of errors: 207, or errors beside the data."""
    if status == PARTLY_SAVED:
        return True
    if '"errors"' not in text and '"batch_errors"' not in text:
        return False
    try:
        body = exact_json.loads(text)
    except ValueError:
        return False
    return isinstance(body, dict) and bool(body.get("errors") or body.get("batch_errors"))


def _of_one_item(body: Any) -> int | None:
    items = body.get("batch_errors") if isinstance(body, dict) else None
    status = (
        items[0].get("status") if isinstance(items, list) and len(items) == 1 and isinstance(items[0], dict) else None
    )
    return status if isinstance(status, int) and 400 <= status < 500 else None


_PLAIN = frozenset({"title", "type", "detail", "instance", "message"})


def _parts(body: Any, depth: int) -> Iterator[dict[str, Any]]:
    """Every object of an error body that may say something, outermost first; at most four deep."""
    if depth > 4:
        return
    if isinstance(body, list):
        for entry in body:
            yield from _parts(entry, depth + 1)
    elif isinstance(body, dict):
        yield body
        for key in ("batch_errors", "errors", "data"):
            if isinstance(body.get(key), list) or (key == "errors" and _is_object(body.get(key))):
                yield from _parts(body[key], depth + 1)


def _is_object(errors: Any) -> bool:
    return isinstance(errors, dict) and "title" in errors


def ours(field: str) -> str:
    """Our name of a field of the store; of ``variants.2.retail_price`` the last word counts."""
    words = [word for word in re.split(r"[.\[\]:]", field) if word and not word.isdigit()]
    last = words[-1] if words else field
    return _OURS.get(last, last)


def problem(status: int, text: str) -> Problem:
    """One refusal or failure of the store in our words; ``found`` is what it said."""
    said = said_in(text)
    fields = list(dict.fromkeys(ours(name) for name in said.fields))
    code, words, do = _meaning(said.status or status, fields, said)
    return Problem(code, words, found=str(said) or f"status {status}", expected=None, do=do)


def _meaning(status: int, fields: list[str], said: Said) -> tuple[str, str, str | None]:
    if status == 409:
        return _clash(fields, said)
    if status in _STATUS:
        return _STATUS[status]
    if status >= 500:
        return "store_failed", "the store failed", "run again later"
    return _not_accepted(status, ", ".join(fields), said)


def _not_accepted(status: int, named: str, said: Said) -> tuple[str, str, str | None]:
    if status == PARTLY_SAVED:
        lacking = named or "a part of it"
        return "saved_in_part", f"the store saved it without {lacking}", "look at the product in the store"
    if any("tracked" in text for text in said.texts):
        about = "the store counts this stock at another level, or not at all"
        return "counted_elsewhere", about, "look at the product's stock tracking"
    if named:
        return "store_refused", f"the store does not accept {named}", f"correct {named} at its source, then run again"
    return "store_refused", "the store does not accept it", None


def _clash(fields: list[str], said: Said) -> tuple[str, str, str | None]:
    for name, meaning in _CLASHES.items():
        if name in fields or (
            not fields and any(re.search(rf"\b{name}\b", text, re.IGNORECASE) for text in said.texts)
        ):
            return meaning
    named = ", ".join(fields)
    return (
        "store_conflict",
        f"it clashes with something in the store{f' ({named})' if named else ''}",
        "look at both in the store",
    )
