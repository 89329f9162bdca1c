"""Options and their values: the axes on which the variants of a product differ.

Editing them can change ids (fact sheet §4), which is why nothing outside should be keyed on them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipelines.platforms.bigcommerce.sandbox.answers import Refusal, invalid
from pipelines.platforms.bigcommerce.sandbox.fields import Field, choice, flag, integer, taken, text
from pipelines.platforms.bigcommerce.sandbox.part_changes import PartChanges, objects, part_of
from pipelines.platforms.bigcommerce.sandbox.records import MOST_VALUES, Product

OPTION: Mapping[str, Field] = {
    "display_name": text(255, 1),
    "type": choice("radio_buttons", "rectangles", "dropdown", "product_list", "product_list_with_images", "swatch"),
    "sort_order": integer(-2147483648),
    "config": Field("object"),
    "image_url": text(),
    "option_values": Field("any"),
}
VALUE: Mapping[str, Field] = {
    "label": text(255, 1),
    "sort_order": integer(-2147483648),
    "is_default": flag(),
    "value_data": Field("object", nullable=True),
}
_OTHERS = frozenset({"id", "product_id", "name", "option_id"})


class OptionChanges(PartChanges):
    """Options and option values."""

    def check_options_allowed(self, product: Product) -> None:
        """A product with an option set of the old kind takes no V3 options (fact sheet §4)."""
        if product.option_set_id is not None:
            raise Refusal(422, "A product with an option set takes no options of this kind")

    def add_option(self, product: Product, body: Mapping[str, Any]) -> dict[str, Any]:
        """Add an option with at least one value; variants are not made by it."""
        self.check_options_allowed(product)
        self._check_option(product, body, None)
        needed = ("display_name", "type", "option_values")
        missing = {name: "is required" for name in needed if not body.get(name)}
        if missing:
            raise invalid(missing)
        option = self.new_option(product, body["display_name"], body["type"])
        option["sort_order"] = body.get("sort_order", len(product.options) - 1)
        option["config"] = body.get("config", {})
        for item in objects(body["option_values"], "option_values"):
            self.add_value(option, item)
        if product.base and self.switches["base_variant_ends"] == "first_option":
            self.store.drop(product, product.base)
        return option

    def new_option(self, product: Product, name: str, kind: str = "rectangles") -> dict[str, Any]:
        """Append an option without values."""
        id_ = self.store.next_id("option")
        option = {
            "id": id_,
            "product_id": product.id,
            "name": f"{name}{product.created}-{product.id}",
            "display_name": name,
            "type": kind,
            "config": {},
            "sort_order": len(product.options),
            "option_values": [],
        }
        product.options.append(option)
        return option

    def change_option(self, product: Product, option: dict[str, Any], body: Mapping[str, Any]) -> None:
        """Change an option; values listed without an id are made anew, values left out are removed."""
        self.check_options_allowed(product)
        self._check_option(product, body, option)
        option |= {
            name: value for name, value in body.items() if name in ("display_name", "type", "sort_order", "config")
        }
        if "option_values" in body:
            self._replace_values(product, option, objects(body["option_values"], "option_values"))
        if self.switches["option_edit_new_ids"]:
            self._renew_ids(product, option)

    def _check_option(self, product: Product, body: Mapping[str, Any], option: dict[str, Any] | None) -> None:
        self.check_fields(body, OPTION, _OTHERS)
        name = str(body.get("display_name", "")).casefold()
        for other in product.options:
            if other is not option and other["display_name"].casefold() == name:
                raise Refusal(409, "The option is a duplicate", {"display_name": "is in use on this product"})

    def _replace_values(self, product: Product, option: dict[str, Any], items: list[dict[str, Any]]) -> None:
        former = list(option["option_values"])
        option["option_values"] = []
        for item in items:
            if "id" in item:
                value = part_of(former, item["id"], "option value")
                option["option_values"].append(value)
                self.change_value(option, value, item)
            else:
                self._match_label(product, option, former, self.add_value(option, item))
        gone_ids = {value["id"] for value in former} - {value["id"] for value in option["option_values"]}
        self._drop_variants(product, option["id"], gone_ids)

    def _match_label(
        self, product: Product, option: dict[str, Any], former: list[dict[str, Any]], value: dict[str, Any]
    ) -> None:
        same = {old["id"] for old in former if old["label"].casefold() == value["label"].casefold()}
        for variant in product.variants:
            if variant.values.get(option["id"]) in same:
                variant.values[option["id"]] = value["id"]

    def _renew_ids(self, product: Product, option: dict[str, Any]) -> None:
        former, option["id"] = option["id"], self.store.next_id("option")
        fresh = {value["id"]: self.store.next_id("value") for value in option["option_values"]}
        for value in option["option_values"]:
            value["id"] = fresh[value["id"]]
        for variant in product.variants:
            if former in variant.values:
                chosen = variant.values[former]
                pairs = {option["id"] if key == former else key: held for key, held in variant.values.items()}
                variant.values = {**pairs, option["id"]: fresh.get(chosen, chosen)}

    def remove_option(self, product: Product, option: dict[str, Any]) -> None:
        """Remove an option with the variants that differ by it."""
        self.check_options_allowed(product)
        product.options.remove(option)
        self._drop_variants(product, option["id"], {value["id"] for value in option["option_values"]})

    def add_value(self, option: dict[str, Any], body: Mapping[str, Any]) -> dict[str, Any]:
        """Add a value; 250 of an option at most (fact sheet §4)."""
        missing = {name: "is required" for name in ("label", "sort_order") if name not in body}
        if missing:
            raise invalid(missing)
        self.check_fields(body, VALUE, _OTHERS)
        if len(option["option_values"]) >= MOST_VALUES:
            raise Refusal(422, f"An option has at most {MOST_VALUES} values", {"option_values": "too many"})
        self._check_label(option, str(body["label"]), None)
        value = {"id": self.store.next_id("value"), "is_default": False, **_kept(body)}
        option["option_values"].append(value)
        return value

    def change_value(self, option: dict[str, Any], value: dict[str, Any], body: Mapping[str, Any]) -> None:
        """Change a value; its id stays."""
        missing = {name: "is required" for name in ("label", "sort_order") if name not in body}
        if missing:
            raise invalid(missing)
        self.check_fields(body, VALUE, _OTHERS)
        self._check_label(option, str(body["label"]), value)
        value |= _kept(body)

    def _check_label(self, option: dict[str, Any], label: str, value: dict[str, Any] | None) -> None:
        for other in option["option_values"]:
            if other is not value and other["label"].casefold() == label.casefold():
                raise Refusal(422, f"The option value {label} exists", {"label": "is in use in this option"})

    def remove_value(self, product: Product, option: dict[str, Any], value: dict[str, Any]) -> None:
        """Remove a value with the variants that have it."""
        option["option_values"].remove(value)
        self._drop_variants(product, option["id"], {value["id"]})

    def _drop_variants(self, product: Product, option_id: int, value_ids: set[int]) -> None:
        for variant in [v for v in product.variants if v.values.get(option_id) in value_ids]:
            self.store.drop(product, variant)


def _kept(body: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in taken(body, VALUE).items() if value is not None}
