"""Routes of products: lists, reading, creating, deleting (fact sheet §6.1, §6.2, §6.4). Updates are in ``updates``."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from pipelines.kit.sandbox import Request, Response, from_json, route, to_json
from pipelines.platforms.lightspeed_x.sandbox import rendering
from pipelines.platforms.lightspeed_x.sandbox.base import API, Base, envelope
from pipelines.platforms.lightspeed_x.sandbox.product_taxes import own_taxes
from pipelines.platforms.lightspeed_x.sandbox.records import Family, Product
from pipelines.platforms.lightspeed_x.sandbox.refusal import (
    body_of,
    boolean,
    check,
    listing,
    mapping,
    missing,
    number,
    text,
    unprocessable,
)

MAX_VARIANTS = 200
FIVE_PLACES = Decimal("0.00001")
MAX_ATTRIBUTES = 3
CODE_TYPES = ("CUSTOM", "EAN", "ISBN", "ITF", "JAN", "UPC")
UNITS = {"weight": "weight_unit", "height": "dimensions_unit", "length": "dimensions_unit", "width": "dimensions_unit"}
MEASURES = ("weight", "weight_unit", "length", "width", "height", "dimensions_unit")

_ONE = {
    "sku": text,
    "price_excluding_tax": number,
    "price_including_tax": number,
    "supply_price": number,
    "supplier_code": text,
    "product_codes": listing,
    "product_suppliers": listing,
    "inventory": listing,
    "images": listing,
    "variant_definitions": listing,
    **dict.fromkeys(UNITS, number),
    **dict.fromkeys(("weight_unit", "dimensions_unit"), text),
}
_WHOLE = {
    **_ONE,
    "name": text,
    "handle": text,
    "description": text,
    "brand_id": text,
    "product_category_id": text,
    "product_type_id": text,
    "tag_ids": listing,
    "variants": listing,
    "composite": listing,
    "is_active": boolean,
    "loyalty_amount": number,
    "source": text,
    "source_id": text,
    "source_variant_id": text,
    "supplier_id": text,
}


class ProductRoutes(Base):
    """Products as records of a family; every member is sellable, the parent too."""

    @route("GET", f"{API}/products")
    def list_products(self, request: Request) -> Response:
        """With ``sku``, ``name`` or ``family_name`` every other parameter is ignored (O2, O7)."""
        sku, name = request.param("sku"), request.param("name") or request.param("family_name")
        if sku is not None or name is not None:
            return envelope(self._found(sku, name), self.till.product_json)
        if request.param("include_images") == "false":
            return self.page(self.till.products, self.window(request), self._without_images)
        return self.page(self.till.products, self.window(request), self.till.product_json)

    def _found(self, sku: str | None, name: str | None) -> list[Product]:
        if sku is not None:
            return [self.till.products.items[key] for key in self.till.by_sku.get(sku, {})]
        family = self.till.families.get(self.till.by_name.get(name or "", ""))
        return self.till.members(family) if family else []

    def _without_images(self, record: Product) -> bytes:
        return to_json({**from_json(self.till.product_json(record)), "images": [], "skuImages": []})

    @route("GET", f"{API}/products/{{key}}")
    def get_product(self, _request: Request, key: str) -> Response:
        """A deleted product is still answered, with ``deleted_at``."""
        record = self.till.products.items.get(key) or self.till.hidden.get(key)
        if record is None:
            raise missing("Product", key)
        return Response.raw_json(200, b'{"data":' + self.till.product_json(record) + b"}")

    @route("POST", f"{API}/products")
    def create_product(self, request: Request) -> Response:
        """Answers the ids of all products made, one per variant (fact sheet §6.2)."""
        body = body_of(request)
        family = self._new_family(body)
        records = [self._new_product(family, one) for one in self._ones(body)]
        self._refuse_repeated(records)
        self.till.add_family(family)
        for record, one in zip(records, self._ones(body), strict=True):
            self.till.add_member(record)
            for row in one.get("inventory", []):
                self.till.set_level(record.id, row["outlet_id"], **stock_values(row))
        return Response.json(200, {"data": [record.id for record in records]})

    @route("DELETE", f"{API}/products/{{key}}")
    def delete_product(self, _request: Request, key: str) -> Response:
        record = self.live_product(key)
        self.remove_product(record)
        return Response.json(200, {"data": {"id": key}})

    @route("DELETE", f"{API}/products/{{key}}/all")
    def delete_family(self, _request: Request, key: str) -> Response:
        self.remove_all(self.till.families[self.live_product(key).family_id])
        return Response.json(200, {"data": {"id": key}})

    def live_product(self, key: str) -> Product:
        """A product that is not deleted. Raises Refusal 404."""
        record = self.till.products.live(key)
        if record is None:
            raise missing("Product", key)
        return record

    def remove_product(self, record: Product) -> None:
        """One product; a component of a composite cannot go (fact sheet §6.4). Raises Refusal 422."""
        family = self.till.families[record.family_id]
        if self.switches["delete_parent_deletes_family"] and len(family.members) > 1 and family.members[0] == record.id:
            self.remove_all(family)
            return
        if self.till.used_in.get(record.id):
            raise unprocessable("the product is part of a composite")
        self.till.remove(record)

    def remove_all(self, family: Family) -> None:
        """Every member of a family. Raises Refusal 422."""
        if any(self.till.used_in.get(key) for key in family.members):
            raise unprocessable("a member of the family is part of a composite")
        for record in reversed(self.till.members(family)):
            self.till.remove(record)

    # --- making a family -----------------------------------------------------------------------------------

    def _ones(self, body: dict[str, Any]) -> list[dict[str, Any]]:
        shared = {key: value for key, value in body.items() if key not in ("variants", "images")}
        inherited = {
            key: shared[key] for key in ("is_active", "source", "source_id", "loyalty_amount") if key in shared
        }
        variants = body.get("variants") or []
        return [{**inherited, **variant} for variant in variants] or [shared]

    def _new_family(self, body: dict[str, Any]) -> Family:
        check(body, _WHOLE, "")
        name = body.get("name", "")
        if not name.strip():
            raise unprocessable("name is required")
        if name in self.till.by_name:
            raise unprocessable("another product has this name")
        return Family(
            id=self.new_id(),
            name=name,
            handle=body.get("handle") or re.sub(r"[^a-z0-9]+", "", name.lower()),
            description=body.get("description"),
            brand_id=self.known("brands", body.get("brand_id")),
            category_id=self.leaf_category(body.get("product_category_id") or body.get("product_type_id")),
            tag_ids=self.known_tags(body.get("tag_ids", [])),
            attribute_ids=self._attributes(body.get("variants") or []),
            images=[self.till.new_picture(url) for url in image_urls(body)],
        )

    def _attributes(self, variants: list[dict[str, Any]]) -> list[str]:
        if len(variants) > MAX_VARIANTS:
            raise unprocessable(f"a family has at most {MAX_VARIANTS} variants")
        orders: list[list[str]] = []
        for variant in variants:
            if not mapping(variant):
                raise unprocessable("variants must be objects")
            check(variant, _ONE, "variants[].")
            rows = variant.get("variant_definitions", [])
            if not all(mapping(row) and text(row.get("attribute_id")) and text(row.get("value")) for row in rows):
                raise unprocessable("variant_definitions[] need an attribute_id and a value")
            orders.append([row["attribute_id"] for row in rows])
        if not orders:
            return []
        first = orders[0]
        if not 1 <= len(first) <= MAX_ATTRIBUTES or any(sorted(order) != sorted(first) for order in orders):
            raise unprocessable("every variant needs a value for the same one to three attributes")
        for key in first:
            self.live_attribute(key)
        return first

    def _new_product(self, family: Family, one: dict[str, Any]) -> Product:
        refuse_half_measures(one)
        stamp = self.till.stamp()
        values = {row["attribute_id"]: row.get("value", "") for row in one.get("variant_definitions", [])}
        record = Product(
            id=self.new_id(),
            family_id=family.id,
            sku="",
            version=self.till.new_version(),
            created_at=stamp,
            updated_at=stamp,
            price=self._price(one),
            supply_price=Decimal(one.get("supply_price", 0)),
            active=one.get("is_active", True),
            values=[values[key] for key in family.attribute_ids],
            suppliers=self.new_suppliers(one),
            supplier_code=one.get("supplier_code"),
            images=[self.till.new_picture(url) for url in image_urls(one)] if family.attribute_ids else [],
            measures={name: one[name] for name in MEASURES if name in one},
            components=self.components(one.get("composite", [])),
            outlet_taxes=own_taxes(self.till, one),
            source=one.get("source", "USER"),
            source_id=one.get("source_id"),
            source_variant_id=one.get("source_variant_id"),
        )
        record.tracked = not record.components
        self.set_codes(record, self.codes(one.get("product_codes", []), one.get("sku") or ""))
        self._check_outlets(one.get("inventory", []))
        return record

    def _price(self, one: dict[str, Any]) -> Decimal:
        if "price_excluding_tax" in one and "price_including_tax" in one:
            raise unprocessable("send one price, with or without tax, not both")
        exclusive, factor = self.till.retailer["tax_exclusive"], 1 + self.till.default_rate()
        if "price_including_tax" in one:
            given = Decimal(one["price_including_tax"])
            return (given / factor).quantize(FIVE_PLACES) if exclusive else given
        given = Decimal(one.get("price_excluding_tax", 0))
        return given if exclusive else (given * factor).quantize(FIVE_PLACES)

    def _check_outlets(self, rows: list[Any]) -> None:
        for row in rows:
            if not mapping(row) or self.till.outlets.live(str(row.get("outlet_id"))) is None:
                raise unprocessable("inventory[].outlet_id is not an outlet")
            if "current_amount" not in row:
                raise unprocessable("inventory[].current_amount is required")
            check(row, dict.fromkeys(("current_amount", "reorder_point", "reorder_amount"), number), "inventory[].")

    def _refuse_repeated(self, records: list[Product]) -> None:
        seen: set[str] = set()
        combinations: set[tuple[str, ...]] = set()
        for record in records:
            codes = {code["code"] for code in record.codes}
            if codes & seen or tuple(record.values) in combinations:
                raise unprocessable("two variants share a code or their options")
            seen |= codes
            combinations.add(tuple(record.values))

    # --- references, used by create and update -------------------------------------------------------------

    def known(self, name: str, key: str | None) -> str | None:
        """An id of brands or suppliers, or None for '' and None. Raises Refusal 422."""
        if not key:
            return None
        if getattr(self.till, name).live(key) is None:
            raise unprocessable(f"{key} is not in {name}")
        return key

    def known_tags(self, keys: list[Any]) -> list[str]:
        for key in keys:
            if not text(key):
                raise unprocessable("a tag must be an id")
            self.known("tags", key)
        return list(dict.fromkeys(keys))

    def leaf_category(self, key: str | None) -> str | None:
        """Products sit in leaf categories only (fact sheet §4). Raises Refusal 422."""
        if not key:
            return None
        if key not in self.till.categories or self.till.children.get(key):
            raise unprocessable("the category is unknown or has categories below it")
        return key

    def live_attribute(self, key: str) -> str:
        attribute = self.till.attributes.get(key)
        if attribute is None or attribute["deleted_at"] is not None:
            raise unprocessable(f"{key} is not a variant attribute")
        return key

    def components(self, rows: list[Any]) -> dict[str, Decimal]:
        """Parts of a composite: there, and not composites themselves (fact sheet §6.6). Raises Refusal 422."""
        for row in rows:
            part = self.till.products.live(str(row.get("product_id"))) if mapping(row) else None
            if part is None or part.components or not number(row.get("quantity")):
                raise unprocessable("a component must be a product that is not a composite, with a quantity")
        return {row["product_id"]: Decimal(row["quantity"]) for row in rows}

    def new_suppliers(self, one: dict[str, Any]) -> list[dict[str, Any]]:
        rows = one.get("product_suppliers") or ([{"supplier_id": one["supplier_id"]}] if one.get("supplier_id") else [])
        for row in rows:
            self.known("suppliers", row.get("supplier_id"))
        kept = ("supplier_id", "code", "price")
        return [{"id": self.new_id(), **{name: row[name] for name in kept if name in row}} for row in rows]

    def codes(self, rows: list[Any], sku: str = "") -> list[dict[str, str]]:
        """Codes as kept; the first is the SKU. A blank SKU gets the next number. Raises Refusal 422."""
        found: list[dict[str, str]] = []
        for row in rows:
            if not mapping(row) or not text(row.get("code")) or row.get("type", "CUSTOM") not in CODE_TYPES:
                raise unprocessable("product_codes[] need a code, and a type of the list")
            found.append({"id": self.new_id(), "type": row.get("type", "CUSTOM"), "code": row["code"]})
        if sku not in {code["code"] for code in found} and (sku or not found):
            found.insert(0, {"id": self.new_id(), "type": "CUSTOM", "code": sku or self.till.next_sku()})
        return sorted(found, key=lambda code: code["code"] != sku) if sku else found

    def set_codes(self, record: Product, codes: list[dict[str, str]]) -> None:
        """Give a product its codes and SKU; codes are unique over all products. Raises Refusal 422."""
        taken = [code["code"] for code in codes if self.till.by_code.get(code["code"], record.id) != record.id]
        if taken:
            raise unprocessable(f"the code {taken[0]} belongs to another product")
        record.codes, record.sku = codes, codes[0]["code"]

    def show(self, record: Product) -> dict[str, Any]:
        """The record as the API shows it, for tests and the demo."""
        return rendering.product(self.till, record)


def image_urls(body: dict[str, Any]) -> list[str]:
    """URLs of ``images[{type: "url", location, index}]`` in their order. Raises Refusal 422."""
    rows = body.get("images", [])
    if not all(mapping(row) and row.get("type") == "url" and text(row.get("location")) for row in rows):
        raise unprocessable("images[] need the type url and a location")
    if not all(isinstance(row.get("index", 0), int) for row in rows):
        raise unprocessable("images[].index must be a whole number")
    return [row["location"] for row in sorted(rows, key=lambda row: row.get("index", 0))]


def refuse_half_measures(body: dict[str, Any]) -> None:
    """A measure and its unit travel together (O7). Raises Refusal 422."""
    for name, unit in UNITS.items():
        if name in body and unit not in body:
            raise unprocessable(f"{unit} must be sent along with {name}")


def stock_values(row: dict[str, Any]) -> dict[str, Decimal | None]:
    """Stock members of a body as level fields; a reorder value of -1 clears it."""
    names = {"current_amount": "amount", "reorder_point": "reorder_point", "reorder_amount": "reorder_amount"}
    found = {kept: Decimal(row[given]) for given, kept in names.items() if given in row}
    return {name: None if name != "amount" and value == -1 else value for name, value in found.items()}
