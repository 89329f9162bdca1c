"""The records of the catalogue: products and variants, their fields, limits and defaults.

How they are changed is in ``product_changes``, ``variant_changes`` and ``part_changes``; how they look as
JSON is in ``render``.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

import orjson

from pipelines.platforms.bigcommerce.sandbox.fields import Field, choice, flag, integer, money, number, text

WIDEST = 9999999999

PRODUCT: Mapping[str, Field] = {
    "name": text(250, 1),
    "type": choice("physical", "digital"),
    "sku": text(255),
    "description": text(),
    "weight": number(0, WIDEST),
    "width": number(0, WIDEST),
    "depth": number(0, WIDEST),
    "height": number(0, WIDEST),
    "price": money(),
    "cost_price": money(),
    "retail_price": money(),
    "sale_price": money(),
    "map_price": money(least=None),
    "tax_class_id": integer(0, 255),
    "product_tax_code": text(255),
    "categories": Field("integers", 0, 1000, default=()),
    "brand_id": integer(0, 1000000000),
    "inventory_warning_level": integer(),
    "inventory_tracking": choice("none", "product", "variant"),
    "fixed_cost_shipping_price": money(),
    "is_free_shipping": flag(),
    "is_visible": flag(True),
    "is_featured": flag(),
    "related_products": Field("integers", default=(-1,)),
    "warranty": text(65535),
    "bin_picking_number": text(255),
    "layout_file": text(500, default="product.html"),
    "upc": text(14),
    "search_keywords": text(65535),
    "availability_description": text(255),
    "availability": choice("available", "disabled", "preorder"),
    "gift_wrapping_options_type": choice("any", "none", "list"),
    "gift_wrapping_options_list": Field("integers", default=()),
    "sort_order": integer(-2147483648),
    "condition": choice("New", "Used", "Refurbished"),
    "is_condition_shown": flag(),
    "order_quantity_minimum": integer(0, 1000000000),
    "order_quantity_maximum": integer(0, 1000000000),
    "page_title": text(255),
    "meta_keywords": Field("texts", 0, 65535, default=()),
    "meta_description": text(65535),
    "view_count": integer(0, 1000000000),
    "preorder_release_date": text(nullable=True, default=None),
    "preorder_message": text(255),
    "is_preorder_only": flag(),
    "is_price_hidden": flag(),
    "price_hidden_label": text(200),
    "open_graph_type": choice("product", "album", "book", "drink", "food", "game", "movie", "song", "tv_show"),
    "open_graph_title": text(),
    "open_graph_description": text(),
    "open_graph_use_meta_description": flag(True),
    "open_graph_use_product_name": flag(True),
    "open_graph_use_image": flag(True),
    "gtin": text(14),
    "mpn": text(),
    "reviews_rating_sum": integer(),
    "reviews_count": integer(),
    "total_sold": integer(),
}
"""Writable scalar fields of a product (fact sheet §4). Nested lists, stock and the URL are treated apart."""

PRODUCT_APART: Mapping[str, Field] = {
    "date_last_imported": text(),
    "brand_name": text(255, 1),
    "inventory_level": Field("integer", None, None),
    "custom_url": Field("object"),
}
PRODUCT_LISTS = ("variants", "images", "custom_fields", "videos", "bulk_pricing_rules")
PRODUCT_READ_ONLY = frozenset(
    {
        "id",
        "date_created",
        "date_modified",
        "calculated_price",
        "base_variant_id",
        "option_set_id",
        "option_set_display",
        "options",
        "modifiers",
        "primary_image",
        "parent_relations",
        "reviews",
        "channels",
    }
)
PRODUCT_REQUIRED = ("name", "type", "weight", "price")
PRODUCT_INDEXED = frozenset({"name", "sku"})

_INHERITED = {"nullable": True, "default": None}
VARIANT: Mapping[str, Field] = {
    "price": money(**_INHERITED),
    "sale_price": money(**_INHERITED),
    "retail_price": money(**_INHERITED),
    "cost_price": money(**_INHERITED),
    "weight": number(**_INHERITED),
    "width": number(**_INHERITED),
    "height": number(**_INHERITED),
    "depth": number(**_INHERITED),
    "is_free_shipping": flag(),
    "fixed_cost_shipping_price": money(**_INHERITED),
    "purchasing_disabled": flag(),
    "purchasing_disabled_message": text(255),
    "image_url": text(255),
    "upc": text(14, nullable=True),
    "mpn": text(nullable=True),
    "gtin": text(14, nullable=True),
    "inventory_warning_level": integer(nullable=True),
    "bin_picking_number": text(255, nullable=True),
}
"""Writable fields of a variant; null in a price or a size means the product's (fact sheet §4)."""

