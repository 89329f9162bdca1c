"""Ordinary use of every route of a sandbox, in an order that works: what a careful client would send, as data.

A step may keep a part of its answer under a name; ``{name}`` in later paths and bodies stands for it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Step:
    """One call: ``call`` is method and path below the platform's prefix; ``keep`` names places in the answer."""

    call: str
    body: Any = None
    keep: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, tuple[str, bytes, str]] | None = None

    def filled(self, names: Mapping[str, Any]) -> Step:
        """The step with every ``{name}`` replaced by its value."""
        return Step(str(fill(self.call, names)), fill(self.body, names), self.keep, self.files)


def fill(value: Any, names: Mapping[str, Any]) -> Any:
    """A value with ``{name}`` replaced; a text that is nothing but a name becomes the kept value itself."""
    if isinstance(value, str):
        alone = re.fullmatch(r"\{(\w+)\}", value)
        return names[alone[1]] if alone else re.sub(r"\{(\w+)\}", lambda found: str(names[found[1]]), value)
    if isinstance(value, list):
        return [fill(one, names) for one in value]
    if isinstance(value, dict):
        return {key: fill(one, names) for key, one in value.items()}
    return value


def place(answer: Any, path: str) -> Any:
    """What stands at ``data.0.id`` of an answer."""
    for part in path.split("."):
        answer = answer[int(part)] if isinstance(answer, list) else answer[part]
    return answer


PNG = ("a.png", b"\x89PNG\r\n\x1a\n", "image/png")
LEVELS = "/inventory/adjustments"

