"""A catalogue file as this till's own products, and the retailer it belongs to (`design.md` §8).

No route here. Anything a catalogue says is kept as it stands, also what the API itself would refuse.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pipelines.platforms.lightspeed_x.sandbox.records import Family as TillFamily
from pipelines.platforms.lightspeed_x.sandbox.records import Product

if TYPE_CHECKING:
    from pipelines.kit.catalogue_csv import Family, Variant
    from pipelines.platforms.lightspeed_x.sandbox.till import Till

MAIN_OUTLET = "Main Outlet"
MAIN_REGISTER = "Main Register"


def open_retailer(till: Till, created_at: str) -> None:
    """A new retailer: tax-exclusive, no tax, one outlet with one register, one user."""
    no_tax = till.add_entry("taxes", tax_body(till, "No Tax", "0", is_default=True))
    till.add_entry("taxes", tax_body(till, "Sales Tax", "0.1", is_default=False))
    till.retailer = {
        "id": till.around.new_id(),
        "name": "Corner Shop",
        "domain_prefix": "cornershop",
        "store_url": "https://cornershop.example",
        "account_type": "paying",
        "account_status": "active",
        "country": "US",
        "currency": {"code": "USD", "symbol": "$"},
        "timezone": "America/New_York",
        "tax_exclusive": True,
        "discount_product_id": _discount_product(till, created_at),
        "no_tax_group_id": no_tax.id,
        "gift_cards": {"enabled": False, "never_enabled": True},
        "loyalty": {"enabled": False, "ratio": 0},
        "store_credit": False,
        "created_at": created_at,
        "version": "1",
    }
    outlet = till.add_entry("outlets", outlet_body(till, MAIN_OUTLET))
    till.add_entry("registers", register_body(till, MAIN_REGISTER, outlet.id))
    for type_id, name in ((1, "Cash"), (2, "Card"), (3, "Online"), (3, "Other")):
        till.add_entry("payment_types", payment_type_body(name, type_id))
    till.add_entry("users", _user_body(created_at))


def _discount_product(till: Till, created_at: str) -> str:
    """What a discount of a whole sale is a line of: untracked, without a price, in no list."""
    key = till.around.new_id()
    family = TillFamily(till.around.new_id(), "Discount", "vend-discount")
    record = Product(key, family.id, "vend-discount", till.new_version(), created_at, created_at, tracked=False)
    till.families[family.id] = family
    till.hidden[key] = record
    return key


def payment_type_body(name: str, type_id: int) -> dict[str, Any]:
    """A payment type; ``type_id`` is not unique (fact sheet §4)."""
    return {"name": name, "type_id": type_id, "config": {}, "disabled": False, "internal": False}


def outlet_body(till: Till, name: str) -> dict[str, Any]:
    """An outlet of the retailer's country and currency."""
    empty = ("physical_address_1", "physical_address_2", "physical_suburb", "physical_city", "physical_postcode")
    return {
        "name": name,
        "time_zone": till.retailer["timezone"],
        "currency": till.retailer["currency"]["code"],
        "currency_symbol": till.retailer["currency"]["symbol"],
        "display_prices": "exclusive" if till.retailer["tax_exclusive"] else "inclusive",
        "default_tax_id": till.retailer["no_tax_group_id"],
        "email": "shop@cornershop.example",
        **dict.fromkeys(empty, ""),
        "physical_state": "",
        "physical_country_id": till.retailer["country"],
        "attributes": [],
    }


def register_body(till: Till, name: str, outlet_id: str) -> dict[str, Any]:
    """An open register."""
    return {
        "name": name,
        "outlet_id": outlet_id,
        "invoice_prefix": "",
        "invoice_suffix": "",
        "invoice_sequence": 1,
        "is_open": True,
        "register_open_time": till.stamp(),
        "register_open_sequence_id": till.around.new_id(),
        "register_close_time": None,
    }


def tax_body(till: Till, name: str, rate: str, is_default: bool) -> dict[str, Any]:
    """A tax of one rate; ``rate`` "0.1" is 10 %."""
    rates = [{"id": till.around.new_id(), "name": name, "display_name": name, "rate": Decimal(rate)}]
    return {"name": name, "display_name": name, "is_default": is_default, "rates": rates}


def load_family(till: Till, family: Family, outlet_id: str) -> TillFamily:
    """Add one family of a catalogue; a quantity means tracked, at the given outlet."""
    made = TillFamily(
        id=till.around.new_id(),
        name=family.name,
        handle=family.handle,
        description=family.description,
        brand_id=_named(till, "brands", family.brand),
        category_id=category_id(till, family.category),
        tag_ids=[key for tag in family.tags if (key := _named(till, "tags", tag))],
        attribute_ids=[attribute_id(till, name) for name in family.option_names],
        images=[till.new_picture(image.url) for image in family.images],
    )
    till.add_family(made)
    for variant in family.variants:
        load_variant(till, made, variant, family.active, outlet_id)
    return made


def load_variant(till: Till, family: TillFamily, variant: Variant, active: bool, outlet_id: str) -> Product:
    """Add one variant to a family that is there."""
    stamp = till.stamp()
    codes = [{"id": till.around.new_id(), "type": "CUSTOM", "code": variant.sku}]
    if variant.barcode and variant.barcode_type and variant.barcode != variant.sku:
        codes.append({"id": till.around.new_id(), "type": variant.barcode_type, "code": variant.barcode})
    record = Product(
        id=till.around.new_id(),
        family_id=family.id,
        sku=variant.sku,
        version=till.new_version(),
        created_at=stamp,
        updated_at=stamp,
        price=variant.price,
        active=active,
        tracked=variant.quantity is not None,
        codes=codes,
        values=list(variant.option_values),
        images=[till.new_picture(variant.image_url)] if variant.image_url else [],
        measures={} if variant.grams is None else {"weight": variant.grams, "weight_unit": "G"},
    )
    record.supply_price = variant.cost or record.supply_price
    till.add_member(record)
    if variant.quantity is not None:
        till.set_level(record.id, outlet_id, amount=variant.quantity)
    return record


def _named(till: Till, name: str, wanted: str | None) -> str | None:
    if not wanted:
        return None
    return till.named[name].get(wanted) or till.add_entry(name, {"name": wanted}).id


def category_id(till: Till, name: str | None) -> str | None:
    """The id of a category by its name, made when it is not there."""
    if not name:
        return None
    return till.named["categories"].get(name) or till.add_category(name)


def attribute_id(till: Till, name: str) -> str:
    """The id of a variant attribute by its name, made when it is not there."""
    return till.named["attributes"].get(name) or till.add_attribute(name)


def tag_id(till: Till, name: str) -> str:
    """The id of a tag by its name, made when it is not there."""
    return _named(till, "tags", name) or ""


def brand_id(till: Till, name: str | None) -> str | None:
    """The id of a brand by its name, made when it is not there."""
    return _named(till, "brands", name)


def _user_body(created_at: str) -> dict[str, Any]:
    return {
        "username": "owner",
        "display_name": "Shop Owner",
        "email": "owner@cornershop.example",
        "account_type": "admin",
        "enabled": True,
        "is_primary_user": True,
        "restricted_outlet_ids": [],
        "created_at": created_at,
        "updated_at": created_at,
    }
