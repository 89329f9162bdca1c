"""What the store holds of products: the product, its variations, its images. Ids, indexes and rules are elsewhere."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import orjson

BLANK: Mapping[str, Any] = {
    "name": "", "nameTranslated": {}, "description": "", "descriptionTranslated": {}, "sku": "", "customSlug": "",
    "isSampleProduct": False, "enabled": True, "outOfStockVisibilityBehaviour": "SHOW", "unlimited": True,
    "warningLimit": 0, "defaultCategoryId": 0, "showOnFrontpage": 0, "price": Decimal(0), "costPrice": Decimal(0),
    "dimensions": {"length": 0, "width": 0, "height": 0}, "volume": 0, "showDeliveryTimeInStorefront": False,
    "shipping": {"type": "GLOBAL_METHODS", "methodMarkup": 0, "flatRate": 0, "disabledMethods": [],
                 "enabledMethods": []},
    "isShippingRequired": True, "productClassId": 0, "seoTitle": "", "seoTitleTranslated": {}, "seoDescription": "",
    "seoDescriptionTranslated": {}, "discountsAllowed": True, "nameYourPriceEnabled": False,
    "tax": {"taxable": True, "enabledManualTaxes": [], "taxClassCode": "default"}, "productCondition": "NEW",
    "relatedProducts": {"productIds": [], "relatedCategory": {"enabled": False, "categoryId": 0, "productCount": 5}},
    "lowestPriceSettings": {"lowestPriceEnabled": False},
    "fixedShippingRateOnly": False, "fixedShippingRate": 0,
}  # fmt: skip
"""A product as it is made when only its name is sent. ``quantity`` and ``weight`` are absent until they are written."""


@dataclass
class Variation:
    """A variation. ``fields`` holds only what it does not inherit from its product (fact sheet §2.4)."""

    id: int
    number: int
    options: list[dict[str, str]]
    fields: dict[str, Any] = field(default_factory=dict)
    attributes: dict[int, dict[str, Any]] = field(default_factory=dict)
    image: dict[str, Any] | None = None

    @property
    def key(self) -> frozenset[tuple[str, str]]:
        """What tells it from the other variations of its product."""
        return frozenset((one["name"], one["value"]) for one in self.options)

    @property
    def sku(self) -> str:
        """Its own SKU; empty where it inherits the product's."""
        return str(self.fields.get("sku") or "")


@dataclass
class Product:
    """A product with all that hangs on it. Moments are unix seconds."""

    id: int
    created: int
    updated: int
    fields: dict[str, Any] = field(default_factory=lambda: copy.deepcopy(dict(BLANK)))
    options: list[dict[str, Any]] = field(default_factory=list)
    attributes: dict[int, dict[str, Any]] = field(default_factory=dict)
    categories: list[int] = field(default_factory=list)
    images: list[dict[str, Any]] = field(default_factory=list)
    """The main one, if any, first; then the gallery."""
    variations: list[Variation] = field(default_factory=list)
    piece: orjson.Fragment | None = field(default=None, compare=False, repr=False)
    """Rendered; None after a change."""

    @property
    def sku(self) -> str:
        return str(self.fields["sku"])

    def variation(self, id_: int) -> Variation | None:
        """The variation of an id."""
        return next((one for one in self.variations if one.id == id_), None)

    def skus(self) -> Iterator[str]:
        """Its own SKU and those of its variations."""
        yield self.sku
        yield from (one.sku for one in self.variations if one.sku)

    def references(self) -> Iterator[str]:
        """External reference ids of the product and its variations."""
        for fields in (self.fields, *(one.fields for one in self.variations)):
            if fields.get("externalReferenceId"):
                yield str(fields["externalReferenceId"])

    def copied(self) -> Product:
        """The product as it is now, apart from what becomes of it: values that are changed in place are copied."""
        return replace(
            self,
            fields=dict(self.fields),
            options=[{**one, "choices": list(one["choices"])} if "choices" in one else one for one in self.options],
            attributes=dict(self.attributes),
            categories=list(self.categories),
            images=[dict(one) for one in self.images],
            variations=[
                replace(one, fields=dict(one.fields), attributes=dict(one.attributes)) for one in self.variations
            ],
        )

    def dump(self) -> dict[str, Any]:
        """JSON-able; see ``read``."""
        return {
            "id": self.id,
            "created": self.created,
            "updated": self.updated,
            "fields": self.fields,
            "options": self.options,
            "attributes": [[key, value] for key, value in self.attributes.items()],
            "categories": self.categories,
            "images": self.images,
            "variations": [
                {
                    "id": one.id,
                    "number": one.number,
                    "options": one.options,
                    "fields": one.fields,
                    "attributes": [[key, value] for key, value in one.attributes.items()],
                    "image": one.image,
                }
                for one in self.variations
            ],
        }

    @classmethod
    def read(cls, saved: Mapping[str, Any]) -> Product:
        """A product out of its ``dump``."""
        rows = [
            Variation(**{**one, "attributes": {int(key): dict(value) for key, value in one["attributes"]}})
            for one in saved["variations"]
        ]
        attributes = {int(key): dict(value) for key, value in saved["attributes"]}
        return cls(**{**saved, "attributes": attributes, "variations": rows})