VARIANT_APART: Mapping[str, Field] = {
    "sku": text(255, 1),
    "inventory_level": Field("integer", None, None, nullable=True),
    "option_values": Field("any"),
    "map_price": money(least=None),
}
VARIANT_READ_ONLY = frozenset({"id", "product_id", "sku_id", "calculated_price", "calculated_weight"})
SHARED_WITH_BASE = ("upc", "mpn", "gtin")
"""Fields of a base variant that are the product's own."""

IMAGE: Mapping[str, Field] = {
    "is_thumbnail": flag(),
    "sort_order": integer(-2147483648),
    "description": text(),
    "image_url": text(255, 1),
}
CUSTOM_FIELD: Mapping[str, Field] = {"name": text(250, 1), "value": text(250, 1)}

MOST_VARIANTS = 600
MOST_VALUES = 250
MOST_IMAGES = 1000
MOST_CUSTOM_FIELDS = 200


@dataclass
class Variant:
    """A sellable item; ``sku_id`` is None for the base variant, whose SKU is the product's."""

    id: int
    product_id: int
    sku: str
    sku_id: int | None
    fields: dict[str, Any]
    values: dict[int, int] = field(default_factory=dict)
    """option id → value id, in the order of the product's options."""
    piece: orjson.Fragment | None = None

    @property
    def is_base(self) -> bool:
        return self.sku_id is None

    def copy(self) -> Variant:
        return Variant(self.id, self.product_id, self.sku, self.sku_id, dict(self.fields), dict(self.values))


@dataclass
class Product:
    """A product with what hangs on it. ``created`` and ``modified`` are unix seconds."""

    id: int
    fields: dict[str, Any]
    url: dict[str, Any]
    created: int
    modified: int
    last_imported: str | None = None
    option_set_id: int | None = None
    options: list[dict[str, Any]] = field(default_factory=list)
    modifiers: list[dict[str, Any]] = field(default_factory=list)
    images: list[dict[str, Any]] = field(default_factory=list)
    custom_fields: list[dict[str, Any]] = field(default_factory=list)
    videos: list[dict[str, Any]] = field(default_factory=list)
    bulk_pricing_rules: list[dict[str, Any]] = field(default_factory=list)
    variants: list[Variant] = field(default_factory=list)
    pieces: dict[Hashable, orjson.Fragment] = field(default_factory=dict)
    settled_at: float = 0.0
    """Unix time from which its visible stock no longer moves by itself; before it nothing is cached."""

    @property
    def base(self) -> Variant | None:
        """The base variant; None when the product has variants of its own."""
        return self.variants[0] if self.variants and self.variants[0].is_base else None

    def changed(self) -> None:
        """Forget rendered pieces."""
        self.pieces.clear()
        for variant in self.variants:
            variant.piece = None

    def copy(self) -> Product:
        plain = {name: deepcopy(getattr(self, name)) for name in _PLAIN}
        return Product(**plain, variants=[variant.copy() for variant in self.variants], settled_at=self.settled_at)

    def dump(self) -> dict[str, Any]:
        """JSON-able form; ``read`` makes the product of it again."""
        variants = [[v.id, v.sku, v.sku_id, v.fields, list(v.values.items())] for v in self.variants]
        plain = {name: getattr(self, name) for name in _PLAIN}
        return {**plain, "variants": variants, "settled_at": self.settled_at}

    @classmethod
    def read(cls, saved: Mapping[str, Any]) -> Product:
        """A product from its ``dump``."""
        product = cls(**{name: saved[name] for name in _PLAIN}, settled_at=float(saved["settled_at"]))
        product.variants = [
            Variant(id_, product.id, sku, sku_id, fields, dict(tuple(pair) for pair in values))
            for id_, sku, sku_id, fields, values in saved["variants"]
        ]
        return product


_PLAIN = (
    "id",
    "fields",
    "url",
    "created",
    "modified",
    "last_imported",
    "option_set_id",
    "options",
    "modifiers",
    "images",
    "custom_fields",
    "videos",
    "bulk_pricing_rules",
)
