"""The document drawn up for Ecwid refuses what is wrong, takes the vendor's own samples, and the sandbox fills it.

A document that lets all pass checks nothing, and one that refuses the vendor's samples checks the wrong thing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from pipelines.kit.sandbox import Clock, InProcessAdapter, from_json, to_json
from pipelines.platforms.ecwid.sandbox import create
from pipelines.platforms.ecwid.sandbox.answers import STATUS
from pipelines.platforms.ecwid.sandbox.base import API
from pipelines.platforms.ecwid.sandbox.scopes import needed
from tests.fidelity import documents, ecwid_rules, rules
from tests.fidelity.documents import SPECS, Asked
from tests.fidelity.ecwid_journeys import furnish_ecwid
from tests.fidelity.ecwid_schemas import papers
from tests.fidelity.validator import Ledger, Mismatch, ValidatingAdapter, error_problems

pytestmark = pytest.mark.skipif(
    not documents.documented("ecwid"), reason="the vendors' documents are not at ../shared/specs"
)
HEADERS = {"authorization": "Bearer t", "content-type": "application/json"}
STORE = "/api/v3/1003"
BASE = "http://127.0.0.1:4"


def asked(call: str, body: Any = None) -> tuple[documents.Operation, Asked]:
    """A call as the document sees it."""
    method, _, path = call.partition(" ")
    path, _, query = path.partition("?")
    found = documents.find("ecwid", method, STORE + path)
    assert found is not None, call
    sent = b"" if body is None else json.dumps(body).encode()
    return found[0], Asked(method, found[1], query, HEADERS, sent)


def problems(call: str, body: Any = None) -> list[str]:
    """What is wrong with a request, by the document and by our rules."""
    operation, request = asked(call, body)
    return operation.request_problems(request) + rules.broken("ecwid", operation, request)


def complaints(call: str, answer: Any, status: int = 200, **headers: str) -> list[str]:
    """What is wrong with an answer."""
    operation, request = asked(call)
    told = {"content-type": "application/json", **headers}
    return operation.answer_problems(request, status, told, json.dumps(answer).encode())


ROW = {"options": [{"name": "Size", "value": "S"}]}
SOLD = {"subtotal": 1, "total": 1, "email": "a@b.example", "paymentStatus": "PAID", "fulfillmentStatus": "SHIPPED"}
CALL = {"path": "/products/1", "method": "PUT", "body": {"quantity": 1}}


@pytest.mark.parametrize(
    ("call", "body", "right"),
    [
        ("POST /products?saveCombinations=true", {"name": "A", "price": 1.5, "combinations": [ROW]}, True),
        ("POST /products", {"name": "A", "price": 1.5, "combinations": [ROW]}, False),
        ("POST /products", {"price": 1.5}, False),
        ("POST /products", {"name": "A", "price": "1.5"}, False),
        ("POST /products?saveCombinations=yes", {"name": "A"}, False),
        ("PUT /products/1", {"price": 2, "description": None}, True),
        ("PUT /products/1", {}, False),
        ("PUT /products/1", {"inStock": True}, False),
        ("PUT /products/1", {"galleryImages": []}, False),
        ("PUT /products/1", {"colour": "red"}, False),
        ("PUT /products/1", {"quantity": 1.5}, False),
        ("PUT /products/1", {"attributes": [{"alias": "BRAND", "value": "A"}]}, True),
        ("PUT /products/1", {"attributes": [{"alias": "SIZE", "value": "A"}]}, False),
        ("PUT /products/1", {"attributes": [{"name": "Brand", "value": "A"}]}, False),
        ("PUT /products/1", {"outOfStockVisibilityBehaviour": True}, False),
        ("POST /products/1/combinations", {"sku": "A"}, False),
        ("PUT /products/1/inventory", {"quantityDelta": -1}, True),
        ("PUT /products/1/inventory", {"quantityDelta": 0.5}, False),
        ("POST /products/1/image?externalUrl=https://a.example/b.jpg", None, True),
        ("POST /products/1/image?externalUrl=http://a.example/b.jpg", None, False),
        ("POST /products/1/image", None, False),
        ("GET /products?limit=100&offset=200&sortBy=ADDED_TIME_ASC", None, True),
        ("GET /products?limit=101", None, False),
        ("GET /products?sortBy=id", None, False),
        ("GET /products?modifiedFrom=1", None, False),
        ("GET /products?updatedFrom=2026-03-02T09:30:00Z", None, False),
        ("GET /products?productId=1,2", None, True),
        ("GET /products/deleted?limit=100", None, True),
        ("GET /products/deleted", None, False),
        ("POST /orders", SOLD, True),
        ("POST /orders", {**SOLD, "refundedAmount": 1}, False),
        ("POST /orders", {**SOLD, "paymentStatus": "ACCEPTED"}, False),
        ("POST /customers", {"email": "a@b.example", "stats": {}}, False),
        ("POST /batch?stopOnFirstFailure=false", [CALL] * 500, True),
        ("POST /batch", [CALL] * 501, False),
        ("POST /batch", [{**CALL, "method": "PATCH"}], False),
        ("POST /batch", [{**CALL, "path": "products/1"}], False),
        ("POST /batch", [{**CALL, "path": "/products/1/inventory", "body": {"quantityDelta": 1}}], False),
        ("GET /batch?ticket=x", None, False),
        ("PUT /classes/0", {"attributes": []}, False),
    ],
)
def test_a_wrong_call_is_noticed_and_a_right_one_is_not(call: str, body: Any, right: bool) -> None:
    assert (problems(call, body) == []) == right, problems(call, body)


@pytest.mark.parametrize(
    ("call", "answer", "right"),
    [
        ("GET /products/1", {"id": 1, "price": 2.5, "unlimited": False, "quantity": -5}, True),
        ("GET /products/1", {"id": 1, "price": "2.5"}, False),
        ("GET /products/1", {"id": 1, "quantity": None}, False),
        ("GET /products/1", {"id": 1, "colour": "red"}, False),
        ("GET /products/1", {"id": 1, "created": "2026-03-02T09:30:00Z"}, False),
        ("GET /products", {"total": 1, "items": [{"id": 1, "attributes": [{"alias": "UPC"}]}]}, False),
        ("GET /products/1/combinations", [{"id": 1, "instock": True}], False),
        ("GET /products/1/combinations", {"items": []}, False),
        ("PUT /products/1/inventory", {"updateCount": 1, "warning": "Product has negative stock."}, True),
        ("PUT /products/1/inventory", {"updateCount": 1, "quantity": 5}, False),
        ("POST /products", {"id": "1"}, False),
        ("POST /orders", {"id": 1, "orderid": "XJ12H"}, True),
        ("POST /orders", {"id": 1}, False),
        ("GET /orders/X", {"id": "X", "paymentStatus": "ACCEPTED"}, False),
        ("GET /orders/X", {"id": 5}, False),
        ("GET /batch", {"status": "DONE", "totalRequests": 1, "completedRequests": 1}, False),
    ],
)
def test_a_wrong_answer_is_noticed_and_a_right_one_is_not(call: str, answer: Any, right: bool) -> None:
    assert (complaints(call, answer) == []) == right, complaints(call, answer)


@pytest.mark.parametrize(
    ("status", "answer", "headers", "right"),
    [
        (404, {"errorMessage": "Product #1 not found", "errorCode": "PRODUCT_NOT_FOUND"}, {}, True),
        (404, {"errorMessage": "Product #1 not found", "errorCode": "WRONG_PARAMETER"}, {}, False),
        (404, {"error": "Product #1 not found"}, {}, False),
        (429, {"errorMessage": "x", "errorCode": "RATE_LIMITED"}, {"retry-after": "7"}, True),
        (429, {"errorMessage": "x", "errorCode": "RATE_LIMITED"}, {}, False),
    ],
)
def test_a_refusal_has_the_code_of_its_status(status: int, answer: Any, headers: dict[str, str], right: bool) -> None:
    assert (complaints("GET /products/1", answer, status, **headers) == []) == right


def test_a_refusal_no_document_names_still_says_what_is_wrong() -> None:
    assert error_problems("ecwid", "/nothing", b'{"errorMessage": "There is nothing here"}') == []
    assert error_problems("ecwid", "/nothing", b'{"title": "There is nothing here"}') != []


# --- the vendor's own samples ----------------------------------------------------------------------------------------

CALLS = {
    "products": "/products", "variations": "/products/{productId}/combinations", "categories": "/categories",
    "orders": "/orders", "customers": "/customers", "product_types": "/classes", "brands": "/brands",
    "profile": "/profile", "deleted_items": "/products/deleted", "batch": "/batch", "latest_stats": "/latest-stats",
}  # fmt: skip
ONE = {"products": "/{id}", "variations": "/{id}", "categories": "/{id}", "orders": "/{id}", "customers": "/{id}"}
VERBS = {"get": "GET", "search": "GET", "create": "POST", "update": "PUT", "adjust_stock": "PUT", "status": "GET"}
OTHERWISE = {
    "products.filters", "orders.calculate", "order_statuses.search", "customer_groups.search", "product_types.create",
    "product_types.update", "categories.assign_products", "product_types.get", "profile.get",
}  # fmt: skip
"""Samples of calls no sync makes; the types' sample is a list where the page says object."""


