"""What calls and hands do to a product: make it, change named fields, attributes, options, categories; take it away.

A change is partial: what is not named stays (fact sheet §2.3). Variations are in ``variation_changes``.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from pipelines.platforms.ecwid.sandbox.answers import Refusal, number, wrong
from pipelines.platforms.ecwid.sandbox.base import StoreMachine
from pipelines.platforms.ecwid.sandbox.fields import PRODUCT, checked
from pipelines.platforms.ecwid.sandbox.records import Product, Variation

APART = frozenset(
    {
        "attributes",
        "options",
        "categoryIds",
        "media",
        "quantity",
        "unlimited",
        "locationInventory",
        "sku",
        "externalReferenceId",
        "defaultCategoryId",
        "showOnFrontpage",
    }
)
"""Members that more is done with than to keep them."""
KEPT = (frozenset(PRODUCT) | {"fixedShippingRateOnly", "fixedShippingRate"}) - APART
CLEARED = frozenset({"weight", "compareToPrice", "subtitle", "externalReferenceId", "googleProductCategory", "ribbon"})
"""What ``null`` takes away where ``null_clears`` is on; always for ``googleProductCategory`` (J:UpdatedProduct.kt)."""
CHOOSING = frozenset({"SELECT", "RADIO", "CHECKBOX", "SIZE", "SWATCHES"})
UNIQUE = "ALLOW_EMPTY_AND_NON_UNIQUE_SKU"


class ProductChanges(StoreMachine):
    """Products."""

    def new_product(self, body: Mapping[str, Any]) -> Product:
        """A product out of a body, not yet on the shelf. Raises Refusal."""
        checked(body, PRODUCT)
        if not body.get("name"):
            raise wrong("name is required")
        now = int(self.unix())
        product = Product(self.shelves.next_id("product"), now, now)
        sent = _sent(body)
        self.change_fields(product, sent if sent.get("sku") else {**sent, "sku": self.shelves.free_sku()})
        return product

    def put_on_shelf(self, product: Product) -> None:
        """A new product is there; searches show it after the lag."""
        self.shelves.put_in(product)
        self.touch(product)
        self.shelves.remember(product.id, None, self.unix(), self.lag("stock_lag"))

    def change_fields(self, product: Product, body: Mapping[str, Any]) -> None:
        """Change the named fields. Raises Refusal; the caller puts everything back then."""
        checked(body, PRODUCT)
        self._clear(product, body)
        body = _sent(body)
        self._refuse_locations(body)
        self._price_rules(body)
        self.take_sku(product, None, body)
        self.take_reference(product.fields, body)
        self.take_stock_fields(product.fields, body)
        self._put_fields(product, body)
        if "options" in body:
            self._put_options(product, body["options"])
        if "attributes" in body:
            self.put_attributes(product.attributes, body["attributes"])
        self._put_categories(product, body)
        if "media" in body:
            self._order_images(product, body["media"].get("images") or [])

    def remove_product(self, product: Product) -> None:
        """Delete a product; searches show it until the lag is over."""
        before = product.copied()
        self.shelves.take_out(product)
        self.shelves.deleted["products"].append([product.id, int(self.unix())])
        self.shelves.moved["products"] = int(self.unix())
        self.shelves.remember(product.id, before, self.unix(), self.lag("stock_lag"))

    # --- fields that have rules ----------------------------------------------------------------------------

    def _clear(self, product: Product, body: Mapping[str, Any]) -> None:
        clears = CLEARED if self.switches["null_clears"] else {"googleProductCategory"}
        for name in clears & {name for name, value in body.items() if value is None}:
            product.fields.pop(name, None)

    def _refuse_locations(self, body: Mapping[str, Any]) -> None:
        if "locationInventory" in body and not self.switches["location_inventory"]:
            text = "Changing product location inventory is not allowed in the store"
            raise Refusal("NOT_ALLOWED_TO_UPDATE_PARAMETER", text)

    @staticmethod
    def _price_rules(body: Mapping[str, Any]) -> None:
        if body.get("costPrice", 0) < 0:
            raise Refusal("COST_PRICE_CANT_BE_NEGATIVE", "costPrice must not be below 0")
        if any(row["price"] < 0 for row in body.get("wholesalePrices", ())):
            raise Refusal("WHOLESALE_PRICES_CANT_BE_NEGATIVE", "A wholesale price must not be below 0")

    def take_sku(self, product: Product, variation: Variation | None, body: Mapping[str, Any]) -> None:
        """Give a product or one of its variations the SKU of a body, unless another has it (§8)."""
        if "sku" not in body:
            return
        sku, mine = str(body["sku"]), (variation or product).fields
        taken = bool(self.shelves.skus.get(sku)) or any(
            one.sku == sku for one in product.variations if one is not variation and variation is not None
        )
        if sku and taken and not self.toggled(UNIQUE):
            raise Refusal("SKU_ALREADY_EXISTS", f"SKU {sku} is already used")
        if not sku and variation is None and not self.toggled(UNIQUE):
            raise wrong("sku must not be empty")
        mine["sku"] = sku

    def take_reference(self, fields: dict[str, Any], body: Mapping[str, Any]) -> None:
        """Give a record the external reference of a body, which is unique in the store (§2.7)."""
        reference = body.get("externalReferenceId")
        if reference is None:
            return
        if reference and self.shelves.references.get(reference):
            raise Refusal("EXTERNAL_ID_ALREADY_USED", f"External id {reference} is already used")
        fields["externalReferenceId"] = reference

    def take_stock_fields(self, fields: dict[str, Any], body: Mapping[str, Any]) -> None:
        """``quantity`` and ``unlimited``: an absolute level, and whether there is one at all (§2.1, §2.5)."""
        if "unlimited" in body:
            fields["unlimited"] = body["unlimited"]
        elif "quantity" in body and self.switches["quantity_tracks"]:
            fields["unlimited"] = False
        if "quantity" in body and not fields.get("unlimited"):
            fields["quantity"] = body["quantity"]
        if fields.get("unlimited"):
            fields.pop("quantity", None)
        elif "unlimited" in fields:
            fields.setdefault("quantity", 0)

    def _put_fields(self, product: Product, body: Mapping[str, Any]) -> None:
        if body.get("showOnFrontpage") == -1 and not (body.get("categoryIds") or product.categories):
            raise wrong("A product that is in no category stays on the front page")
        for name in ("showOnFrontpage", *sorted(KEPT & body.keys())):
            if name in body:
                product.fields[name] = merged(product.fields.get(name), body[name])
        self.put_translation(product.fields, body, ("name", "description"))

    def put_translation(self, fields: dict[str, Any], body: Mapping[str, Any], names: tuple[str, ...]) -> None:
        """A text in the store's language stands among its translations as well."""
        language = self.language()
        for name in names:
            if name in body:
                fields[f"{name}Translated"] = {**fields.get(f"{name}Translated", {}), language: body[name]}
            elif language in body.get(f"{name}Translated", {}):
                fields[name] = body[f"{name}Translated"][language]

    # --- parts ---------------------------------------------------------------------------------------------

    def _put_options(self, product: Product, sent: list[dict[str, Any]]) -> None:
        """Options are replaced whole; none that a variation uses may go (§2.3)."""
        options = [option_of(one) for one in sent]
        names = [one["name"] for one in options]
        if len(set(names)) < len(names):
            raise wrong("Two options have the same name")
        for variation in product.variations:
            for used in variation.options:
                found = next((one for one in options if one["name"] == used["name"]), None)
                if found is None:
                    raise Refusal("COMBINATION_CONTAINS_REMOVED_OPTION", f"A combination uses {used['name']}")
                if used["value"] not in [choice["text"] for choice in found["choices"]]:
                    text = f"A combination uses {used['name']} {used['value']}"
                    raise Refusal("COMBINATION_CONTAINS_REMOVED_OPTION_VALUE", text)
        product.options = options

    def put_attributes(self, held: dict[int, dict[str, Any]], sent: list[dict[str, Any]]) -> None:
        """Attributes by id, alias or name; ``''`` takes one away. Whether the rest stays: a switch (§2.3)."""
        wanted: dict[int, dict[str, Any]] = {}
        for entry in sent:
            known = self.shelves.attribute(entry)
            if known is None:
                raise wrong("There is no such attribute")
            rest: dict[str, Any] = {name: entry[name] for name in ("show", "valueTranslated") if name in entry}
            wanted[known["id"]] = {"value": entry.get("value", ""), **rest}
        if self.switches["attributes_on_put"] == "replace":
            held.clear()
        for id_, entry in wanted.items():
            held[id_] = {**held.get(id_, {}), **entry}
        for id_ in [id_ for id_, entry in held.items() if entry["value"] == ""]:
            del held[id_]

    def _put_categories(self, product: Product, body: Mapping[str, Any]) -> None:
        if "categoryIds" in body:
            for id_ in body["categoryIds"]:
                if id_:
                    self.shelves.category(id_)
            kept = product.categories if self.switches["categories_on_put"] == "merge" else []
            product.categories = [id_ for id_ in dict.fromkeys([*kept, *body["categoryIds"]]) if id_]
            if product.fields["defaultCategoryId"] not in product.categories:
                product.fields["defaultCategoryId"] = 0
            self.shelves.moved["categories"] = int(self.unix())
        if "defaultCategoryId" in body:
            if body["defaultCategoryId"] not in (0, *product.categories):
                raise wrong("defaultCategoryId must be one of categoryIds")
            product.fields["defaultCategoryId"] = body["defaultCategoryId"]

    @staticmethod
    def _order_images(product: Product, sent: list[dict[str, Any]]) -> None:
        """Order and alternative texts of images that are there; no image comes or goes this way (§2.8)."""
        for entry in sent:
            image = next((one for one in product.images if shown_id(one) == entry["id"]), None)
            if image is None:
                raise wrong(f"There is no image {entry['id']}")
            image["orderBy"] = entry["orderBy"]
            if entry.get("alt"):
                image["alt"] = entry["alt"]
        product.images.sort(key=lambda one: (not one["main"], one["orderBy"]))


