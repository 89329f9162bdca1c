"""Ecwid's operations as an OpenAPI document made in memory: paths, queries, bodies, answers, refusals, the token.

Made of the vendor's lists and samples (``ecwid_schemas``); what neither says is in the fact sheet, by section.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tests.fidelity.ecwid_schemas import Papers, Schema, closed, laid_together, of_sample, or_null, papers

WHOLE: Schema = {"type": "integer"}
TEXT: Schema = {"type": "string"}
FLAG: Schema = {"type": "string", "enum": ["true", "false"]}
ENTITIES = ("products", "orders", "customers")
COUNTED = {"offset", "limit", "customerId", "parent", "parentCategory"}
NUMBERS = {"priceFrom", "priceTo", "totalFrom", "totalTo"}
FLAGS = {
    "saveCombinations", "returnItem", "checkLowStockNotification", "enabled", "inStock", "withSubcategories",
    "hidden_categories", "includeProductsFromSubcategories", "useExactEmailMatch", "acceptMarketing",
    "stopOnFirstFailure", "allowParallelMode", "escapedJson", "productCountRequired", "categoryCountRequired",
}  # fmt: skip
QUERIES: tuple[tuple[set[str], Schema], ...] = (
    (FLAGS, FLAG),
    (NUMBERS, {"type": "number"}),
    ({"productId"}, {"type": "string", "pattern": r"^\d+(,\d+)*$"}),
    (
        {"updatedFrom", "updatedTo", "createdFrom", "createdTo", "from_date", "to_date"},
        {"type": "string", "pattern": r"^(\d+|\d{4}-\d\d-\d\d( \d\d:\d\d:\d\d( [+-]\d{4})?)?)$"},
    ),
)
SORTS = {
    "/products": ["RELEVANCE", "DEFINED_BY_STORE_OWNER", "ADDED_TIME_DESC", "ADDED_TIME_ASC", "NAME_ASC", "NAME_DESC",
                  "PRICE_ASC", "PRICE_DESC", "UPDATED_TIME_ASC", "UPDATED_TIME_DESC"],
}  # fmt: skip
REQUIRED = {
    "POST /products": ("name",),
    "POST /products/{productId}/combinations": ("options",),
    "POST /categories": ("name",),
    "POST /orders": ("subtotal", "total", "email", "paymentStatus", "fulfillmentStatus"),
    "POST /customers": ("email",),
}
"""What a body must hold (§2.2, §2.4, §4.3, §5). The pages ask for more of a product than the vendor's tests send."""


def document(file: Path) -> Schema:
    """The document, from the file of endpoints and those beside it."""
    held = papers(file.parent)
    paths: dict[str, dict[str, Any]] = defaultdict(dict)
    answers, bodies, refusals = _answers(held), _bodies(held), _refusals(held)
    for one in held.endpoints:
        for path in _paths(one["path"]):
            name = f"{one['method']} {path}"
            operation: dict[str, Any] = {
                "parameters": _queries(path, one["query"]),
                "responses": {**refusals, "200": _json(answers.get(name, {}))},
            }
            if name in bodies:
                operation["requestBody"] = {"required": True, **_json(bodies[name])}
            paths[path][one["method"].lower()] = operation
    tokens = {"bearer": {"type": "http", "scheme": "bearer"},
              "token": {"type": "apiKey", "in": "query", "name": "token"}}  # fmt: skip
    return {
        "openapi": "3.0.3",
        "info": {"title": "drawn up", "version": "3"},
        "paths": dict(paths),
        "components": {"securitySchemes": tokens},
        "security": [{"bearer": []}, {"token": []}],
    }


def _paths(path: str) -> Iterable[str]:
    return [path.replace("{entity}", one) for one in ENTITIES] if "{entity}" in path else [path]


def _json(schema: Schema) -> dict[str, Any]:
    return {"description": "", "content": {"application/json": {"schema": schema}}}


# --- queries ---------------------------------------------------------------------------------------------------------


def _queries(path: str, names: Iterable[str]) -> list[dict[str, Any]]:
    plain = [name for name in names if "{" not in name]
    return [{"in": "query", "name": name, "schema": _query(path, name)} for name in plain]


def _query(path: str, name: str) -> Schema:
    if name == "sortBy" and path in SORTS:
        return {"type": "string", "enum": SORTS[path]}
    if name in COUNTED:
        return {"type": "integer", "minimum": 0, **({"maximum": 100} if name == "limit" else {})}
    return next((schema for names, schema in QUERIES if name in names), TEXT)


# --- bodies ----------------------------------------------------------------------------------------------------------


