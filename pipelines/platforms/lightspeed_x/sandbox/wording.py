"""What the till does to text it is given: card numbers are blanked, postal codes and moments are looked at.

Card numbers in names, notes and addresses are blanked in silence (fact sheet §3); since 2026-07 a postal code that
does not fit its country refuses the write (fact sheet §3). The countries here are some of the forty.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

_CARD = re.compile(r"(?<!\d)\d(?:[ -]?\d){12,18}(?!\d)")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)")
_POSTCODES = {
    "AT": r"\d{4}",
    "AU": r"\d{4}",
    "BE": r"\d{4}",
    "CA": r"[A-Z]\d[A-Z] ?\d[A-Z]\d",
    "CH": r"\d{4}",
    "DE": r"\d{5}",
    "DK": r"\d{4}",
    "ES": r"\d{5}",
    "FR": r"\d{5}",
    "GB": r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}",
    "IT": r"\d{5}",
    "NL": r"\d{4} ?[A-Z]{2}",
    "NO": r"\d{4}",
    "NZ": r"\d{4}",
    "SE": r"\d{3} ?\d{2}",
    "US": r"\d{5}(-\d{4})?",
}


def blanked(text: str) -> str:
    """The text without what looks like a card number: 13 to 19 digits whose check digit is right."""
    return _CARD.sub(lambda found: "" if _is_card(found[0]) else found[0], text)


def _is_card(text: str) -> bool:
    digits = [int(sign) for sign in reversed(text) if sign.isdigit()]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[1::2]]
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0


def fits_country(postcode: str, country: str) -> bool:
    """Whether a postal code can be one of the country; true for countries whose form is not known here."""
    form = _POSTCODES.get(country)
    return form is None or re.fullmatch(form, postcode.strip().upper()) is not None


def moment(text: str) -> datetime | None:
    """An RFC 3339 moment in UTC, None when it is none."""
    if not _MOMENT.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def stamped(when: datetime) -> str:
    """A moment as the API writes it."""
    return when.strftime("%Y-%m-%dT%H:%M:%S+00:00")
