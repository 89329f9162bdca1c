"""Deeds: what people do at a platform by hand, as a sandbox declares them and a rehearsal asks for them by name.

They are no part of the platform's API. A running sandbox answers for them at ``PATH``, beside its routes: without
quota or faults, and not among its calls. What a deed does is the platform's, or its shoppers' (``shoppers``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, TypeVar

from pipelines.kit.sandbox.types import Request, Response

if TYPE_CHECKING:
    from pipelines.kit.sandbox.machine import Machine

D = TypeVar("D", bound=Callable[..., Any])
PATH = "/.sandbox/deeds"


@dataclass(frozen=True)
class Deed:
    """One thing a person can do there. ``words``: what the command takes; ``handler``: the method that does it."""

    name: str
    words: str
    says: str
    handler: str


class NotDone(Exception):
    """The platform does not let a person do it, or there is no such thing; nothing changed. Its text says why."""


def deed(name: str, words: str, says: str) -> Callable[[D], D]:
    """Mark a method ``(words) -> {"says": [line, …], …}`` as what ``tillsync sandbox PLATFORM name words`` does."""

    def mark(handler: D) -> D:
        handler.__dict__["_deed"] = Deed(name, words, says, handler.__name__)
        return handler

    return mark


def answer(machine: Machine, request: Request) -> Response:
    """What a request at ``PATH`` is answered: GET lists the deeds, POST does one (``{"deed", "words"}``).

    401 without the sandbox's token, 409 with ``error`` where the deed was not done.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or machine.token not in (None, token):
        return Response.json(401, {"platform": machine.name, "error": "this sandbox has another token"})
    known = [{"deed": one.name, "words": one.words, "says": one.says} for one in machine.deeds.values()]
    if request.method == "GET":
        return Response.json(200, {"platform": machine.name, "deeds": known})
    asked = request.json()
    try:
        done = _do(machine, str(asked["deed"]), [str(word) for word in asked["words"]])
    except NotDone as why:
        return Response.json(409, {"platform": machine.name, "error": str(why), "deeds": known})
    return Response.json(200, {"platform": machine.name, "deed": asked["deed"], **done})


def _do(machine: Machine, name: str, words: list[str]) -> dict[str, Any]:
    if name not in machine.deeds:
        raise NotDone(f"nobody can {name} at {machine.name}")
    with machine.lock:
        machine.settle()
        done: dict[str, Any] = getattr(machine, machine.deeds[name].handler)(words)
        return done


def units(words: Sequence[str], least: Decimal | int | None = None, whole: bool = False) -> list[tuple[str, Decimal]]:
    """``["MUG:2", "CUP"]`` → each SKU with its quantity, 1 where none is said. Raises NotDone."""
    if not words:
        raise NotDone("say which: SKU, or SKU:N for N of it")
    return [_unit(word, least, whole) for word in words]


def _unit(word: str, least: Decimal | int | None, whole: bool) -> tuple[str, Decimal]:
    sku, colon, said = word.rpartition(":")
    quantity = number(said) if colon else None
    if quantity is None:
        return word, Decimal(1)
    if (least is not None and quantity < least) or (whole and quantity != quantity.to_integral_value()):
        raise NotDone(f"{said} of {sku} is no quantity here")
    return sku, quantity


def number(text: str) -> Decimal | None:
    """A finite number; None where the text is none."""
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def counted(lines: Sequence[tuple[str, Decimal]]) -> str:
    """``2 of MUG, 1 of CUP``."""
    return ", ".join(f"{quantity:f} of {sku}" for sku, quantity in lines)