def _bodies(held: Papers) -> dict[str, Schema]:
    product = _written(held, "product (write)", "UpdatedProduct", "products.create.request", "products.update.request")
    variation = _written(
        held, "variation (write)", "UpdatedVariation", "variations.create.request", "variations.update.request"
    )
    inside = {**variation, "properties": {**variation["properties"], "id": WHOLE}}
    product["properties"]["combinations"] = {"type": "array", "maxItems": 200, "items": inside, "nullable": True}
    order = _written(held, "order (write)", "UpdatedOrder", "orders.create.request", "orders.update.request")
    customer = _written(held, "customer (write)", "UpdatedCustomer", "customers.create.request",
                        "customers.update.request")  # fmt: skip
    category = _written(held, "category (write)", "UpdatedCategory", "categories.create.request",
                        "categories.update.request")  # fmt: skip
    delta = {"type": "object", "properties": {"quantityDelta": WHOLE}, "required": ["quantityDelta"]}
    one, variations = "/products/{productId}", "/products/{productId}/combinations"
    found = {
        "POST /products": product,
        f"PUT {one}": product,
        f"PUT {one}/inventory": delta,
        f"POST {variations}": variation,
        f"PUT {variations}/{{combinationId}}": variation,
        f"PUT {variations}/{{combinationId}}/inventory": delta,
        "POST /categories": category,
        "PUT /categories/{categoryId}": category,
        "POST /orders": order,
        "PUT /orders/{orderId}": order,
        "POST /customers": customer,
        "PUT /customers/{customerId}": customer,
        "POST /batch": _batch(),
        **_pictures(one, f"{variations}/{{combinationId}}"),
    }
    ids = {"type": "object", "properties": {"productIds": {"type": "array", "items": WHOLE}}}
    for way in ("assignProducts", "unassignProducts"):
        found[f"POST /categories/{{categoryId}}/{way}"] = {**ids, "required": ["productIds"]}
    return {name: {**schema, "required": list(REQUIRED[name])} if name in REQUIRED else schema
            for name, schema in found.items()}  # fmt: skip


def _written(held: Papers, entry: str, name: str, *samples: str) -> Schema:
    schema = held.record(entry, name, nulls=True)
    for sample in samples:
        schema = laid_together(schema, of_sample(held.sample(sample)))
    return schema


def _pictures(product: str, variation: str) -> dict[str, Schema]:
    """Images fetched later, and all of them at once (§2.8)."""
    alt = {"type": "object", "properties": {"main": TEXT, "translated": {"type": "object"}}}
    later = {
        "type": "object",
        "properties": {"url": TEXT, "width": WHOLE, "height": WHOLE, "externalId": TEXT, "alt": alt},
        "required": ["url", "width", "height"],
    }
    placed = {"type": "object", "properties": {"imageUrl": TEXT, "videoUrl": TEXT, "alt": alt}}
    media = {"mainMedia": or_null(placed), "galleryMedia": or_null({"type": "array", "items": placed})}
    return {
        f"POST {product}/image/async": later,
        f"POST {product}/gallery/async": later,
        f"POST {variation}/image/async": later,
        f"PUT {product}/media": {"type": "object", "properties": media},
    }


def _batch() -> Schema:
    """§6: 1 to 500 requests below the store; the body is an object, or empty."""
    body = {"anyOf": [{"type": "object", "nullable": True}, {"type": "string", "maxLength": 0}]}
    call = {
        "type": "object",
        "properties": {
            "id": or_null(TEXT),
            "path": {"type": "string", "pattern": "^/"},
            "method": {"type": "string", "enum": ["GET", "POST", "PUT", "DELETE"]},
            "body": body,
        },
        "required": ["path", "method"],
    }
    return {"type": "array", "minItems": 1, "maxItems": 500, "items": call}


# --- answers ---------------------------------------------------------------------------------------------------------


def shown(held: Papers, entry: str | None, name: str, *samples: str) -> Schema:
    """The schema of a record as it is read, closed: no member that nobody names. ``a:items`` is a sample's rows."""
    schema: Schema = held.record(entry, name, nulls=False) if entry else {}
    for one in samples:
        file, _, member = one.partition(":")
        value = held.sample(file)
        for row in value[member] if member else value if isinstance(value, list) else [value]:
            schema = laid_together(schema, of_sample(row))
    return schema


def _records(held: Papers) -> Mapping[str, Schema]:
    old = "legacy-2020/"
    variation = shown(held, "variation (read)", "FetchedVariation", "variations.get.response",
                      "variations.search.response", f"{old}variations.get.response")  # fmt: skip
    product = shown(held, "product (read)", "FetchedProduct", "products.get.response", "products.search.response:items",
                    f"{old}products.get.response", f"{old}products.search.page.response:items")  # fmt: skip
    rows = laid_together(product["properties"]["combinations"]["items"], variation)
    product["properties"]["combinations"] = {"type": "array", "items": rows}
    product["properties"]["externalReferenceId"] = TEXT
    return {
        "product": product,
        "variation": variation,
        "category": _with(shown(held, "category (read)", "FetchedCategory", "categories.get.response",
                                "categories.search.response:items"), origin=TEXT, externalReferenceId=TEXT),
        "order": shown(held, "order (read)", "FetchedOrder", "orders.get.response", "orders.search.response:items",
                       f"{old}orders.search.response:items"),
        "customer": shown(held, "customer (read)", "FetchedCustomer", "customers.get.response",
                          "customers.search.response:items"),
        "class": shown(held, "product type (read)", "FetchedProductType", "product_types.search.response"),
        "brand": shown(held, None, "", "brands.search.response:items"),
        "profile": shown(held, "store profile (read)", "FetchedStoreProfile", "profile.get.response"),
    }  # fmt: skip


