"""The validator itself: what it must not let through, and what it must. Skipped without the documents."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
import requests

from pipelines.kit.sandbox import Clock, InProcessAdapter, Machine, Request, Response
from pipelines.platforms import discover
from tests.fidelity import documents, rules
from tests.fidelity.documents import SPECS, Asked, Operation, documented, find
from tests.fidelity.validator import Ledger, Mismatch, ValidatingAdapter, around

pytestmark = pytest.mark.skipif(
    not (documented("lightspeed_x") and documented("bigcommerce")),
    reason="the vendors' documents are not at ../shared/specs",
)
TILL = "http://127.0.0.1:1"
STORE = "http://127.0.0.1:2"
V3 = "/stores/abc123/v3"
CASES_FILE = SPECS / "lightspeed_x" / "cases_2026_07.json"
CASES: dict[str, Any] = json.loads(CASES_FILE.read_text(encoding="utf-8")) if CASES_FILE.is_file() else {}
PUT_RIGHT = {"vendor's schema requires product_codes[].id on create (doubtful, see SOURCE.md)"}
"""Wrong by the letter of the document and right by our correction of it."""


class Told(Machine):
    """A store or till that answers whatever it is told to."""

    def __init__(self, name: str, status: int, body: object) -> None:
        super().__init__(clock=Clock())
        self.name = name  # type: ignore[misc]
        self.told = Response.json(status, body) if body is not None else Response.empty(status)

    def answer(self, request: Request) -> Response:
        return self.told


def ask(machine: Machine, method: str, url: str, *, hostile: bool = False, **how: Any) -> requests.Response:
    """One call under a validator of its own."""
    base = TILL if machine.name == "lightspeed_x" else STORE
    ledger = Ledger()
    session = requests.Session()
    session.mount("http://", ValidatingAdapter(machine, base, InProcessAdapter(machine, base), ledger, hostile=hostile))
    session.headers.update({"Authorization": "Bearer t", "X-Auth-Token": "t", "Accept": "application/json"})
    try:
        return session.request(method, base + url, **how)
    except Mismatch:
        assert len(ledger.mismatches) == 1
        raise


@pytest.fixture
def till() -> Machine:
    made: Machine = discover()["lightspeed_x"].load("sandbox")()
    return made


@pytest.fixture
def store() -> Any:
    made = discover()["bigcommerce"].load("sandbox")()
    made.make_product(name="Mug", sku="MUG", price=5, inventory_tracking="product")
    return made


def test_an_operation_that_is_in_no_document_is_no_way_to_reach_a_store(store: Any, till: Machine) -> None:
    for machine, url in (
        (store, f"{V3}/catalog/everything"),
        (store, "/v3/catalog/products"),
        (till, "/api/2.0/products"),
    ):
        with pytest.raises(Mismatch, match="operation of no document"):
            ask(machine, "GET", url)
    with pytest.raises(Mismatch, match="operation of no document"):
        ask(store, "PATCH", f"{V3}/catalog/products")


def test_a_call_to_another_server_is_not_made(till: Machine) -> None:
    adapter = ValidatingAdapter(till, TILL, InProcessAdapter(till, TILL), Ledger())
    with pytest.raises(Mismatch, match="another server"):
        adapter.send(requests.Request("GET", "http://127.0.0.1:9/api/2026-07/products").prepare())
    assert till.calls == []


PRODUCT = {"name": "Cup", "type": "physical", "weight": 1, "price": 5}
LEVEL = {"location_id": 1, "sku": "MUG", "quantity": 1}
WRONG: dict[str, tuple[str, str, Any, str]] = {
    "text for a price": ("POST", "/catalog/products", {**PRODUCT, "price": "5.00"}, "is not of type 'number'"),
    "a product without its type": (
        "POST",
        "/catalog/products",
        {"name": "Cup", "weight": 1, "price": 5},
        "'type' is a required",
    ),
    "a name too long": ("POST", "/catalog/products", {**PRODUCT, "name": "x" * 251}, "the value is too long"),
    "a negative price": ("POST", "/catalog/products", {**PRODUCT, "price": -1}, "less than the minimum"),
    "an unknown tracking": ("PUT", "/catalog/products/1", {"inventory_tracking": "sku"}, "not one of"),
    "a misspelt member": ("PUT", "/catalog/products/1", {"search_keyword": "a"}, "no member 'search_keyword'"),
    "a misspelt member inside": ("PUT", "/catalog/variants", [{"id": 1, "option_values": [{"lable": "S"}]}], "lable"),
    "11 products": ("PUT", "/catalog/products", [{"id": n, "price": 1} for n in range(1, 12)], "the value is too long"),
    "a product without id": ("PUT", "/catalog/products", [{"price": 1}], "'id' is a required"),
    "51 variants": ("PUT", "/catalog/variants", [{"id": n, "price": 1} for n in range(1, 52)], "the value is too long"),
    "2,001 levels": ("PUT", "/inventory/adjustments/absolute", {"items": [LEVEL] * 2001}, "the value is too long"),
    "two identities": (
        "PUT",
        "/inventory/adjustments/absolute",
        {"items": [{**LEVEL, "variant_id": 1}]},
        "exactly one",
    ),
    "no identity": (
        "PUT",
        "/inventory/adjustments/absolute",
        {"items": [{"location_id": 1, "quantity": 1}]},
        "exactly one",
    ),
    "an item twice": ("PUT", "/inventory/adjustments/absolute", {"items": [LEVEL, LEVEL]}, "stands twice"),
    "a level below 0": (
        "PUT",
        "/inventory/adjustments/absolute",
        {"items": [{**LEVEL, "quantity": -1}]},
        "minimum of 0",
    ),
    "half a piece": (
        "PUT",
        "/inventory/adjustments/absolute",
        {"items": [{**LEVEL, "quantity": 0.5}]},
        "type 'integer'",
    ),
    "a batch of nothing": ("PUT", "/catalog/products", [], "nothing"),
    "an update of nothing": ("PUT", "/catalog/products/1", {"id": 1}, "nothing"),
    "an image without address": (
        "POST",
        "/catalog/products/1/images",
        {"is_thumbnail": True},
        "'image_url' is a required",
    ),
    "a delete of everything": ("DELETE", "/catalog/products", None, "everything"),
    "251 deletes": ("DELETE", "/catalog/products?id:in=" + ",".join(map(str, range(251))), None, "250"),
    "a filter of the wrong name": ("GET", "/catalog/products?modified_since=1", None, "no query parameter"),
    "a date without a time": ("GET", "/catalog/products?date_modified:min=2026-01-01", None, "time of day"),
    "a page too long": ("GET", "/catalog/products?limit=251", None, "limit"),
    "ids that are no numbers": ("GET", "/inventory/items?variant_id:in=1,a", None, "variant_id:in"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_call_does_not_reach_the_store(store: Any, name: str) -> None:
    method, url, body, said = WRONG[name]
    with pytest.raises(Mismatch, match="request") as caught:
        ask(store, method, V3 + url, json=body)
    assert said in str(caught.value)
    assert store.calls == []


RIGHT: dict[str, tuple[str, str, Any]] = {
    "10 products": ("PUT", "/catalog/products", [{"id": n, "price": 1} for n in range(77, 87)]),
    "50 variants": ("PUT", "/catalog/variants", [{"id": n, "price": 1} for n in range(1, 51)]),
    "an inherited price": ("PUT", "/catalog/variants", [{"id": 77, "price": None}]),
    "a list of ids": ("GET", "/inventory/items?variant_id:in=77,78", None),
    "a moment": ("GET", "/catalog/products?date_modified:min=2026-01-01T00:00:00Z&limit=250", None),
    "a level": (
        "PUT",
        "/inventory/adjustments/absolute",
        {"items": [{"location_id": 1, "product_id": 77, "quantity": 0}]},
    ),
}


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_call_is_let_through(store: Any, name: str) -> None:
    method, url, body = RIGHT[name]
    ask(store, method, V3 + url, json=body)
    assert len(store.calls) == 1


def test_a_call_without_a_token_or_accept_is_noticed(store: Any, till: Machine) -> None:
    with pytest.raises(Mismatch, match="Security"):
        ask(store, "GET", f"{V3}/catalog/summary", headers={"X-Auth-Token": None})
    with pytest.raises(Mismatch, match="Accept"):
        ask(store, "GET", f"{V3}/catalog/summary", headers={"Accept": "*/*"})
    with pytest.raises(Mismatch, match="Security"):
        ask(till, "GET", "/api/2026-07/retailer", headers={"Authorization": None})


ANSWERS: dict[str, tuple[str, str, int, Any, str]] = {
    "a price as text": ("bigcommerce", f"{V3}/catalog/products/1", 200, {"data": {"id": 1, "price": "5.0"}}, "price"),
    "a list for a product": ("bigcommerce", f"{V3}/catalog/products/1", 200, {"data": []}, "data"),
    "no body": ("bigcommerce", f"{V3}/catalog/products/1", 200, None, "MissingData"),
    "an unknown success": ("bigcommerce", f"{V3}/catalog/products/1", 202, {}, "no 202"),
    "a V2 refusal in V3": ("bigcommerce", f"{V3}/catalog/summary", 404, [{"status": 404, "message": "x"}], "V2"),
    "a refusal without words": ("bigcommerce", f"{V3}/catalog/summary", 500, {}, "without status and title"),
    "a list without its versions": ("lightspeed_x", "/api/2026-07/products", 200, {"data": []}, "version"),
    "an envelope too much": (
        "lightspeed_x",
        "/api/2026-07/inventory/00000001-1111-4111-8111-000000000001",
        200,
        {"data": 1},
        "array",
    ),
    "a refusal of another vendor": (
        "lightspeed_x",
        "/api/2026-07/retailer",
        422,
        {"title": "x", "status": 422},
        "error and message",
    ),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_a_sandbox_that_answers_otherwise_than_the_vendor_is_noticed(name: str) -> None:
    platform, url, status, body, said = ANSWERS[name]
    with pytest.raises(Mismatch, match="answer") as caught:
        ask(Told(platform, status, body), "GET", url)
    assert said in str(caught.value)


def test_a_sandbox_that_accepts_what_the_document_refuses_is_noticed() -> None:
    lax = Told("bigcommerce", 200, {"data": {"id": 1, "name": "Cup"}})
    with pytest.raises(Mismatch, match="was accepted"):
        ask(lax, "POST", f"{V3}/catalog/products", json={"name": "Cup"}, hostile=True)
    strict = Told("bigcommerce", 422, {"status": 422, "title": "no", "type": "t", "errors": {"price": "no"}})
    assert ask(strict, "POST", f"{V3}/catalog/products", json={"name": "Cup"}, hostile=True).status_code == 422


def test_an_answer_damaged_by_a_fault_is_nobody_s_mistake(store: Any) -> None:
    store.faults.script("F8", variant=1)
    ledger = Ledger()
    session = requests.Session()
    session.mount("http://", ValidatingAdapter(store, STORE, InProcessAdapter(store, STORE), ledger))
    session.headers.update({"X-Auth-Token": "t", "Accept": "application/json"})
    session.get(f"{STORE}{V3}/catalog/products")
    assert (ledger.damaged, ledger.mismatches) == (1, [])


def test_the_table_counts_every_call_of_every_operation(store: Any) -> None:
    ledger = Ledger()
    session = requests.Session()
    session.mount("http://", ValidatingAdapter(store, STORE, InProcessAdapter(store, STORE), ledger))
    session.headers.update({"X-Auth-Token": "t", "Accept": "application/json"})
    for number in (77, 77, 999):
        session.get(f"{STORE}{V3}/catalog/products/{number}")
    session.get(f"{STORE}/stores/another/v2/store")
    shown = ledger.table()
    assert ledger.summary() == "vendors' documents: 2 operations, 4 calls, 0 mismatches"
    assert shown[0].split()[1:4] == ["GET", "/catalog/products/{product_id}", "3"]
    assert shown[0].endswith("200 x2  404 x1")
    assert shown[1].endswith("401* x1")


# --- every case of the X-Series cases -------------------------------------------------------------------------------


def _asked(case: dict[str, Any], told: dict[str, Any]) -> tuple[Operation, Asked]:
    found = find("lightspeed_x", case["method"], f"/api/2026-07{case['path']}")
    assert found is not None, case["operation"]
    body = json.dumps(told["body"]).encode() if "body" in told else b""
    headers = {} if told.get("no_auth") else {"authorization": "Bearer t"}
    query = urlencode(told.get("query", {}))
    return found[0], Asked(case["method"], found[1], query, {**headers, "content-type": "application/json"}, body)


def _requests(which: str) -> Iterator[Any]:
    for case in CASES.get("requests", ()):
        for told in [case["valid"]] if which == "valid" else case["invalid"]:
            yield pytest.param(case, told, id=f"{case['name']}: {told.get('why', 'right')}")


@pytest.mark.parametrize(("case", "told"), list(_requests("valid")))
def test_a_right_request_passes(case: dict[str, Any], told: dict[str, Any]) -> None:
    operation, asked = _asked(case, told)
    assert operation.request_problems(asked) + rules.broken("lightspeed_x", operation, asked) == []


@pytest.mark.parametrize(("case", "told"), list(_requests("invalid")))
def test_a_wrong_request_is_refused_with_its_reason(case: dict[str, Any], told: dict[str, Any]) -> None:
    operation, asked = _asked(case, told)
    assert bool(operation.request_problems(asked)) == (told["why"] not in PUT_RIGHT)


@pytest.mark.parametrize("case", CASES.get("passes_but_wrong", ()), ids=lambda case: str(case["name"]))
def test_what_the_schema_lets_pass_is_refused_by_a_rule(case: dict[str, Any]) -> None:
    operation, asked = _asked(case, case["request"])
    assert operation.request_problems(asked) + rules.broken("lightspeed_x", operation, asked) != []


def _answers() -> Iterator[Any]:
    for case in CASES.get("responses", ()):
        yield pytest.param(case, case["valid"], True, id=f"{case['name']}: right")
        for told in case["invalid"]:
            yield pytest.param(case, told["body"], False, id=f"{case['name']}: {told['why']}")


@pytest.mark.parametrize(("case", "body", "right"), list(_answers()))
def test_an_answer_is_judged_as_its_case_says(case: dict[str, Any], body: Any, right: bool) -> None:
    operation, asked = _asked(case, {})
    headers = {"content-type": "application/json"}
    problems = operation.answer_problems(asked, case["status"], headers, json.dumps(body).encode())
    assert (problems == []) == right, problems


def test_without_the_documents_a_flow_runs_on_unvalidated(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger, plain = Ledger(), InProcessAdapter(store, STORE)
    assert isinstance(around(store, STORE, ledger, plain), ValidatingAdapter)
    monkeypatch.setattr(documents, "SPECS", documents.SPECS / "absent")
    assert around(store, STORE, ledger, plain) is plain
    assert ledger.unvalidated == {"bigcommerce"}
