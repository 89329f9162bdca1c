"""What calls and hands do to variations: make, change, take away; the many of ``saveCombinations`` (§2.4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pipelines.platforms.ecwid.sandbox.answers import Refusal, wrong
from pipelines.platforms.ecwid.sandbox.fields import VARIATION, checked
from pipelines.platforms.ecwid.sandbox.product_changes import ProductChanges, choice_of, merged, option_of
from pipelines.platforms.ecwid.sandbox.records import Product, Variation

MOST_VARIATIONS = 200
PLAN_HAS = "COMBINATIONS"
KEPT = frozenset(VARIATION) - {"sku", "options", "attributes", "quantity", "unlimited", "externalReferenceId",
                               "locationInventory"}  # fmt: skip


class VariationChanges(ProductChanges):
    """Variations. The caller has the product in ``changing``."""

    def add_variation(self, product: Product, body: Mapping[str, Any]) -> Variation:
        """A new variation; options the product has not yet come with it. Raises Refusal."""
        checked(body, VARIATION)
        if PLAN_HAS not in self.facts.get("account", {}).get("availableFeatures", (PLAN_HAS,)):
            raise Refusal("NOT_AVAILABLE_ON_CURRENT_PLAN", "The plan of the store has no combinations")
        options = self._options(body)
        if not options:
            raise wrong("options are required")
        made = Variation(self.shelves.next_id("combination"), 0, options)
        if any(one.key == made.key for one in product.variations):
            raise Refusal("COMBINATION_DUPLICATED", "The product has a combination of these options")
        self._grow_options(product, options)
        made.number = max((one.number for one in product.variations), default=0) + 1
        product.variations.append(made)
        self.change_variation(product, made, {name: value for name, value in body.items() if name != "options"})
        made.fields.setdefault("unlimited", True)
        return made

    def change_variation(self, product: Product, variation: Variation, body: Mapping[str, Any]) -> None:
        """Change the named fields. ``sku`` null or ``''``: it inherits SKU and stock from then on. Raises Refusal."""
        checked(body, VARIATION)
        if "sku" in body and not body["sku"]:
            for name in ("sku", "quantity", "unlimited"):
                variation.fields.pop(name, None)
        sent = {name: value for name, value in body.items() if value is not None and (name, value) != ("sku", "")}
        self._refuse_locations(sent)
        self._price_rules(sent)
        if "options" in sent:
            self._rename(product, variation, self._options(sent))
        if sent.get("sku") != product.sku or variation.sku == product.sku:
            self.take_sku(product, variation, sent)
        else:
            variation.fields["sku"] = sent["sku"]
        self.take_reference(variation.fields, sent)
        self._stock(variation, sent)
        for name in sorted(KEPT & sent.keys()):
            variation.fields[name] = merged(variation.fields.get(name), sent[name])
        if "attributes" in sent:
            self.put_attributes(variation.attributes, sent["attributes"])
        self._like_product(product, variation, sent)

    def remove_variation(self, product: Product, variation: Variation) -> None:
        """Take a variation away; the product's options stay."""
        product.variations.remove(variation)

    def save_combinations(self, product: Product, sent: Sequence[Any]) -> None:
        """The variations of a product's body: those it has (by id, else by options) change, others are made. Whether
        those that are not sent go: a switch."""
        if len(sent) > MOST_VARIATIONS:
            text = f"At most {MOST_VARIATIONS} combinations are taken at a time"
            raise Refusal("COMBINATION_LIMIT_PER_REQUEST_EXCEEDED", text)
        kept: list[int] = []
        for body in sent:
            if not isinstance(body, dict):
                raise wrong("combinations must be objects")
            checked(body, VARIATION)
            found = self._meant(product, body)
            if found is None:
                kept.append(self.add_variation(product, body).id)
            else:
                self.change_variation(product, found, body)
                kept.append(found.id)
        if self.switches["save_combinations"] == "replace":
            product.variations = [one for one in product.variations if one.id in kept]

    def _meant(self, product: Product, body: Mapping[str, Any]) -> Variation | None:
        if isinstance(body.get("id"), int):
            found = product.variation(body["id"])
            if found is None:
                raise Refusal("COMBINATION_NOT_FOUND", f"Combination #{body['id']} not found")
            return found
        key = frozenset((one["name"], one["value"]) for one in self._options(body))
        return next((one for one in product.variations if one.key == key), None)

    @staticmethod
    def _options(body: Mapping[str, Any]) -> list[dict[str, str]]:
        pairs = [(one.get("name"), one.get("value")) for one in body.get("options") or []]
        if not all(name and value for name, value in pairs):
            raise wrong("An option of a combination has a name and a value")
        if len({name for name, _ in pairs}) < len(pairs):
            raise wrong("A combination names an option twice")
        return [{"name": str(name), "value": str(value)} for name, value in pairs]

    @staticmethod
    def _grow_options(product: Product, wanted: Sequence[Mapping[str, str]]) -> None:
        """An option or a choice that the product has not is made, an option as ``SELECT`` (§2.4)."""
        for one in wanted:
            option = next((held for held in product.options if held["name"] == one["name"]), None)
            if option is None:
                option = option_of({"name": one["name"], "type": "SELECT"})
                product.options.append(option)
            if one["value"] not in [choice["text"] for choice in option.setdefault("choices", [])]:
                option["choices"].append(choice_of({"text": one["value"]}))

    def _rename(self, product: Product, variation: Variation, options: list[dict[str, str]]) -> None:
        key = frozenset((one["name"], one["value"]) for one in options)
        if any(one.key == key for one in product.variations if one is not variation):
            raise Refusal("COMBINATION_DUPLICATED", "The product has a combination of these options")
        self._grow_options(product, options)
        variation.options = options

    def _stock(self, variation: Variation, sent: Mapping[str, Any]) -> None:
        if variation.sku:
            self.take_stock_fields(variation.fields, sent)
        elif "quantity" in sent and self.switches["stock_without_sku"] == "refuse":
            raise Refusal("DIFFERENT_COMBINATION_STOCK", "The combination has no SKU of its own, so no stock")

    @staticmethod
    def _like_product(product: Product, variation: Variation, sent: Mapping[str, Any]) -> None:
        """A variation with the product's SKU has the product's stock and size (§2.4)."""
        if not variation.sku or variation.sku != product.sku:
            return
        if "quantity" in sent and sent["quantity"] != product.fields.get("quantity"):
            raise Refusal("DIFFERENT_COMBINATION_STOCK", "A combination with the product's SKU has its stock")
        if "dimensions" in sent and merged({}, sent["dimensions"]) != merged({}, product.fields["dimensions"]):
            raise Refusal("DIFFERENT_COMBINATION_DIMENSIONS", "A combination with the product's SKU has its size")