def _with(schema: Schema, **members: Schema) -> Schema:
    return {**schema, "properties": {**schema["properties"], **members}}


def _answers(held: Papers) -> dict[str, Schema]:
    of = _records(held)
    one, variation = "/products/{productId}", "/products/{productId}/combinations/{combinationId}"
    found: dict[str, Schema] = {
        "GET /products": _page(of["product"]),
        f"GET {one}": of["product"],
        f"PUT {one}": _with(_count("updateCount"), item=of["product"]),
        f"GET {one}/combinations": {"type": "array", "items": of["variation"]},
        f"GET {variation}": of["variation"],
        "GET /categories": _page(of["category"]),
        "GET /categoriesByPath": _page(of["category"]),
        "GET /categories/{categoryId}": of["category"],
        "GET /classes": {"type": "array", "items": of["class"]},
        "GET /classes/{classId}": of["class"],
        "GET /brands": _page(of["brand"]),
        "GET /profile": of["profile"],
        "GET /latest-stats": _with(shown(held, None, "", "legacy-2020/latest_stats.response"), productCount=WHOLE,
                                   categoryCount=WHOLE),
        "GET /orders": _page(of["order"]),
        "GET /orders/{orderId}": of["order"],
        "POST /orders": {"type": "object", "properties": {"id": WHOLE, "orderid": TEXT, "orderId": TEXT},
                         "anyOf": [{"required": ["orderid"]}, {"required": ["orderId"]}]},
        "GET /customers": _page(of["customer"], allCustomerCount=WHOLE),
        "GET /customers/{customerId}": of["customer"],
        "POST /batch": {"type": "object", "properties": {"ticket": TEXT}, "required": ["ticket"]},
        "GET /batch": _status(held),
    }  # fmt: skip
    for kind in ENTITIES:
        number = {"anyOf": [WHOLE, TEXT]} if kind == "orders" else WHOLE
        row = {"type": "object", "properties": {"id": number, "date": TEXT}, "required": ["id", "date"]}
        found[f"GET /{kind}/deleted"] = _page(row)
    for stock in (f"PUT {one}/inventory", f"PUT {variation}/inventory"):
        warning = {"type": "string", "enum": ["Product has negative stock."]}
        found[stock] = _with(_count("updateCount"), warning=warning)
    found |= _usual(held, found)
    return {name: closed(schema) for name, schema in found.items()}


def _usual(held: Papers, known: Mapping[str, Schema]) -> dict[str, Schema]:
    """What a write answers where nothing else is said: an id, or a count."""
    by_method = {"POST": _count("id"), "PUT": _count("updateCount"), "DELETE": _count("deleteCount")}
    names = {f"{one['method']} {one['path']}": one["method"] for one in held.endpoints}
    found = {name: by_method[method] for name, method in names.items() if method in by_method and name not in known}
    for way in ("assignProducts", "unassignProducts"):
        found[f"POST /categories/{{categoryId}}/{way}"] = _count("updateCount")
    return found


def _count(name: str) -> Schema:
    return {"type": "object", "properties": {name: WHOLE}, "required": [name]}


def _page(row: Schema, **more: Schema) -> Schema:
    counts = dict.fromkeys(("total", "count", "offset", "limit"), WHOLE)
    return {"type": "object", "properties": {**counts, "items": {"type": "array", "items": row}, **more}}


def _status(held: Papers) -> Schema:
    schema = held.record("batch result", "GetEscapedBatchResult", nulls=False)
    row = schema["properties"]["responses"]["items"]
    row["properties"]["httpBody"] = {}
    return {**schema, "required": ["status", "totalRequests", "completedRequests"]}


def _refusals(held: Papers) -> dict[str, Any]:
    """By status: a message, and where there is a code one of those the vendor lists for that status (§8)."""
    codes: dict[int, list[str]] = defaultdict(list)
    for one in held.errors:
        codes[one["http"]].append(one["errorCode"])
    found: dict[str, Any] = {}
    for status, names in codes.items():
        members = {"errorMessage": TEXT, "errorCode": {"type": "string", "enum": names}, "args": {"type": "object"}}
        body = {"type": "object", "properties": members, "required": ["errorMessage"], "additionalProperties": False}
        found[str(status)] = _json(body)
    header = {"required": True, "schema": {"type": "integer"}}
    found["429"]["headers"] = {"Retry-After": header}
    return found