def shown_id(image: Mapping[str, Any]) -> str:
    """The id of an image in ``media``: the main one is always ``0`` (§2.1)."""
    return "0" if image["main"] else str(image["id"])


def _sent(body: Mapping[str, Any]) -> dict[str, Any]:
    """A body without what is null: null counts as not sent."""
    return {name: value for name, value in body.items() if value is not None}


def merged(held: Any, sent: Any) -> Any:
    """A value as it is kept: numbers in one form; of an object only the named members change."""
    if isinstance(sent, Decimal) or (isinstance(sent, int) and not isinstance(sent, bool)):
        return number(sent)
    if isinstance(sent, dict):
        before = held if isinstance(held, dict) else {}
        changes = {name: merged(before.get(name), value) for name, value in sent.items() if value is not None}
        return {**before, **changes}
    return copy.deepcopy(sent)


def option_of(sent: Mapping[str, Any]) -> dict[str, Any]:
    """An option as it is kept and shown."""
    kind = sent.get("type", "SELECT")
    option: dict[str, Any] = {"type": kind, "name": sent["name"], "nameTranslated": sent.get("nameTranslated", {})}
    if kind in CHOOSING:
        option["choices"] = [choice_of(one) for one in sent.get("choices") or []]
        option["defaultChoice"] = sent.get("defaultChoice") or 0
    return {**option, "required": bool(sent.get("required", False))}


def choice_of(sent: Mapping[str, Any]) -> dict[str, Any]:
    """A choice of an option as it is kept and shown."""
    return {
        "text": sent["text"],
        "textTranslated": sent.get("textTranslated") or {},
        "priceModifier": number(sent.get("priceModifier") or 0),
        "priceModifierType": sent.get("priceModifierType") or "ABSOLUTE",
    }
