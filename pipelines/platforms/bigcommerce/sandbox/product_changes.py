"""Products: making, changing and removing them.

What a call looks like is in ``product_routes``; variants, options, images and custom fields have modules of
their own. A refusal that is *returned* instead of raised is the part of a call that was not saved (207).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pipelines.platforms.bigcommerce.sandbox.answers import Refusal, in_use, invalid
from pipelines.platforms.bigcommerce.sandbox.fields import Field, defaults, taken
from pipelines.platforms.bigcommerce.sandbox.part_changes import objects
from pipelines.platforms.bigcommerce.sandbox.records import (
    PRODUCT,
    PRODUCT_APART,
    PRODUCT_INDEXED,
    PRODUCT_LISTS,
    PRODUCT_READ_ONLY,
    PRODUCT_REQUIRED,
    Product,
)
from pipelines.platforms.bigcommerce.sandbox.variant_changes import VariantChanges

_FIELDS: Mapping[str, Field] = {**PRODUCT, **PRODUCT_APART}
_OTHERS = PRODUCT_READ_ONLY | frozenset(PRODUCT_LISTS)
_LATIN_URL = re.compile(r"/[!-~]{0,254}")
TAX_CLASSES = frozenset({0, 1, 2, 3})


class ProductChanges(VariantChanges):
    """Products as a whole."""

    def create_product(self, body: Mapping[str, Any]) -> tuple[Product, Refusal | None]:
        """Make a product with all that comes inline. Raises Refusal; then nothing was made."""
        self._check_new(body)
        with self.store.all_or_nothing([]):
            product = self._new_product(body)
            self.store.add(product)
            unsaved = self._fill_lists(product, body)
            unsaved = self._set_apart(product, body, new=True) or unsaved
        return product, unsaved

    def _new_product(self, body: Mapping[str, Any]) -> Product:
        now = int(self.unix())
        fields = {**defaults(PRODUCT), **taken(body, PRODUCT)}
        product = Product(self.store.next_id("product"), fields, {}, now, now)
        slug = re.sub(r"[^a-z0-9]+", "-", fields["name"].lower()).strip("-") or f"product-{product.id}"
        url = f"/{slug[:200]}/"
        product.url = {
            "url": url if url not in self.store.urls else f"/{slug[:200]}-{product.id}/",
            "is_customized": False,
        }
        return product

    def _fill_lists(self, product: Product, body: Mapping[str, Any]) -> Refusal | None:
        unsaved = self._fill_variants(product, objects(body.get("variants") or [], "variants"))
        self.put_images(product, body.get("images") or [])
        for item in objects(body.get("custom_fields") or [], "custom_fields"):
            self.add_custom_field(product, item)
        self.put_plain_lists(product, body)
        return unsaved

    def _fill_variants(self, product: Product, items: list[dict[str, Any]]) -> Refusal | None:
        unsaved = None
        if not items:
            self.add_base(product)
        for item in items:
            variant = self.add_variant(product, item, make_options=True)
            if item.get("inventory_level") is not None:
                unsaved = self.put_catalogue_level(product, variant, int(item["inventory_level"])) or unsaved
        return unsaved

    def _check_new(self, body: Mapping[str, Any]) -> None:
        required = (*PRODUCT_REQUIRED, "categories") if self.switches["v2_product_experience"] else PRODUCT_REQUIRED
        missing = {name: "is required" for name in required if name not in body}
        if missing:
            raise Refusal(422, "Missing Required Fields", missing)
        self._check_parts(body)
        if self.store.named(body["name"]):
            raise in_use("name", "The product name is a duplicate")
        if body.get("sku") and self.store.by_sku(body["sku"]):
            raise in_use("sku", f"The product sku is a duplicate: {body['sku']}")
        url = body.get("custom_url", {}).get("url")
        if isinstance(url, str) and url in self.store.urls:
            raise in_use("custom_url", "The custom_url is in use")
        self._check_references(body)

    def _check_parts(self, body: Mapping[str, Any]) -> None:
        self.check_fields(body, _FIELDS, _OTHERS)
        null = {name: "must not be null" for name in PRODUCT_LISTS if name in body and body[name] is None}
        if null:
            raise invalid(null)

    def _check_references(self, body: Mapping[str, Any]) -> None:
        for id_ in body.get("categories", []):
            if id_ not in self.store.categories:
                raise Refusal(409, f"The category {id_} does not exist", {"categories": f"{id_} does not exist"})
        if body.get("brand_id") and body["brand_id"] not in self.store.brands and "brand_name" not in body:
            raise Refusal(409, f"The brand {body['brand_id']} does not exist", {"brand_id": "does not exist"})
        if body.get("tax_class_id", 0) not in TAX_CLASSES:
            raise Refusal(409, "The tax class does not exist", {"tax_class_id": "does not exist"})
        hidden = body.get("is_price_hidden") is True
        if hidden and body.get("availability") != "disabled":
            raise invalid({"is_price_hidden": "needs availability to be disabled"})

    def _set_apart(self, product: Product, body: Mapping[str, Any], new: bool = False) -> Refusal | None:
        """Brand, import mark, URL, stock. Returns what was not saved."""
        if "brand_name" in body:
            product.fields["brand_id"] = self.brand_by_name(body["brand_name"])["id"]
        if "date_last_imported" in body:
            product.last_imported = body["date_last_imported"]
        unsaved = self._set_url(product, body["custom_url"]) if "custom_url" in body else None
        if "inventory_level" in body:
            target = product.base if new else None
            tracked_apart = product.fields["inventory_tracking"] == "variant" and product.base
            chosen = product.base if tracked_apart else target
            unsaved = self.put_catalogue_level(product, chosen, int(body["inventory_level"])) or unsaved
        return unsaved

    def _set_url(self, product: Product, wanted: Mapping[str, Any]) -> Refusal | None:
        url = wanted.get("url", product.url["url"])
        if not isinstance(url, str) or not _LATIN_URL.fullmatch(url):
            return invalid({"custom_url": "must be a path of Latin letters, at most 255 long"})
        if not self.store.claim_url(url, product):
            return in_use("custom_url", "The custom_url is in use")
        product.url = {"url": url, "is_customized": wanted.get("is_customized", True)}
        return None

    def change_product(self, product: Product, body: Mapping[str, Any]) -> Refusal | None:
        """Change the fields that are given. Raises Refusal; the caller undoes what was done until then."""
        self._check_parts(body)
        self._check_references({"availability": product.fields["availability"], **body})
        if "name" in body:
            self.store.claim_name(body["name"], product)
        if "sku" in body:
            self.store.claim_sku(body["sku"], f"p{product.id}", product.fields["sku"])
            product.fields["sku"] = body["sku"]
        changes = taken(body, PRODUCT)
        if "inventory_tracking" in changes:
            self.store.holders_changed()
        product.fields |= {name: value for name, value in changes.items() if name not in PRODUCT_INDEXED}
        self._change_lists(product, body)
        unsaved = self._change_variants(product, body)
        unsaved = self._set_apart(product, body) or unsaved
        self.touch(product)
        return unsaved

    def _change_lists(self, product: Product, body: Mapping[str, Any]) -> None:
        if "images" in body:
            self.put_images(product, body["images"])
        if "custom_fields" in body:
            self.put_custom_fields(product, body["custom_fields"])
        self.put_plain_lists(product, body)

    def _change_variants(self, product: Product, body: Mapping[str, Any]) -> Refusal | None:
        unsaved = None
        for item in objects(body.get("variants") or [], "variants"):
            if "id" not in item:
                raise invalid({"variants": "each needs its id"})
            variant = self.store.variant(item["id"], product)
            unsaved = self.change_variant(product, variant, item) or unsaved
        return unsaved

    def brand_by_name(self, name: str) -> dict[str, Any]:
        """The brand of a name, ignoring case; made when it is not there (fact sheet §4)."""
        known = self.store.brand_names.get(name.casefold())
        if known is not None:
            return self.store.brands[known]
        id_ = self.store.next_id("brand")
        self.store.brands[id_] = {"id": id_, "name": name}
        self.store.brand_names[name.casefold()] = id_
        return self.store.brands[id_]

    def remove_product(self, product: Product) -> None:
        """Remove a product with its variants, images, fields and levels."""
        self.store.remove(product)
