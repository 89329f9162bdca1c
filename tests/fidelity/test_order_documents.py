"""The documents of orders, as corrected, still refuse what is wrong: a document that lets all pass checks nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.fidelity import documents, rules
from tests.fidelity.documents import Asked
from tests.fidelity.validator import error_problems

pytestmark = pytest.mark.skipif(
    not documents.documented("bigcommerce"), reason="the vendors' documents are not at ../shared/specs"
)
HEADERS = {"x-auth-token": "t", "accept": "application/json", "content-type": "application/json"}
ADDRESS = {"zip": "78751"}
LINE = {"product_id": 1, "quantity": 1}
UNITS = {"item_type": "PRODUCT", "item_id": 1, "quantity": 1}


def problems(call: str, body: Any = None) -> list[str]:
    """What is wrong with a request, by the documents and by our rules."""
    method, _, path = call.partition(" ")
    path, _, query = path.partition("?")
    found = documents.find("bigcommerce", method, f"/stores/abc123{path}")
    assert found is not None, call
    sent = b"" if body is None else json.dumps(body).encode()
    asked = Asked(method, found[1], query, HEADERS, sent)
    return found[0].request_problems(asked) + rules.broken("bigcommerce", found[0], asked)


@pytest.mark.parametrize(
    ("call", "body", "right"),
    [
        ("GET /v2/orders?sort=date_modified:asc&min_date_modified=2026-03-02T09:30:00Z", None, True),
        ("GET /v2/orders?sort=date_modified:up", None, False),
        ("GET /v2/orders?is_deleted=true", None, False),
        ("GET /v2/orders?min_id=many", None, False),
        ("POST /v2/orders", {"billing_address": ADDRESS, "products": [LINE], "discount_amount": "1.0000"}, True),
        ("POST /v2/orders", {"billing_address": ADDRESS, "products": [LINE], "discount_amount": 1.5}, True),
        ("POST /v2/orders", {"billing_address": ADDRESS, "products": [LINE], "discount_amount": [1]}, False),
        ("POST /v2/orders", {"products": [LINE]}, False),
        ("POST /v2/orders", {"billing_address": {}, "products": [LINE]}, False),
        ("POST /v2/orders", {"billing_address": ADDRESS}, False),
        ("POST /v2/orders", {"billing_address": ADDRESS, "products": [LINE], "colour": "red"}, False),
        ("PUT /v2/orders/1", {"staff_notes": "x", "shipping_cost_ex_tax": 2, "shipping_cost_inc_tax": "2"}, True),
        ("PUT /v2/orders/1", {"status_id": "Shipped"}, False),
        ("POST /v3/orders/1/payment_actions/refund_quotes", {"items": [UNITS]}, True),
        ("POST /v3/orders/1/payment_actions/refund_quotes", {"items": [{**UNITS, "item_type": "ORDER", "amount": 1}]},
         True),
        ("POST /v3/orders/1/payment_actions/refund_quotes", {"items": [{**UNITS, "quantity": "one"}]}, False),
        ("POST /v3/orders/1/payment_actions/refunds", {"items": [UNITS]}, False),
        ("GET /v3/customers?email:in=a@buyer.example,b@buyer.example", None, True),
        ("GET /v3/customers?email=a@buyer.example", None, False),
        ("POST /v3/customers", [{"email": "a@buyer.example", "first_name": "A"}], False),
    ],
)  # fmt: skip
def test_a_wrong_call_is_noticed_and_a_right_one_is_not(call: str, body: Any, right: bool) -> None:
    assert (problems(call, body) == []) == right, problems(call, body)


@pytest.mark.parametrize(
    ("path", "record", "right"),
    [
        ("/v2/orders/1", {"id": 1, "total_inc_tax": "1.0000", "status_id": 5, "consignments": {"url": "x"}}, True),
        ("/v2/orders/1", {"id": 1, "total_inc_tax": 1}, False),
        ("/v2/orders/1", {"id": 1, "payment_status": "perhaps"}, False),
        ("/v2/orders/1/products", [{"id": 1, "quantity": 1, "price_inc_tax": "1.0000"}], True),
        ("/v2/orders/1/products", [{"id": 1, "colour": "red"}], False),
        ("/v2/orders/1/taxes", [{"order_product_id": None, "line_amount": "1.0000"}], True),
        ("/v2/orders/1/taxes", [{"line_amount": 1}], False),
        ("/v3/orders/payment_actions/refunds", {"data": [{"id": 1, "items": [{"requested_amount": None}]}]}, True),
        ("/v3/orders/payment_actions/refunds", {"data": [{"id": 1, "total_amount": "1"}]}, False),
    ],
)
def test_a_wrong_answer_is_noticed_and_a_right_one_is_not(path: str, record: Any, right: bool) -> None:
    found = documents.find("bigcommerce", "GET", f"/stores/abc123{path}")
    assert found is not None
    asked = Asked("GET", found[1], "", HEADERS, b"")
    told = found[0].answer_problems(asked, 200, {"content-type": "application/json"}, json.dumps(record).encode())
    assert (told == []) == right, told


@pytest.mark.parametrize(
    ("path", "listed"),
    [
        ("/orders", True),
        ("/orders/1/products", True),
        ("/order_statuses/3", True),
        ("/orders/1/transactions", False),
        ("/orders/payment_actions/refunds", False),
        ("/customers", False),
    ],
)
def test_a_refusal_has_the_form_of_the_api_its_path_belongs_to(path: str, listed: bool) -> None:
    one = {"status": 404, "message": "gone", "title": "gone"}
    for body, right in (([one], listed), (one, not listed)):
        assert (error_problems("bigcommerce", path, json.dumps(body).encode()) == []) == right
