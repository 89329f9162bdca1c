"""What the simulator needs of a store, whichever platform it is on: one module of this folder for each, by its name.

A module has ``SHOP``, a ``Shop`` around the sandbox of its platform: what stands in the store, what people do there,
and what the engine's calls to it mean. Products, variants, orders and lines are named by text; a variant as the engine
names it. Nothing here judges.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from importlib import import_module
from pkgutil import iter_modules
from random import Random
from typing import TYPE_CHECKING, Any, ClassVar

from pipelines.language import mapping

if TYPE_CHECKING:
    from tests.sim.wire import Sent

Item = dict[str, Any]
Buyer = str | Mapping[str, str]
OWN_NAME, OWN_PRICE = "The store's own", 7


@dataclass(frozen=True)
class Place:
    """Where a SKU is sold in the store; ``level`` 0 where it is not counted."""

    sku: str
    product: str
    variant: str
    counted: bool
    level: int


@dataclass(frozen=True)
class Bought:
    """A line of an order. ``now``: the SKU its variant has by now; None where it is gone."""

    id: str
    sku: str
    quantity: int
    now: str | None


@dataclass(frozen=True)
class Placed:
    """An order as it is. ``given_back``: something of it was refunded. Money with tax, in units of the currency."""

    id: str
    status: str
    lines: Sequence[Bought]
    given_back: bool
    total: Decimal
    tax: Decimal
    captured: Decimal


@dataclass(frozen=True)
class Statuses:
    """What a store calls the states of an order, and which of them people take it from and to."""

    never_placed: frozenset[str]
    called_off: frozenset[str]
    not_recorded: frozenset[str]
    """No sale is made in these; in those that are not ``never_placed``, units are promised all the same (S001-31)."""
    unpaid: frozenset[str]
    placed: str
    edited: frozenset[str]
    added: frozenset[str]
    cancelled: frozenset[str]
    goes_on: frozenset[str]
    refunded: frozenset[str]
    touched: frozenset[str]
    cancels_to: tuple[str, ...]
    goes_to: tuple[str, ...]

    @property
    def waits_for_money(self) -> frozenset[str]:
        """Orders whose money may still come in."""
        return self.unpaid | self.not_recorded


@dataclass(frozen=True)
class Part:
    """One operation of a call; a call of several at once has several. ``path`` is below the store's address."""

    method: str
    path: str
    body: Any
    query: Mapping[str, str]