def _call(name: str) -> str:
    record, _, what = name.partition(".")
    path = CALLS[record]
    if what in ("get", "update", "adjust_stock"):
        path += ONE.get(record, "") + ("/inventory" if what == "adjust_stock" else "")
    return f"{VERBS.get(what, 'GET')} {re.sub(r'{.*?}', '1', path)}"


def _samples(kind: str) -> Iterator[Any]:
    if not documents.documented("ecwid"):
        return
    for full, value in papers(SPECS / "ecwid").samples():
        name = full.removeprefix("legacy-2020/")
        if name.endswith(f".{kind}") and name.removesuffix(f".{kind}") not in OTHERWISE:
            yield pytest.param(name.removesuffix(f".{kind}").replace(".page", ""), value, id=full)


@pytest.mark.parametrize(("name", "value"), list(_samples("response")))
def test_the_vendor_s_sample_of_an_answer_is_one(name: str, value: Any) -> None:
    assert complaints(_call(name), value) == []


@pytest.mark.parametrize(("name", "value"), list(_samples("request")))
def test_the_vendor_s_sample_of_a_request_is_one(name: str, value: Any) -> None:
    operation, request = asked(_call(name), value)
    assert operation.request_problems(request) == []


# --- the sandbox and the lists ---------------------------------------------------------------------------------------

