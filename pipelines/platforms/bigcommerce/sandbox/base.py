"""What every group of operations of the sandbox stands on: the store, its switches, headers, stock as seen.

Operations are in the ``*_routes`` modules, what they do to records in the ``*_changes`` modules.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, ClassVar, TypeVar

import orjson

from pipelines.kit.sandbox import Clock, Faults, Machine, QuotaState, Request, Response
from pipelines.kit.sandbox.machine import Route
from pipelines.kit.sandbox.numbers import Numbered
from pipelines.platforms.bigcommerce.sandbox import wrong_lists
from pipelines.platforms.bigcommerce.sandbox.answers import Refusal, invalid, refused
from pipelines.platforms.bigcommerce.sandbox.fields import LARGEST, Field, faults
from pipelines.platforms.bigcommerce.sandbox.orders.book import Book
from pipelines.platforms.bigcommerce.sandbox.records import Product, Variant
from pipelines.platforms.bigcommerce.sandbox.render import Renderer, moment
from pipelines.platforms.bigcommerce.sandbox.store import Store

V3 = "/stores/{store}/v3"
V2 = "/stores/{store}/v2"
STANDARD_QUOTA = (150, 30.0)
"""Calls and seconds of the smallest plans (fact sheet §10); put it in ``quota`` to have it enforced."""
BODY_METHODS = frozenset({"POST", "PUT"})
R = TypeVar("R")


class StoreMachine(Machine):
    """The machine with its records and the things all operations need."""

    name = "bigcommerce"
    default_switches: ClassVar[Mapping[str, object]] = {
        "stock_lag": 0.2,
        "adjust_untracked": "refuse",
        "api_order_stock": "take",
        "api_refund_restocks": False,
        "base_variant_ends": "first_variant",
        "base_variant_price": "own",
        "catalogue_level": "default_location",
        "create_status": 200,
        "custom_fields_on_put": "merge",
        "empty_images": 204,
        "empty_v2_lists": 204,
        "external_order_id_unique": False,
        "list_archived": False,
        "list_incomplete": True,
        "limit_too_high": "clamp",
        "list_wrong": "",
        "name_ignores_case": False,
        "nested_in_write_answers": True,
        "option_edit_new_ids": False,
        "order_create_status": 200,
        "order_lag": 0.0,
        "order_location": 1,
        "payment_moves_order": True,
        "product_batch": "all_or_nothing",
        "product_sku_finds_variants": False,
        "refund_declined": False,
        "refund_moves_order": True,
        "stock_moves_date_modified": False,
        "tax_rounding": "line",
        "unknown_fields": "refuse",
        "unreachable_images": [],
        "v2_product_experience": False,
        "variant_batch": "all_or_nothing",
        "variant_list_filters": True,
        "variant_moves_date_modified": False,
    }

    def __init__(
        self, seed: int = 0, clock: Clock | None = None, token: str | None = None, faults: Faults | None = None
    ) -> None:
        super().__init__(seed, clock, token, faults)
        self.store_hash = "abc123"
        self.store = Store(lambda: bool(self.switches["name_ignores_case"]))
        self.book = Book()
        self.facts: dict[str, Any] = {}
        self.renderer = Renderer(self.store_hash, self.catalogue_level, self.unix)
        self._path = ""

    def account(self) -> dict[str, object]:
        return {"store_hash": self.store_hash}

    # --- time ----------------------------------------------------------------------------------------------

    def unix(self) -> float:
        """The moment of the machine's clock, in unix seconds."""
        return self.clock.now().timestamp()

    def stamp(self) -> str:
        """The moment as the catalogue writes it."""
        return moment(int(self.unix()))

    def today(self) -> datetime:
        return self.clock.now()

    def touch(self, product: Product, moves_date: bool = True) -> None:
        """Note that a product changed; ``moves_date`` off leaves ``date_modified``."""
        if moves_date:
            product.modified = int(self.unix())
        product.changed()

    # --- stock as the catalogue shows it -------------------------------------------------------------------

    def item_of(self, product: Product, variant: Variant | None) -> str:
        """The item that holds the stock: the product as a whole, or the variant."""
        if product.fields["inventory_tracking"] == "product" or variant is None:
            return f"p{product.id}"
        return f"v{variant.id}"

    def catalogue_level(self, product: Product, variant: Variant | None) -> int:
        """``inventory_level`` of a product (None) or a variant (fact sheet §5; which locations: a switch)."""
        tracking = product.fields["inventory_tracking"]
        if tracking == "none":
            return 0
        if tracking == "product":
            return self._seen(f"p{product.id}") if variant is None or variant.is_base else 0
        chosen = product.variants if variant is None else [variant]
        return sum(self._seen(f"v{one.id}") for one in chosen)

    def _seen(self, item: str) -> int:
        whole = self.switches["catalogue_level"] == "total"
        locations = self.store.locations if whole else (1,)
        now = self.unix()
        return sum(self.store.levels.seen((location, item), now) for location in locations)

    def put_level(self, product: Product, pair: tuple[int, str], level: int) -> None:
        """Set a level, seen by readers after the lag."""
        seen_from = self.unix() + float(str(self.switches["stock_lag"]))
        self.store.levels.put(pair, level, seen_from)
        product.settled_at = max(product.settled_at, seen_from)
        self.touch(product, bool(self.switches["stock_moves_date_modified"]))

    def put_catalogue_level(self, product: Product, variant: Variant | None, level: int) -> Refusal | None:
        """Stock written through the catalogue: the default location, clamped at the largest level (§5)."""
        if level < 0:
            return invalid({"inventory_level": "must be at least 0"})
        self.put_level(product, (1, self.item_of(product, variant)), min(level, LARGEST))
        return None

    # --- calls ---------------------------------------------------------------------------------------------

    def handle(self, request: Request) -> Response:
        with self.lock:
            self._path = request.path
            return super().handle(request)

    def answer(self, request: Request) -> Response:
        outer, self._path = self._path, request.path
        wrong = self.switches["list_wrong"]
        try:
            return wrong_lists.answered(super().answer(wrong_lists.asked(request, wrong)), wrong)
        finally:
            self._path = outer

    def _dispatch(self, entry: Route, request: Request, arguments: dict[str, str]) -> Response:
        rest = {name: value for name, value in arguments.items() if name != "store"}
        try:
            self._check_headers(request, arguments["store"])
            return super()._dispatch(entry, request, rest)
        except Refusal as refusal:
            return refused(refusal, request.path)

    def _check_headers(self, request: Request, store: str) -> None:
        if store != self.store_hash:
            raise Refusal(401, "The token is not one of this store")
        accept = request.headers.get("accept", "")
        if "application/json" not in accept and "*/*" not in accept:
            raise Refusal(406, "The Accept header must name application/json")
        kind = request.headers.get("content-type", "")
        if request.method in BODY_METHODS and not kind.startswith(("application/json", "multipart/form-data")):
            raise Refusal(415, "The Content-Type header must be application/json")

    def presented_token(self, request: Request) -> str | None:
        return request.headers.get("x-auth-token") or None

    def problem(self, status: int, message: str) -> Response:
        return refused(Refusal(status, message), self._path)

    def too_many(self, retry_after: float | None) -> Response:
        answer = self.problem(429, "Too many requests")
        if retry_after is None:
            return answer
        return Response(429, {**answer.headers, "x-retry-after": str(max(1, math.ceil(retry_after)))}, answer.body)

    def quota_headers(self, state: QuotaState | None) -> Mapping[str, str]:
        limit, seconds = self.quota or STANDARD_QUOTA
        left, reset = (state.left, state.reset_seconds) if state else (limit, seconds)
        return {
            "x-rate-limit-requests-quota": str(limit),
            "x-rate-limit-requests-left": str(max(0, left)),
            "x-rate-limit-time-window-ms": str(round(seconds * 1000)),
            "x-rate-limit-time-reset-ms": str(round(reset * 1000)),
        }

    # --- bodies --------------------------------------------------------------------------------------------

    def check_fields(self, body: Mapping[str, Any], fields: Mapping[str, Field], others: frozenset[str]) -> None:
        """Refuse a body with faulty fields; fields that are neither in the table nor in ``others``: a switch."""
        found = faults(body, fields)
        if self.switches["unknown_fields"] == "refuse":
            found |= {name: "is not a field" for name in body if name not in fields and name not in others}
        if found:
            raise invalid(found)

    def nested(self) -> tuple[str, ...]:
        """The nested lists that the answer to a write of a product carries."""
        return ("variants", "images", "custom_fields") if self.switches["nested_in_write_answers"] else ()

    def shown(self, product: Product) -> orjson.Fragment:
        """A product as the answer to a write shows it."""
        return self.renderer.product(product, self.nested())

    # --- saved state ---------------------------------------------------------------------------------------

    def dump_state(self) -> dict[str, Any]:
        return {"store_hash": self.store_hash, "facts": self.facts, **self.store.dump(), **self.book.dump()}

    def load_state(self, state: dict[str, Any]) -> None:
        self.store_hash = state["store_hash"]
        self.facts = state["facts"]
        self.store.read(state)
        self.book.read(state)
        self.renderer = Renderer(self.store_hash, self.catalogue_level, self.unix)

    def numbered(self) -> Numbered:
        return self.store


def each_refused(items: list[Any], change: Callable[[Any], R]) -> tuple[list[R], list[Refusal]]:
    """Apply a change to every item; results of the good ones and refusals of the others, in order."""
    done: list[R] = []
    refusals: list[Refusal] = []
    for item in items:
        try:
            done.append(change(item))
        except Refusal as refusal:
            refusals.append(refusal)
    return done, refusals
