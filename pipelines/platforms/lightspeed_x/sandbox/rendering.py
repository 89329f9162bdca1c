"""Products and stock levels as the 2026-07 answers show them (fact sheet §6.1, §7; schema Product, Inventory)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipelines.platforms.lightspeed_x.sandbox.records import Entry, Level, Picture, Product
    from pipelines.platforms.lightspeed_x.sandbox.till import Till

PLACEHOLDER = "https://secure.retail.lightspeed.app/images/placeholder/product/no-image-white-{}.png"
_ALWAYS_EMPTY: dict[str, Any] = {"attributes": [], "customizations": [], "packaging": {}}
_FIVE = Decimal("0.00001")


def plain(value: Decimal | None) -> Decimal | None:
    """A number without trailing zeros, as JSON doubles show it."""
    if value is None:
        return None
    return value.quantize(Decimal(1)) if value == value.to_integral_value() else value.normalize()


def product(till: Till, record: Product) -> dict[str, Any]:
    """One product, with every member that the schema requires."""
    family = till.families[record.family_id]
    parent = family.members[0] if family.members else record.id
    is_child = bool(family.attribute_ids) and parent != record.id
    excluding, including = prices(till, record.price)
    return {
        "id": record.id,
        "family_id": parent if till.switch("family_id_is_parent_id") else family.id,
        "source": record.source,
        "source_id": record.source_id,
        "source_variant_id": record.source_variant_id,
        "variant_parent_id": parent if is_child else None,
        "name": family.name,
        "variant_name": " / ".join([family.name, *record.values]),
        "handle": family.handle,
        "sku": record.sku,
        "supplier_code": record.supplier_code,
        "active": record.active,
        "is_active": record.active,
        "has_inventory": record.tracked,
        "is_composite": bool(record.components),
        "description": family.description,
        "created_at": record.created_at,
        "updated_at": record.updated_at,
        "deleted_at": record.deleted_at,
        "supply_price": plain(record.supply_price),
        "version": record.version,
        "has_variants": bool(family.attribute_ids),
        "variant_count": len(family.members) if family.attribute_ids and not is_child else None,
        "variant_options": _options(till, record),
        "button_order": 0,
        "price_excluding_tax": excluding,
        "price_including_tax": including,
        "loyalty_amount": plain(record.loyalty_amount),
        "account_code": family.account_code,
        "account_code_purchase": family.account_code_purchase,
        "product_codes": _codes(till, record),
        "product_suppliers": [_supplier(till, record, row) for row in record.suppliers],
        **_ALWAYS_EMPTY,
        **_references(till, record),
        **_pictures(till, record),
        **{name: _plain_any(value) for name, value in record.measures.items()},
        **_only_when_there(record),
    }


def prices(till: Till, price: Decimal) -> tuple[Decimal | None, Decimal | None]:
    """(excluding, including) tax, to five decimals; the ruling one is what was entered."""
    factor = 1 + till.default_rate()
    if till.retailer["tax_exclusive"]:
        return plain(price), plain((price * factor).quantize(_FIVE))
    return plain((price / factor).quantize(_FIVE)), plain(price)


def level(record: Level) -> dict[str, Any]:
    """One row of an inventory answer."""
    short = (record.reorder_point or Decimal(0)) - record.amount
    due = record.reorder_amount if record.reorder_point is not None and short >= 0 else None
    return {
        "id": record.id,
        "product_id": record.product_id,
        "outlet_id": record.outlet_id,
        "current_inventory_level": plain(record.amount),
        "average_cost": plain(record.average_cost),
        "quantity_to_procure": plain(due or Decimal(0)),
        "reorder_point": plain(record.reorder_point),
        "reorder_amount": plain(record.reorder_amount),
        "reorder_target": None,
        "reorder_method": "FIXED" if record.reorder_point is not None else None,
        "deleted_at": record.deleted_at,
        "version": record.version,
    }


def category(till: Till, key: str) -> dict[str, Any]:
    """A product category. A root has no ``parent_category_id``: the schema refuses null there."""
    path: list[dict[str, str]] = []
    at: str | None = key
    while at is not None:
        path.insert(0, {"id": at, "name": till.categories[at]["name"]})
        at = till.categories[at]["parent"]
    parent = till.categories[key]["parent"]
    return {
        "id": key,
        "name": till.categories[key]["name"],
        **({"parent_category_id": parent} if parent else {}),
        "root_category_id": path[0]["id"],
        "leaf_category": not till.children.get(key),
        "category_path": path,
    }


def _plain_any(value: Any) -> Any:
    return plain(value) if isinstance(value, Decimal) else value


def _options(till: Till, record: Product) -> list[dict[str, str]]:
    attributes = till.families[record.family_id].attribute_ids
    return [
        {"id": key, "name": till.attributes[key]["name"], "value": value}
        for key, value in zip(attributes, record.values, strict=False)
    ]


def _codes(till: Till, record: Product) -> list[dict[str, str]]:
    if till.switch("code_types_lower_case"):
        return [{**code, "type": code["type"].lower()} for code in record.codes]
    return record.codes


def _supplier(till: Till, record: Product, row: dict[str, Any]) -> dict[str, Any]:
    entry = till.suppliers.live(row["supplier_id"])
    return {
        "id": row["id"],
        "product_id": record.id,
        "supplier_id": row["supplier_id"],
        "supplier_name": entry.body["name"] if entry else None,
        "code": row.get("code"),
        "price": _plain_any(row.get("price")),
    }


def _references(till: Till, record: Product) -> dict[str, Any]:
    family = till.families[record.family_id]
    brand = till.brands.live(family.brand_id or "")
    supplier = till.suppliers.live(record.suppliers[0]["supplier_id"]) if record.suppliers else None
    tags = [tag for key in family.tag_ids if (tag := till.tags.live(key))]
    kept = family.category_id if family.category_id in till.categories else None
    shown: dict[str, Any] = {
        "brand_id": brand.id if brand else None,
        "brand": _named(brand),
        "supplier_id": supplier.id if supplier else None,
        "supplier": _named(supplier),
        "product_type_id": kept,
        "type": None,
        "tag_ids": [tag.id for tag in tags],
        "categories": [{"id": tag.id, "name": tag.body["name"], "version": tag.version} for tag in tags],
    }
    if kept:
        shown["product_category"] = category(till, kept)
        shown["type"] = {
            key: shown["product_category"][key] for key in ("id", "name", "leaf_category", "category_path")
        }
    return shown


def _named(entry: Entry | None) -> dict[str, Any] | None:
    return {"id": entry.id, "name": entry.body["name"], "version": entry.version} if entry else None


def _pictures(till: Till, record: Product) -> dict[str, Any]:
    family = [_picture(image) for image in till.families[record.family_id].images if image.status == "uploaded"]
    own = [_picture(image) for image in record.images if image.status == "uploaded"]
    first = (own or family)[0]["url"] if own or family else None
    return {
        "images": family,
        "skuImages": own,
        "image_url": first or PLACEHOLDER.format("standard"),
        "image_thumbnail_url": first or PLACEHOLDER.format("thumb"),
    }


def _picture(image: Picture) -> dict[str, Any]:
    sizes = {"original": image.url, "standard": image.url, "thumb": image.url}
    return {"id": image.id, "url": image.url, "version": image.version, "sizes": sizes}


def _only_when_there(record: Product) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    if record.components:
        shown["composite_bom"] = {key: plain(amount) for key, amount in record.components.items()}
    if record.outlet_taxes:
        shown["outlet_taxes"] = record.outlet_taxes
    return shown
