"""Orders as the API shows them (fact sheet §4.1, §4.2)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from pipelines.platforms.ecwid.sandbox.answers import moment, number
from pipelines.platforms.ecwid.sandbox.orders.book import Line, Order
from pipelines.platforms.ecwid.sandbox.orders.customers import buyer_record
from pipelines.platforms.ecwid.sandbox.orders.money import dec
from pipelines.platforms.ecwid.sandbox.orders.stock import OrderStock

HIDDEN = frozenset({"createDate", "items", "customerGroup"})
USUAL: dict[str, Any] = {
    "refundedAmount": 0, "giftCardRedemption": 0, "giftCardDoubleSpending": False, "email": "", "tax": 0,
    "customerTaxExempt": False, "customerTaxId": "", "customerTaxIdValid": False, "b2b_b2c": "b2c",
    "reversedTaxApplied": False, "couponDiscount": 0, "volumeDiscount": 0, "membershipBasedDiscount": 0,
    "totalAndMembershipBasedDiscount": 0, "customDiscount": [], "customSurcharges": [], "discount": 0,
    "orderComments": "", "predictedPackage": [], "shippingLabelAvailableForShipment": False, "shipments": [],
    "additionalInfo": {}, "paymentParams": {}, "extraFields": {}, "hidden": False, "taxesOnShipping": [],
    "disableAllCustomerNotifications": False, "externalFulfillment": False, "utmDataSets": [], "invoices": [],
    "pricesIncludeTax": False, "discountInfo": [],
}  # fmt: skip


class OrderRendering(OrderStock):
    """Orders as JSON-able records."""

    def order_record(self, order: Order) -> dict[str, Any]:
        """An order with everything."""
        fields = {name: value for name, value in order.fields.items() if name not in HIDDEN}
        total, tax = dec(fields.get("total")), dec(fields.get("tax"))
        inclusive = bool(fields.get("pricesIncludeTax"))
        subtotal = dec(fields.get("subtotal"))
        record: dict[str, Any] = {
            "id": order.id,
            "internalId": order.number,
            "orderNumber": order.number,
            "vendorOrderNumber": order.id,
            "publicUid": order.id,
            **USUAL,
            **fields,
            "subtotalWithoutTax": number(subtotal - (tax if inclusive else Decimal(0))),
            "totalWithoutTax": number(total - tax),
            "totalBeforeGiftCardRedemption": number(total + dec(fields.get("giftCardRedemption"))),
            "usdTotal": number(total),
            "refundedAmount": number(sum((dec(one["amount"]) for one in order.refunds), Decimal(0))),
            "refunds": order.refunds,
            "createDate": moment(order.created),
            "updateDate": moment(order.updated),
            "createTimestamp": order.created,
            "updateTimestamp": order.updated,
            "items": [self._line_record(line, inclusive) for line in order.lines],
        }
        for person in ("billingPerson", "shippingPerson"):
            if record.get(person):
                record[person] = buyer_record(record[person])
        if record.get("shippingOption"):
            record["shippingOption"] = _shipping(record["shippingOption"])
        if record.get("handlingFee"):
            record["handlingFee"] = {"taxes": [], "valueWithoutTax": record["handlingFee"].get("value", 0),
                                     **record["handlingFee"]}  # fmt: skip
        return record

    def _line_record(self, line: Line, inclusive: bool) -> dict[str, Any]:
        item, tax = line.item, dec(line.item.get("tax"))
        quantity = int(item.get("quantity") or 1)
        price = dec(item.get("price"))
        without = price - tax / quantity if inclusive and quantity else price
        product = self.shelves.products.get(int(item.get("productId") or 0))
        return {
            "categoryId": product.fields["defaultCategoryId"] if product else 0,
            "isShippingRequired": True,
            "fixedShippingRateOnly": False,
            "fixedShippingRate": 0,
            "digital": False,
            "couponApplied": False,
            "files": [],
            "shipping": 0,
            "taxes": [],
            "discounts": [],
            "discountsAllowed": True,
            "taxable": True,
            "giftCard": False,
            "isCustomerSetPrice": False,
            "attributes": [],
            "dimensions": {"length": 0, "width": 0, "height": 0},
            **item,
            "priceWithoutTax": number(without.quantize(Decimal("0.01"))),
            "productAvailable": product is not None,
        }


def _shipping(option: dict[str, Any]) -> dict[str, Any]:
    rate = option.get("shippingRate", 0)
    return {"isPickup": False, "isShippingLimit": False, "shippingRateWithoutTax": rate, **option}