UNTOLD = {
    "products.get.response": {"borderInfo", "lowestPrice", "defaultDisplayedLowestPrice",
                              "defaultDisplayedLowestPriceFormatted", "googleItemCondition", "googleProductCategory",
                              "googleProductCategoryName"},
    "variations.get.response": {"lowestPrice", "defaultDisplayedLowestPrice", "defaultDisplayedLowestPriceFormatted"},
    "orders.get.response": {"customerFiscalCode", "customerRequestedInvoice", "customerUserAgent", "globalReferer",
                            "electronicInvoicePecEmail", "electronicInvoiceSdiCode", "ipAddress", "loyalty",
                            "refererUrl", "ticket"},
    "customers.get.response": set(),
    "categories.get.response": {"hdThumbnailUrl", "imageUrl", "originalImage", "originalImageUrl", "thumbnail",
                                "thumbnailUrl"},
}  # fmt: skip
"""Members of the vendor's samples that the sandbox leaves out."""


@pytest.mark.parametrize("name", UNTOLD)
def test_the_sandbox_shows_all_that_the_vendor_s_sample_shows_but_what_is_listed(name: str) -> None:
    store = create()
    order = furnish_ecwid(store)["order"]
    bowl = store.find_sku("BOWL-B")[0]
    store.add_image_to(bowl.id, "https://img.example.test/a.jpg", main=True)
    shown = {
        "products.get.response": store.product_by_sku("BOWL"),
        "variations.get.response": store.variant_by_sku("BOWL-B"),
        "orders.get.response": store.order(order),
        "customers.get.response": store.customer_record(store.book.by_email("jane@buyer.example")),
        "categories.get.response": store.category_record(store.new_category({"name": "Bowls"})),
    }[name]
    assert set(papers(SPECS / "ecwid").sample(name)) - set(from_json(to_json(shown))) == UNTOLD[name]


