"""The ordinary cases are what the sandbox answers today; a case of something it no longer says misleads its users."""

from __future__ import annotations

from typing import Any

import pytest

from pipelines.kit.sandbox import from_json

from .shop import CASES, Shop

READS = {
    "profile_ordinary": "/profile",
    "products_ordinary": "/products?sortBy=ADDED_TIME_ASC",
    "categories_ordinary": "/categories?hidden_categories=true",
    "classes_ordinary": "/classes",
    "latest_stats_ordinary": "/latest-stats?productCountRequired=true",
}


def held(name: str) -> Any:
    return from_json((CASES / f"{name}.json").read_text("utf-8"))


@pytest.mark.parametrize("name", READS)
def test_an_ordinary_case_is_of_the_shape_that_is_answered(shop: Shop, name: str) -> None:
    shown, kept = shop.read(READS[name]), held(name)
    assert _usual(_shape(kept)) == _usual(_shape(shown))


def test_ordinary_orders_and_customers_are_of_the_shape_that_is_answered(shop: Shop) -> None:
    shop.machine.place_order(
        [("MUG-1", 1), ("TEE-S", 1)], {"email": "jane@buyer.example"}, shipping=5, handling=1, fees=[("Wrap", 2)],
        discount=2, coupon=("TEN", "PERCENT", 10), tax_rates=[("State", 8)], accepts_marketing=True,
    )  # fmt: skip
    for name, path in (("orders_ordinary", "/orders"), ("customers_ordinary", "/customers")):
        shown, kept = shop.read(path)["items"][0], held(name)["items"][-1]
        assert set(kept) == set(shown)
        assert {one: set(kept[one]) for one in kept if isinstance(kept[one], dict)} == {
            one: set(shown[one]) for one in shown if isinstance(shown[one], dict)
        }


@pytest.mark.parametrize("name", ["products_hostile", "orders_hostile", "errors"])
def test_every_hostile_case_names_itself_once(name: str) -> None:
    cases = held(name)
    assert len({case["name"] for case in cases}) == len(cases)


def test_every_refusal_a_client_must_tell_apart_has_a_case() -> None:
    statuses = {case["status"] for case in held("errors")}
    assert {400, 402, 403, 404, 405, 408, 409, 422, 429, 500, 502, 503} <= statuses


def _shape(value: Any) -> Any:
    """Names of members, of every level; of a list that of its fullest entry."""
    if isinstance(value, dict):
        return {name: _shape(part) for name, part in value.items()}
    if isinstance(value, list):
        return max(map(_shape, value), key=lambda one: len(str(one)), default=None)
    return None


def _usual(shape: Any) -> Any:
    """A shape without what only some records have."""
    if not isinstance(shape, dict):
        return shape
    sometimes = {"weight", "quantity", "externalReferenceId", "subtitle", "compareToPrice", "parentId", "price",
                 "thumbnailUrl", "smallThumbnailUrl", "hdThumbnailUrl", "imageUrl", "originalImageUrl", "originalImage",
                 "galleryImages", "media", "attributes", "taxSettings", "descriptionTranslated",
                 "dimensions"}  # fmt: skip
    return {name: _usual(part) for name, part in shape.items() if name not in sometimes}
