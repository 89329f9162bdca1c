"""Change and delete variants (fact sheet §4). The variant of a simple product is written as the product itself.

Adding variants is ``new_variants.py``, their pictures are ``variant_images.py``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pipelines.kit.errors import CallFailed
from pipelines.kit.http import Answer, Session
from pipelines.kit.platform import PlanRow, Receipt, StoreFacts
from pipelines.kit.receipts import refused, unfit
from pipelines.platforms.bigcommerce.write.bodies import homeless, product_body, variant_body
from pipelines.platforms.bigcommerce.write.sending import list_of, send_batch
from pipelines.platforms.bigcommerce.write.variant_images import FIELD, with_images

PATH = "/v3/catalog/variants"
PRODUCTS = "/v3/catalog/products"
PRODUCTS_PER_CALL = 10
_AMOUNTS = ("price", "cost_price", "retail_price", "sale_price")


def update_variants(session: Session, rows: Sequence[PlanRow], facts: StoreFacts) -> Iterator[Receipt]:
    """Only what changed: variants of products with options fifty a call, simple products ten a call, pictures last."""
    yield from (receipt for row in rows if (receipt := _misplaced(row)))
    fitting = [row for row in rows if not _misplaced(row)]
    yield from with_images(session, fitting, _fields(session, fitting, facts))


def _fields(session: Session, rows: Sequence[PlanRow], facts: StoreFacts) -> Iterator[Receipt]:
    """Everything but pictures; a row that is only a picture has nothing to do here."""
    yield from (Receipt(row.seq, "ok", row.target_id) for row in rows if set(row.changes) == {FIELD})
    fitting = [row for row in rows if set(row.changes) != {FIELD}]
    simple, others = [row for row in fitting if row.is_base], [row for row in fitting if not row.is_base]

    def put_variants(some: Sequence[PlanRow]) -> Answer:
        items = [{"id": int(row.target_id or 0), **variant_body(row.after(), facts)} for row in some]
        return session.call("PUT", PATH, body=items)

    for start in range(0, len(simple), PRODUCTS_PER_CALL):
        yield from _simple(session, simple[start : start + PRODUCTS_PER_CALL], facts)
    yield from send_batch(others, put_variants, lambda row: row.target_id)


def _simple(session: Session, rows: Sequence[PlanRow], facts: StoreFacts) -> Iterator[Receipt]:
    """Simple products, changed as products. A base variant that has an amount of its own keeps hiding the product's,
    so it is changed as well where the answer shows one."""
    hidden: dict[int, dict[str, Any]] = {}

    def put(some: Sequence[PlanRow]) -> Answer:
        items = [{"id": int(row.parent_target_id or 0), **product_body(row.after(), facts)} for row in some]
        answer = session.call("PUT", PRODUCTS, body=items)
        hidden.update(_hidden(list_of(answer), items))
        return answer

    def put_own(some: Sequence[PlanRow]) -> Answer:
        return session.call("PUT", PATH, body=[hidden[int(row.parent_target_id or 0)] for row in some])

    landed = []
    for receipt in send_batch(rows, put, lambda row: row.parent_target_id):
        row = next(row for row in rows if row.seq == receipt.seq)
        if receipt.outcome == "ok" and int(row.parent_target_id or 0) in hidden:
            landed.append(row)
        else:
            yield receipt
    yield from send_batch(landed, put_own)


def _hidden(products: Sequence[Mapping[str, Any]], items: Sequence[Mapping[str, Any]]) -> dict[int, dict[str, Any]]:
    """Product id → the change its base variant needs to show what was just sent."""
    sent = {item["id"]: {name: item[name] for name in _AMOUNTS if name in item} for item in items}
    found = {}
    for product in products:
        variants = product.get("variants") or []
        if len(variants) != 1 or variants[0].get("option_values"):
            continue
        amounts = sent.get(product.get("id"), {})
        other = {name: value for name, value in amounts.items() if variants[0].get(name) not in {None, 0, value}}
        if other:
            found[product["id"]] = {"id": variants[0]["id"], **other}
    return found


def _misplaced(row: PlanRow) -> Receipt | None:
    fields = homeless(row.changes, variant=True, apart=(FIELD,))
    fields += [name for name in ("is_active", FIELD) if row.is_base and name in row.changes]
    if not fields:
        return None
    return unfit(
        row, f"the store has no place for {', '.join(fields)} of a variant that stands", "take it out of the mapping"
    )


def delete_variants(session: Session, rows: Sequence[PlanRow], facts: StoreFacts) -> Iterator[Receipt]:  # noqa: ARG001
    """One a call; its siblings stay (S000-50). One that is not there any more is already deleted."""
    for row in rows:
        try:
            answer = session.call("DELETE", f"{PRODUCTS}/{row.parent_target_id}/variants/{row.target_id}")
        except CallFailed as error:
            yield Receipt(row.seq, "exists", row.target_id, {}, 404) if error.status == 404 else refused(row, error)
            continue
        yield Receipt(row.seq, "ok", row.target_id, {}, answer.status)