class Shop(ABC):
    """A store behind its sandbox."""

    fields: ClassVar[frozenset[str]]
    """What of a product the till rules, by the names of ``truth``."""
    never: ClassVar[frozenset[str]]
    """Fields of a standing product that are the store's own; the till may never change them (I-21)."""
    endpoints: ClassVar[tuple[str, ...]]
    """Parts of addresses that may stall by themselves (F33)."""
    statuses: ClassVar[Statuses]
    checkouts: ClassVar[Sequence[tuple[float, Mapping[str, Any]]]]
    """How orders are placed, with the weight of each."""

    def __init__(self, machine: Any) -> None:
        self.machine = machine

    def settings(self, rng: Random) -> dict[str, Any]:
        """Settings of the connection that a seed draws for this platform."""
        return {}

    # --- what stands there ---------------------------------------------------------------------------------

    @abstractmethod
    def products(self) -> list[str]:
        """Every product, in the order they were made."""

    @abstractmethod
    def places(self, product: str) -> list[Place]:
        """What of a product is sold."""

    @abstractmethod
    def place(self, sku: str) -> Place | None:
        """Where a SKU is sold."""

    @abstractmethod
    def product_of(self, level: str, target: str) -> str | None:
        """The product of what an intent of this level names."""

    @abstractmethod
    def sold_as(self, variant: str) -> Place | None:
        """What a variant is sold as, if it is there."""

    @abstractmethod
    def visible(self, product: str) -> bool:
        """Whether shoppers see a product."""

    @abstractmethod
    def names(self) -> list[str]:
        """The name of every product."""

    @abstractmethod
    def shown(self) -> dict[str, Item]:
        """By SKU: how each stands; the names of ``truth.wanted``, and ``product_id``."""

    @abstractmethod
    def follow(self, then: Callable[[str], None]) -> None:
        """Have ``then`` called with an order whenever it changed."""

    # --- people at products --------------------------------------------------------------------------------

    @abstractmethod
    def edit(self, product: str, *, price: Decimal | None = None, visible: bool | None = None,
             description: str | None = None) -> None:  # fmt: skip
        """A person edits what the till rules."""

    @abstractmethod
    def simple(self, product: str) -> bool:
        """Whether a product is sold without options."""

    @abstractmethod
    def own_values(self, number: int) -> Item:
        """Values for fields that are the store's own."""

    @abstractmethod
    def set_own(self, product: str, values: Item) -> None:
        """A person sets fields that are the store's own."""

    @abstractmethod
    def value(self, product: str, name: str) -> Any:
        """A field of a product, by the platform's name."""

    @abstractmethod
    def make_own(self, number: int) -> str:
        """A person makes a product the till does not know, called ``OWN_NAME`` and a number, for ``OWN_PRICE``."""

    @abstractmethod
    def reuse(self, product: str) -> bool:
        """The id of a product that was deleted is given out once more, where it was the last one (F32)."""

    def delete(self, product: str) -> None:
        """A person deletes a product."""
        self.machine.delete_product(product)

    def set_level(self, sku: str, level: int) -> None:
        """A person sets a level."""
        self.machine.set_level(sku, level)

    # --- shoppers ------------------------------------------------------------------------------------------

    @abstractmethod
    def orders(self) -> list[str]:
        """Every order, in the order they were placed."""

    @abstractmethod
    def order(self, order: str) -> Placed:
        """An order as it is."""

    @abstractmethod
    def buy(self, lines: Sequence[tuple[str, int]], buyer: Buyer, how: Mapping[str, Any]) -> str | None:
        """A shopper's order; None where the store refuses it. ``how`` is one of ``checkouts``."""

    @abstractmethod
    def edit_order(self, order: str, lines: Sequence[Mapping[str, Any]]) -> bool:
        """Lines are edited by ``id`` and ``quantity`` (0 takes one off), or added by ``sku``; False: refused."""

    @abstractmethod
    def move(self, order: str, status: str) -> None:
        """An order takes another status."""

    @abstractmethod
    def pay(self, order: str) -> None:
        """The money comes in, or a shopper comes back to the checkout."""

    @abstractmethod
    def refund(self, order: str, rng: Random) -> bool:
        """Something, or all, is given back; False: refused."""

    @abstractmethod
    def touch(self, order: str) -> None:
        """Somebody saves an order without changing it."""

    # --- calls ---------------------------------------------------------------------------------------------

    @abstractmethod
    def parts(self, sent: Sent) -> list[Part]:
        """The operations of a call."""

    @abstractmethod
    def creates(self, part: Part) -> str | None:
        """The name of the product that is made, in small letters."""

    @abstractmethod
    def looks(self, part: Part) -> bool:
        """Whether somebody looks which products there are."""

    @abstractmethod
    def named(self, part: Part) -> set[str]:
        """Standing products a write is about, by its path or its body."""

    @abstractmethod
    def levels(self, part: Part) -> list[tuple[str | None, Any]]:
        """Levels that are set: the variant (None: unknown) and the value."""

    @abstractmethod
    def changed(self, part: Part) -> list[tuple[str, Item]]:
        """Standing products, and the fields that are changed of each, by the platform's names."""

    @abstractmethod
    def doomed(self, part: Part) -> set[str]:
        """Products or variants that are deleted."""

    @abstractmethod
    def hidden(self, part: Part) -> set[str]:
        """Products that shoppers see and will not see."""

    @abstractmethod
    def priced(self, part: Part) -> set[str]:
        """What gets a price it does not have."""

    def orders_written(self, part: Part) -> bool:
        """Whether a write makes or changes an order."""
        return "/orders" in part.path


def connections() -> list[str]:
    """Every connection whose store is described here."""
    known = {module.name for module in iter_modules(__path__)}
    return [name for name in mapping.connections() if name.partition("__")[2] in known]


def shop(platform: str, machine: Any) -> Shop:
    """The shop around a platform's sandbox. Raises ModuleNotFoundError for a platform nobody described here."""
    made: Shop = import_module(f"{__name__}.{platform}").SHOP(machine)
    return made
