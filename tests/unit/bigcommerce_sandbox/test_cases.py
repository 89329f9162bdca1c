"""The ordinary cases are what the sandbox answers today; a case of something it no longer says misleads its users."""

from __future__ import annotations

import json

from pipelines.kit.sandbox import from_json

from .shop import CASES, Shop


def test_ordinary_products_have_the_fields_the_store_shows(shop: Shop) -> None:
    parts = "variants,images,custom_fields,options,modifiers"
    shop.machine.add_image_to(shop.tee.id, "https://till.example/a.png")
    shown = shop.read("/v3/catalog/products", include=parts)[1]
    held = from_json((CASES / "products_ordinary.json").read_text("utf-8"))["data"][1]
    assert set(held) == set(shown)
    assert set(held["variants"][0]) == set(shown["variants"][0])
    assert set(held["options"][0]) == set(shown["options"][0])


def test_ordinary_stock_has_the_fields_the_store_shows(shop: Shop) -> None:
    (shown,) = shop.read("/v3/inventory/items", sku__in="TEE-S")
    held = from_json((CASES / "stock_ordinary.json").read_text("utf-8"))["data"][0]
    assert (set(held["identity"]), set(held["locations"][0])) == (set(shown["identity"]), set(shown["locations"][0]))


def test_every_error_form_names_itself_once() -> None:
    errors = json.loads((CASES / "errors.json").read_text("utf-8"))
    assert len({error["name"] for error in errors}) == len(errors)
    assert {401, 403, 404, 409, 413, 422, 207, 429, 500, 502, 503} <= {error["status"] for error in errors}
