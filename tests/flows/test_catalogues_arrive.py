"""The store holds exactly the products of a catalogue.

The check reads the CSV with the standard library and the store by plain GETs;
nothing of ``pipelines`` decides what is right here (`design.md` §12)."""

from __future__ import annotations

import csv
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import requests

pytestmark = pytest.mark.libraries

CHECKOUT = Path(__file__).resolve().parents[2]
SHARED = CHECKOUT.parent / "shared" / "data" / "catalogues"
SAMPLE = CHECKOUT / "pipelines" / "kit" / "sample_catalogue.csv"
FILES = [SAMPLE, *(SHARED / f"{name}.csv" for name in ("apparel", "home-and-garden", "jewelery"))]
Variant = tuple[tuple[str, ...], str, Decimal, int | None]


def expected(path: Path) -> dict[str, dict[str, Any]]:
    """Name → options, variants (values, SKU, price, level), number of images, visibility; from the rows alone."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    products: dict[str, dict[str, Any]] = {}
    names: set[str] = set()
    used = {row["Variant SKU"] for row in rows}
    number = 10001
    given: set[str] = set()
    for row in rows:
        handle = row["Handle"]
        if handle not in products:
            name = row["Title"]
            while name in names:
                name = f"{name} (2)"
            names.add(name)
            options = [row[f"Option{n} Name"] for n in (1, 2, 3) if row.get(f"Option{n} Name")]
            simple = options == ["Title"] and row["Option1 Value"] == "Default Title"
            visible = row["Published"].lower() != "false" and row.get("Status", "") not in {"draft", "archived"}
            named = [] if simple else options
            products[handle] = {"name": name, "options": named, "variants": [], "images": [], "visible": visible}
        product = products[handle]
        if row.get("Image Src"):
            product["images"].append((int(row["Image Position"] or 0), row["Image Src"]))
        if not row["Variant Price"] and not row["Option1 Value"]:
            continue
        sku = row["Variant SKU"].strip()
        if not sku or sku in given:
            while str(number) in used | given:
                number += 1
            sku = str(number)
        given.add(sku)
        quantity = row["Variant Inventory Qty"].strip()
        values = tuple(row[f"Option{n} Value"] for n in range(1, len(product["options"]) + 1))
        product["variants"].append((values, sku, Decimal(row["Variant Price"]), int(quantity) if quantity else None))
    return {product["name"]: product for product in products.values()}


class Store:
    """The store as anyone with a token sees it."""

    def __init__(self, adapter: Any) -> None:
        self.session = requests.Session()
        self.session.mount("http://", adapter)
        self.session.headers.update({"X-Auth-Token": "anyone", "Accept": "application/json"})

    def all(self, path: str, **params: Any) -> list[dict[str, Any]]:
        """Every page of a list."""
        found: list[dict[str, Any]] = []
        for page in range(1, 1000):
            answer = self.session.get(
                f"http://127.0.0.1:2/stores/abc123/v3{path}", params={**params, "page": page, "limit": 50}
            ).json()
            found += answer["data"]
            if page >= answer["meta"]["pagination"]["total_pages"]:
                break
        return found


def standing(store: Store) -> dict[str, dict[str, Any]]:
    """The same shape as ``expected``, from plain GETs."""
    levels = {
        item["identity"]["sku"]: sum(place["total_inventory_onhand"] for place in item["locations"])
        for item in store.all("/inventory/items")
    }
    found = {}
    for product in store.all("/catalog/products", include="variants,images"):
        tracked = product["inventory_tracking"] != "none"
        variants = []
        for variant in product["variants"]:
            price = variant["price"] if variant["price"] is not None else product["price"]
            sku = variant["sku"] or product["sku"]
            values = tuple(value["label"] for value in variant["option_values"])
            variants.append((values, sku, Decimal(str(price)), levels[sku] if tracked else None))
        names = [value["option_display_name"] for value in product["variants"][0]["option_values"]]
        images = sorted(product["images"], key=lambda image: image["sort_order"])
        found[product["name"]] = {
            "name": product["name"],
            "options": names,
            "variants": variants,
            "images": [image["id"] for image in images],
            "visible": product["is_visible"],
        }
    return found


def order(variants: list[Variant]) -> list[Variant]:
    """By SKU, so that two lists can be compared."""
    return sorted(variants, key=lambda variant: variant[1])


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_the_store_holds_exactly_the_catalogue(path: Path, make_world: Callable[..., Any]) -> None:
    if not path.exists():
        pytest.skip(f"{path.name} is not at hand: ../shared is absent")
    world = make_world(catalogue=path)
    summary = world.sync(yes=True)
    assert summary["verdict"] == "passed"
    wanted, found = expected(path), standing(Store(world.adapters["bigcommerce"]))
    assert set(found) == set(wanted)
    for name, product in wanted.items():
        assert found[name]["options"] == product["options"], name
        assert order(found[name]["variants"]) == order(product["variants"]), name
        assert found[name]["visible"] == product["visible"], name
        assert len(found[name]["images"]) == len({url for _, url in product["images"]}), name
