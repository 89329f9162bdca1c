"""Operations on products and their variations: list, get, create, change, delete (fact sheet §2)."""

from __future__ import annotations

from typing import Any

import orjson

from pipelines.kit.sandbox import Request, Response, route, to_json
from pipelines.platforms.ecwid.sandbox.answers import answer, body_of, digits, flag, gone, tree_of, trimmed, wrong
from pipelines.platforms.ecwid.sandbox.base import API
from pipelines.platforms.ecwid.sandbox.records import Product
from pipelines.platforms.ecwid.sandbox.search import ProductSearch
from pipelines.platforms.ecwid.sandbox.stock_routes import COMBINATION, PRODUCT
from pipelines.platforms.ecwid.sandbox.variation_changes import VariationChanges

PRODUCTS = f"{API}/products"
COMBINATIONS = f"{PRODUCT}/combinations"


class ProductRoutes(VariationChanges, ProductSearch):
    """Products and variations."""

    @route("GET", PRODUCTS)
    def list_products(self, request: Request) -> Response:
        rows = self.chosen(request)
        show = self.product_record if tree_of(request) else self.shown
        return self.paged(request, rows, show)

    @route("GET", PRODUCT)
    def get_product(self, request: Request, product: str) -> Response:
        found = self.shelves.product(product)
        if self._public and not found.fields["enabled"]:
            raise gone("Product", product)
        return answer(request, self.product_record(found))

    @route("POST", PRODUCTS)
    def post_product(self, request: Request) -> Response:
        body, saves = body_of(request, dict), flag(request, "saveCombinations", False)
        return Response.json(200, {"id": self.create_product(body, bool(saves)).id})

    def create_product(self, body: dict[str, Any], saves: bool = True) -> Product:
        """A product on the shelf; its ``combinations`` are dropped unless ``saves``. Raises Refusal."""
        made = self.new_product(body)
        if saves and body.get("combinations"):
            self.save_combinations(made, _rows(body["combinations"]))
        self.put_on_shelf(made)
        return made

    @route("PUT", PRODUCT)
    def put_product(self, request: Request, product: str) -> Response:
        found, body = self.shelves.product(product), body_of(request, dict)
        saves = flag(request, "saveCombinations", False)
        item = flag(request, "returnItem", False)
        with self.changing(found):
            self.change_fields(found, body)
            if saves and body.get("combinations") is not None:
                self.save_combinations(found, _rows(body["combinations"]))
        told: dict[str, Any] = {"updateCount": 1}
        if item:
            told |= {"item": self.product_record(found)}
            tree = tree_of(request)
            told = {"updateCount": 1, **trimmed(told, tree)} if tree else told
        return Response.json(200, told)

    @route("DELETE", PRODUCT)
    def delete_product_by_id(self, request: Request, product: str) -> Response:  # noqa: ARG002
        found = self.shelves.products.get(int(product)) if digits(product) else None
        if found is not None:
            self.remove_product(found)
        return Response.json(200, {"deleteCount": int(found is not None)})

    # --- variations ----------------------------------------------------------------------------------------

    @route("GET", COMBINATIONS)
    def list_combinations(self, request: Request, product: str) -> Response:
        found = self.shelves.product(product)
        return answer(request, [self.variation_record(found, one) for one in found.variations])

    @route("GET", COMBINATION)
    def get_combination(self, request: Request, product: str, combination: str) -> Response:
        return answer(request, self.variation_record(*self.shelves.combination(product, combination)))

    @route("POST", COMBINATIONS)
    def post_combination(self, request: Request, product: str) -> Response:
        found, body = self.shelves.product(product), body_of(request, dict)
        with self.changing(found):
            made = self.add_variation(found, body)
        return Response.json(200, {"id": made.id})

    @route("PUT", COMBINATION)
    def put_combination(self, request: Request, product: str, combination: str) -> Response:
        found, variation = self.shelves.combination(product, combination)
        body = body_of(request, dict)
        flag(request, "checkLowStockNotification")
        with self.changing(found):
            self.change_variation(found, variation, body)
        return Response.json(200, {"updateCount": 1})

    @route("DELETE", COMBINATION)
    def delete_combination(self, request: Request, product: str, combination: str) -> Response:  # noqa: ARG002
        found = self.shelves.product(product)
        variation = found.variation(int(combination)) if digits(combination) else None
        if variation is not None:
            with self.changing(found):
                self.remove_variation(found, variation)
        return Response.json(200, {"deleteCount": int(variation is not None)})

    @route("DELETE", COMBINATIONS)
    def delete_combinations(self, request: Request, product: str) -> Response:  # noqa: ARG002
        found = self.shelves.product(product)
        count = len(found.variations)
        with self.changing(found):
            found.variations = []
        return Response.json(200, {"deleteCount": count})

    def shown(self, product: Product) -> orjson.Fragment:
        """A product as JSON text, rendered once and kept until it changes or an image is still on its way."""
        if product.piece is not None:
            return product.piece
        piece = orjson.Fragment(to_json(self.product_record(product)))
        if all(image["from"] <= self.unix() for image in product.images):
            product.piece = piece
        return piece


def _rows(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise wrong("combinations must be a list")
    return value
