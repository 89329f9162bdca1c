"""Ordinary use of every route on orders, payments and customers, and what shoppers did before it by hand."""

from __future__ import annotations

from typing import Any

from tests.fidelity.journeys import Step

BUYER = {"email": "kim@buyer.example", "first_name": "Kim", "last_name": "Lee", "company": "Lee & Sons"}
ADDRESS = {"first_name": "Kim", "last_name": "Lee", "street_1": "2 Low Street", "city": "Austin", "state": "Texas",
           "zip": "78751", "country": "United States", "country_iso2": "US", "email": "kim@buyer.example"}  # fmt: skip


def furnish_store(machine: Any) -> dict[str, Any]:
    """Orders placed by shoppers, one with everything an order may have, one that is empty beside its lines."""
    machine.set_tax_rates(("State", 6), ("City", "2.25"))
    machine.make_product(name="Bowl", price=9, sku="BOWL", inventory_tracking="product", brand_name="Clay")
    sizes = [{"sku": f"CAP-{size}", "option_values": [{"option_display_name": "Size", "label": size}]} for size in "SM"]
    machine.make_product(name="Cap", price=15, variants=sizes, inventory_tracking="variant")
    for sku in ("BOWL", "CAP-S", "CAP-M"):
        machine.set_level(sku, 20)
    engraved = {"name": "Engraving", "price": "3.33", "quantity": 3, "wrapping": {"cost": 2, "message": "For you"}}
    chosen = {"sku": "CAP-S", "quantity": 1, "discount": 1, "children": [{"sku": "BOWL"}],
              "options": [{"name": "Text", "label": "KL"}]}  # fmt: skip
    full = machine.place_order(
        [("BOWL", 2), engraved, chosen, {"name": "Voucher", "price": 5, "kind": "giftcertificate"}],
        customer={**BUYER, "email": "ann@buyer.example"}, shipping=9, handling=2, fees=[("Bag", 1)], discount=5,
        coupon=("SAVE", 2, 1), message="Ring twice", staff_notes="gift", store_credit=4, gift_certificate=3,
        payment=("Credit Card", "authorized"), plain={"external_order_id": "X-1"},
    )  # fmt: skip
    machine.capture(full)
    machine.ship(full)
    machine.say(full, "When does it come?")
    guest = machine.place_order([("BOWL", 1)], status=7, payment=("Bank Deposit", "pending"), tax_rates=())
    held = machine.place_order([("BOWL", 1)], status=7, payment=("Credit Card", "authorized"), tax_rates=())
    gone = machine.place_order([("CAP-S", 2)], tax_inclusive=True)
    machine.cancel(gone)
    line = machine.order(full)["lines"][0]["id"]
    address = machine.book.order(full).addresses[0]["id"]
    cap, bowl = machine.product_by_sku("CAP-S"), machine.product_by_sku("BOWL")
    return {"order": full, "guest": guest, "held": held, "line": line, "address": address, "cap": cap["id"],
            "cap_m": cap["variants"][1]["id"], "bowl": bowl["id"]}  # fmt: skip


