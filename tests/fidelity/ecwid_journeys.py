"""Ordinary use of every route of the Ecwid sandbox; see ``journeys``. What happened before: ``furnish_ecwid``."""

from __future__ import annotations

from typing import Any

from tests.fidelity.journeys import Step

PERSON = {"name": "Ann Bee", "street": "1 High Street", "city": "Austin", "countryCode": "US", "postalCode": "78751",
          "stateOrProvinceCode": "TX", "phone": "0000000000"}  # fmt: skip
LATER = {"url": "https://img.example.test/later.jpg", "width": 800, "height": 600}
TEE = {
    "sku": "TEE",
    "name": "Tee",
    "price": 20,
    "enabled": True,
    "description": "<p>Cotton</p>",
    "externalReferenceId": "till-tee",
    "attributes": [{"alias": "BRAND", "value": "Acme"}],
    "dimensions": {"length": 30, "width": 20, "height": 2},
    "options": [
        {
            "type": "SELECT",
            "name": "Size",
            "choices": [{"text": "S", "priceModifier": 0, "priceModifierType": "ABSOLUTE"}],
            "defaultChoice": 0,
            "required": False,
        }
    ],
    "combinations": [
        {
            "options": [{"name": "Size", "value": "S"}],
            "sku": "TEE-S",
            "price": 21.5,
            "quantity": 4,
            "unlimited": False,
            "weight": 0.25,
            "externalReferenceId": "till-tee-s",
            "attributes": [{"alias": "UPC", "value": "036000291452"}],
        }
    ],
}
PRODUCTS = (
    Step("GET /profile"),
    Step("GET /profile?responseFields=generalInfo(storeId),formatsAndUnits(currency,weightUnit,dimensionsUnit)"),
    Step("GET /classes"),
    Step("GET /classes/0"),
    Step("POST /categories", {"name": "Clothes", "enabled": True, "orderBy": 10, "parentId": 0}, {"clothes": "id"}),
    Step("POST /categories", {"name": "Tops", "parentId": "{clothes}", "description": "Upper"}, {"tops": "id"}),
    Step("PUT /categories/{tops}", {"name": "Shirts", "enabled": True}),
    Step("GET /categories?withSubcategories=true&hidden_categories=true&offset=0&limit=100&parent={clothes}"),
    Step("GET /categories/{tops}"),
    Step("GET /categoriesByPath?path=Clothes/Shirts&delimeter=/"),
    Step("POST /products?saveCombinations=true", TEE, {"tee": "id"}),
    Step(
        "POST /products",
        {"sku": "MUG", "name": "Mug", "price": 9.5, "quantity": 3, "weight": 0.3, "categoryIds": ["{tops}"]},
        {"mug": "id"},
    ),
    Step("GET /products?sortBy=ADDED_TIME_ASC&offset=0&limit=100"),
    Step("GET /products?updatedFrom=1725434411&responseFields=total,items(id,name,price,quantity)"),
    Step("GET /products?productId={tee},{mug}"),
    Step("GET /products?sku=TEE-S&limit=1"),
    Step("GET /products?externalReferenceId=till-tee-s&enabled=true&inStock=true"),
    Step("GET /products?priceFrom=1&priceTo=50&keyword=te&createdTo=2099-01-01"),
    Step("GET /products/{tee}", keep={"tee_s": "combinations.0.id"}),
    Step("GET /products/{tee}?responseFields=id,name,price"),
    Step("PUT /products/{tee}", {"price": 22, "defaultCategoryId": 0, "subtitle": "Soft", "compareToPrice": 30}),
    Step("PUT /products/{mug}?returnItem=true", {"enabled": False, "warningLimit": 2, "quantity": 5}),
    Step("PUT /products/{mug}", {"tax": {"taxable": True, "enabledManualTaxes": []},
                                 "wholesalePrices": [{"quantity": 10, "price": 8}]}),
    Step("PUT /products/{mug}/inventory", {"quantityDelta": -6}),
    Step("POST /products/{tee}/combinations", {"options": [{"name": "Size", "value": "M"}], "sku": "TEE-M",
                                               "quantity": 2}, {"tee_m": "id"}),
    Step("GET /products/{tee}/combinations"),
    Step("GET /products/{tee}/combinations/{tee_s}"),
    Step("PUT /products/{tee}/combinations/{tee_s}", {"price": 23, "compareToPrice": 25, "sku": "TEE-S"}),
    Step("PUT /products/{tee}/combinations/{tee_s}/inventory?checkLowStockNotification=true", {"quantityDelta": 2}),
    Step("GET /brands?limit=10"),
    Step("POST /categories/{tops}/assignProducts", {"productIds": ["{tee}", "{mug}"]}),
    Step("POST /categories/{tops}/unassignProducts", {"productIds": ["{mug}"]}),
)  # fmt: skip
PICTURES = (
    Step("POST /products/{tee}/image?externalUrl=https://img.example.test/tee.jpg"),
    Step("POST /products/{tee}/image/async", LATER),
    Step("POST /products/{tee}/gallery?externalUrl=https://img.example.test/back.jpg", keep={"back": "id"}),
    Step("POST /products/{tee}/gallery/async", LATER),
    Step("GET /products/{tee}", keep={"gallery_id": "media.images.1.id"}),
    Step("PUT /products/{tee}", {"media": {"images": [{"id": "0", "orderBy": 0},
                                                      {"id": "{gallery_id}", "orderBy": 7}]}}),
    Step("DELETE /products/{tee}/gallery/{back}"),
    Step("POST /products/{tee}/combinations/{tee_s}/image?externalUrl=https://img.example.test/s.jpg"),
    Step("POST /products/{tee}/combinations/{tee_s}/image/async", LATER),
    Step("GET /products/{tee}/combinations/{tee_s}"),
    Step("DELETE /products/{tee}/combinations/{tee_s}/image"),
    Step("DELETE /products/{tee}/image"),
    Step("DELETE /products/{tee}/gallery"),
    Step("PUT /products/{tee}/media", {"mainMedia": {"imageUrl": "https://img.example.test/tee.jpg"},
                                       "galleryMedia": [{"imageUrl": "https://img.example.test/back.jpg"}]}),
)  # fmt: skip
BATCHES = (
    Step(
        "POST /batch?stopOnFirstFailure=false&deduplicationKey=6f1c2d34-0000-4000-8000-000000000001",
        [
            {"id": "one", "path": "/products/{mug}", "method": "PUT", "body": {"quantity": 8}},
            {"id": "two", "path": "/products?sku=MUG", "method": "GET", "body": ""},
        ],
        {"ticket": "ticket"},
    ),
    Step("GET /batch?ticket={ticket}&escapedJson=true"),
)
PEOPLE = (
    Step("GET /orders?limit=100&offset=0&updatedFrom=1725434411"),
    Step("GET /orders?paymentStatus=PAID,PARTIALLY_REFUNDED&fulfillmentStatus=PROCESSING&createdFrom=2020-01-01"),
    Step("GET /orders?ids={order}&responseFields=total,items(id,total)"),
    Step("GET /orders/{order}"),
    Step("GET /orders/{refunded}"),
    Step(
        "POST /orders",
        {
            "subtotal": 19,
            "total": 24,
            "email": "kim@buyer.example",
            "paymentStatus": "PAID",
            "fulfillmentStatus": "AWAITING_PROCESSING",
            "paymentMethod": "Cash",
            "items": [{"productId": "{mug}", "quantity": 2, "price": 9.5, "name": "Mug", "sku": "MUG"}],
            "shippingOption": {"shippingMethodName": "Van", "shippingRate": 5, "fulfillmentType": "DELIVERY"},
            "shippingPerson": PERSON,
            "acceptMarketing": False,
            "disableAllCustomerNotifications": True,
            "externalFulfillment": True,
            "externalOrderId": "T-1",
        },
        {"made": "id"},
    ),
    Step("PUT /orders/{made}", {"fulfillmentStatus": "SHIPPED", "trackingNumber": "Z1", "privateAdminNotes": "sent"}),
    Step("GET /orders?email=kim@buyer.example"),
    Step("POST /customers", {"email": "ann@buyer.example", "billingPerson": PERSON, "acceptMarketing": True,
                             "shippingAddresses": [PERSON]}, {"ann": "id"}),
    Step("GET /customers?email=ann@buyer.example&useExactEmailMatch=true&limit=10"),
    Step("GET /customers?updatedFrom=1725434411&sortBy=UPDATED_DATE_ASC"),
    Step("GET /customers/{ann}"),
    Step("PUT /customers/{ann}", {"privateAdminNotes": "calls first", "taxExempt": True}),
)  # fmt: skip
ENDS = (
    Step("GET /latest-stats?productCountRequired=true"),
    Step("DELETE /products/{tee}/combinations/{tee_m}"),
    Step("DELETE /products/{tee}/combinations"),
    Step("DELETE /products/{mug}"),
    Step("DELETE /categories/{clothes}"),
    Step("DELETE /orders/{made}"),
    Step("DELETE /customers/{ann}"),
    Step("GET /products/deleted?from_date=1725434411&limit=100"),
    Step("GET /orders/deleted?limit=100&offset=0"),
    Step("GET /customers/deleted?limit=100"),
)
ECWID = PRODUCTS + PICTURES + BATCHES + PEOPLE + ENDS


def furnish_ecwid(store: Any) -> dict[str, Any]:
    """Shoppers were here: an order with all that an order can have, and one that was refunded in part."""
    store.make_product(name="Cup", sku="CUP", price=8, quantity=20)
    bowl = {"options": [{"name": "Glaze", "value": "Blue"}], "sku": "BOWL-B", "quantity": 9, "price": 15}
    store.make_product(name="Bowl", sku="BOWL", price=15, combinations=[bowl])
    jane = {"email": "jane@buyer.example", "name": "Jane Doe"}
    order = store.place_order(
        [("CUP", 2), ("BOWL-B", 1)], jane, shipping=5, handling=1, fees=[("Wrap", 2)], discount=2,
        coupon=("TEN", "PERCENT", 10), tax_rates=[("State", 6)], message="Ring twice", accepts_marketing=True,
    )  # fmt: skip
    refunded = store.place_order([("CUP", 1)], "guest@buyer.example", tax_inclusive=True, tax_rates=[("VAT", 20)])
    store.refund(refunded, 3, "Chipped")
    return {"order": order, "refunded": refunded}
