"""Create, update and delete variants (fact sheet §4). The variant of a simple product is written as the product itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from pipelines.kit.errors import CallFailed
from pipelines.kit.http import Answer, Session
from pipelines.kit.platform import PlanRow, Receipt, StoreFacts
from pipelines.platforms.bigcommerce.write.bodies import body
from pipelines.platforms.bigcommerce.write.sending import data_of, refused, send_batch

PATH = "/v3/catalog/variants"
PRODUCTS_PER_CALL = 10


def update_variants(session: Session, rows: Sequence[PlanRow], facts: StoreFacts) -> Iterator[Receipt]:
    """Only what changed: variants of products with options fifty a call, simple products ten a call."""
    simple = [row for row in rows if row.is_base]
    others = [row for row in rows if not row.is_base]

    def put_products(some: Sequence[PlanRow]) -> Answer:
        items = [{"id": int(row.parent_target_id or 0), **body(row.after(), facts)} for row in some]
        return session.call("PUT", "/v3/catalog/products", body=items)

    def put_variants(some: Sequence[PlanRow]) -> Answer:
        return session.call("PUT", PATH, body=[{"id": int(row.target_id or 0), **body(row.after(), facts)} for row in some])

    for start in range(0, len(simple), PRODUCTS_PER_CALL):
        yield from send_batch(simple[start : start + PRODUCTS_PER_CALL], put_products)
    if others:
        yield from send_batch(others, put_variants)


def create_variants(session: Session, rows: Sequence[PlanRow], facts: StoreFacts) -> Iterator[Receipt]:
    """Add SKUs to products that exist: the values they need first, then the variant."""
    options: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        product = str(row.parent_target_id)
        try:
            if product not in options:
                options[product] = session.call("GET", f"/v3/catalog/products/{product}/options").json()["data"]
            chosen = _values(session, product, options[product], row)
            made = {**body(row.after(), facts), "option_values": chosen}
            answer = session.call("POST", f"/v3/catalog/products/{product}/variants", body=made)
        except CallFailed as error:
            yield refused(row, error)
            continue
        except _Misfit as misfit:
            yield Receipt(row.seq, "rejected", None, {}, None, str(misfit))
            continue
        found = data_of(answer).get("id")
        outcome = "ok" if found else "unknown"
        yield Receipt(row.seq, outcome, str(found) if found else None, {}, answer.status)  # type: ignore[arg-type]


class _Misfit(Exception):
    """The store's product has other options than the till's."""


def _values(session: Session, product: str, options: list[dict[str, Any]], row: PlanRow) -> list[dict[str, Any]]:
    wanted = row.after().get("option_values") or []
    if len(wanted) != len(options):
        raise _Misfit(
            f"the store's product has {len(options)} options, the till's {len(wanted)}; make them the same in the store, then run again"
        )
    ordered = sorted(options, key=lambda option: (option.get("sort_order", 0), option["id"]))
    return [_value(session, product, option, label) for option, label in zip(ordered, wanted, strict=True)]


def _value(session: Session, product: str, option: dict[str, Any], label: str) -> dict[str, Any]:
    known = option.setdefault("option_values", [])
    found = next((value for value in known if value["label"] == label), None)
    if found is None:
        path = f"/v3/catalog/products/{product}/options/{option['id']}/values"
        found = dict(data_of(session.call("POST", path, body={"label": label, "sort_order": len(known)})))
        known.append(found)
    return {"option_id": option["id"], "id": found["id"]}


def delete_variants(session: Session, rows: Sequence[PlanRow], facts: StoreFacts) -> Iterable[Receipt]:  # noqa: ARG001
    """One a call; its siblings stay (S000-50)."""
    for row in rows:
        try:
            answer = session.call("DELETE", f"/v3/catalog/products/{row.parent_target_id}/variants/{row.target_id}")
        except CallFailed as error:
            yield refused(row, error)
            continue
        yield Receipt(row.seq, "ok", row.target_id, {}, answer.status)
