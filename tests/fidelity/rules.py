"""What the vendors' texts forbid and their schemas let through: rules written by hand, in our words.

X-Series: the ``passes_but_wrong`` of its cases. BigCommerce: the fact sheet. Both: nothing is sent that no document
names, because a misspelt member or filter would be ignored in silence.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tests.fidelity import ecwid_rules
from tests.fidelity.documents import Asked, Document, Operation

Rule = Callable[[Asked], Iterator[str]]
SIGNS = {"DAMAGE": -1, "EXPIRY": -1, "INTERNAL_USE": -1, "THEFT": -1, "DONATION": -1}
IDENTITIES = ("sku", "variant_id", "product_id")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)")


def broken(platform: str, operation: Operation, asked: Asked) -> list[str]:
    """The rules a request breaks."""
    found = [*_unknown_queries(operation, asked), *_unknown_members(operation.document, operation.body, asked.json, "")]
    for pattern, rules in RULES[platform].items():
        if re.fullmatch(pattern, operation.name):
            for rule in rules:
                found += rule(asked)
    return found


def _unknown_queries(operation: Operation, asked: Asked) -> Iterator[str]:
    for name, _ in asked.pairs:
        if name not in operation.queries:
            yield f"the document names no query parameter {name!r}"


def _unknown_members(document: Document, schema: Any, value: Any, at: str) -> Iterator[str]:
    """Members of a body that no part of its schema names."""
    known, items, open_ = _known(document, schema)
    if isinstance(value, list):
        for item in value:
            yield from _unknown_members(document, items, item, f"{at}[]")
    elif isinstance(value, dict) and known and not open_:
        for name, part in value.items():
            if name not in known:
                yield f"the document names no member {f'{at}.{name}'.strip('.')!r}"
            else:
                yield from _unknown_members(document, known[name], part, f"{at}.{name}")


def _known(document: Document, schema: Any) -> tuple[dict[str, Any], Any, bool]:
    """Of a schema with its alternatives laid together: members, schema of items, whether any member may be added."""
    schema = document.resolve(schema) or {}
    members: dict[str, Any] = {}
    items = [schema["items"]] if "items" in schema else []
    open_ = isinstance(schema.get("additionalProperties"), dict)
    for name, part in schema.get("properties", {}).items():
        members[name] = part
    for part in (one for word in ("allOf", "anyOf", "oneOf") for one in schema.get(word, ())):
        inner, inner_items, inner_open = _known(document, part)
        for name, found in inner.items():
            members[name] = {"anyOf": [members[name], found]} if name in members else found
        items += [inner_items] if inner_items else []
        open_ = open_ or inner_open
    return members, ({"anyOf": items} if items else None), open_


def _objects(asked: Asked, name: str | None = None) -> list[dict[str, Any]]:
    """The body, or the list ``name`` in it, as far as it consists of objects."""
    body = asked.json
    if name is not None:
        body = body.get(name) if isinstance(body, dict) else None
    return [one for one in (body if isinstance(body, list) else [body]) if isinstance(one, dict)]


# --- X-Series -------------------------------------------------------------------------------------------------------


def _one_price(asked: Asked) -> Iterator[str]:
    for body in _objects(asked):
        if {"price_including_tax", "price_excluding_tax"} <= body.keys():
            yield "both prices are sent; one of them rules"


def _three_attributes(asked: Asked) -> Iterator[str]:
    for body in _objects(asked):
        if len(body.get("common", {}).get("variant_attributes", ())) > 3:
            yield "a family has three variant attributes at most"


def _units(asked: Asked) -> Iterator[str]:
    for body in _objects(asked):
        for part in (body, body.get("common", {}), body.get("details", {}), *body.get("variants", ())):
            if "weight" in part and "weight_unit" not in part:
                yield "weight without weight_unit"
            if {"length", "width", "height"} & part.keys() and "dimensions_unit" not in part:
                yield "a dimension without dimensions_unit"


def _says_something(asked: Asked) -> Iterator[str]:
    if asked.json == {}:
        yield "an update of nothing"


def _page_size(asked: Asked) -> Iterator[str]:
    for name, value in asked.pairs:
        if name == "page_size" and not (value.isdigit() and int(value) > 0):
            yield f"page_size is {value}"


def _search_size(asked: Asked) -> Iterator[str]:
    if any(name == "page_size" and value.isdigit() and int(value) > 1000 for name, value in asked.pairs):
        yield "a search gives 1,000 rows at most"


def _adjustment(asked: Asked) -> Iterator[str]:
    for row in _objects(asked, "stock_adjustments"):
        quantity, reason = str(row.get("quantity")), row.get("reason")
        if not re.fullmatch(r"[+-]?\d+(\.\d+)?", quantity):
            yield f"quantity {quantity!r} is no number as text"
        elif reason in SIGNS and not quantity.startswith("-"):
            yield f"{reason} takes a negative quantity"
        if reason == "CUSTOM" and not row.get("custom_inventory_adjustment_reason_id"):
            yield "the reason CUSTOM needs custom_inventory_adjustment_reason_id"


def _one_product_list(asked: Asked) -> Iterator[str]:
    for body in _objects(asked):
        if {"product_ids", "root_product_ids"} <= body.keys():
            yield "product_ids and root_product_ids exclude each other"


def _address(asked: Asked) -> Iterator[str]:
    for body in _objects(asked):
        country = str(body.get("country_code"))
        if not re.fullmatch("[A-Z]{2}", country):
            yield f"country_code {country!r} has not two letters"
        if country in {"US", "CA"} and not body.get("state_code"):
            yield f"{country} needs state_code"


def _gender(asked: Asked) -> Iterator[str]:
    for body in _objects(asked):
        if body.get("gender") not in {None, "M", "F"}:
            yield "gender is M, F or null"


def _sale(asked: Asked) -> Iterator[str]:
    for body in _objects(asked):
        attributes = set(body.get("attributes") or ())
        if attributes - {"onaccount", "layby", "delivery", "pickup", "service"}:
            yield f"unknown sale attributes {sorted(attributes)}"
        if {"onaccount", "layby"} <= attributes or {"pickup", "delivery"} <= attributes:
            yield f"sale attributes {sorted(attributes)} exclude each other"
        if body.get("date") is not None and not MOMENT.fullmatch(str(body["date"])):
            yield f"date {body['date']!r} is not RFC 3339"


# --- BigCommerce ----------------------------------------------------------------------------------------------------


def _accepts_json(asked: Asked) -> Iterator[str]:
    headers = {name.lower(): value for name, value in asked.headers.items()}
    if "application/json" not in headers.get("accept", ""):
        yield "no Accept: application/json (§1)"
    if asked.body and not headers.get("content-type", "").startswith(("application/json", "multipart/form-data")):
        yield "a body without Content-Type: application/json (§1)"


def _one_identity(asked: Asked) -> Iterator[str]:
    for item in _objects(asked, "items"):
        named = [name for name in IDENTITIES if item.get(name) is not None]
        if len(named) != 1:
            yield f"an item names {named or 'nothing'}; exactly one of {', '.join(IDENTITIES)} is wanted (§5)"


def _each_item_once(asked: Asked) -> Iterator[str]:
    seen: set[Any] = set()
    for item in _objects(asked, "items"):
        key = (item.get("location_id"), *(item.get(name) for name in IDENTITIES))
        if key in seen:
            yield f"item {key} stands twice in one adjustment"
        seen.add(key)


def _has_items(asked: Asked) -> Iterator[str]:
    body = asked.json
    if body == [] or (isinstance(body, dict) and body.get("items") == []):
        yield "a batch of nothing"


def _each_id_once(asked: Asked) -> Iterator[str]:
    ids = [body.get("id") for body in _objects(asked) if "id" in body]
    if len(set(ids)) < len(ids):
        yield "a record stands twice in one batch"


def _changes_something(asked: Asked) -> Iterator[str]:
    for body in _objects(asked):
        if not body.keys() - {"id"}:
            yield "an update of nothing"


def _filtered(asked: Asked) -> Iterator[str]:
    chosen = dict(asked.pairs)
    if not chosen:
        yield "a delete of everything: a filter is mandatory (§4)"
    if chosen.get("id:in", "").count(",") >= 250:
        yield "250 products a call at most (§4)"


def _moments(asked: Asked) -> Iterator[str]:
    for name, value in asked.pairs:
        if name.startswith("date_") and not MOMENT.fullmatch(value):
            yield f"{name}={value}: the server adds its own time of day to a date without time (§3)"


def _page_limit(asked: Asked) -> Iterator[str]:
    sizes = [int(value) for name, value in asked.pairs if name == "limit" and value.isdigit()]
    most = 1000 if asked.path.startswith("/inventory/") else 250
    if any(not 0 < size <= most for size in sizes):
        yield f"limit {sizes[0]} is not 1 to {most} (§2)"


RULES: Mapping[str, Mapping[str, tuple[Rule, ...]]] = {
    "lightspeed_x": {
        "GET .*": (_page_size,),
        "GET /search": (_search_size,),
        "POST /products": (_one_price, _units),
        r"PUT /products/\{product_id\}": (_three_attributes, _units, _says_something),
        "POST /stock_adjustments": (_adjustment,),
        "POST /inventory_levels": (_one_product_list,),
        "(POST|PUT) /customers/.*/addresses.*": (_address,),
        r"(POST|PUT) /customers(/\{customer_id\})?": (_gender,),
        "(POST|PUT) /sales.*": (_sale,),
    },
    "ecwid": ecwid_rules.RULES,
    "bigcommerce": {
        ".*": (_accepts_json,),
        "GET .*": (_moments, _page_limit),
        "DELETE /catalog/products": (_filtered,),
        "PUT /catalog/(products|variants)": (_has_items, _each_id_once, _changes_something),
        r"PUT /catalog/(products|brands)/\{\w+\}": (_changes_something,),
        "(PUT|POST) /inventory/adjustments/.*": (_has_items, _one_identity, _each_item_once),
    },
}
