"""Operations on brands and categories (fact sheet §4). One category tree; categories answer in lists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipelines.kit.sandbox import Request, Response, route
from pipelines.platforms.bigcommerce.sandbox.answers import (
    Refusal,
    body_of,
    data,
    flag_of,
    gone,
    in_use,
    invalid,
    listing,
    numbers,
    only_known,
    page_of,
    trimmed,
)
from pipelines.platforms.bigcommerce.sandbox.base import V3, each_refused
from pipelines.platforms.bigcommerce.sandbox.fields import Field, flag, integer, text
from pipelines.platforms.bigcommerce.sandbox.part_changes import objects
from pipelines.platforms.bigcommerce.sandbox.product_changes import ProductChanges

BRANDS = f"{V3}/catalog/brands"
BRAND = f"{BRANDS}/{{brand_id}}"
CATEGORIES = f"{V3}/catalog/trees/categories"
TREE = {"id": 1, "name": "Default catalog tree", "channels": [1]}
MOST_BRANDS = 30000
MOST_LEVELS = 8
_BRAND: Mapping[str, Field] = {
    "name": text(255, 1),
    "page_title": text(255),
    "meta_keywords": Field("texts"),
    "meta_description": text(65535),
    "search_keywords": text(255),
    "image_url": text(255),
    "custom_url": Field("object"),
}
_CATEGORY: Mapping[str, Field] = {
    "name": text(50, 1),
    "tree_id": integer(1),
    "parent_id": integer(0),
    "description": text(),
    "views": integer(),
    "sort_order": integer(-2147483648),
    "page_title": text(),
    "meta_keywords": Field("texts"),
    "meta_description": text(65535),
    "layout_file": text(50),
    "image_url": text(),
    "is_visible": flag(True),
    "search_keywords": text(255),
    "default_product_sort": text(),
    "url": Field("object"),
}


class ShelfRoutes(ProductChanges):
    """Brands and categories."""

    @route("GET", BRANDS)
    def list_brands(self, request: Request) -> Response:
        only_known(
            request, ("id", "id:in", "name", "name:like", "sort", "direction", "include_fields", "exclude_fields")
        )
        ids, name, like = numbers(request, "id:in"), request.param("name"), request.param("name:like")
        ids = numbers(request, "id") if ids is None else ids
        chosen = [
            brand
            for brand in self.store.brands.values()
            if (ids is None or brand["id"] in ids)
            and (name is None or brand["name"].casefold() == name.casefold())
            and (like is None or like.casefold() in brand["name"].casefold())
        ]
        if request.param("sort") == "name":
            chosen.sort(key=lambda brand: str(brand["name"]).casefold(), reverse=request.param("direction") == "desc")
        return page_of(chosen, request)

    @route("POST", BRANDS)
    def post_brand(self, request: Request) -> Response:
        body = body_of(request, dict)
        if "name" not in body:
            raise invalid({"name": "is required"})
        self.check_fields(body, _BRAND, frozenset())
        if body["name"].casefold() in self.store.brand_names:
            raise in_use("name", f"The brand {body['name']} exists")
        if len(self.store.brands) >= MOST_BRANDS:
            raise Refusal(422, f"A store has at most {MOST_BRANDS} brands")
        brand = self.brand_by_name(body["name"])
        brand |= body
        return data(brand)

    def _brand(self, brand_id: str) -> dict[str, Any]:
        brand = self.store.brands.get(int(brand_id) if brand_id.isdecimal() else -1)
        if brand is None:
            raise gone("brand", brand_id)
        return brand

    @route("GET", BRAND)
    def get_brand(self, request: Request, brand_id: str) -> Response:
        only_known(request, ("include_fields", "exclude_fields"))
        return data(trimmed(self._brand(brand_id), request))

    @route("PUT", BRAND)
    def put_brand(self, request: Request, brand_id: str) -> Response:
        brand, body = self._brand(brand_id), body_of(request, dict)
        self.check_fields(body, _BRAND, frozenset({"id"}))
        name = body.get("name", brand["name"])
        if self.store.brand_names.get(name.casefold(), brand["id"]) != brand["id"]:
            raise in_use("name", f"The brand {name} exists")
        del self.store.brand_names[brand["name"].casefold()]
        self.store.brand_names[name.casefold()] = brand["id"]
        brand |= {**body, "id": brand["id"]}
        return data(brand)

    @route("DELETE", BRAND)
    def delete_brand(self, request: Request, brand_id: str) -> Response:  # noqa: ARG002
        brand = self._brand(brand_id)
        del self.store.brands[brand["id"]], self.store.brand_names[brand["name"].casefold()]
        for product in self.store.products.values():
            if product.fields["brand_id"] == brand["id"]:
                product.fields["brand_id"] = 0
                self.touch(product)
        return Response.empty(204)

    @route("GET", f"{V3}/catalog/trees")
    def list_trees(self, request: Request) -> Response:
        only_known(request, ("id:in", "channel_id:in"))
        return page_of([TREE], request)

    @route("GET", CATEGORIES)
    def list_categories(self, request: Request) -> Response:
        only_known(
            request, ("category_id:in", "tree_id:in", "parent_id:in", "name", "name:like", "keyword", "is_visible")
        )
        asked = {name: numbers(request, f"{name}:in") for name in ("category_id", "tree_id", "parent_id")}
        exact, like = request.param("name"), request.param("name:like") or request.param("keyword")
        visible = flag_of(request, "is_visible")
        chosen = [
            category
            for category in self.store.categories.values()
            if all(ids is None or category[name] in ids for name, ids in asked.items())
            and (exact is None or category["name"] == exact)
            and (visible is None or category["is_visible"] == visible)
            and (like is None or like.casefold() in category["name"].casefold())
        ]
        return page_of(chosen, request)

    @route("POST", CATEGORIES)
    def post_categories(self, request: Request) -> Response:
        items = objects(body_of(request, list), "categories")
        return self._category_answer(items, each_refused(items, self.new_category), created=True)

    def _category_answer(
        self, items: list[dict[str, Any]], outcome: tuple[list[dict[str, Any]], list[Refusal]], created: bool
    ) -> Response:
        done, refusals = outcome
        meta = {"total": len(items), "success": len(done), "failed": len(refusals)}
        shown = {"data": done} if created else {}
        if not refusals:
            return Response.json(201 if created else 200, {**shown, "meta": meta})
        errors = {"errors": refusals[0].body(), "meta": meta}
        return Response.json(207, {**shown, **errors}) if done else Response.json(422, errors)

    def new_category(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Add a category. Raises Refusal on a missing place, a name its siblings have, or too deep a place."""
        if "name" not in body or not (body.get("tree_id") or body.get("parent_id")):
            raise invalid({"name" if "name" not in body else "tree_id": "is required"})
        self.check_fields(body, _CATEGORY, frozenset())
        parent = body.get("parent_id", 0)
        if parent and parent not in self.store.categories:
            raise invalid({"parent_id": f"{parent} does not exist"})
        if self._depth(parent) >= MOST_LEVELS:
            raise invalid({"parent_id": f"categories nest at most {MOST_LEVELS} deep"})
        self._check_siblings(body["name"], parent, None)
        id_ = self.store.next_id("category")
        url = {"path": f"/category-{id_}/", "is_customized": False}
        category = {"url": url, "is_visible": True, "tree_id": 1, **body, "parent_id": parent, "category_id": id_}
        self.store.categories[id_] = category
        return category

    def _depth(self, category_id: int) -> int:
        depth = 0
        while category_id:
            depth, category_id = depth + 1, self.store.categories[category_id]["parent_id"]
        return depth

    def _check_siblings(self, name: str, parent: int, category_id: int | None) -> None:
        for other in self.store.categories.values():
            same = other["parent_id"] == parent and other["name"].casefold() == name.casefold()
            if same and other["category_id"] != category_id:
                raise in_use("name", f"The category {name} exists")

    @route("PUT", CATEGORIES)
    def put_categories(self, request: Request) -> Response:
        items = objects(body_of(request, list), "categories")
        return self._category_answer(items, each_refused(items, self._change_category), created=False)

    def _change_category(self, body: Mapping[str, Any]) -> dict[str, Any]:
        id_ = body.get("category_id")
        category = self.store.categories.get(id_) if isinstance(id_, int) else None
        if category is None:
            raise gone("category", id_)
        self.check_fields(body, _CATEGORY, frozenset({"category_id", "category_uuid"}))
        merged = {**category, **body}
        self._check_siblings(merged["name"], merged["parent_id"], category["category_id"])
        category |= body
        return category

    @route("DELETE", CATEGORIES)
    def delete_categories(self, request: Request) -> Response:
        ids = numbers(request, "category_id:in")
        if not ids and listing(request, "tree_id:in") is None:
            raise Refusal(422, "A filter is required to delete categories")
        for id_ in list(self.store.categories) if ids is None else ids:
            self.store.categories.pop(id_, None)
        for product in self.store.products.values():
            kept = [id_ for id_ in product.fields["categories"] if id_ in self.store.categories]
            if kept != product.fields["categories"]:
                product.fields["categories"] = kept
                self.touch(product)
        return Response.json(202, {"meta": {}})
