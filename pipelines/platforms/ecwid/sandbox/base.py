"""What every group of operations of the sandbox stands on: the shelves, switches, tokens, time, what a change leaves.

Operations are in the ``*_routes`` modules, what they do to records in the ``*_changes`` modules.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, ClassVar

from pipelines.kit.sandbox import Clock, Faults, Machine, QuotaState, Request, Response
from pipelines.kit.sandbox.machine import Route
from pipelines.kit.sandbox.numbers import Numbered
from pipelines.platforms.ecwid.sandbox.answers import Limits, Refusal, page, refused
from pipelines.platforms.ecwid.sandbox.formats import CURRENCY
from pipelines.platforms.ecwid.sandbox.records import Product
from pipelines.platforms.ecwid.sandbox.scopes import needed
from pipelines.platforms.ecwid.sandbox.shelves import Shelves

API = "/api/v3/{store}"
STANDARD_QUOTA = (600, 60.0)
"""Calls and seconds for one token (fact sheet §8); put it in ``quota`` to have it enforced."""
PATIENCE = 20
"""Refused calls of a blocked token within its minute before the block grows."""
CODES = {405: "METHOD_NOT_ALLOWED", 408: "TIMEOUT", 429: "RATE_LIMITED", 500: "INTERNAL_ERROR"}


class StoreMachine(Machine):
    """The machine with its records and the things all operations need."""

    name = "ecwid"
    level_field: ClassVar[str] = "quantity"
    default_switches: ClassVar[Mapping[str, object]] = {
        "api_order_stock": "paid_only",
        "attributes_on_put": "merge",
        "batch_bodies": "absent",
        "batch_counts_each": False,
        "batch_lag": 0.2,
        "cancel_by_api_restocks": True,
        "categories_on_put": "replace",
        "category_names_unique": False,
        "dedup_compares": False,
        "default_order": "newest_first",
        "deleted_lag": 0.0,
        "deleted_orders_id": "number",
        "delta_on_unlimited": "ignore",
        "gallery_follows_main": False,
        "image_lag": 0.0,
        "internal_order_id": True,
        "largest_offset": 0,
        "limit_too_high": "clamp",
        "location_inventory": False,
        "long_block": 600.0,
        "null_clears": False,
        "order_id_key": "orderid",
        "order_lag": 0.0,
        "parent_quantity": "own",
        "partial_refund_restocks": False,
        "quantity_tracks": True,
        "save_combinations": "replace",
        "stock_lag": 0.2,
        "stock_without_sku": "ignore",
        "ticket_seconds": 86_400.0,
        "token_in_query": True,
        "unreachable_images": [],
        "updated_bounds": "inclusive",
    }

    def __init__(
        self, seed: int = 0, clock: Clock | None = None, token: str | None = None, faults: Faults | None = None
    ) -> None:
        super().__init__(seed, clock, token, faults)
        self.store_id = 1003
        self.shelves = Shelves()
        self.facts: dict[str, Any] = {}
        self.scopes: frozenset[str] | None = None
        """Scopes the token has; None: all."""
        self.suspended = False
        self._public = False
        self._refused_since: dict[str, int] = {}

    def account(self) -> dict[str, object]:
        return {"store_id": self.store_id}

    # --- time and changes ----------------------------------------------------------------------------------

    def unix(self) -> float:
        """The moment of the machine's clock, in unix seconds."""
        return self.clock.now().timestamp()

    def formats(self) -> dict[str, Any]:
        """Currency and units of the store."""
        return {**CURRENCY, **self.facts.get("formatsAndUnits", {})}

    def language(self) -> str:
        """The store's own language."""
        return str(self.facts.get("languages", {}).get("defaultLanguage", "en"))

    def toggled(self, name: str) -> bool:
        """Whether a feature toggle of the store is on."""
        return bool(self.facts.get("toggles", {}).get(name, False))

    def paged(self, request: Request, rows: Sequence[Any], show: Callable[[Any], Any], **more: Any) -> Response:
        """A page of a list, as the store's limits have it. Raises Refusal."""
        most = int(str(self.switches["largest_offset"]))
        return page(request, rows, show, Limits(self.switches["limit_too_high"] == "clamp", most), **more)

    def lag(self, switch: str) -> float:
        """A switch that is a number of seconds."""
        return float(str(self.switches[switch]))

    @contextmanager
    def changing(self, product: Product) -> Iterator[Product]:
        """Change a product: all or nothing, indexed anew, seen by searches after the lag."""
        before = product.copied()
        self.shelves.unindex(product)
        try:
            yield product
        except Refusal:
            product.__dict__.update(before.__dict__)
            raise
        else:
            self.touch(product)
        finally:
            self.shelves.index(product)
        self.shelves.remember(product.id, before, self.unix(), self.lag("stock_lag"))

    def touch(self, product: Product) -> None:
        """Note that a product changed."""
        product.updated = int(self.unix())
        product.piece = None
        self.shelves.moved["products"] = product.updated

    # --- calls ---------------------------------------------------------------------------------------------

    def presented_token(self, request: Request) -> str | None:
        token = super().presented_token(request)
        if token is None and self.switches["token_in_query"]:
            token = request.param("token") or None
        return token

    def payer(self, request: Request) -> str:
        return self.presented_token(request) or ""

    def unauthorized(self) -> Response:
        return refused(Refusal("INVALID_API_TOKEN", "The token is not one of this store"))

    def problem(self, status: int, message: str) -> Response:
        return refused(Refusal(CODES.get(status), message, status))

    def too_many(self, retry_after: float | None) -> Response:
        """429 with whole seconds (§8)."""
        headers = {} if retry_after is None else {"retry-after": str(max(1, math.ceil(retry_after)))}
        return refused(Refusal("RATE_LIMITED", "Too many requests"), headers)

    def answer(self, request: Request) -> Response:
        token = self.presented_token(request) or ""
        outer, self._public = self._public, token.startswith("public_")
        try:
            return super().answer(request)
        finally:
            self._public = outer

    def _take(self, payer: str) -> QuotaState | None:
        """A blocked token that keeps calling is blocked for longer (§8)."""
        state = super()._take(payer)
        if state is None or state.left >= 0:
            self._refused_since.pop(payer, None)
            return state
        self._refused_since[payer] = self._refused_since.get(payer, 0) + 1
        if self._refused_since[payer] == PATIENCE:
            started, used = self._windows[payer]
            self._windows[payer] = (started + timedelta(seconds=self.lag("long_block")), used)
            return QuotaState(state.limit, -1, self.lag("long_block") + state.reset_seconds)
        return state

    def list_member(self, body: Mapping[str, Any]) -> str | None:
        """``items``, which an order has as well: a list has no id of its own."""
        return "items" if isinstance(body.get("items"), list) and not {"id", "internalId"} & body.keys() else None

    def counts(self, record: Mapping[str, Any]) -> bool:
        return not record.get("unlimited", False)

    def _dispatch(self, entry: Route, request: Request, arguments: dict[str, str]) -> Response:
        rest = {name: value for name, value in arguments.items() if name != "store"}
        try:
            self._check_store(arguments["store"])
            self._check_scope(entry.method, entry.template.removeprefix(API))
            return super()._dispatch(entry, request, rest)
        except Refusal as refusal:
            return refused(refusal)

    def _check_store(self, store: str) -> None:
        if store != str(self.store_id):
            raise Refusal("STORE_NOT_FOUND", f"Store {store} not found")
        if self.suspended:
            raise Refusal("STORE_IS_SUSPENDED", "The store is suspended")

    def _check_scope(self, method: str, path: str) -> None:
        scope = needed(method, path)
        public = {"read_catalog", "read_store_profile", None}
        if (self._public and scope not in public) or (self.scopes is not None and scope and scope not in self.scopes):
            raise Refusal("INSUFFICIENT_APP_SCOPE", f"The token lacks the scope {scope}")

    # --- saved state ---------------------------------------------------------------------------------------

    def dump_state(self) -> dict[str, Any]:
        return {
            "store_id": self.store_id,
            "facts": self.facts,
            "suspended": self.suspended,
            **self.shelves.dump(),
        }

    def load_state(self, state: dict[str, Any]) -> None:
        self.store_id = int(state["store_id"])
        self.facts = dict(state["facts"])
        self.suspended = bool(state["suspended"])
        self.shelves.read(state)

    def numbered(self) -> Numbered:
        return self.shelves
