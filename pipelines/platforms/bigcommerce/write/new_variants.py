"""Add SKUs to products that stand: the option values they need first, then the variants (fact sheet §4, S000-20).

Options and modifiers are left as they are: a product whose options differ from the till's is refused, because
editing options can give ids anew and take variants away. A product without any gets its first: ``first_options.py``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pipelines.kit.errors import CallFailed, TillsyncError
from pipelines.kit.http import Session
from pipelines.kit.platform import PlanRow, Receipt, StoreFacts
from pipelines.kit.receipts import is_refusal, refused, unfit
from pipelines.platforms.bigcommerce.refusals import partly_saved
from pipelines.platforms.bigcommerce.write import first_options
from pipelines.platforms.bigcommerce.write.bodies import variant_body
from pipelines.platforms.bigcommerce.write.first_options import MisfitError
from pipelines.platforms.bigcommerce.write.sending import data_of, list_of
from pipelines.platforms.bigcommerce.write.variant_images import with_images
from pipelines.platforms.bigcommerce.write.variants import PATH, PRODUCTS

Options = list[dict[str, Any]]
Body = dict[str, Any]
_LACKING = "the store said that it made the option value {}, and gave its id to another one"
_AGAIN = "the next run makes it again"
_HOW = "make the options of both the same, then run again"
_FIRST = (
    "in the store, give the product the till's options and a variant for each SKU of the till, the present one among"
    " them; then run again"
)


def create_variants(session: Session, rows: Sequence[PlanRow], facts: StoreFacts) -> Iterator[Receipt]:
    """Up to fifty in one call; refused, they are sent one by one; pictures last. What is there already ``exists``.

    A row with ``is_base`` is the SKU of a product's only variant: that product gets options, and this SKU first.
    """
    yield from with_images(session, rows, _created(session, rows, facts))


def _created(session: Session, rows: Sequence[PlanRow], facts: StoreFacts) -> Iterator[Receipt]:
    options: dict[str, Options] = {}
    ready: list[tuple[PlanRow, Body]] = []
    kept_back: set[str] = set()
    for row in sorted(rows, key=lambda row: not row.is_base):
        product = str(row.parent_target_id)
        try:
            if row.is_base:
                siblings = [one for one in rows if str(one.parent_target_id) == product]
                receipt = _first(session, [row, *(one for one in siblings if one is not row)], options, facts)
                kept_back |= set() if receipt.outcome in {"ok", "exists"} else {product}
                yield receipt
            elif product in kept_back:
                yield unfit(row, "its product could not be given its first option", _FIRST)
            else:
                ready.append((row, _body(session, row, options, facts)))
        except CallFailed as error:
            yield refused(row, error)
        except MisfitError as misfit:
            yield unfit(row, str(misfit), _HOW if options.get(product) else _FIRST)
    lacking = {row.seq: label for row, body in ready if (label := _not_kept(row, body, options))}
    yield from (unfit(row, _LACKING.format(lacking[row.seq]), _AGAIN) for row, _ in ready if row.seq in lacking)
    ready = [(row, body) for row, body in ready if row.seq not in lacking]
    made = _all_at_once(session, ready) if len(ready) > 1 else {}
    for row, body in ready:
        yield made[row.seq] if row.seq in made else _alone(session, row, body)


def _first(session: Session, rows: Sequence[PlanRow], options: dict[str, Options], facts: StoreFacts) -> Receipt:
    """Make the first of these rows the first variant of a product without options; refused, all is as it was."""
    row, product_id = rows[0], str(rows[0].parent_target_id)
    if (why := first_options.fits(rows)) is not None:
        return unfit(row, why, _FIRST)
    try:
        product = first_options.standing(session, product_id)
    except CallFailed as error:
        return refused(row, error)
    try:
        known = _options(session, product_id, options)
        if product is None:
            return _alone(session, row, _body(session, row, options, facts))
        first_options.make_way(session, product)
        options[product_id] = first_options.add_options(session, product_id, known, rows)
        receipt = _alone(session, row, {**product.kept(), **_body(session, row, options, facts)})
    except CallFailed as error:
        receipt = refused(row, error)
    except MisfitError as misfit:
        receipt = unfit(row, str(misfit), _HOW)
    if product is not None and receipt.outcome in {"rejected", "not_sent"}:
        first_options.restore(session, product)
    return receipt


def _options(session: Session, product: str, options: dict[str, Options]) -> Options:
    if product not in options:
        path = f"{PRODUCTS}/{product}/options"
        options[product] = [dict(one) for one in list_of(session.call("GET", path, params={"limit": 250}))]
    return options[product]


def _body(session: Session, row: PlanRow, options: dict[str, Options], facts: StoreFacts) -> Body:
    product = str(row.parent_target_id)
    after = {name: value for name, value in row.after().items() if value is not None}
    pairs = _paired(_options(session, product, options), after.get("option_names"), after.get("option_values") or [])
    chosen = [_value(session, product, option, label) for option, label in pairs]
    return {**variant_body(after, facts), "option_values": chosen}


def _paired(options: Options, names: Sequence[str] | None, labels: Sequence[str]) -> list[tuple[dict[str, Any], str]]:
    """Each option of the store with the label wanted of it: by name, or by place where no names are given."""
    if not options:
        raise MisfitError("the store's product has no options, and the SKU it has now does not come along")
    if len(labels) != len(options) or not labels:
        raise MisfitError(f"the store's product has {len(options)} options, the till's has {len(labels)}")
    ordered = sorted(options, key=lambda option: (option.get("sort_order") or 0, option["id"]))
    if names is None:
        return list(zip(ordered, labels, strict=True))
    by_name = {str(option.get("display_name")).casefold(): option for option in ordered}
    lacking = [name for name in names if name.casefold() not in by_name]
    if lacking or len({name.casefold() for name in names}) != len(options):
        there = ", ".join(str(option.get("display_name")) for option in ordered)
        raise MisfitError(f"the store's product has no option {', '.join(lacking) or 'of each name'}; it has {there}")
    return [(by_name[name.casefold()], label) for name, label in zip(names, labels, strict=True)]


def _value(session: Session, product: str, option: dict[str, Any], label: str) -> dict[str, Any]:
    known = option.setdefault("option_values", [])
    found = next((value for value in known if value["label"] == label), None)
    found = found or next((value for value in known if str(value["label"]).casefold() == label.casefold()), None)
    if found is None:
        path = f"{PRODUCTS}/{product}/options/{option['id']}/values"
        place = 1 + max((int(value.get("sort_order") or 0) for value in known), default=-1)
        found = {**data_of(session.call("POST", path, body={"label": label, "sort_order": place})), "label": label}
        if not found.get("id"):
            raise MisfitError(f"the store did not name the id of the new option value {label}")
        known[:] = [*(value for value in known if value.get("id") != found["id"]), found]
    return {"option_id": option["id"], "id": found["id"]}


def _not_kept(row: PlanRow, body: Body, options: Mapping[str, Options]) -> str | None:
    """The label whose option value the store said it made, and whose id it then gave to another one (F23)."""
    of_id = {
        (option["id"], value.get("id")): str(value.get("label")).casefold()
        for option in options[str(row.parent_target_id)]
        for value in option.get("option_values") or []
    }
    chosen = zip(row.after()["option_values"], body["option_values"], strict=True)
    gone = (label for label, one in chosen if of_id[one["option_id"], one["id"]] != str(label).casefold())
    return next(gone, None)


def _all_at_once(session: Session, ready: Sequence[tuple[PlanRow, Body]]) -> dict[int, Receipt]:
    """Receipts of those whose creation the batch answer shows; none when the batch was refused.

    Where the answer tells of errors, those that are not there are left to be sent alone.
    """
    items = [{"product_id": int(row.parent_target_id or 0), **body} for row, body in ready]
    try:
        answer = session.call("PUT", PATH, body=items)
    except CallFailed as error:
        if is_refusal(error):
            return {}
        return {row.seq: _found(session, row) or refused(row, error) for row, _ in ready}
    ids = {(str(one.get("product_id")), str(one.get("sku")).casefold()): str(one["id"]) for one in list_of(answer)}
    receipts = {}
    for row, body in ready:
        found = ids.get((str(row.parent_target_id), str(body.get("sku")).casefold()))
        made = Receipt(row.seq, "ok", found, {}, answer.status) if found else _found(session, row)
        if made or not partly_saved(answer.status, answer.text):
            receipts[row.seq] = made or Receipt(row.seq, "unknown", None, {}, answer.status, _UNNAMED)
    return receipts


_UNNAMED = "the store took it but did not name its id"


def _alone(session: Session, row: PlanRow, body: Body) -> Receipt:
    try:
        answer = session.call("POST", f"{PRODUCTS}/{row.parent_target_id}/variants", body=body)
    except CallFailed as error:
        doubtful = error.outcome == "unknown" or error.status == 409
        return (_found(session, row) if doubtful else None) or refused(row, error)
    found = data_of(answer).get("id")
    if found:
        return Receipt(row.seq, "ok", str(found), {}, answer.status)
    return _found(session, row) or Receipt(row.seq, "unknown", None, {}, answer.status, _UNNAMED)


def _found(session: Session, row: PlanRow) -> Receipt | None:
    """The receipt of a variant that is there under its SKU in its product, after a call that may have made it."""
    sku = row.after().get("sku")
    if not sku:
        return None
    try:
        answer = session.call("GET", PATH, params={"sku": sku})
    except TillsyncError:
        return None
    for variant in list_of(answer):
        if (
            str(variant.get("product_id")) == row.parent_target_id
            and _same(variant, sku)
            and variant.get("option_values")
        ):
            return Receipt(row.seq, "exists", str(variant["id"]), {}, answer.status)
    return None


def _same(variant: Mapping[str, Any], sku: str) -> bool:
    return str(variant.get("sku") or "").casefold() == sku.casefold()
