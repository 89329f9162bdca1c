"""``PUT /products/{id}``: ``common`` for the whole family, ``details`` for this product; and images.

Sent lists are full replacements (fact sheet §6.3, §6.5). A body is checked whole before anything changes.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from email import message_from_bytes
from typing import Any

from pipelines.kit.sandbox import Request, Response, route
from pipelines.platforms.lightspeed_x.sandbox.base import API
from pipelines.platforms.lightspeed_x.sandbox.product_taxes import names_taxes, own_taxes
from pipelines.platforms.lightspeed_x.sandbox.products import (
    MAX_ATTRIBUTES,
    MEASURES,
    UNITS,
    ProductRoutes,
    refuse_half_measures,
    stock_values,
)
from pipelines.platforms.lightspeed_x.sandbox.records import Family, Picture, Product
from pipelines.platforms.lightspeed_x.sandbox.refusal import (
    Refusal,
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

_COMMON = {
    "name": text,
    "description": text,
    "brand_id": text,
    "product_category_id": text,
    "account_code_purchase": text,
    "account_code_sale": text,
    "tag_ids": listing,
    "product_suppliers": listing,
    "variant_attributes": listing,
    "track_inventory": boolean,
}
_DETAILS = {
    "is_active": boolean,
    "price_excluding_tax": number,
    "price_including_tax": number,
    "product_codes": listing,
    "inventory": listing,
    "composite_components": listing,
    "variant_attribute_values": listing,
    "product_suppliers": listing,
    "loyalty_amount": number,
    **dict.fromkeys(UNITS, number),
    **dict.fromkeys(("weight_unit", "dimensions_unit"), text),
}
_SIGNATURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")
Change = Callable[[], None]


class UpdateRoutes(ProductRoutes):
    """Updates of products and their images."""

    @route("PUT", f"{API}/products/{{key}}")
    def update_product(self, request: Request, key: str) -> Response:
        record = self.live_product(key)
        body = body_of(request)
        common, details = body.get("common", {}), body.get("details", {})
        if not mapping(common) or not mapping(details):
            raise unprocessable("common and details must be objects")
        self.change_product(record, common, details)
        return Response.raw_json(200, b'{"data":' + self.till.product_json(record) + b"}")

    def change_product(self, record: Product, common: dict[str, Any], details: dict[str, Any]) -> None:
        """Check both parts, then apply them. Raises Refusal 422 with nothing changed."""
        family = self.till.families[record.family_id]
        check(common, _COMMON, "common.")
        check(details, _DETAILS, "details.")
        changes = [*self._common(family, record, common), *self._details(family, record, details)]
        for change in changes:
            change()
        if common:
            self.till.touch(self.till.members(family))
        elif set(details) - {"inventory"}:
            self.till.touch([record])

    # --- common --------------------------------------------------------------------------------------------

    def _common(self, family: Family, record: Product, common: dict[str, Any]) -> list[Change]:
        changes: list[Change] = []
        if "name" in common:
            changes.append(self._new_name(family, common["name"]))
        plain = {
            "description": ("description", common.get("description")),
            "brand_id": ("brand_id", self.known("brands", common.get("brand_id"))),
            "product_category_id": ("category_id", self.leaf_category(common.get("product_category_id"))),
            "tag_ids": ("tag_ids", self.known_tags(common.get("tag_ids", []))),
            "account_code_purchase": ("account_code_purchase", common.get("account_code_purchase") or None),
            "account_code_sale": ("account_code", common.get("account_code_sale") or None),
        }
        changes += [_setter(family, *plain[name]) for name in common if name in plain]
        if "track_inventory" in common:
            changes += [_setter(member, "tracked", common["track_inventory"]) for member in self.till.members(family)]
        if "product_suppliers" in common:
            changes += [self._suppliers(member, common["product_suppliers"]) for member in self.till.members(family)]
        if "variant_attributes" in common:
            changes.append(self._new_attributes(family, record, common["variant_attributes"]))
        return changes

    def _new_name(self, family: Family, name: str) -> Change:
        if not name.strip():
            raise unprocessable("name may not be empty")
        if self.till.by_name.get(name, family.id) != family.id:
            raise unprocessable("another product has this name")
        return lambda: self.till.rename(family, name)

    def _suppliers(self, record: Product, rows: list[dict[str, Any]]) -> Change:
        fresh = self.new_suppliers({"product_suppliers": rows}) if rows else []
        for row in fresh:
            if row.get("price") == -1:
                row.pop("price")

        def apply() -> None:
            record.suppliers = fresh
            if fresh:
                record.supply_price = Decimal(fresh[0].get("price", record.supply_price))
                record.supplier_code = fresh[0].get("code") or None

        return apply

    def _new_attributes(self, family: Family, record: Product, rows: list[Any]) -> Change:
        keys = [self.live_attribute(row.get("attribute_id", "")) for row in rows if mapping(row)]
        if len(keys) > MAX_ATTRIBUTES or len(set(keys)) != len(keys):
            raise unprocessable("a family has at most three different attributes")
        if record.components and keys:
            raise unprocessable("a composite has no variants")

        def apply() -> None:
            for member in self.till.members(family):
                old = dict(zip(family.attribute_ids, member.values, strict=False))
                member.values = [old.get(key, "") for key in keys]
            for key in family.attribute_ids:
                self.till.attributes[key]["uses"] -= 1
            for key in keys:
                self.till.attributes[key]["uses"] += 1
            family.attribute_ids = keys

        return apply

    # --- details -------------------------------------------------------------------------------------------

    def _details(self, family: Family, record: Product, details: dict[str, Any]) -> list[Change]:
        refuse_half_measures(details)
        changes: list[Change] = []
        ruling = "price_excluding_tax" if self.till.retailer["tax_exclusive"] else "price_including_tax"
        for name in ("price_excluding_tax", "price_including_tax"):
            if name in details and name != ruling:
                raise unprocessable(f"this retailer's prices are set by {ruling}")
        if ruling in details:
            changes.append(_setter(record, "price", Decimal(details[ruling])))
        if "is_active" in details:
            changes.append(_setter(record, "active", details["is_active"]))
        if "loyalty_amount" in details:
            amount = Decimal(details["loyalty_amount"])
            changes.append(_setter(record, "loyalty_amount", None if amount == -1 else amount))
        if measures := {name: details[name] for name in MEASURES if name in details}:
            changes.append(lambda: record.measures.update(measures))
        if names_taxes(details):
            changes.append(_setter(record, "outlet_taxes", own_taxes(self.till, details)))
        if "product_suppliers" in details:
            changes.append(self._own_suppliers(record, details["product_suppliers"]))
        return [*changes, *self._identity(family, record, details), *self._amounts(record, details)]

    def _identity(self, family: Family, record: Product, details: dict[str, Any]) -> list[Change]:
        changes: list[Change] = []
        if "product_codes" in details:
            changes.append(self._new_codes(record, details["product_codes"]))
        if "variant_attribute_values" in details:
            changes.append(self._new_values(family, record, details["variant_attribute_values"]))
        if "composite_components" in details:
            changes.append(self._new_components(family, record, details["composite_components"]))
        return changes

    def _new_codes(self, record: Product, rows: list[Any]) -> Change:
        codes = self.codes(rows)
        for code in codes:
            if self.till.by_code.get(code["code"], record.id) != record.id:
                raise unprocessable(f"the code {code['code']} belongs to another product")

        def apply() -> None:
            self.till.unindex_codes(record)
            self.set_codes(record, codes)
            self.till.index_codes(record)

        return apply

    def _new_values(self, family: Family, record: Product, rows: list[Any]) -> Change:
        if not all(mapping(row) and row.get("attribute_id") in family.attribute_ids for row in rows):
            raise unprocessable("variant_attribute_values[] need an attribute of this family")
        new = {row["attribute_id"]: row.get("attribute_value", "") for row in rows}
        old = dict(zip(family.attribute_ids, record.values, strict=False))
        values = [new.get(key, old.get(key, "")) for key in family.attribute_ids]
        if any(other.values == values for other in self.till.members(family) if other.id != record.id):
            raise unprocessable("another variant has these options")
        return _setter(record, "values", values)

    def _new_components(self, family: Family, record: Product, rows: list[Any]) -> Change:
        if family.attribute_ids:
            raise unprocessable("a variant cannot become a composite")
        parts = self.components(rows)

        def apply() -> None:
            for key in record.components:
                self.till.used_in[key].discard(record.id)
            record.components, record.tracked = parts, record.tracked and not parts
            self.till.index_components(record)

        return apply

    def _own_suppliers(self, record: Product, rows: list[Any]) -> Change:
        held = {row["supplier_id"]: row for row in record.suppliers}
        if not all(mapping(row) and row.get("supplier_id") in held for row in rows):
            raise unprocessable("the supplier does not belong to this product")

        def apply() -> None:
            for row in rows:
                held[row["supplier_id"]].update({name: row[name] for name in ("code", "price") if name in row})
            record.supply_price = Decimal(record.suppliers[0].get("price", record.supply_price))

        return apply

    def _amounts(self, record: Product, details: dict[str, Any]) -> list[Change]:
        rows = details.get("inventory", [])
        for row in rows:
            if not mapping(row) or self.till.outlets.live(str(row.get("outlet_id"))) is None:
                raise unprocessable("inventory[].outlet_id is not an outlet")
            check(row, dict.fromkeys(("current_amount", "reorder_point", "reorder_amount"), number), "inventory[].")
        return [self._new_level(record, row) for row in rows]

    def _new_level(self, record: Product, row: dict[str, Any]) -> Change:
        return lambda: self.till.set_level(record.id, row["outlet_id"], **stock_values(row))

    # --- images --------------------------------------------------------------------------------------------

    @route("POST", f"{API}/products/{{key}}/actions/image_upload")
    def upload_image(self, request: Request, key: str) -> Response:
        """Multipart, field ``image``; answered as processing, then uploaded or error (fact sheet §6.5)."""
        record = self.live_product(key)
        content = _uploaded(request)
        family = self.till.families[record.family_id]
        image = self.till.new_picture("", status="processing")
        image.url = f"https://images.example/{image.id}/original.jpg"
        family.images.append(image)
        self.till.pictures[image.id] = (family.id, True)
        answer = Response.json(201, {"data": self._image(image, record.id)})
        image.status = "uploaded" if content.startswith(_SIGNATURES) else "error"
        self.till.touch(self.till.members(family))
        return answer

    @route("GET", f"{API}/product_images/{{key}}")
    def get_image(self, _request: Request, key: str) -> Response:
        image, records, _ = self._find_image(key)
        return Response.json(200, {"data": self._image(image, records[0].id)})

    @route("PUT", f"{API}/product_images/{{key}}")
    def place_image(self, request: Request, key: str) -> Response:
        image, records, images = self._find_image(key)
        position = body_of(request).get("position")
        if not number(position):
            raise unprocessable("position must be a number")
        images.remove(image)
        images.insert(max(0, int(position)), image)
        image.version = self.till.new_version()
        self.till.touch(records)
        return Response.json(200, {"data": self._image(image, records[0].id)})

    @route("DELETE", f"{API}/product_images/{{key}}")
    def delete_image(self, _request: Request, key: str) -> Response:
        image, records, images = self._find_image(key)
        images.remove(image)
        del self.till.pictures[key]
        self.till.touch(records)
        return Response.empty(204)

    def _find_image(self, key: str) -> tuple[Picture, list[Product], list[Picture]]:
        owner, shared = self.till.pictures.get(key, ("", False))
        if not owner:
            raise missing("Image", key)
        records = self.till.members(self.till.families[owner]) if shared else [self.till.products.items[owner]]
        images = self.till.families[owner].images if shared else records[0].images
        return next(image for image in images if image.id == key), records, images

    def _image(self, image: Picture, product_id: str) -> dict[str, Any]:
        owner, shared = self.till.pictures[image.id]
        images = self.till.families[owner].images if shared else self.till.products.items[owner].images
        place = images.index(image)
        return {
            "id": image.id,
            "position": place,
            "product_id": product_id,
            "status": image.status,
            "version": image.version,
        }


def _setter(target: object, name: str, value: object) -> Change:
    return lambda: setattr(target, name, value)


def _uploaded(request: Request) -> bytes:
    kind = request.headers.get("content-type", "")
    if kind.startswith("application/octet-stream"):
        return request.body
    if not kind.startswith("multipart/form-data"):
        raise Refusal(415, "send the image as multipart/form-data")
    message = message_from_bytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + request.body)
    for part in message.walk():
        if part.get_param("name", header="content-disposition") == "image":
            content = part.get_payload(decode=True)
            return content if isinstance(content, bytes) else b""
    raise Refusal(400, "there is no field named image")