BUYER = {
    "first_name": "Ana",
    "last_name": None,
    "email": "Buyer@Example.test",
    "customer_code": "WEB-1001",
    "do_not_email": True,
    "enable_promotional_sms": False,
    "physical_address_1": "1 Example Road",
    "physical_city": "Auckland",
    "physical_postcode": "1010",
    "physical_country_id": "NZ",
    "on_account_limit": 100.0,
}
ADDRESS = {
    "address_line_1": "1 Example Road",
    "city": "Auckland",
    "postcode": "1010",
    "country_code": "NZ",
    "type": "SHIPPING",
    "state": None,
}
CUSTOMERS = (
    Step("POST /customers", BUYER, {"buyer": "data.id"}),
    Step("GET /customers?page_size=10&after=0"),
    Step("GET /customers/{buyer}"),
    Step("PUT /customers/{buyer}", {"first_name": "Ana", "last_name": "B", "phone": None, "gender": "F"}),
    Step("POST /customers/{buyer}/addresses", ADDRESS, {"address": "data.id", "token": "data.id_token"}),
    Step("GET /customers/{buyer}/addresses"),
    Step("GET /customers/{buyer}/addresses/{address}"),
    Step("PUT /customers/{buyer}/addresses/{address}", {**ADDRESS, "city": "Hamilton"}),
)
SOURCE = {"author_id": "{user}", "register_id": "{register}", "id": "100234", "type": "BIGCOMMERCE"}
ORDER = {
    "id": "0000000f-1111-5111-8111-00000000000f",
    "source": SOURCE,
    "state": "closed",
    "attributes": [],
    "customer_id": "{buyer}",
    "date": "2026-05-05T23:35:34Z",
    "invoice_number": "WEB-1484",
    "note": "Leave at door",
    "line_items": [
        {
            "id": "00000010-1111-5111-8111-000000000010",
            "product": {"id": "{tote}"},
            "quantity": 2,
            "pricing": {
                "price": 20.0,
                "discount": 0,
                "adjustments": [
                    {
                        "type": "DISCOUNT",
                        "name": "Code",
                        "target": {"method": "SINGLE"},
                        "amount": {"type": "FIXED", "value": "1.50"},
                    }
                ],
            },
            "tax": {"id": "{tax}", "amount": 0},
            "attributes": [{"name": "line_note", "value": "gift"}],
            "_metadata": {"sequence": 0, "is_price_override": True},
        }
    ],
    "payments": [
        {
            "id": "00000011-1111-5111-8111-000000000011",
            "amount": 36.575,
            "date": "2026-05-05T23:35:34Z",
            "type": {"config_id": "{cash}"},
            "source": {"register_id": "{register}"},
        }
    ],
    "pricing": {"adjustments": [{"type": "DISCOUNT", "name": "Order", "amount": {"type": "PERCENT", "value": "5"}}]},
}
ONE_BACK = {
    "product": {"id": "{tote}"},
    "quantity": -1,
    "pricing": {"price": 20.0},
    "tax": {"id": "{tax}", "amount": 0},
}
SALES = (
    Step("POST /sales", ORDER, {"sale": "data.id"}),
    Step("GET /sales?after=0&page_size=100"),
    Step("GET /sales/{sale}"),
    Step("POST /sales/{sale}/actions/return", keep={"return": "data.id"}),
    Step("PUT /sales/{return}", {"source": SOURCE, "state": "parked", "line_items": [ONE_BACK]}),
    Step(
        "PUT /sales/{return}",
        {"source": SOURCE, "state": "closed", "payments": [{"amount": -20, "type": {"config_id": "{cash}"}}]},
    ),
    Step("PUT /sales/{return}", {"source": SOURCE, "state": "voided"}),
    Step("PUT /sales/{sale}", {"source": SOURCE, "state": "voided"}),
)
SENT = {
    "product": {"id": "{tote}"},
    "quantity": 3,
    "pricing": {"price": 20.0},
    "tax": {"id": "{tax}", "amount": 0},
    "_metadata": {"fulfillment_method": "DISPATCH"},
}
TO_SEND = {
    "source": SOURCE,
    "state": "pending",
    "attributes": ["delivery"],
    "line_items": [SENT],
    "fulfillment_outlet_id": "{outlet}",
    "fulfillment_details": [{"type": "DISPATCH", "shipping_address_token": "{token}", "note": "ring twice"}],
}
FULFILMENTS = (
    Step("POST /sales", TO_SEND, {"order": "data.id", "line": "data.line_items.0.id"}),
    Step(
        "GET /fulfillments?sale_id={order}&fulfillment_state=OPEN&fulfillment_type=DISPATCH&page_size=9&page_number=1",
        keep={"fulfilment": "data.0.id"},
    ),
    Step(
        "POST /fulfillments/{fulfilment}/pick",
        {"version": 1, "line_items": [{"sale_line_item_id": "{line}", "quantity": 1}]},
    ),
    Step(
        "POST /fulfillments/{fulfilment}/pack",
        {
            "version": 2,
            "line_items": [
                {
                    "sale_line_item_id": "{line}",
                    "quantity": 1,
                    "source_breakdown": {"quantity_from_not_started": 0, "quantity_from_picked": 1},
                }
            ],
        },
    ),
    Step(
        "POST /fulfillments/{fulfilment}/fulfill",
        {
            "version": 3,
            "line_items": [
                {
                    "sale_line_item_id": "{line}",
                    "quantity": 1,
                    "source_breakdown": {
                        "quantity_from_not_started": 0,
                        "quantity_from_picked": 0,
                        "quantity_from_packed": 1,
                    },
                }
            ],
        },
    ),
    Step("POST /fulfillments/fulfill", {"sale_id": "{order}"}),
    Step("GET /fulfillments?fulfillment_state=FULFILLED&fulfillment_state=PACKED&outlet_id={outlet}"),
)
SEARCHES = (
    Step("GET /search?type=sales&invoice_number=WEB-1484&page_size=100&offset=0"),
    Step("GET /search?type=sales&state=closed&state=voided&date_from=2026-05-01T00:00:00Z&register_id={register}"),
    Step(
        "GET /search?type=sales&product_id={tote}&customer_id={buyer}&sale_total=38.5&order_by=date&order_direction=asc"
    ),
    Step("GET /search?type=sales&payment_type_id={cash}&customer_name=ana&time_from=9:00&timezone=Pacific/Auckland"),
    Step("GET /search?type=products&sku=tote-1&deleted=true"),
    Step("GET /search?type=products&-_id={tote}"),
    Step("GET /search?type=customers&email=buyer@example.test"),
)

