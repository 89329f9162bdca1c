"""What a refusal of this till means, in our words.

No document lists its refusals: a status and a text are all there is (fact sheet §3). The text only hints at the
meaning, so it is quoted as well.
"""

from __future__ import annotations

import re

from pipelines.kit.errors import CallFailed, Problem
from pipelines.kit.redaction import redact
from pipelines.platforms.lightspeed_x.client import said

CONFLICT, GONE, UNPROCESSABLE, UNREADABLE = 409, 404, 422, 400
_MEANINGS = (
    (
        r"register\b.*\bclosed",
        "register_closed",
        "the register is closed, and this account takes no sale on a closed one",
        "open the register at the till, then run again",
    ),
    (
        r"\bregister",
        "register_gone",
        "the till does not have the register any more",
        "name a register that is there as `register` in the settings",
    ),
    (
        r"payment_?s?\b.*(config_id|type)|payment.type",
        "payment_type_gone",
        "the till does not have the payment type any more",
        "map the payment to a payment type that is there",
    ),
    (r"author|\buser", "user_gone", "the till does not have the user any more", "name a user that is there"),
    (r"customer", "customer_gone", "the till does not have the customer, or not in this form", "look at the customer"),
    (r"\btax", "tax_gone", "the till does not have the tax any more", "map the tax to one that is there"),
    (
        r"product",
        "product_gone",
        "the till does not have a product of it any more",
        "restore the product at the till, or link another one",
    ),
)
MEANT = frozenset(code for _, code, _, _ in _MEANINGS)
"""The refusals whose cause the till names."""
_STATUS = {
    GONE: ("till_gone", "the till does not have it any more", "run again; it is then looked at"),
    CONFLICT: ("till_conflict", "it clashes with something at the till", "look at both at the till"),
    UNREADABLE: ("till_refused", "the till could not read it", None),
}


def problem(error: CallFailed) -> Problem:
    """A refused call in our words; ``found`` is what the till said. Any other failure keeps its own words."""
    if error.outcome != "rejected" or error.status is None:
        return error.problems[0]
    words = redact(said(error.body))
    code, message, do = _meaning(error.status, words)
    return Problem(code, message, found=words or f"status {error.status}", do=do)


def _meaning(status: int, words: str) -> tuple[str, str, str | None]:
    if status not in {GONE, CONFLICT}:
        for pattern, code, message, do in _MEANINGS:
            if re.search(pattern, words, re.IGNORECASE):
                return code, message, do
    return _STATUS.get(status, ("till_refused", "the till does not accept it", None))
