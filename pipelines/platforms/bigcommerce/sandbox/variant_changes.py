"""Variants: making, changing and removing them, their SKUs and their place among the options.

Batches and paths are in ``variant_routes``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipelines.platforms.bigcommerce.sandbox.answers import Refusal, invalid
from pipelines.platforms.bigcommerce.sandbox.fields import defaults, is_integer, taken
from pipelines.platforms.bigcommerce.sandbox.option_changes import OptionChanges
from pipelines.platforms.bigcommerce.sandbox.part_changes import objects, part_of
from pipelines.platforms.bigcommerce.sandbox.records import (
    MOST_VARIANTS,
    SHARED_WITH_BASE,
    VARIANT,
    VARIANT_APART,
    VARIANT_READ_ONLY,
    Product,
    Variant,
)

_FIELDS = {**VARIANT, **VARIANT_APART}
_BASE_PRICES = ("price", "sale_price", "retail_price", "cost_price", "weight", "width", "height", "depth")


class VariantChanges(OptionChanges):
    """Variants of a product."""

    def add_base(self, product: Product) -> None:
        """Give a product without options its base variant."""
        variant = Variant(self.store.next_id("variant"), product.id, "", None, defaults(VARIANT))
        product.variants.insert(0, variant)
        self.store.index(variant)

    def add_variant(self, product: Product, body: Mapping[str, Any], make_options: bool = False) -> Variant:
        """Add a variant; ``make_options``: names and labels of option values that are not there yet are made.

        A base variant ends with the first variant that has option values.
        """
        self.check_fields(body, _FIELDS, VARIANT_READ_ONLY)
        own = sum(not variant.is_base for variant in product.variants)
        if own >= MOST_VARIANTS:
            raise Refusal(422, f"A product has at most {MOST_VARIANTS} variants", {"variants": "too many"})
        if body.get("image_url"):
            self.check_source(body["image_url"])
        values = self._values(product, body.get("option_values"), make_options)
        self._check_free(product, values)
        variant = Variant(self.store.next_id("variant"), product.id, "", self.store.next_id("sku"), defaults(VARIANT))
        variant.fields |= taken(body, VARIANT)
        variant.values = values
        sku = body.get("sku") or self._assigned_sku(product)
        self.store.claim_sku(sku, f"v{variant.id}", "")
        variant.sku = sku
        if product.base:
            self.store.drop(product, product.base)
        product.variants.append(variant)
        self.store.index(variant)
        return variant

    def _assigned_sku(self, product: Product) -> str:
        """A SKU the server makes up for a variant that came without one (fact sheet §4)."""
        letters = "".join(part[0] for part in product.fields["name"].split()[:3]).upper() or "SKU"
        return f"{letters}-{self.rng.getrandbits(32):08X}"

    def _values(self, product: Product, items: object, make_options: bool) -> dict[int, int]:
        listed = objects(items, "option_values") if items else []
        if not listed:
            raise invalid({"option_values": "must not be empty"})
        chosen = dict(self._value(product, item, make_options) for item in listed)
        lacking = [option["display_name"] for option in product.options if option["id"] not in chosen]
        if lacking or len(chosen) != len(listed):
            raise invalid({"option_values": "must name each option of the product once"})
        return {option["id"]: chosen[option["id"]] for option in product.options}

    def _value(self, product: Product, item: Mapping[str, Any], make_options: bool) -> tuple[int, int]:
        if is_integer(item.get("id")) and is_integer(item.get("option_id")):
            option = part_of(product.options, item["option_id"], "option")
            return option["id"], part_of(option["option_values"], item["id"], "option value")["id"]
        name, label = item.get("option_display_name"), item.get("label")
        if (
            not isinstance(name, str)
            or not isinstance(label, str)
            or not 0 < len(name) < 256
            or not 0 < len(label) < 256
        ):
            raise invalid({"option_values": "needs id and option_id, or option_display_name and label"})
        return self._named_value(product, name, label, make_options)

    def _named_value(self, product: Product, name: str, label: str, make_options: bool) -> tuple[int, int]:
        fitting = [o for o in product.options if o["display_name"].casefold() == name.casefold()]
        if not fitting and not make_options:
            raise invalid({"option_values": f"{name} is not an option of the product"})
        option = fitting[0] if fitting else self.new_option(product, name)
        held = [v for v in option["option_values"] if v["label"].casefold() == label.casefold()]
        if not held and not make_options:
            raise invalid({"option_values": f"{label} is not a value of {name}"})
        value = (
            held[0] if held else self.add_value(option, {"label": label, "sort_order": len(option["option_values"])})
        )
        return option["id"], value["id"]

    def _check_free(self, product: Product, values: dict[int, int], but: Variant | None = None) -> None:
        for other in product.variants:
            if other is not but and not other.is_base and other.values == values:
                raise Refusal(409, "A variant with these option values exists", {"option_values": "duplicate"})

    def change_variant(self, product: Product, variant: Variant, body: Mapping[str, Any]) -> Refusal | None:
        """Change a variant; what was not saved (stock) comes back as a Refusal that is not raised."""
        self.check_fields(body, _FIELDS, VARIANT_READ_ONLY)
        if body.get("image_url"):
            self.check_source(body["image_url"])
        if body.get("option_values") and not variant.is_base:
            values = self._values(product, body["option_values"], make_options=False)
            self._check_free(product, values, variant)
            variant.values = values
        if body.get("sku") is not None:
            self._change_sku(product, variant, body["sku"])
        self._change_fields(product, variant, taken(body, VARIANT))
        self.touch(product, bool(self.switches["variant_moves_date_modified"]))
        level = body.get("inventory_level")
        return None if level is None else self.put_catalogue_level(product, variant, int(level))

    def _change_sku(self, product: Product, variant: Variant, sku: str) -> None:
        if variant.is_base:
            self.store.claim_sku(sku, f"p{product.id}", product.fields["sku"])
            product.fields["sku"] = sku
        else:
            self.store.claim_sku(sku, f"v{variant.id}", variant.sku)
            variant.sku = sku

    def _change_fields(self, product: Product, variant: Variant, changes: dict[str, Any]) -> None:
        if variant.is_base:
            through = set(SHARED_WITH_BASE)
            through |= set(_BASE_PRICES) if self.switches["base_variant_price"] == "product" else set()
            own = {name: changes.pop(name) for name in list(changes) if name in through}
            product.fields |= {name: value for name, value in own.items() if value is not None}
        variant.fields |= changes

    def remove_variant(self, product: Product, variant: Variant) -> None:
        """Remove a variant; the base variant goes only with its product."""
        if variant.is_base:
            raise Refusal(422, "The base variant cannot be removed")
        self.store.drop(product, variant)
