"""Canonical values as a shopkeeper reads them: money in major units, quantities without idle zeros, lists as text.

Nothing is rounded: a value that does not fit its currency's places is shown with all its digits.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from pipelines.kit.documents import Document
from pipelines.language.canonical import vocabulary

LONGEST = 160
_JOINERS = "\u200c\u200d"


@dataclass(frozen=True)
class Money:
    """A currency and how many decimal places its minor unit has."""

    currency: str
    places: int

    def text(self, minor: Decimal | int) -> str:
        """``1250`` minor units of a currency with two places → ``12.50 GBP``."""
        major = Decimal(minor).scaleb(-self.places)
        places = max(self.places, -int(major.normalize().as_tuple().exponent))
        return f"{major:,.{places}f} {self.currency}".rstrip()


def quantity(value: Decimal | int | None) -> str:
    """``7.0000`` → ``7``, ``1.5000`` → ``1.5``; nothing for None."""
    if value is None:
        return ""
    number = Decimal(value)
    return f"{number.quantize(Decimal(1)) if number == number.to_integral_value() else number.normalize():,f}"


def unit(level: str, field: str) -> str | None:
    """What a number of a plan row's field counts: ``minor``, ``units``, a unit of weight or size, or None."""
    entities = vocabulary().entities
    known = entities.get(level) or entities.get(f"{level}s")
    found = known.fields.get(field) if known else None
    return found.unit if found else None


def shown(value: Any, counts: str | None, money: Money | None) -> str:
    """One value as text; ``counts`` is the field's unit."""
    if value is None or value in ("", []):
        return "blank"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal | int):
        return _number(Decimal(value), counts, money)
    if isinstance(value, Mapping) and "lines" in value:
        return _document(value, money)
    if isinstance(value, list):
        return short(", ".join(_entry(one) for one in value))
    return short(str(value))


def _number(value: Decimal, counts: str | None, money: Money | None) -> str:
    if counts == "minor":
        return money.text(value) if money else f"{quantity(value)} minor units"
    return f"{quantity(value)} units" if counts == "units" else quantity(value)


def _document(value: Mapping[str, Any], money: Money | None) -> str:
    """``sale WEB-100-1: 2 lines, 25.30 USD, 1 payment``."""
    found = Document.of(value)
    total = _number(abs(found.total), "minor", money)
    counts = [(len(found.lines), "line"), (len(found.payments), "payment")]
    lines, payments = (f"{n} {what}{'' if n == 1 else 's'}" for n, what in counts)
    return f"{found.kind} {found.reference}: {lines}, {total}, {payments}"


def _entry(value: Any) -> str:
    if isinstance(value, Mapping):
        if "key" in value:
            return f"{value['key']} ({value.get('quantity') or value.get('amount')})"
        if "url" in value:
            return str(value["url"]).rsplit("/", 1)[-1]
        return f"{value.get('name')}: {value.get('value')}"
    if value is None or isinstance(value, bool | Decimal):
        return shown(value, None, None)
    return str(value)


def short(text: str, longest: int = LONGEST) -> str:
    """At most ``longest`` characters, with the true length where something was left off."""
    return text if len(text) <= longest else f"{text[:longest]}… ({len(text):,} characters)"


def moment(when: datetime | None) -> str:
    """``2026-03-02 09:15 UTC``."""
    return f"{when.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if when else ""


def clean(text: str) -> str:
    """Text from outside without characters that hide or reorder what follows them (B62)."""
    return "".join(c if _harmless(c) else "\ufffd" for c in text)


def _harmless(character: str) -> bool:
    return character in "\n\t" or character in _JOINERS or unicodedata.category(character) not in {"Cc", "Cf", "Cs"}
