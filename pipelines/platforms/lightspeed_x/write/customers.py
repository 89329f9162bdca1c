"""Customers of orders: found by e-mail or code, made when new, changed as the row says (fact sheet §5).

``standing`` of a row says what becomes of a customer the till has: ``fill_blanks``, ``store_wins``, else nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pipelines.kit.errors import CallFailed, Problem
from pipelines.kit.http import Answer, Session
from pipelines.kit.platform import PlanRow, Receipt, StoreFacts
from pipelines.kit.receipts import is_refusal
from pipelines.platforms.lightspeed_x.client import said
from pipelines.platforms.lightspeed_x.write.refusals import UNREADABLE
from pipelines.platforms.lightspeed_x.write.sending import Record, Unfit, data_of, gone, read, search, standing_now

PATH = "/customers"
_NAMES = ("first_name", "last_name")
_PLAIN = {"email": "email", "phone": "phone", "company": "company_name"}
_ADDRESS = {
    "street_1": "physical_address_1",
    "street_2": "physical_address_2",
    "city": "physical_city",
    "state": "physical_state",
    "postcode": "physical_postcode",
    "country": "physical_country_id",
}
_COUNTRY = "physical_country_id"
_ABOUT_PLACES = re.compile(r"post|zip|address|country|suburb|city|state", re.IGNORECASE)
_NOT_TAKEN = "the till did not take what the order says of the customer"
_NOT_KEPT = Problem("not_kept", "the till answered that it took the customer, and does not have it so")
_WITHOUT = "the till did not take the address; the customer is there without it"


def create_customer(session: Session, row: PlanRow, facts: StoreFacts) -> Receipt:  # noqa: ARG001
    """``exists`` where the e-mail, or without one the code, is known; several of one e-mail are rejected.

    A no to offers is told to each of several.
    One that is known is changed as ``standing`` says; it ``exists`` also where the till did not take that.
    ``accepts_marketing`` is written where the row has it; of one that is known only a no. An address that is refused is
    left away.
    """
    after = row.after()
    known = _known(session, row)
    if known is not None:
        return _taken_as(session, row, known)
    body = {**dict.fromkeys(_NAMES), **_given(after, {name: name for name in _NAMES}), **_given(after, _PLAIN)}
    body |= {"customer_code": after["code"], **_consent(after)}
    receipt = _made(session, row, body)
    return _made(session, row, body) if receipt.message == _NOT_KEPT.message else receipt


def _made(session: Session, row: PlanRow, body: Mapping[str, Any]) -> Receipt:
    """Send the customer; one the till answered that it took, and does not have, may be sent once more (F23)."""
    after = row.after()
    try:
        answer, without = _send(session, "POST", PATH, body, _address(after))
    except CallFailed as error:
        taken = _by_code(session, after["code"]) if is_refusal(error) else None
        if taken is None:
            raise
        return Receipt(row.seq, "exists", str(taken["id"]), {}, error.status)
    key = data_of(answer).get("id")
    if not key:
        return Receipt(
            row.seq, "unknown", None, {}, answer.status, "the till took the customer but did not name its id"
        )
    if (kept := standing_now(session, f"{PATH}/{key}")) is None:
        return Receipt(row.seq, "unknown", None, {}, answer.status, _NOT_KEPT.message)
    about = _WITHOUT if without else None
    word = {} if kept and not kept.get("do_not_email") else _told(after)
    return Receipt(row.seq, "ok", str(kept.get("id") or key), word, answer.status, about)


def change_customer(session: Session, row: PlanRow, facts: StoreFacts) -> Receipt:  # noqa: ARG001
    """``fill_blanks`` (also without ``standing``): only what is blank at the till, an address only where there is none.

    ``store_wins``: what the row has replaces what the till has, an address as a whole; a blank replaces nothing.
    Of consent only a no is taken: ``do_not_email`` is set where it is not, and never taken away (fact sheet §5). What
    changes nothing ``exists``; so does a no alone of a customer who is not there any more. A no alone goes to every
    other customer who has one of its ``emails``, too. What the till took and did not keep is sent once more (F23).
    """
    after = row.after()
    standing = read(session, f"{PATH}/{row.target_id}") if row.target_id else None
    if standing is not None and not standing.get("deleted_at"):
        receipt = _change(session, row, standing, after)
    elif after.keys() <= {"accepts_marketing", "emails"}:
        receipt = Receipt(row.seq, "exists", row.target_id, _told(after))
    else:
        raise gone("the customer")
    for email in after.get("emails", ()):
        for other in _of_email(session, email):
            if other.get("id") != row.target_id:
                _change(session, row, other, _word(after))
    return receipt


def _taken_as(session: Session, row: PlanRow, known: Record) -> Receipt:
    after = row.after()
    wanted = after if after.get("standing") in {"fill_blanks", "store_wins"} else _word(after)
    try:
        return replace(_change(session, row, known, wanted), outcome="exists")
    except CallFailed as error:
        return Receipt(row.seq, "exists", str(known["id"]), {}, error.status, _NOT_TAKEN)


def _change(session: Session, row: PlanRow, standing: Record, after: Mapping[str, Any]) -> Receipt:
    key = str(standing["id"])
    wins = after.get("standing") == "store_wins"
    wanted = {**_given(after, {name: name for name in _NAMES}), **_given(after, _PLAIN)}
    changed: dict[str, Any] = {
        name: value
        for name, value in wanted.items()
        if not _text(standing.get(name)) or (wins and not _same(name, _text(standing.get(name)), value))
    }
    if after.get("accepts_marketing") is False and not standing.get("do_not_email"):
        changed["do_not_email"] = True
    place = _other_place(standing, _address(after), wins=wins)
    if not changed and not place:
        return Receipt(row.seq, "exists", key, _told(after))
    body = {**{name: standing.get(name) for name in _NAMES}, **changed}
    for _ in range(2):
        answer, without = _send(session, "PUT", f"{PATH}/{key}", body, place)
        kept = standing_now(session, f"{PATH}/{key}")
        if not kept or _shows(kept, standing, {**changed, **({} if without else place)}):
            return Receipt(row.seq, "ok", key, _told(after), answer.status, _WITHOUT if without else None)
    raise CallFailed(_NOT_KEPT, "unknown", answer.status)


def _shows(kept: Record, before: Record, sent: Mapping[str, Any]) -> bool:
    """Whether any of what was sent came to something: a till may spell it otherwise. A no to offers must be there."""
    if sent.get("do_not_email") and not kept.get("do_not_email"):
        return False
    return not sent or any(kept.get(name) != before.get(name) for name in sent)


def _same(name: str, one: str, other: str) -> bool:
    return one.casefold() == other.casefold() if name == "email" else one == other


def _other_place(standing: Record, place: Mapping[str, str], *, wins: bool) -> dict[str, str | None]:
    """The address to send: none where the till's holds or is the same; parts of two are never mixed."""
    has = any(_text(standing.get(name)) for name in _ADDRESS.values() if name != _COUNTRY)
    if not place or (has and not wins):
        return {}
    if not has:
        return dict(place)
    whole: dict[str, str | None] = {name: place.get(name) for name in _ADDRESS.values()}
    return {} if all(_text(standing.get(name)) == (value or "") for name, value in whole.items()) else whole


