"""The whole sandbox: all routes, and what tests and the demo do to the till as a person would.

The control methods check nothing that a till would not: they are how wrong data gets in, too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pipelines.kit.catalogue_csv import Family, Image, Variant, barcode_type
from pipelines.kit.sandbox import Clock, Faults, locked
from pipelines.platforms.lightspeed_x.sandbox import loading
from pipelines.platforms.lightspeed_x.sandbox.addresses import AddressRoutes
from pipelines.platforms.lightspeed_x.sandbox.counter import Number
from pipelines.platforms.lightspeed_x.sandbox.deeds import Deeds
from pipelines.platforms.lightspeed_x.sandbox.fulfilments import FulfilmentRoutes
from pipelines.platforms.lightspeed_x.sandbox.records import Product
from pipelines.platforms.lightspeed_x.sandbox.search import SearchRoutes
from pipelines.platforms.lightspeed_x.sandbox.setup import ListRoutes
from pipelines.platforms.lightspeed_x.sandbox.stock import StockRoutes
from pipelines.platforms.lightspeed_x.sandbox.updates import UpdateRoutes

if TYPE_CHECKING:
    from pipelines.kit.catalogue_csv import Catalogue


class LightspeedX(ListRoutes, UpdateRoutes, StockRoutes, AddressRoutes, FulfilmentRoutes, SearchRoutes, Deeds):
    """One retailer of API 2026-07. Ids are UUIDs; products are named by id or by SKU in every control method."""

    def __init__(
        self, seed: int = 0, clock: Clock | None = None, token: str | None = None, faults: Faults | None = None
    ) -> None:
        super().__init__(seed, clock, token, faults)
        loading.open_retailer(self.till, self.till.stamp())

    @locked
    def seed(self, catalogue: Catalogue) -> None:
        """Fill the till with a catalogue as its own products."""
        outlet = self.outlet_id(loading.MAIN_OUTLET)
        for family in catalogue.families:
            loading.load_family(self.till, family, outlet)
        self.till.next_number = max(self.till.next_number, catalogue.next_number)

    # --- catalogue -----------------------------------------------------------------------------------------

    @locked
    def add_product(self, name: str, **fields: Any) -> str:
        """A simple product, or a family with ``options=("Size",)`` and ``variants=[{"values": ("S",), ...}]``.

        Fields: sku, price, quantity, cost, barcode, grams (of the product or of each variant); description,
        brand, category, tags, active, images. A product is tracked when it has a quantity, unless ``tracked`` says
        otherwise; tracked without a quantity has no record of stock anywhere. Returns the id of the (first) product.
        """
        rows = fields.get("variants") or [fields]
        family = Family(
            handle=fields.get("handle") or name.lower().replace(" ", "-"),
            name=name,
            description=fields.get("description"),
            brand=fields.get("brand"),
            category=fields.get("category"),
            tags=tuple(fields.get("tags", ())),
            active=fields.get("active", True),
            option_names=tuple(fields.get("options", ())),
            variants=tuple(self._variant(row) for row in rows),
            images=tuple(Image(url, at) for at, url in enumerate(fields.get("images", ()), start=1)),
            line=0,
        )
        made = loading.load_family(self.till, family, self.outlet_id(loading.MAIN_OUTLET))
        for key, row in zip(made.members, rows, strict=True):
            record = self.till.products.items[key]
            record.tracked = row.get("tracked", record.tracked)
        return made.members[0]

    @locked
    def add_variant(self, key: str, values: Sequence[str], **fields: Any) -> str:
        """One more member of the family that ``key`` (family id, product id, SKU) belongs to."""
        family = self.till.families.get(key) or self.till.families[self.product(key).family_id]
        variant = self._variant({**fields, "values": values})
        outlet = self.outlet_id(loading.MAIN_OUTLET)
        record = loading.load_variant(self.till, family, variant, fields.get("active", True), outlet)
        record.tracked = fields.get("tracked", record.tracked)
        self.till.touch(member for member in self.till.members(family) if member.id != record.id)
        return record.id

    def _variant(self, fields: dict[str, Any]) -> Variant:
        barcode, quantity = fields.get("barcode"), fields.get("quantity")
        return Variant(
            sku=fields.get("sku") or self.till.next_sku(),
            option_values=tuple(fields.get("values", ())),
            price=Decimal(fields.get("price", 0)),
            cost=_number(fields.get("cost")),
            barcode=barcode,
            barcode_type=barcode_type(barcode) if barcode else None,
            grams=_number(fields.get("grams")),
            quantity=_number(quantity),
            image_url=fields.get("image"),
            line=0,
        )

    @locked
    def edit_product(self, key: str, **fields: Any) -> None:
        """Change a product. Family fields: name, description, brand, category, tags, images. Own fields: sku, price,
        cost, barcode, active, tracked, values, grams, measures, loyalty_amount, own_images. None empties a field."""
        record = self.product(key)
        family = self.till.families[record.family_id]
        for name, value in fields.items():
            getattr(self, f"_edit_{name}")(record, value)
        shared = {"name", "description", "brand", "category", "tags", "images", "option_names"}
        self.till.touch(self.till.members(family) if shared & set(fields) else [record])

    def _edit_name(self, record: Product, value: str) -> None:
        self.till.rename(self.till.families[record.family_id], value)

    def _edit_description(self, record: Product, value: str | None) -> None:
        self.till.families[record.family_id].description = value

    def _edit_brand(self, record: Product, value: str | None) -> None:
        self.till.families[record.family_id].brand_id = loading.brand_id(self.till, value)

    def _edit_category(self, record: Product, value: str | None) -> None:
        self.till.families[record.family_id].category_id = loading.category_id(self.till, value)

    def _edit_tags(self, record: Product, value: Sequence[str]) -> None:
        self.till.families[record.family_id].tag_ids = [loading.tag_id(self.till, tag) for tag in value]

    def _edit_images(self, record: Product, value: Sequence[str]) -> None:
        family = self.till.families[record.family_id]
        kept = {image.url: image for image in family.images}
        family.images = [kept.get(url) or self.till.new_picture(url) for url in value]
        self.till.pictures.update({image.id: (family.id, True) for image in family.images})

    def _edit_own_images(self, record: Product, value: Sequence[str]) -> None:
        kept = {image.url: image for image in record.images}
        record.images = [kept.get(url) or self.till.new_picture(url) for url in value]
        self.till.pictures.update({image.id: (record.id, False) for image in record.images})

    def _edit_option_names(self, record: Product, value: Sequence[str]) -> None:
        self.till.families[record.family_id].attribute_ids = [loading.attribute_id(self.till, name) for name in value]

    def _edit_sku(self, record: Product, value: str) -> None:
        self.till.unindex_codes(record)
        rest = [code for code in record.codes if code["code"] != record.sku]
        record.codes = [{"id": self.new_id(), "type": "CUSTOM", "code": value}, *rest]
        record.sku = value
        self.till.index_codes(record)

    def _edit_barcode(self, record: Product, value: str | None) -> None:
        self.till.unindex_codes(record)
        record.codes = [code for code in record.codes if code["code"] == record.sku]
        if value:
            record.codes.append({"id": self.new_id(), "type": barcode_type(value), "code": value})
        self.till.index_codes(record)

    def _edit_price(self, record: Product, value: Number) -> None:
        record.price = Decimal(value)

    def _edit_cost(self, record: Product, value: Number) -> None:
        record.supply_price = Decimal(value)

    def _edit_active(self, record: Product, value: bool) -> None:
        record.active = value

    def _edit_tracked(self, record: Product, value: bool) -> None:
        record.tracked = value

    def _edit_values(self, record: Product, value: Sequence[str]) -> None:
        record.values = list(value)

    def _edit_grams(self, record: Product, value: Number | None) -> None:
        record.measures = {} if value is None else {"weight": Decimal(value), "weight_unit": "G"}

    def _edit_measures(self, record: Product, value: Mapping[str, Any]) -> None:
        record.measures = dict(value)

    def _edit_loyalty_amount(self, record: Product, value: Number | None) -> None:
        record.loyalty_amount = _number(value)

    @locked
    def deactivate(self, key: str) -> None:
        """No longer sold at the till: the whole family."""
        self._set_active(key, False)

    @locked
    def activate(self, key: str) -> None:
        """Sold at the till again: the whole family."""
        self._set_active(key, True)

    def _set_active(self, key: str, active: bool) -> None:
        members = self.till.members(self.till.families[self.product(key).family_id])
        for member in members:
            member.active = active
        self.till.touch(members)

    @locked
    def delete(self, key: str, whole_family: bool = False) -> None:
        """Delete one product, or all of its family."""
        record = self.product(key)
        if whole_family:
            self.remove_all(self.till.families[record.family_id])
        else:
            self.remove_product(record)

    @locked
    def restore(self, key: str) -> None:
        """A deleted product, by its id, is there again."""
        record = self.till.products.items[key]
        record.deleted_at = None
        self.till.index_codes(record)
        self.till.touch([record])

    @locked
    def forget_product(self, key: str) -> None:
        """A product is there no more, and nothing says that it was deleted."""
        record = self.product(key)
        self.till.products.fill([one for one in self.till.products.items.values() if one.id != record.id])

    @locked
    def withhold(self, key: str) -> None:
        """The feed does not show a product yet; it keeps the version it has until ``reveal``."""
        self.till.products.withheld.add(self.product(key).id)

    @locked
    def reveal(self, key: str) -> None:
        """A product that was withheld is visible from now on, with its old version."""
        self.till.products.withheld.discard(self.product(key).id)

    @locked
    def set_version(self, key: str, version: int) -> None:
        """Give a product any version: one that another record has, an old one, one that is far too high."""
        record = self.product(key)
        self.till.products.place(record, version)
        self.till.forget_answers()

    @locked
    def add_image(self, key: str, url: str, position: int | None = None, own: bool = False) -> str:
        """Add an image to the family, or to this product alone (``own``); ``position`` counts from 0."""
        record = self.product(key)
        family = self.till.families[record.family_id]
        images = record.images if own else family.images
        image = self.till.new_picture(url)
        images.insert(len(images) if position is None else position, image)
        self.till.pictures[image.id] = (record.id, False) if own else (family.id, True)
        self.till.touch([record] if own else self.till.members(family))
        return image.id


def _number(value: Number | None) -> Decimal | None:
    return None if value is None else Decimal(value)
