"""What may be written of orders and customers: members and their types (fact sheet §4.3, §5)."""

from __future__ import annotations

from pipelines.platforms.ecwid.sandbox.fields import Table, flag, many, number, one_of, record, text, texts, whole

PAYMENTS = (
    "AWAITING_PAYMENT",
    "PAID",
    "CANCELLED",
    "REFUNDED",
    "PARTIALLY_REFUNDED",
    "INCOMPLETE",
    "CUSTOM_PAYMENT_STATUS_1",
    "CUSTOM_PAYMENT_STATUS_2",
    "CUSTOM_PAYMENT_STATUS_3",
)
FULFILMENTS = (
    "AWAITING_PROCESSING",
    "PROCESSING",
    "SHIPPED",
    "DELIVERED",
    "WILL_NOT_DELIVER",
    "RETURNED",
    "READY_FOR_PICKUP",
    "OUT_FOR_DELIVERY",
    "CUSTOM_FULFILLMENT_STATUS_1",
    "CUSTOM_FULFILLMENT_STATUS_2",
    "CUSTOM_FULFILLMENT_STATUS_3",
)
PERSON = record(
    name=text,
    companyName=text,
    street=text,
    city=text,
    countryCode=text,
    postalCode=text,
    stateOrProvinceCode=text,
    phone=text,
)
ADDRESS = record(
    id=whole,
    name=text,
    companyName=text,
    street=text,
    city=text,
    countryCode=text,
    postalCode=text,
    stateOrProvinceCode=text,
    phone=text,
    note=text,
    defaultAddress=flag,
    orderBy=whole,
)
CONTACT = record(id=whole, contact=text, handle=text, note=text, type=text, default=flag, orderBy=whole)
RATE = record(name=text, value=number, total=number)
TAX = record(
    name=text,
    value=number,
    total=number,
    taxOnDiscountedSubtotal=number,
    taxOnShipping=number,
    taxOnHandlingFee=number,
    includeInPrice=flag,
)
CHOSEN = record(
    name=text,
    type=one_of("CHOICE", "SWATCH_CHOICE", "CHOICES", "TEXT", "DATE", "FILES"),
    value=text,
    valuesArray=many(text),
    selections=many(
        record(
            selectionTitle=text, selectionModifier=number, selectionModifierType=one_of("PERCENT", "ABSOLUTE")
        )
    ),
)  # fmt: skip
ITEM = record(
    id=whole,
    productId=whole,
    categoryId=whole,
    combinationId=whole,
    price=number,
    productPrice=number,
    shipping=number,
    tax=number,
    taxable=flag,
    couponAmount=number,
    sku=text,
    name=text,
    nameTranslated=texts,
    shortDescription=text,
    quantity=whole,
    weight=number,
    isShippingRequired=flag,
    trackQuantity=flag,
    digital=flag,
    couponApplied=flag,
    giftCard=flag,
    selectedOptions=many(CHOSEN),
    taxes=many(TAX),
    externalReferenceId=text,
    isPreorder=flag,
)
DISCOUNT = record(
    value=number,
    type=one_of("ABS", "PERCENT", "FIXED_PRICE"),
    base=one_of("ON_TOTAL", "ON_MEMBERSHIP", "ON_TOTAL_AND_MEMBERSHIP", "SHIPPING", "ITEM", "SUBTOTAL", "CUSTOM"),
    orderTotal=number,
    description=text,
)
SHIPPING = record(
    shippingMethodId=text,
    shippingCarrierName=text,
    shippingMethodName=text,
    shippingRate=number,
    estimatedTransitTime=text,
    isPickup=flag,
    pickupInstruction=text,
    fulfillmentType=one_of("SHIPPING", "PICKUP", "DELIVERY"),
    locationId=text,
)
FEE = record(name=text, value=number, description=text, taxes=many(RATE))
SURCHARGE = record(
    id=text, value=number, type=one_of("PERCENT", "ABSOLUTE"), total=number, description=text, taxable=flag,
    taxes=many(RATE),
)  # fmt: skip

ORDER: Table = {
    "email": text,
    "ipAddress": text,
    "hidden": flag,
    "createDate": text,
    "orderComments": text,
    "privateAdminNotes": text,
    "paymentStatus": one_of(*PAYMENTS),
    "fulfillmentStatus": one_of(*FULFILMENTS),
    "trackingNumber": text,
    "trackingUrl": text,
    "pickupTime": text,
    "paymentMethod": text,
    "paymentModule": text,
    "paymentMessage": text,
    "externalTransactionId": text,
    "customerId": whole,
    "acceptMarketing": flag,
    "total": number,
    "subtotal": number,
    "tax": number,
    "couponDiscount": number,
    "volumeDiscount": number,
    "discount": number,
    "giftCardRedemption": number,
    "customerTaxExempt": flag,
    "customerTaxId": text,
    "customerTaxIdValid": flag,
    "reversedTaxApplied": flag,
    "discountInfo": many(DISCOUNT),
    "items": many(ITEM),
    "billingPerson": PERSON,
    "shippingPerson": PERSON,
    "shippingOption": SHIPPING,
    "taxesOnShipping": many(RATE),
    "handlingFee": FEE,
    "customSurcharges": many(SURCHARGE),
    "externalFulfillment": flag,
    "externalOrderId": text,
    "refererId": text,
    "pricesIncludeTax": flag,
    "disableAllCustomerNotifications": flag,
    "lang": text,
}
CUSTOMER: Table = {
    "email": text,
    "password": text,
    "customerGroupId": whole,
    "billingPerson": PERSON,
    "shippingAddresses": many(ADDRESS),
    "contacts": many(CONTACT),
    "taxId": text,
    "taxIdValid": flag,
    "taxExempt": flag,
    "acceptMarketing": flag,
    "lang": text,
    "privateAdminNotes": text,
    "b2b_b2c": one_of("b2b", "b2c"),
}
