"""Operations on stock: adjustments and readings per location (fact sheet §5).

An adjustment is refused whole or accepted whole; what is accepted is seen after ``stock_lag`` seconds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pipelines.kit.sandbox import Request, Response, route
from pipelines.platforms.bigcommerce.sandbox.answers import (
    Paging,
    Refusal,
    body_of,
    invalid,
    listing,
    numbers,
    only_known,
    paging,
)
from pipelines.platforms.bigcommerce.sandbox.base import V3, StoreMachine
from pipelines.platforms.bigcommerce.sandbox.fields import LARGEST, Field, flag, integer, is_integer, text
from pipelines.platforms.bigcommerce.sandbox.levels import Pair
from pipelines.platforms.bigcommerce.sandbox.part_changes import objects
from pipelines.platforms.bigcommerce.sandbox.records import Product, Variant

MOST_ITEMS = 2000
MOST_LISTED = 1000
IDENTITIES = ("sku", "variant_id", "product_id")
_ITEM = frozenset({"location_id", "quantity", *IDENTITIES})
_SETTINGS: Mapping[str, Field] = {
    "safety_stock": integer(),
    "is_in_stock": flag(True),
    "warning_level": integer(),
    "bin_picking_number": text(255),
}
_FRESH: Mapping[str, Any] = {"safety_stock": 0, "is_in_stock": True, "warning_level": 0, "bin_picking_number": ""}
Held = tuple[Product, Variant | None]
"""Who holds stock: a variant, or (None) the product as a whole."""


class StockRoutes(StoreMachine):
    """The inventory operations."""

    @route("PUT", f"{V3}/inventory/adjustments/absolute")
    def put_absolute(self, request: Request) -> Response:
        changes: dict[Pair, tuple[Product, int]] = {}
        for product, pair, quantity in self._adjustments(request):
            if quantity < 0:
                raise invalid({"quantity": "must be at least 0"})
            changes[pair] = (product, quantity)
        return self._accepted(changes)

    @route("POST", f"{V3}/inventory/adjustments/relative")
    def post_relative(self, request: Request) -> Response:
        changes: dict[Pair, tuple[Product, int]] = {}
        for product, pair, quantity in self._adjustments(request):
            level = changes[pair][1] if pair in changes else self.store.levels.actual(pair)
            if level is None:
                raise Refusal(
                    422, f"Items with identity: [{_shown(pair)}] requires absolute adjustment before relative"
                )
            safety = self.store.levels.settings(pair).get("safety_stock", 0)
            if quantity < 0 and level + quantity < safety:
                raise Refusal(422, f"Items with identity: [{_shown(pair)}] have not enough stock")
            changes[pair] = (product, level + quantity)
        return self._accepted(changes)

    def _accepted(self, changes: dict[Pair, tuple[Product, int]]) -> Response:
        too_high = [pair for pair, (_, level) in changes.items() if level > LARGEST]
        if too_high:
            raise Refusal(422, f"Items with identity: [{_shown(too_high[0])}] exceed the largest level {LARGEST}")
        for pair, (product, level) in changes.items():
            self.put_level(product, pair, level)
        return Response.json(200, {"transaction_id": self.new_id()})

    def _adjustments(self, request: Request) -> Iterator[tuple[Product, Pair, int]]:
        body = body_of(request, dict)
        if not isinstance(body.get("reason", ""), str):
            raise invalid({"reason": "must be a text"})
        items = objects(body.get("items"), "items")
        if not items or len(items) > MOST_ITEMS:
            raise invalid({"items": f"must hold 1 to {MOST_ITEMS} items"})
        for at, item in enumerate(items):
            self._check_item(item, f"items.{at}")
            product, variant = self._addressed(item)
            yield product, (int(item["location_id"]), self.item_of(product, variant)), int(item["quantity"])

    def _check_item(self, item: Mapping[str, Any], place: str) -> None:
        given = [name for name in IDENTITIES if name in item]
        if len(given) != 1:
            raise invalid({place: "needs exactly one of sku, variant_id, product_id"})
        if not is_integer(item.get("quantity")):
            raise invalid({f"{place}.quantity": "must be a whole number"})
        if not is_integer(item.get("location_id")) or item["location_id"] not in self.store.locations:
            raise invalid({f"{place}.location_id": "is not a location"})
        strange = [name for name in item if name not in _ITEM]
        if strange and self.switches["unknown_fields"] == "refuse":
            raise invalid({f"{place}.{strange[0]}": "is not a field"})

    def _addressed(self, item: Mapping[str, Any]) -> Held:
        """Who an item of a call means. Raises Refusal when it is tracked at the other level (fact sheet §5)."""
        name = next(name for name in IDENTITIES if name in item)
        product, variant = self._identified(name, item[name])
        tracking = product.fields["inventory_tracking"]
        shown = f"Item with {name} {item[name]}"
        if tracking == "none" and self.switches["adjust_untracked"] == "refuse":
            raise Refusal(422, f"[{shown} is not tracked]")
        if tracking == "product" and variant is not None:
            raise Refusal(422, f"[{shown} is tracked by product, please update stock by product id]")
        if tracking == "variant" and variant is None:
            raise Refusal(422, f"[{shown} is tracked by variant, please update stock by variant id or sku]")
        return product, variant

    def _identified(self, name: str, value: object) -> Held:
        if name == "product_id":
            product = self.store.products.get(value) if isinstance(value, int) else None
            if product:
                return product, None
        elif name == "variant_id":
            variant = self.store.variants.get(value) if isinstance(value, int) else None
            if variant:
                return self.store.products[variant.product_id], variant
        else:
            owner = self.store.by_sku(value) if isinstance(value, str) else None
            if isinstance(owner, Product):
                return owner, owner.base
            if owner:
                return self.store.products[owner.product_id], owner
        raise Refusal(422, f"[Item with {name} {value} does not exist]")

    # --- readings ------------------------------------------------------------------------------------------

    @route("GET", f"{V3}/inventory/items")
    def list_items(self, request: Request) -> Response:
        only_known(request, ("sku:in", "variant_id:in", "product_id:in", "location_id:in", "location_code:in"))
        wanted, codes = numbers(request, "location_id:in"), listing(request, "location_code:in")
        locations = [
            location
            for location in self.store.locations.values()
            if (wanted is None or location["id"] in wanted) and (codes is None or location["code"] in codes)
        ]
        held, asked, meta = self._page(request)
        records = [self._everywhere(one, locations) for one in held[asked.start : asked.start + asked.limit]]
        return Response.json(200, {"data": records, "meta": meta})

    @route("GET", f"{V3}/inventory/locations/{{location_id}}/items")
    def list_items_at(self, request: Request, location_id: str) -> Response:
        only_known(request, ("sku:in", "variant_id:in", "product_id:in"))
        location = self.location(location_id)
        held, asked, meta = self._page(request)
        part = held[asked.start : asked.start + asked.limit]
        records = [{"identity": _identity(one), **self._reading(one, location["id"])} for one in part]
        return Response.json(200, {"data": records, "meta": meta})

    def location(self, id_: str) -> dict[str, Any]:
        """A location by the id in a path. Raises Refusal 404."""
        location = self.store.locations.get(int(id_) if id_.isdecimal() else -1)
        if location is None:
            raise Refusal(404, f"The location {id_} was not found")
        return location

    def _page(self, request: Request) -> tuple[list[Held], Paging, dict[str, Any]]:
        held = self._chosen_items(request)
        asked = paging(request, MOST_LISTED, MOST_LISTED, self.switches["limit_too_high"] == "clamp")
        count = len(held[asked.start : asked.start + asked.limit])
        return held, asked, asked.meta(len(held), count)

    def _chosen_items(self, request: Request) -> list[Held]:
        skus, variants, products = (
            listing(request, "sku:in"),
            numbers(request, "variant_id:in"),
            numbers(request, "product_id:in"),
        )
        if skus is None and variants is None and products is None:
            return self.store.holders()
        candidates = self._candidates_of(skus, variants, products)
        folded = {sku.lower() for sku in skus} if skus is not None else None
        return [
            one
            for product in candidates
            for one in self.store.holders_of(product)
            if (folded is None or str(_identity(one)["sku"]).lower() in folded)
            and (variants is None or _identity(one).get("variant_id") in variants)
            and (products is None or product.id in products)
        ]

    def _candidates_of(
        self, skus: list[str] | None, variants: list[int] | None, products: list[int] | None
    ) -> list[Product]:
        ids: set[int] = set(products or ())
        ids |= {self.store.variants[id_].product_id for id_ in variants or () if id_ in self.store.variants}
        owners = [self.store.by_sku(sku) for sku in skus or ()]
        ids |= {owner.id if isinstance(owner, Product) else owner.product_id for owner in owners if owner}
        return [self.store.products[id_] for id_ in sorted(ids) if id_ in self.store.products]

    def _everywhere(self, one: Held, locations: list[dict[str, Any]]) -> dict[str, Any]:
        _, variant = one
        identity = {**_identity(one), "sku_id": variant.sku_id if variant else None}
        places = [
            {
                "location_id": place["id"],
                "location_code": place["code"],
                "location_name": place["label"],
                "location_enabled": place["enabled"],
                **self._reading(one, place["id"]),
            }
            for place in locations
        ]
        return {"identity": identity, "locations": places}

    def _reading(self, one: Held, location_id: int) -> dict[str, Any]:
        pair = (location_id, self.item_of(*one))
        level = self.store.levels.seen(pair, self.unix())
        settings = {**_FRESH, **self.store.levels.settings(pair)}
        return {
            "available_to_sell": level - settings["safety_stock"],
            "total_inventory_onhand": level,
            "settings": settings,
        }

    @route("PUT", f"{V3}/inventory/locations/{{location_id}}/items")
    def put_item_settings(self, request: Request, location_id: str) -> Response:
        location = self.location(location_id)
        entries = objects(body_of(request, dict).get("settings"), "settings")
        if len(entries) > MOST_ITEMS:
            raise invalid({"settings": f"at most {MOST_ITEMS} items"})
        for at, entry in enumerate(entries):
            changes = {name: value for name, value in entry.items() if name != "identity"}
            if not changes:
                needed = "At least one setting must be specified: warning_level, is_in_stock or safety_stock"
                raise Refusal(422, "Payload contains invalid fields", {f"setting.{at}.settings": needed})
            self.check_fields(changes, _SETTINGS, frozenset())
            identity = entry.get("identity")
            if not isinstance(identity, dict) or not any(name in identity for name in IDENTITIES):
                raise invalid({f"setting.{at}.identity": "needs one of sku, variant_id, product_id"})
            pair = (location["id"], self.item_of(*self._addressed(identity)))
            self.store.levels.change_settings(pair, changes)
        return Response.json(200, {"transaction_id": self.new_id()})


def _identity(one: Held) -> dict[str, Any]:
    product, variant = one
    chosen = variant or product.base
    sku = product.fields["sku"] if chosen is None or chosen.is_base else chosen.sku
    known = {"variant_id": chosen.id} if chosen else {}
    return {"sku": sku, **known, "product_id": product.id}


def _shown(pair: Pair) -> str:
    _, item = pair
    return f"{'product_id' if item[0] == 'p' else 'variant_id'} {item[1:]}"
