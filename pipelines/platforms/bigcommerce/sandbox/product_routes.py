"""Operations on products: list, get, create, change one or ten, delete (fact sheet §4)."""

from __future__ import annotations

from typing import Any

from pipelines.kit.sandbox import Request, Response, route
from pipelines.platforms.bigcommerce.sandbox.answers import (
    Refusal,
    body_of,
    data,
    listed,
    only_known,
    paging,
    partly,
)
from pipelines.platforms.bigcommerce.sandbox.base import V3, each_refused
from pipelines.platforms.bigcommerce.sandbox.product_changes import ProductChanges
from pipelines.platforms.bigcommerce.sandbox.product_filters import FILTERS, NARROWING, ProductFilters
from pipelines.platforms.bigcommerce.sandbox.records import Product

PRODUCTS = f"{V3}/catalog/products"
PRODUCT = f"{PRODUCTS}/{{product_id}}"
MOST_CHANGED = 10
MOST_DELETED = 250


class ProductRoutes(ProductChanges, ProductFilters):
    """Products."""

    @route("GET", PRODUCTS)
    def list_products(self, request: Request) -> Response:
        ids = self.chosen(request)
        include, only = self.shape(request)
        most = 10 if NARROWING & set(include) else 250
        asked = paging(request, most, min(50, most), most == 10 or self.switches["limit_too_high"] == "clamp")
        part = ids[asked.start : asked.start + asked.limit]
        pieces = [self.renderer.product(self.store.products[id_], include, only) for id_ in part]
        return listed(pieces, asked.meta(len(ids), len(part)))

    @route("GET", PRODUCT)
    def get_product(self, request: Request, product_id: str) -> Response:
        only_known(request, ("include", "include_fields", "exclude_fields"))
        include, only = self.shape(request)
        return data(self.renderer.product(self.store.product(product_id), include, only))

    @route("POST", PRODUCTS)
    def post_product(self, request: Request) -> Response:
        product, unsaved = self.create_product(body_of(request, dict))
        shown = self._written(request, product)
        return partly(shown, unsaved) if unsaved else data(shown, int(str(self.switches["create_status"])))

    @route("PUT", PRODUCT)
    def put_product(self, request: Request, product_id: str) -> Response:
        product = self.store.product(product_id)
        with self.store.all_or_nothing([product]):
            unsaved = self.change_product(product, body_of(request, dict))
        shown = self._written(request, product)
        return partly(shown, unsaved) if unsaved else data(shown)

    def _written(self, request: Request, product: Product) -> Any:
        include, only = self.shape(request)
        return self.renderer.product(product, tuple(dict.fromkeys((*self.nested(), *include))), only)

    @route("PUT", PRODUCTS)
    def put_products(self, request: Request) -> Response:
        items = body_of(request, list)
        if len(items) > MOST_CHANGED:
            title = f"The request payload is too large. The maximum items allowed in the array is {MOST_CHANGED}."
            raise Refusal(413, title)
        if not all(isinstance(item, dict) and "id" in item for item in items):
            raise Refusal(422, "Missing Required Fields")
        if self.switches["product_batch"] == "keep_good":
            return self._some_products(items)
        products = [self.store.product(item["id"]) for item in items]
        with self.store.all_or_nothing({product.id: product for product in products}.values()):
            unsaved = [self.change_product(self.store.product(item["id"]), item) for item in items]
        return self._batch_answer(products, [refusal for refusal in unsaved if refusal])

    def _some_products(self, items: list[Any]) -> Response:
        def change(item: Any) -> tuple[Product, Refusal | None]:
            product = self.store.product(item["id"])
            with self.store.all_or_nothing([product]):
                return product, self.change_product(product, item)

        done, refusals = each_refused(items, change)
        if refusals and not done:
            raise refusals[0]
        return self._batch_answer([product for product, _ in done], [*refusals, *(r for _, r in done if r)])

    def _batch_answer(self, products: list[Product], unsaved: list[Refusal]) -> Response:
        shown = [self.shown(product) for product in products]
        return partly(shown, unsaved[0]) if unsaved else data(shown)

    @route("DELETE", PRODUCTS)
    def delete_products(self, request: Request) -> Response:
        if not any(name in FILTERS for name, _ in request.query):
            raise Refusal(422, "A filter is required to delete products")
        ids = list(self.chosen(request))
        asked = len((request.param("id:in") or "").split(","))
        if max(len(ids), asked) > MOST_DELETED:
            raise Refusal(413, f"At most {MOST_DELETED} products can be deleted at a time")
        for id_ in ids:
            self.remove_product(self.store.products[id_])
        return Response.empty(204)

    @route("DELETE", PRODUCT)
    def delete_product_by_id(self, request: Request, product_id: str) -> Response:  # noqa: ARG002
        self.remove_product(self.store.product(product_id))
        return Response.empty(204)

    @route("GET", f"{V3}/catalog/summary")
    def summary(self, request: Request) -> Response:  # noqa: ARG002
        store = self.store
        return data(
            {
                "variant_count": len(store.variants),
                "inventory_count": sum(self.catalogue_level(p, None) for p in store.products.values()),
                "primary_category_id": min(store.categories, default=0),
            }
        )