def _known(session: Session, row: PlanRow) -> Record | None:
    after = row.after()
    email = _text(after.get("email"))
    if not email:
        return _by_code(session, after["code"])
    found = _of_email(session, email)
    if len(found) > 1:
        if after.get("accepts_marketing") is False:
            for one in found:
                _change(session, row, one, _word(after))
        codes = ", ".join(sorted(str(one.get("customer_code")) for one in found))
        raise Unfit(
            "several_customers",
            f"{len(found)} customers of the till have its e-mail",
            "leave the e-mail to one of them at the till, then run again",
            found=codes,
        )
    return found[0] if found else None


def _of_email(session: Session, email: str) -> list[Record]:
    wanted = email.casefold()
    found = search(session, "customers", email=email.lower())
    return [one for one in found if _text(one.get("email")).casefold() == wanted]


def _by_code(session: Session, code: str) -> Record | None:
    wanted = code.casefold()
    found = search(session, "customers", customer_code=code)
    return next((one for one in found if _text(one.get("customer_code")).casefold() == wanted), None)


def _send(
    session: Session, method: str, path: str, body: Mapping[str, Any], address: Mapping[str, Any]
) -> tuple[Answer, bool]:
    """The answer, and whether the address had to be left away: postal codes are looked at strictly (fact sheet §3)."""
    try:
        return session.call(method, path, body={**body, **address}), False
    except CallFailed as error:
        if not address or not is_refusal(error) or not _of_the_address(error):
            raise
    return session.call(method, path, body=body), True


def _of_the_address(error: CallFailed) -> bool:
    return error.status == UNREADABLE or _ABOUT_PLACES.search(said(error.body)) is not None


def _given(after: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, str]:
    """What is not blank, under the till's names."""
    return {theirs: _text(after.get(ours)) for ours, theirs in names.items() if _text(after.get(ours))}


def _address(after: Mapping[str, Any]) -> dict[str, str]:
    """The place; a country that is no code of two letters is left away. A country alone is no place."""
    place = _given(after, _ADDRESS)
    country = place.pop(_COUNTRY, "").upper()
    return {**place, _COUNTRY: country} if place and re.fullmatch("[A-Z]{2}", country) else place


def _word(after: Mapping[str, Any]) -> dict[str, Any]:
    """Of a row the word on offers alone."""
    return {name: value for name, value in after.items() if name == "accepts_marketing"}


def _told(after: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """For the receipt: the till has the customer's no to offers."""
    return {"customer": {"accepts_marketing": "no"}} if after.get("accepts_marketing") is False else {}


def _consent(after: Mapping[str, Any]) -> dict[str, bool]:
    """The till asks the other way round (fact sheet §5)."""
    accepts = after.get("accepts_marketing")
    return {} if accepts is None else {"do_not_email": not accepts}


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""