BIGCOMMERCE_ORDERS: tuple[Step, ...] = (
    Step("GET /v2/order_statuses"),
    Step("GET /v2/order_statuses/11"),
    Step("GET /v2/orders?min_date_modified=2020-01-01T00:00:00Z&sort=date_modified:asc&limit=250&page=1"),
    Step("GET /v2/orders?status_id=5&channel_id=1"),
    Step("GET /v2/orders?email=nobody@buyer.example"),
    Step("GET /v2/orders/count?min_id=1&max_total=1000"),
    Step("GET /v2/orders/{order}"),
    Step("GET /v2/orders/{order}?include=fees"),
    Step("GET /v2/orders/{order}/products?limit=250"),
    Step("GET /v2/orders/{order}/products/{line}"),
    Step("GET /v2/orders/{order}/coupons"),
    Step("GET /v2/orders/{order}/shipping_addresses"),
    Step("GET /v2/orders/{order}/shipping_addresses/{address}"),
    Step("GET /v2/orders/{order}/taxes?details=true"),
    Step("GET /v2/orders/{order}/taxes"),
    Step("GET /v2/orders/{guest}/taxes"),
    Step("GET /v2/orders/{order}/fees"),
    Step("GET /v2/orders/{order}/shipments"),
    Step("GET /v2/orders/{guest}/shipments"),
    Step("GET /v2/orders/{order}/messages"),
    Step("GET /v2/orders/{guest}/coupons"),
    Step("GET /v3/orders/{order}/transactions"),
    Step("POST /v3/orders/{held}/payment_actions/capture", {}),
    Step(
        "POST /v3/orders/{order}/payment_actions/refund_quotes",
        {"items": [{"item_type": "PRODUCT", "item_id": "{line}", "quantity": 1}]},
        {"due": "data.total_refund_amount"},
    ),
    Step(
        "POST /v3/orders/{order}/payment_actions/refunds",
        {
            "items": [{"item_type": "PRODUCT", "item_id": "{line}", "quantity": 1, "reason": "broken"}],
            "payments": [{"provider_id": "stripe", "amount": "{due}", "offline": False}],
        },
        {"refund": "data.id"},
    ),
    Step(
        "POST /v3/orders/{order}/payment_actions/refunds",
        {
            "items": [{"item_type": "SHIPPING", "item_id": "{address}", "amount": 2.5}],
            "payments": [{"provider_id": "stripe", "amount": 2.5, "offline": True}],
        },
    ),
    Step("GET /v3/orders/{order}/payment_actions/refunds"),
    Step("GET /v3/orders/{guest}/payment_actions/refunds"),
    Step("GET /v3/orders/payment_actions/refunds?created:min=2020-01-01T00:00:00Z&order_id:in={order}&limit=50&page=1"),
    Step("GET /v3/orders/payment_actions/refunds/{refund}"),
    Step(
        "POST /v3/customers",
        [
            {
                **BUYER,
                "phone": "555",
                "addresses": [
                    {
                        "first_name": "Kim",
                        "last_name": "Lee",
                        "address1": "2 Low Street",
                        "city": "Austin",
                        "state_or_province": "Texas",
                        "postal_code": "78751",
                        "country_code": "US",
                    }
                ],
            }
        ],
        {"customer": "data.0.id"},
    ),
    Step("GET /v3/customers?email:in=kim@buyer.example,ann@buyer.example&include=addresses,storecredit"),
    Step("GET /v3/customers?id:in={customer}", keep={"cursor": "meta.cursor_pagination.end_cursor"}),
    Step("GET /v3/customers?date_modified:min=2020-01-01T00:00:00Z&sort=date_modified:asc&limit=50&page=1"),
    Step("GET /v3/customers?after={cursor}&limit=1"),
    Step("PUT /v3/customers", [{"id": "{customer}", "company": "Lee Ltd", "notes": "calls first"}]),
    Step(
        "POST /v2/orders",
        {
            "status_id": 11,
            "customer_id": "{customer}",
            "billing_address": ADDRESS,
            "products": [
                {
                    "product_id": "{cap}",
                    "variant_id": "{cap_m}",
                    "quantity": 1,
                    "price_ex_tax": 15,
                    "price_inc_tax": 16,
                },
                {"name": "Note", "quantity": 2, "price_ex_tax": 1.5, "price_inc_tax": 1.5, "sku": "NOTE"},
            ],
            "external_order_id": "X-2",
            "external_source": "POS",
            "discount_amount": "1.0000",
            "shipping_cost_ex_tax": "3.0000",
            "shipping_cost_inc_tax": "3.2500",
            "payment_method": "Cash",
            "staff_notes": "from the till",
            "date_created": "Thu, 20 Apr 2017 11:32:00 -0400",
        },
        {"made": "id"},
    ),
    Step("GET /v2/orders?external_order_id=X-2"),
    Step("GET /v2/orders/{made}/products", keep={"made_line": "0.id", "note_line": "1.id"}),
    Step("GET /v3/orders/{made}/transactions"),
    Step(
        "PUT /v2/orders/{made}",
        {
            "status_id": 9,
            "customer_message": "later",
            "products": [
                {"id": "{made_line}", "quantity": 2},
                {"id": "{note_line}", "quantity": 0},
                {"product_id": "{bowl}", "quantity": 1},
            ],
        },
    ),
    Step("DELETE /v2/orders/{made}"),
    Step("DELETE /v3/customers?id:in={customer}"),
)