LIGHTSPEED_X: tuple[Step, ...] = (
    Step("GET /retailer"),
    Step("GET /outlets", keep={"outlet": "data.0.id"}),
    Step("GET /outlets/{outlet}"),
    Step("GET /registers?page_size=50", keep={"register": "data.0.id"}),
    Step("GET /registers/{register}"),
    Step("GET /taxes", keep={"tax": "data.0.id"}),
    Step("GET /taxes/{tax}"),
    Step("GET /payment_types?page_size=50", keep={"cash": "data.0.id"}),
    Step("GET /users", keep={"user": "data.0.id"}),
    Step("GET /users/{user}"),
    Step("GET /user"),
    Step("POST /brands", {"name": "Acme", "description": "tools"}, {"brand": "data"}),
    Step("GET /brands?deleted=true"),
    Step("GET /brands/{brand}"),
    Step("PUT /brands/{brand}", {"name": "Acme Ltd"}),
    Step("POST /tags", {"name": "summer"}, {"tag": "data"}),
    Step("GET /tags"),
    Step("GET /tags/{tag}"),
    Step("PUT /tags/{tag}", {"name": "winter"}),
    Step("POST /suppliers", {"name": "Peak", "contact": None}, {"supplier": "data"}),
    Step("GET /suppliers"),
    Step("GET /suppliers/{supplier}"),
    Step("PUT /suppliers/{supplier}", {"name": "Peak Ltd", "contact": None}),
    Step(
        "POST /product_categories/bulk",
        {"categories": [{"name": "Bags", "payload_id": "a"}]},
        {"category": "data.0.id"},
    ),
    Step("GET /product_categories?page_size=1"),
    Step("POST /variant_attributes", {"name": "Size"}, {"size": "data.id"}),
    Step("POST /variant_attributes", {"name": "Shade"}, {"shade": "data.id"}),
    Step("GET /variant_attributes"),
    Step("GET /variant_attributes/{shade}"),
    Step("PUT /variant_attributes/{shade}", {"name": "Tone"}),
    Step("DELETE /variant_attributes/{shade}"),
    Step(
        "POST /products",
        {
            "name": "Canvas Tote",
            "sku": "TOTE-1",
            "description": "<p>Plain</p>",
            "price_excluding_tax": 20.5,
            "supply_price": 9.5,
            "brand_id": "{brand}",
            "product_category_id": "{category}",
            "supplier_id": "{supplier}",
            "supplier_code": "P-1",
            "tag_ids": ["{tag}"],
            "is_active": True,
            "weight": 0.2,
            "weight_unit": "KG",
            "product_codes": [{"type": "EAN", "code": "4006381333931"}],
            "inventory": [{"outlet_id": "{outlet}", "current_amount": 12, "reorder_point": 3, "reorder_amount": 10}],
            "images": [{"type": "url", "location": "https://img.example.test/tote.jpg", "index": 0}],
        },
        {"tote": "data.0"},
    ),
    Step(
        "POST /products",
        {
            "name": "Linen Shirt",
            "handle": "linen-shirt",
            "variants": [
                {
                    "sku": f"LS-{size}",
                    "price_excluding_tax": 40,
                    "variant_definitions": [{"attribute_id": "{size}", "value": size}],
                }
                for size in ("S", "M")
            ],
        },
        {"small": "data.0", "medium": "data.1"},
    ),
    Step(
        "POST /products",
        {
            "name": "Shipping",
            "sku": "SHIPPING",
            "price_excluding_tax": 0,
            "outlet_taxes": [{"outlet_id": "{outlet}", "tax_id": "{tax}"}],
        },
        {"shipping": "data.0"},
    ),
    Step("PUT /products/{shipping}", {"common": {"track_inventory": False}}),
    Step("GET /products?after=0&page_size=2&deleted=true"),
    Step("GET /products?sku=TOTE-1"),
    Step("GET /products?name=Nothing"),
    Step("GET /products/{tote}"),
    Step("GET /products/{medium}"),
    Step(
        "PUT /products/{tote}",
        {
            "common": {"name": "Cotton Tote", "brand_id": "", "track_inventory": True, "tag_ids": []},
            "details": {
                "price_excluding_tax": 21.5,
                "product_codes": [{"code": "TOTE-1", "type": "CUSTOM"}, {"code": "4006381333931", "type": "EAN"}],
                "inventory": [{"outlet_id": "{outlet}", "current_amount": 15}],
                "weight": 0.25,
                "weight_unit": "KG",
            },
        },
    ),
    Step("PUT /products/{small}", {"details": {"is_active": False}}),
    Step("POST /products/{tote}/actions/image_upload", files={"image": PNG}, keep={"image": "data.id"}),
    Step("GET /product_images/{image}"),
    Step("PUT /product_images/{image}", {"position": 1}),
    Step("DELETE /product_images/{image}"),
    Step("GET /outlet_taxes"),
    Step("POST /inventory", {"size": 2, "sort_direction": "asc"}),
    Step("POST /inventory", {"product_id": "{tote}"}),
    Step("GET /inventory/{tote}?order_direction=desc&page_size=10"),
    Step("POST /custom_inventory_adjustment_reasons", {"name": "Online store", "type": "NEGATIVE", "enabled": True}),
    Step("GET /custom_inventory_adjustment_reasons"),
    Step(
        "POST /stock_adjustments",
        {
            "stock_adjustments": [
                {"product_id": "{tote}", "outlet_id": "{outlet}", "quantity": "-2", "reason": "DAMAGE"}
            ]
        },
    ),
    Step("GET /stock_adjustments?page_size=10"),
    *(step for part in (CUSTOMERS, SALES, FULFILMENTS, SEARCHES) for step in part),
    Step("DELETE /customers/{buyer}/addresses/{address}"),
    Step("DELETE /customers/{buyer}"),
    Step("GET /customers?deleted=true"),
    Step("DELETE /products/{tote}"),
    Step("DELETE /products/{small}/all"),
    Step("GET /products?deleted=true"),
    Step("DELETE /product_categories/bulk", {"category_ids": ["{category}"]}),
    Step("DELETE /brands/{brand}"),
    Step("DELETE /tags/{tag}"),
    Step("DELETE /suppliers/{supplier}"),
)

