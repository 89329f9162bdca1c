"""Operations on variants: over the whole store and under one product (fact sheet §4)."""

from __future__ import annotations

from typing import Any

from pipelines.kit.sandbox import Request, Response, route
from pipelines.platforms.bigcommerce.sandbox.answers import (
    BatchRefusal,
    Refusal,
    body_of,
    data,
    invalid,
    listed,
    listing,
    numbers,
    only_known,
    paging,
    partly,
    trimmed,
)
from pipelines.platforms.bigcommerce.sandbox.base import V3, each_refused
from pipelines.platforms.bigcommerce.sandbox.product_changes import ProductChanges
from pipelines.platforms.bigcommerce.sandbox.records import Product, Variant
from pipelines.platforms.bigcommerce.sandbox.render import variant_record

VARIANTS = f"{V3}/catalog/variants"
OWN = f"{V3}/catalog/products/{{product_id}}/variants"
ONE = f"{OWN}/{{variant_id}}"
MOST_CHANGED = 50
_DOCUMENTED = ("id", "sku", "upc", "product_id:in", "include_fields", "exclude_fields")
_SEEN_IN_USE = ("id:in", "sku:in")


class VariantRoutes(ProductChanges):
    """Variants."""

    @route("GET", VARIANTS)
    def list_variants(self, request: Request) -> Response:
        more = _SEEN_IN_USE if self.switches["variant_list_filters"] else ()
        only_known(request, (*_DOCUMENTED, *more))
        return self._variant_page(request, self._chosen_variants(request))

    def _chosen_variants(self, request: Request) -> list[int]:
        found: list[set[int]] = []
        for name in ("id", "id:in"):
            asked = numbers(request, name)
            if asked is not None:
                found.append({id_ for id_ in asked if id_ in self.store.variants})
        owners = numbers(request, "product_id:in")
        if owners is not None:
            products = [self.store.products[id_] for id_ in owners if id_ in self.store.products]
            found.append({variant.id for product in products for variant in product.variants})
        if request.param("sku") is not None:
            found.append(set(self._with_sku(str(request.param("sku")))))
        skus = listing(request, "sku:in")
        if skus is not None:
            found.append({id_ for sku in skus for id_ in self._with_sku(sku)})
        if request.param("upc") is not None:
            found.append(self._with_upc(str(request.param("upc"))))
        return sorted(set.intersection(*found)) if found else self.store.variant_ids

    def _with_sku(self, sku: str) -> list[int]:
        owner = self.store.by_sku(sku)
        if isinstance(owner, Product):
            return [owner.base.id] if owner.base else []
        return [owner.id] if owner else []

    def _with_upc(self, upc: str) -> set[int]:
        def upc_of(variant: Variant) -> object:
            return self._owner(variant).fields["upc"] if variant.is_base else variant.fields["upc"]

        return {variant.id for variant in self.store.variants.values() if upc_of(variant) == upc}

    def _owner(self, variant: Variant) -> Product:
        return self.store.products[variant.product_id]

    def _variant_page(self, request: Request, ids: list[int]) -> Response:
        asked = paging(request, clamp=self.switches["limit_too_high"] == "clamp")
        part = ids[asked.start : asked.start + asked.limit]
        chosen = [self.store.variants[id_] for id_ in part]
        pieces = [self._piece(variant, request) for variant in chosen]
        return listed(pieces, asked.meta(len(ids), len(part)))

    def _piece(self, variant: Variant, request: Request) -> Any:
        if request.param("include_fields") is None and request.param("exclude_fields") is None:
            return self.renderer.variant(self._owner(variant), variant)
        return trimmed(variant_record(self._owner(variant), variant, self.catalogue_level), request)

    @route("PUT", VARIANTS)
    def put_variants(self, request: Request) -> Response:
        items = body_of(request, list)
        if len(items) > MOST_CHANGED:
            title = f"The request payload is too large. The maximum items allowed in the array is {MOST_CHANGED}."
            raise Refusal(413, title)
        if self.switches["variant_batch"] == "keep_good":
            return self._some_variants(items)
        owners = [owner for item in items if (owner := self._owner_of(item)) is not None]
        with self.store.all_or_nothing({owner.id: owner for owner in owners}.values()):
            done, refusals = each_refused(items, self._change_or_add)
            if refusals:
                raise BatchRefusal(refusals)
        return self._all_saved(done)

    def _some_variants(self, items: list[Any]) -> Response:
        def change(item: Any) -> Variant:
            owner = self._owner_of(item)
            with self.store.all_or_nothing([owner] if owner else []):
                return self._change_or_add(item)

        done, refusals = each_refused(items, change)
        if refusals:
            raise BatchRefusal(refusals)
        return self._all_saved(done)

    def _all_saved(self, done: list[Variant]) -> Response:
        return data([self.renderer.variant(self._owner(variant), variant) for variant in done])

    def _owner_of(self, item: Any) -> Product | None:
        if not isinstance(item, dict):
            return None
        variant = self.store.variants.get(_key(item.get("id")))
        return self.store.products.get(variant.product_id if variant else _key(item.get("product_id")))

    def _change_or_add(self, item: Any) -> Variant:
        """One item of a batch: with ``id`` a change, with ``product_id`` and ``option_values`` a new variant."""
        if not isinstance(item, dict):
            raise invalid({"item": "must be an object"})
        if "id" in item:
            variant = self.store.variant(item["id"])
            unsaved = self.change_variant(self._owner(variant), variant, item)
        else:
            variant, unsaved = self._added(item)
        if unsaved:
            raise unsaved
        return variant

    def _added(self, item: dict[str, Any]) -> tuple[Variant, Refusal | None]:
        missing = {name: "is required" for name in ("product_id", "sku", "option_values") if not item.get(name)}
        if missing:
            raise Refusal(422, "Missing Required Fields", missing)
        return self._add_to(self.store.product(item["product_id"]), item)

    def _add_to(self, product: Product, body: dict[str, Any]) -> tuple[Variant, Refusal | None]:
        variant = self.add_variant(product, body)
        self.touch(product, bool(self.switches["variant_moves_date_modified"]))
        level = body.get("inventory_level")
        return variant, None if level is None else self.put_catalogue_level(product, variant, int(level))

    @route("GET", OWN)
    def list_own_variants(self, request: Request, product_id: str) -> Response:
        only_known(request, ("include_fields", "exclude_fields"))
        return self._variant_page(request, [variant.id for variant in self.store.product(product_id).variants])

    @route("POST", OWN)
    def post_variant(self, request: Request, product_id: str) -> Response:
        product = self.store.product(product_id)
        with self.store.all_or_nothing([product]):
            variant, unsaved = self._add_to(product, body_of(request, dict))
        shown = self.renderer.variant(product, variant)
        return partly(shown, unsaved) if unsaved else data(shown)

    @route("GET", ONE)
    def get_variant(self, request: Request, product_id: str, variant_id: str) -> Response:
        only_known(request, ("include_fields", "exclude_fields"))
        product = self.store.product(product_id)
        return data(self._piece(self.store.variant(variant_id, product), request))

    @route("PUT", ONE)
    def put_variant(self, request: Request, product_id: str, variant_id: str) -> Response:
        product = self.store.product(product_id)
        variant = self.store.variant(variant_id, product)
        with self.store.all_or_nothing([product]):
            unsaved = self.change_variant(product, variant, body_of(request, dict))
        shown = self.renderer.variant(product, variant)
        return partly(shown, unsaved) if unsaved else data(shown)

    @route("DELETE", ONE)
    def delete_variant(self, request: Request, product_id: str, variant_id: str) -> Response:  # noqa: ARG002
        product = self.store.product(product_id)
        self.remove_variant(product, self.store.variant(variant_id, product))
        self.touch(product)
        return Response.empty(204)

    @route("POST", f"{ONE}/image")
    def post_variant_image(self, request: Request, product_id: str, variant_id: str) -> Response:
        product = self.store.product(product_id)
        variant = self.store.variant(variant_id, product)
        body = body_of(request, dict)
        self.check_source(body.get("image_url"))
        with self.store.all_or_nothing([product]):
            self.change_variant(product, variant, {"image_url": body["image_url"]})
        return data({"image_url": variant_record(product, variant, self.catalogue_level)["image_url"]})


def _key(value: object) -> int:
    return value if isinstance(value, int) else -1
