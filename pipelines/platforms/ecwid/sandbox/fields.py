"""What may be written: the members of a body and the type of each. What becomes of them: the ``*_changes`` modules.

A member that no table names is left unread (the vendor's own list of fields is wider than ours). ``None`` is
no fault at the top of a body: it counts as not sent, unless the change module says otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from pipelines.platforms.ecwid.sandbox.answers import LARGEST, wrong

Check = Callable[[Any], str | None]
"""Why a value may not stand; None where it may."""
Table = Mapping[str, Check]


def text(value: Any) -> str | None:
    return None if isinstance(value, str) else "must be a text"


def flag(value: Any) -> str | None:
    return None if isinstance(value, bool) else "must be true or false"


def whole(value: Any) -> str | None:
    good = isinstance(value, int) and not isinstance(value, bool) and -LARGEST <= value <= LARGEST
    return None if good else "must be a whole number of 32 bits"


def count(value: Any) -> str | None:
    return whole(value) or (None if value >= 0 else "must not be below 0")


def number(value: Any) -> str | None:
    return None if isinstance(value, (int, Decimal)) and not isinstance(value, bool) else "must be a number"


def amount(value: Any) -> str | None:
    return number(value) or (None if value >= 0 else "must not be below 0")


def one_of(*known: str) -> Check:
    return lambda value: None if value in known else "must be one of " + ", ".join(known)


def many(check: Check) -> Check:
    def checked(value: Any) -> str | None:
        if not isinstance(value, list):
            return "must be a list"
        return next((f"has an entry that {why}" for why in map(check, value) if why), None)

    return checked


def record(needs: tuple[str, ...] = (), /, **table: Check) -> Check:
    """An object of these members; ``None`` counts as not sent."""

    def checked(value: Any) -> str | None:
        if not isinstance(value, dict):
            return "must be an object"
        missing = [name for name in needs if value.get(name) is None]
        if missing:
            return f"lacks {missing[0]}"
        return fault(value, table)

    return checked


def texts(value: Any) -> str | None:
    """An object whose members are texts."""
    good = isinstance(value, dict) and all(isinstance(one, str) for one in value.values())
    return None if good else "must be an object of texts"


def fault(body: Mapping[str, Any], table: Table) -> str | None:
    """The first member that may not stand, and why."""
    for name, value in body.items():
        why = table[name](value) if value is not None and name in table else None
        if why:
            return f"{name} {why}"
    return None


def checked(body: Any, table: Table) -> dict[str, Any]:
    """A body whose members have the types of the table. Raises Refusal."""
    if not isinstance(body, dict):
        raise wrong("must be an object")
    why = fault(body, table)
    if why:
        raise wrong(why)
    return body


def _units(value: Any) -> str | None:
    good = isinstance(value, dict) and not any(whole(one) for one in value.values())
    return None if good else "must be an object of whole numbers"


DIMENSIONS = record(length=amount, width=amount, height=amount)
VISIBILITY = one_of("SHOW", "HIDE", "ALLOW_PREORDER")
SHOWN = one_of("NOTSHOW", "DESCR", "PRICE")
ATTRIBUTES = many(
    record(
        id=whole,
        alias=one_of("UPC", "BRAND", "PRICE_PER_UNIT", "UNITS_IN_PRODUCT"),
        name=text,
        value=text,
        valueTranslated=texts,
        show=SHOWN,
    )
)
WHOLESALE = many(record(("quantity", "price"), quantity=whole, price=number))
CHOICE = record(
    ("text",),
    text=text,
    textTranslated=texts,
    priceModifier=number,
    priceModifierType=one_of("PERCENT", "ABSOLUTE"),
)
OPTION = record(
    ("name",),
    type=one_of("SELECT", "RADIO", "CHECKBOX", "TEXTFIELD", "TEXTAREA", "DATE", "FILES", "SIZE", "SWATCHES"),
    name=text,
    nameTranslated=texts,
    choices=many(CHOICE),
    defaultChoice=whole,
    required=flag,
)
LOWEST = record(lowestPriceEnabled=flag, manualLowestPrice=number)
ALT = record(main=text, translated=texts)

VARIATION: Table = {
    "sku": text,
    "options": many(record(name=text, value=text)),
    "price": amount,
    "costPrice": number,
    "compareToPrice": amount,
    "lowestPrice": number,
    "lowestPriceSettings": LOWEST,
    "wholesalePrices": WHOLESALE,
    "quantity": whole,
    "locationInventory": _units,
    "outOfStockVisibilityBehaviour": VISIBILITY,
    "unlimited": flag,
    "warningLimit": count,
    "minPurchaseQuantity": whole,
    "maxPurchaseQuantity": whole,
    "weight": amount,
    "dimensions": DIMENSIONS,
    "volume": number,
    "attributes": ATTRIBUTES,
    "externalReferenceId": text,
    "isShippingRequired": flag,
    "customsHsTariffCode": text,
    "alt": ALT,
}

PRODUCT: Table = {
    **{name: check for name, check in VARIATION.items() if name not in ("options", "alt")},
    "name": text,
    "nameTranslated": texts,
    "description": text,
    "descriptionTranslated": texts,
    "customSlug": text,
    "isSampleProduct": flag,
    "enabled": flag,
    "categoryIds": many(whole),
    "defaultCategoryId": whole,
    "showOnFrontpage": whole,
    "showDeliveryTimeInStorefront": flag,
    "shipping": record(
        type=one_of("GLOBAL_METHODS", "SELECTED_METHODS", "FLAT_RATE", "FREE_SHIPPING"),
        methodMarkup=number,
        flatRate=number,
        disabledMethods=many(text),
        enabledMethods=many(text),
    ),
    "productClassId": whole,
    "seoTitle": text,
    "seoTitleTranslated": texts,
    "seoDescription": text,
    "seoDescriptionTranslated": texts,
    "options": many(OPTION),
    "tax": record(taxable=flag, enabledManualTaxes=many(whole), taxClassCode=text),
    "relatedProducts": record(
        productIds=many(whole), relatedCategory=record(enabled=flag, categoryId=whole, productCount=whole)
    ),
    "media": record(images=many(record(("id", "orderBy"), id=text, orderBy=whole, alt=ALT))),
    "discountsAllowed": flag,
    "subtitle": text,
    "subtitleTranslated": texts,
    "ribbon": record(text=text, color=text),
    "ribbonTranslated": texts,
    "nameYourPriceEnabled": flag,
    "priceDefaultTier": whole,
    "googleProductCategory": whole,
    "productCondition": one_of("NEW", "USED"),
    "reviewsCollectingAllowed": flag,
    "batteryIncluded": flag,
}

CATEGORY: Table = {
    "name": text,
    "nameTranslated": texts,
    "parentId": whole,
    "orderBy": whole,
    "description": text,
    "descriptionTranslated": texts,
    "enabled": flag,
    "productIds": many(whole),
    "isSampleCategory": flag,
    "seoTitle": text,
    "seoDescription": text,
    "customSlug": text,
}
