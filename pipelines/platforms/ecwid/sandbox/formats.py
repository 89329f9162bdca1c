"""How a store writes money, sizes and moments unless the merchant chose otherwise (fact sheet §2)."""

from __future__ import annotations

CURRENCY = {
    "currency": "USD", "currencyPrefix": "$", "currencySuffix": "", "currencyGroupSeparator": ",",
    "currencyDecimalSeparator": ".", "currencyPrecision": 2, "currencyTruncateZeroFractional": False, "currencyRate": 1,
    "weightUnit": "KILOGRAM", "weightPrecision": 3, "weightGroupSeparator": ",", "weightDecimalSeparator": ".",
    "weightTruncateZeroFractional": False, "timeFormat": "hh:mm a", "dateFormat": "MMM d, yyyy", "timezone": "Etc/UTC",
    "dimensionsUnit": "CM", "volumeUnit": "ML", "orderNumberPrefix": "", "orderNumberSuffix": "",
}  # fmt: skip
