"""Answers have the form of the vendor's documents, corrected as the fact sheet's §13 says."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from pipelines.kit.sandbox import Request, Response

from .shop import ROOT, Shop, cases, prepared, request_of

SPECS = ROOT.parent / "shared/specs/bigcommerce"
DOCUMENTS = {
    "catalog/products_catalog.v3.yml": "/v3",
    "catalog/product-variants_catalog.v3.yml": "/v3",
    "catalog/product-variant-options_catalog.v3.yml": "/v3",
    "catalog/product-modifiers_catalog.v3.yml": "/v3",
    "catalog/brands_catalog.v3.yml": "/v3",
    "catalog/category-trees_catalog.v3.yml": "/v3",
    "inventory.v3.yml": "/v3",
    "locations.v3.yml": "/v3",
    "settings.v3.yml": "/v3",
    "channels.v3.yml": "/v3",
    "store_information.v2.yml": "/v2",
}


def _nullable(node: Any) -> None:
    """Corrections 3 and 4 of the fact sheet's §13: nulls that the documents describe but do not declare."""
    if isinstance(node, dict):
        if node.pop("x-nullable", False):
            node["nullable"] = True
        for name in ("base_variant_id", "sku_id"):
            if isinstance(node.get("properties"), dict) and name in node["properties"]:
                node["properties"][name]["nullable"] = True
        for part in node.values():
            _nullable(part)
    elif isinstance(node, list):
        for part in node:
            _nullable(part)


def _corrected(file: str) -> dict[str, Any]:
    yaml = pytest.importorskip("yaml")
    document: dict[str, Any] = yaml.load((SPECS / file).read_text("utf-8"), Loader=yaml.CSafeLoader)
    _nullable(document)
    document["servers"] = [{"url": f"http://sandbox/stores/abc123{DOCUMENTS[file]}"}]
    images = document["paths"].get("/catalog/products/{product_id}/images")
    if images:
        content = images["post"]["responses"]["200"]["content"]["application/json"]["schema"]
        content["properties"]["data"]["anyOf"] = content["properties"]["data"].pop("oneOf")
    return document


class Documents:
    """The vendor's documents, and which operation of which of them a call is."""

    def __init__(self) -> None:
        core = pytest.importorskip("openapi_core")
        config = core.Config(
            spec_validator_cls=None, extra_media_type_deserializers={"application/problem+json": json.loads}
        )
        self.all = [core.OpenAPI.from_dict(_corrected(file), config=config) for file in DOCUMENTS]

    def check(self, request: Request, response: Response) -> None:
        """Raise what the document of this operation has against the answer."""
        from openapi_core.templating.paths.exceptions import PathNotFound, ServerNotFound
        from openapi_core.testing import MockRequest, MockResponse
        from openapi_core.validation.response.exceptions import MissingData

        asked = MockRequest("http://sandbox", request.method.lower(), request.path)
        kind = response.headers.get("content-type", "application/json")
        answer = MockResponse(response.body, response.status, dict(response.headers), kind)
        for document in self.all:
            try:
                document.validate_response(asked, answer)
            except (PathNotFound, ServerNotFound):
                continue
            except MissingData:
                assert response.status == 204
            return
        raise AssertionError(f"{request.method} {request.path} is in no document")


@pytest.fixture(scope="module")
def documents() -> Documents:
    if not SPECS.is_dir():
        pytest.skip("the vendor's documents are not at hand (../shared/specs/bigcommerce)")
    return Documents()


def test_answers_have_the_form_the_vendor_s_documents_give_them(shop: Shop, documents: Documents) -> None:
    names = shop.names
    for case in cases("calls_accepted"):
        request = request_of(case, names)
        response = shop.machine.handle(request)
        assert response.status == case["status"], (case["name"], response.body)
        documents.check(request, response)


UNDECLARED = {
    ("DELETE", "/v3/catalog/products", 413),
    ("DELETE", "/v3/catalog/products", 422),
    ("DELETE", "/v3/catalog/products/{mug}/variants/{mug_variant}", 422),
    ("GET", "/v3/catalog/products", 422),
    ("GET", "/v3/catalog/variants", 422),
    ("POST", "/v3/catalog/products/{tee}/variants", 409),
    ("POST", "/v3/catalog/products/{tee}/variants", 422),
    ("PUT", "/v3/catalog/products/{tee}/variants/{tee_s}", 422),
    ("PUT", "/v3/settings/inventory", 422),
}
"""Refusals of operations for which the documents declare no such status; the status is our reading."""


def test_refusals_have_the_form_the_vendor_s_documents_give_them(documents: Documents) -> None:
    from openapi_core.templating.responses.exceptions import ResponseNotFound

    undeclared = set()
    for case in cases("calls_refused"):
        shop = Shop()
        request = prepared(shop, case)
        response = shop.machine.handle(request)
        if response.status in {400, 401, 405, 406, 415} or "/nothing" in case["path"]:
            continue
        try:
            documents.check(request, response)
        except ResponseNotFound:
            undeclared.add((case["method"], case["path"], case["status"]))
    assert undeclared == UNDECLARED


def test_the_documents_would_notice_a_price_that_is_text(shop: Shop, documents: Documents) -> None:
    request = request_of({"method": "GET", "path": "/v3/catalog/products/{mug}"}, shop.names)
    response = shop.machine.handle(request)
    documents.check(request, response)
    with pytest.raises(Exception, match="InvalidData"):
        documents.check(request, replace(response, body=response.body.replace(b'"price":12.5', b'"price":"12.5"')))