def test_every_code_the_sandbox_refuses_with_is_the_vendor_s_and_has_its_status() -> None:
    listed = {one["errorCode"]: one["http"] for one in papers(SPECS / "ecwid").errors}
    assert {code: listed.get(code) for code in STATUS} == dict(STATUS)


def test_every_operation_asks_for_a_scope_the_vendor_names() -> None:
    listed = {f"{one['method']} {re.sub(r'{[^}]*}', '{}', path)}": one["scopes"]
              for one in papers(SPECS / "ecwid").endpoints
              for path in ([one["path"].replace("{entity}", kind) for kind in ("products", "orders", "customers")]
                           if "{entity}" in one["path"] else [one["path"]])}  # fmt: skip
    wrong = []
    for entry in (one for routes in create()._table.values() for one in routes):
        path = entry.template.removeprefix(API)
        scope, known = needed(entry.method, path), listed[f"{entry.method} {re.sub(r'{[^}]*}', '{}', path)}"]
        if scope not in known and not path.startswith("/batch"):
            wrong.append(f"{entry.method} {path}: {scope}, not of {known}")
    assert wrong == []


def test_what_the_vendor_s_client_never_sends_changes_nothing() -> None:
    store = create()
    cup = store.make_product(name="Cup", sku="CUP", price=8, quantity=20)
    before = from_json(to_json(store.product_record(cup)))
    sent = {name: (not before[name] if isinstance(before[name], bool) else before[name])
            for name in sorted(ecwid_rules.locked("product")) if name in before}  # fmt: skip
    assert len(sent) > 15
    store.edit_product(cup.id, **{**sent, "id": 5, "defaultDisplayedPrice": 1, "combinations": [ROW]})
    after = from_json(to_json(store.product_record(cup)))
    assert {name: value for name, value in after.items() if before[name] != value} == {}


# --- calls within a call ---------------------------------------------------------------------------------------------


def through(store: Any, method: str, path: str, **how: Any) -> Any:
    """A call over a validator of its own."""
    session = requests.Session()
    session.mount("http://", ValidatingAdapter(store, BASE, InProcessAdapter(store, BASE), Ledger()))
    session.headers["Authorization"] = "Bearer t"
    return session.request(method, f"{BASE}{STORE}{path}", **how)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ({"path": "/products/1", "method": "PUT", "body": {"quantity": "1"}}, "not of type 'integer'"),
        ({"path": "/products/1", "method": "PUT", "body": {"inStock": True}}, "cannot be written"),
        ({"path": "/stock/1", "method": "PUT", "body": {"quantity": 1}}, "operation of no document"),
        ({"path": "/products?limit=500", "method": "GET"}, "limit"),
    ],
)
def test_a_wrong_call_in_a_batch_does_not_reach_the_store(call: dict[str, Any], said: str) -> None:
    store = create()
    with pytest.raises(Mismatch, match="in a batch") as caught:
        through(store, "POST", "/batch", json=[CALL, call])
    assert said in str(caught.value)
    assert store.calls == []


def test_an_answer_in_a_batch_is_judged_as_if_it_had_come_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    store = create(clock=Clock(frozen=True))
    session = requests.Session()
    ledger = Ledger()
    session.mount("http://", ValidatingAdapter(store, BASE, InProcessAdapter(store, BASE), ledger))
    session.headers["Authorization"] = "Bearer t"
    store.make_product(name="Cup", sku="CUP", price=8, quantity=20)
    calls = [
        {"id": "0", "path": "/products?limit=1", "method": "GET"},
        {"id": "1", "path": "/profile", "method": "GET"},
    ]
    ticket = session.post(f"{BASE}{STORE}/batch", json=calls).json()["ticket"]
    store.clock.advance(5)
    monkeypatch.setattr(store, "profile", lambda: {"generalInfo": {"storeId": "1003"}})
    with pytest.raises(Mismatch, match="answer 200 in a batch"):
        session.get(f"{BASE}{STORE}/batch", params={"ticket": ticket, "escapedJson": "true"})
    assert ledger.calls[("ecwid", "GET /products", 200)] == 1
