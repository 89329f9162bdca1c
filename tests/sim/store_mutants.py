"""Wrong policies in a shop on the second store platform: what its calls mean is read well enough to catch them."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any
from unittest.mock import patch

from pipelines.kit.http import Session
from tests.sim.mutants import (
    HELD,
    HIDES,
    ONLY_STOCK,
    Mutant,
    hidden_is_deleted,
    holds_ignored,
    sent_again_after_an_error,
)

SECOND = "lightspeed_x__ecwid"


def bodies(spoil: Any) -> AbstractContextManager[Any]:
    """Every change of a product or variation with another body, sent alone or with others."""
    real = Session.call

    def spoilt(verb: str, path: str, body: Any) -> Any:
        return spoil(body) if verb == "PUT" and path.startswith("/products/") and isinstance(body, dict) else body

    def call(self: Session, verb: str, where: str, *, params: Any = None, body: Any = None, **more: Any) -> Any:
        if isinstance(body, list):
            body = [{**one, "body": spoilt(one["method"], one["path"], one["body"])} for one in body]
        return real(self, verb, where, params=params, body=spoilt(verb, where, body), **more)

    return patch.object(Session, "call", call)


def below_zero() -> AbstractContextManager[Any]:
    return bodies(lambda body: {**body, "quantity": body["quantity"] - 60} if "quantity" in body else body)


def writes_what_is_the_stores() -> AbstractContextManager[Any]:
    return bodies(lambda body: {**body, "seoTitle": "ours"} if "description" in body else body)


def there(fixed: dict[str, Any]) -> dict[str, Any]:
    return {**fixed, "connection": SECOND}


STORE_MUTANTS: dict[str, Mutant] = {
    "a second store: below zero": Mutant("I-11", below_zero, there(ONLY_STOCK)),
    "a second store: what is its own is written": Mutant(
        "I-21", writes_what_is_the_stores, there({"weights": {"description": 1}})
    ),
    "a second store: made again blindly": Mutant("I-18", sent_again_after_an_error, there({"rates": {"F6": 0.4}})),
    "a second store: hidden is deleted": Mutant("I-23", hidden_is_deleted, there(HIDES)),
    "a second store: holds are ignored": Mutant("I-24", holds_ignored, there({**HELD, "weights": {"price": 1}})),
}
