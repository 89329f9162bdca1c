"""What a refusal of this store means, in our words and with our names of fields (fact sheet §8).

An error body is ``{errorMessage, errorCode}``; it may be empty, a reason phrase, or spelt otherwise within a batch.
Whatever is none of these is a refusal that says nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipelines.kit import exact_json
from pipelines.kit.errors import CallFailed, Problem

_LONGEST = 300
TAKEN = frozenset({"SKU_ALREADY_EXISTS", "EXTERNAL_ID_ALREADY_USED", "COMBINATION_DUPLICATED"})
"""Refusals that say: it is there already."""
NO_STORE = "STORE_NOT_FOUND"
_NOT_FOUND = 404
_CODES: Mapping[str, tuple[str, str, str | None]] = {
    "SKU_ALREADY_EXISTS": (
        "sku_in_use",
        "another product or variation of the store has this SKU",
        "change one of the two SKUs, then run again",
    ),
    "EXTERNAL_ID_ALREADY_USED": (
        "id_in_use",
        "another product or variation of the store holds the till's id of this one",
        "look whether the vendor's own link to the till is switched on beside this one",
    ),
    "COMBINATION_DUPLICATED": (
        "values_in_use",
        "the product has a variation with these option values",
        "look at the product's variations",
    ),
    "COMBINATION_CONTAINS_REMOVED_OPTION": (
        "option_in_use",
        "a variation of the store still has an option that the till's product does not have",
        "look at the product's variations",
    ),
    "COMBINATION_CONTAINS_REMOVED_OPTION_VALUE": (
        "option_in_use",
        "a variation of the store still has an option value that the till's product does not have",
        "look at the product's variations",
    ),
    "DIFFERENT_COMBINATION_STOCK": (
        "same_sku",
        "the product and one of its variations have the same SKU, and so must have the same stock",
        "give the product in the store a SKU of its own",
    ),
    "DIFFERENT_COMBINATION_DIMENSIONS": (
        "same_sku",
        "the product and one of its variations have the same SKU, and so must have the same size",
        "give the product in the store a SKU of its own",
    ),
    "NOT_ALLOWED_TO_UPDATE_EXTERNAL_CATEGORIES": (
        "not_ours",
        "the category is kept by another program",
        "look whether the vendor's own link to the till is switched on beside this one",
    ),
    "NOT_AVAILABLE_ON_CURRENT_PLAN": (
        "not_in_plan",
        "the store's plan does not allow this",
        "look at its plan",
    ),
    NO_STORE: ("no_store", "there is no store of this number", "look at `store_id` in the merchants file"),
    "STORE_IS_SUSPENDED": ("store_closed", "the store is suspended", "look at the store's account"),
    "WRONG_URL": ("bad_link", "the store could not fetch the image", "look at the image at the till"),
    "INCORRECT_IMAGE_SIZE": ("bad_image", "the store takes no image of this size", "put a smaller image at the till"),
}
_STATUS: Mapping[int, tuple[str, str, str | None]] = {
    402: ("not_in_plan", "the store's plan does not allow this", "look at its plan"),
    404: ("store_gone", "the store does not have it any more", "run again; the link is then looked at"),
    413: ("too_many", "the request was larger than the store takes", None),
    422: ("store_refused", "the store could not use what it was to fetch", None),
    429: ("store_busy", "the store asked for fewer calls", "run again later"),
    449: ("store_busy", "the store is importing a catalogue", "run again later"),
}


@dataclass(frozen=True)
class Said:
    """What an error body says: its code, and its words."""

    code: str = ""
    words: str = ""


def said_in(text: str) -> Said:
    """What the store says in an error body; nothing where it cannot be read."""
    try:
        body = exact_json.loads(text)
    except ValueError:
        return Said()
    if not isinstance(body, dict):
        return Said()
    return Said(_text(body, "errorCode", "error_code"), _text(body, "errorMessage", "error_message")[:_LONGEST])


def _text(body: Mapping[str, Any], *names: str) -> str:
    return next((body[name] for name in names if isinstance(body.get(name), str)), "")


def is_gone(failure: CallFailed) -> bool:
    """Whether the store says that it does not have the record; where the store is not there, no record is gone."""
    return failure.status == _NOT_FOUND and said_in(failure.body).code != NO_STORE


def problem(status: int, text: str) -> Problem:
    """One refusal or failure of the store in our words; ``found`` is what it said."""
    said = said_in(text)
    found = ": ".join(part for part in (said.code, said.words) if part) or f"status {status}"
    code, words, do = _CODES.get(said.code) or _by_status(status)
    return Problem(code, words, found=found, do=do)


def _by_status(status: int) -> tuple[str, str, str | None]:
    if status >= 500:
        return "store_failed", "the store failed", "run again later"
    return _STATUS.get(status, ("store_refused", "the store does not accept it", None))