NEW_PRODUCT = {
    "name": "Enamel Mug",
    "type": "physical",
    "sku": "MUG-1",
    "description": "<p>Holds tea.</p>",
    "weight": 0.35,
    "price": 12.5,
    "cost_price": 4.25,
    "brand_name": "Acme",
    "inventory_tracking": "product",
    "is_visible": True,
    "search_keywords": "mug, enamel",
    "images": [{"image_url": "https://img.example.test/mug.png", "is_thumbnail": True, "sort_order": 0}],
    "custom_fields": [{"name": "Type", "value": "Kitchen"}],
}
NEW_FAMILY = {
    "name": "Tee",
    "type": "physical",
    "weight": 0.2,
    "price": 20,
    "inventory_tracking": "variant",
    "variants": [
        {"sku": f"TEE-{size}", "price": 21.5, "option_values": [{"option_display_name": "Size", "label": size}]}
        for size in ("S", "M", "L")
    ],
}

BIGCOMMERCE: tuple[Step, ...] = (
    Step("GET /v2/store"),
    Step("GET /v2/time"),
    Step("GET /v3/catalog/trees", keep={"tree": "data.0.id"}),
    Step(
        "POST /v3/catalog/trees/categories",
        [{"name": "Kitchen", "tree_id": "{tree}"}],
        {"category": "data.0.category_id"},
    ),
    Step("GET /v3/catalog/trees/categories?tree_id:in={tree}"),
    Step("PUT /v3/catalog/trees/categories", [{"category_id": "{category}", "name": "Kitchenware"}]),
    Step("POST /v3/catalog/brands", {"name": "Acme"}, {"brand": "data.id"}),
    Step("GET /v3/catalog/brands?limit=250"),
    Step("GET /v3/catalog/brands/{brand}"),
    Step("PUT /v3/catalog/brands/{brand}", {"name": "Acme Ltd"}),
    Step(
        "POST /v3/catalog/products",
        {**NEW_PRODUCT, "categories": ["{category}"]},
        {"mug": "data.id", "mug_base": "data.base_variant_id"},
    ),
    Step(
        "POST /v3/catalog/products",
        NEW_FAMILY,
        {"tee": "data.id", "small": "data.variants.0.id", "medium": "data.variants.1.id"},
    ),
    Step("GET /v3/catalog/products?limit=250&include=variants,images,custom_fields&sort=id"),
    Step("GET /v3/catalog/products?limit=10&include=options,modifiers"),
    Step("GET /v3/catalog/products?id:in={mug},{tee}&include_fields=name,price,sku"),
    Step("GET /v3/catalog/products?date_modified:min=2020-01-01T00:00:00Z"),
    Step("GET /v3/catalog/products/{tee}?include=variants,options"),
    Step("GET /v3/catalog/summary"),
    Step("PUT /v3/catalog/products/{mug}", {"price": 13.25, "is_visible": False, "categories": []}),
    Step("PUT /v3/catalog/products", [{"id": "{mug}", "is_visible": True}, {"id": "{tee}", "price": 21}]),
    Step("GET /v3/catalog/variants?limit=250"),
    Step("GET /v3/catalog/variants?product_id:in={mug},{tee}"),
    Step(
        "PUT /v3/catalog/variants", [{"id": "{small}", "price": 22.5, "upc": None}, {"id": "{medium}", "cost_price": 8}]
    ),
    Step("GET /v3/catalog/products/{tee}/variants"),
    Step("GET /v3/catalog/products/{tee}/variants/{small}"),
    Step("PUT /v3/catalog/products/{tee}/variants/{small}", {"sku": "TEE-SMALL"}),
    Step("POST /v3/catalog/products/{tee}/variants/{small}/image", {"image_url": "https://img.example.test/s.png"}),
    Step("GET /v3/catalog/products/{tee}/options", keep={"size": "data.0.id", "size_s": "data.0.option_values.0.id"}),
    Step("GET /v3/catalog/products/{tee}/options/{size}"),
    Step("PUT /v3/catalog/products/{tee}/options/{size}", {"display_name": "Fit"}),
    Step("GET /v3/catalog/products/{tee}/options/{size}/values"),
    Step(
        "POST /v3/catalog/products/{tee}/options/{size}/values",
        {"label": "XL", "sort_order": 3},
        {"size_xl": "data.id"},
    ),
    Step("GET /v3/catalog/products/{tee}/options/{size}/values/{size_s}"),
    Step("PUT /v3/catalog/products/{tee}/options/{size}/values/{size_s}", {"label": "Small", "sort_order": 0}),
    Step(
        "POST /v3/catalog/products/{tee}/variants",
        {"sku": "TEE-XL", "option_values": [{"option_id": "{size}", "id": "{size_xl}"}]},
        {"extra": "data.id"},
    ),
    Step("DELETE /v3/catalog/products/{tee}/variants/{extra}"),
    Step("DELETE /v3/catalog/products/{tee}/options/{size}/values/{size_xl}"),
    Step(
        "POST /v3/catalog/products/{mug}/modifiers",
        {"type": "text", "required": False, "display_name": "Engraving"},
        {"modifier": "data.id"},
    ),
    Step("GET /v3/catalog/products/{mug}/modifiers"),
    Step("DELETE /v3/catalog/products/{mug}/modifiers/{modifier}"),
    Step("GET /v3/catalog/products/{tee}/images"),
    Step(
        "POST /v3/catalog/products/{mug}/images",
        {"image_url": "https://img.example.test/2.png", "sort_order": 1},
        {"image": "data.id"},
    ),
    Step("GET /v3/catalog/products/{mug}/images"),
    Step("GET /v3/catalog/products/{mug}/images/{image}"),
    Step("PUT /v3/catalog/products/{mug}/images/{image}", {"sort_order": 5, "is_thumbnail": True}),
    Step("DELETE /v3/catalog/products/{mug}/images/{image}"),
    Step("POST /v3/catalog/products/{mug}/custom-fields", {"name": "Season", "value": "Winter"}, {"field": "data.id"}),
    Step("GET /v3/catalog/products/{mug}/custom-fields"),
    Step("GET /v3/catalog/products/{mug}/custom-fields/{field}"),
    Step("PUT /v3/catalog/products/{mug}/custom-fields/{field}", {"name": "Season", "value": "Summer"}),
    Step("DELETE /v3/catalog/products/{mug}/custom-fields/{field}"),
    Step("GET /v3/inventory/locations"),
    Step(
        "POST /v3/inventory/locations",
        [
            {
                "code": "DEPOT",
                "label": "Depot",
                "type_id": "VIRTUAL",
                "managed_by_external_source": True,
                "time_zone": "Etc/UTC",
            }
        ],
    ),
    Step("GET /v3/inventory/locations?location_code:in=DEPOT", keep={"depot": "data.0.id"}),
    Step("PUT /v3/inventory/locations", [{"id": "{depot}", "label": "Cellar"}]),
    Step(
        f"PUT /v3{LEVELS}/absolute",
        {
            "reason": "count",
            "items": [
                {"location_id": 1, "variant_id": "{medium}", "quantity": 5},
                {"location_id": 1, "product_id": "{mug}", "quantity": 9},
            ],
        },
    ),
    Step(f"POST /v3{LEVELS}/relative", {"items": [{"location_id": 1, "sku": "TEE-M", "quantity": -1}]}),
    Step("GET /v3/inventory/items?variant_id:in={medium},{mug_base}&limit=1000"),
    Step("GET /v3/inventory/items?sku:in=TEE-M,MUG-1&location_id:in=1"),
    Step("GET /v3/inventory/locations/1/items?limit=1000"),
    Step(
        "PUT /v3/inventory/locations/1/items",
        {"settings": [{"identity": {"variant_id": "{medium}"}, "safety_stock": 1}]},
    ),
    Step("GET /v3/channels"),
    Step(
        "POST /v3/channels",
        {"name": "Till", "type": "pos", "platform": "custom", "status": "connected"},
        {"channel": "data.id"},
    ),
    Step("GET /v3/channels/{channel}"),
    Step("GET /v3/settings/inventory"),
    Step("PUT /v3/settings/inventory", {"update_stock_behavior": "order_completed_or_shipped"}),
    Step("DELETE /v3/inventory/locations?location_id:in={depot}"),
    Step(
        "POST /v3/catalog/products/{mug}/options",
        {"display_name": "Glaze", "type": "dropdown", "option_values": [{"label": "Blue", "sort_order": 0}]},
    ),
    Step("DELETE /v3/catalog/products/{tee}/options/{size}"),
    Step("DELETE /v3/catalog/products/{tee}"),
    Step("DELETE /v3/catalog/products?id:in={mug}"),
    Step("DELETE /v3/catalog/trees/categories?category_id:in={category}"),
    Step("DELETE /v3/catalog/brands/{brand}"),
)
