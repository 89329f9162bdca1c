"""Categories, product types and brands (fact sheet §2.9, §3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipelines.kit.sandbox import Request, Response, route
from pipelines.platforms.ecwid.sandbox.answers import Refusal, answer, body_of, digits, flag, numbers, wrong
from pipelines.platforms.ecwid.sandbox.base import API, StoreMachine
from pipelines.platforms.ecwid.sandbox.fields import CATEGORY, checked, many
from pipelines.platforms.ecwid.sandbox.fields import whole as is_whole
from pipelines.platforms.ecwid.sandbox.product_changes import merged

CATEGORIES = f"{API}/categories"
ONE = f"{CATEGORIES}/{{category}}"
OURS = "ECWID"


class CategoryRoutes(StoreMachine):
    """Categories form a tree; ``parentId`` is absent at the top."""

    @route("GET", CATEGORIES)
    def list_categories(self, request: Request) -> Response:
        parents = numbers(request, "parentIds") or numbers(request, "parent")
        deep, hidden = flag(request, "withSubcategories", False), flag(request, "hidden_categories", False)
        keyword = (request.param("keyword") or "").lower()
        rows = [one for one in self._in_order() if self._under(one, parents, bool(deep))]
        rows = [one for one in rows if (hidden or one["enabled"]) and keyword in one["name"].lower()]
        return self.paged(request, rows, self.category_record)

    @route("GET", f"{API}/categoriesByPath")
    def by_path(self, request: Request) -> Response:
        path, sign = request.param("path"), request.param("delimeter")
        if not path or not sign:
            raise wrong("path and delimeter are required")
        hidden = flag(request, "hidden_categories", False)
        rows = [one for one in self._in_order() if self.path_of(one) == path.split(sign)]
        rows = [one for one in rows if hidden or one["enabled"]]
        return self.paged(request, rows, self.category_record)

    @route("GET", ONE)
    def get_category(self, request: Request, category: str) -> Response:
        return answer(request, self.category_record(self.shelves.category(category)))

    @route("POST", CATEGORIES)
    def post_category(self, request: Request) -> Response:
        return Response.json(200, {"id": self.new_category(body_of(request, dict))["id"]})

    @route("PUT", ONE)
    def put_category(self, request: Request, category: str) -> Response:
        found = self.shelves.category(category)
        self.change_category(found, body_of(request, dict))
        return Response.json(200, {"updateCount": 1})

    @route("DELETE", ONE)
    def delete_category(self, request: Request, category: str) -> Response:  # noqa: ARG002
        if not digits(category) or int(category) not in self.shelves.categories:
            return Response.json(200, {"deleteCount": 0})
        self._refuse_foreign(self.shelves.category(category))
        return Response.json(200, {"deleteCount": self.remove_category(int(category))})

    @route("POST", f"{ONE}/assignProducts")
    def assign(self, request: Request, category: str) -> Response:
        return self._assigned(request, category, True)

    @route("POST", f"{ONE}/unassignProducts")
    def unassign(self, request: Request, category: str) -> Response:
        return self._assigned(request, category, False)

    @route("GET", f"{API}/classes")
    def list_classes(self, request: Request) -> Response:
        return answer(request, list(self.shelves.classes.values()))

    @route("GET", f"{API}/classes/{{class_id}}")
    def get_class(self, request: Request, class_id: str) -> Response:
        found = self.shelves.classes.get(int(class_id)) if digits(class_id) else None
        if found is None:
            raise Refusal(None, f"Product type #{class_id} not found", 404)
        return answer(request, found)

    @route("GET", f"{API}/brands")
    def list_brands(self, request: Request) -> Response:
        known = self.shelves.attribute({"alias": "BRAND"}) or {}
        held = (product.attributes.get(known.get("id", 0)) for product in self.shelves.products.values())
        names = sorted({one["value"] for one in held if one})
        return self.paged(request, names, self._brand)

    def _brand(self, name: str) -> dict[str, Any]:
        address = f"https://store{self.store_id}.company.example/products/brand/{name.lower()}"
        return {"name": name, "productsFilteredByBrandUrl": address}

    # --- changes -------------------------------------------------------------------------------------------

    def new_category(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """A category. Raises Refusal."""
        if not body.get("name"):
            raise wrong("name is required")
        blank = {"name": "", "nameTranslated": {}, "description": "", "descriptionTranslated": {}, "enabled": True,
                 "customSlug": "", "origin": OURS}  # fmt: skip
        made: dict[str, Any] = {"id": self.shelves.next_id("category"), **blank}
        made["orderBy"] = max((one["orderBy"] for one in self.shelves.categories.values()), default=0) + 10
        self.change_category(made, body)
        self.shelves.categories[made["id"]] = made
        return made

    def change_category(self, category: dict[str, Any], body: Mapping[str, Any]) -> None:
        """Change the named fields. Raises Refusal; nothing is changed then."""
        self._refuse_foreign(category)
        sent = {name: value for name, value in checked(body, CATEGORY).items() if value is not None}
        parent = sent.get("parentId")
        if parent:
            self._refuse_circle(category["id"], self.shelves.category(parent))
        self._refuse_twin(category, sent)
        products = [self.shelves.product(id_) for id_ in sent.pop("productIds", ())]
        category |= {name: merged(category.get(name), value) for name, value in sent.items() if name in CATEGORY}
        if "name" in sent:
            category["nameTranslated"] = {**category["nameTranslated"], "en": sent["name"]}
        if parent == 0:
            category.pop("parentId", None)
        for product in products:
            if category["id"] not in product.categories:
                with self.changing(product):
                    product.categories.append(category["id"])
        self._shown_anew()

    def remove_category(self, id_: int) -> int:
        """Delete a category and those below it; how many went. Products stay."""
        below = [one["id"] for one in self.shelves.categories.values() if one.get("parentId") == id_]
        gone = sum(self.remove_category(child) for child in below)
        del self.shelves.categories[id_]
        for product in self.shelves.products.values():
            if id_ in product.categories:
                with self.changing(product):
                    product.categories.remove(id_)
                    if product.fields["defaultCategoryId"] == id_:
                        product.fields["defaultCategoryId"] = 0
        self._shown_anew()
        return gone + 1

    def _assigned(self, request: Request, category: str, there: bool) -> Response:
        id_ = self.shelves.category(category)["id"]
        ids = checked(body_of(request, dict), {"productIds": many(is_whole)}).get("productIds")
        if ids is None:
            raise wrong("productIds is required")
        products = [self.shelves.product(one) for one in ids]
        changed = 0
        for product in products:
            if (id_ in product.categories) != there:
                with self.changing(product):
                    product.categories = [*product.categories, id_] if there else [
                        one for one in product.categories if one != id_]  # fmt: skip
                changed += 1
        return Response.json(200, {"updateCount": changed})

    def _shown_anew(self) -> None:
        """Products show names of categories."""
        self.shelves.moved["categories"] = int(self.unix())
        self.shelves.version += 1
        for product in self.shelves.products.values():
            product.piece = None

    @staticmethod
    def _refuse_foreign(category: Mapping[str, Any]) -> None:
        if category["origin"] != OURS:
            text = "The category belongs to another system"
            raise Refusal("NOT_ALLOWED_TO_UPDATE_EXTERNAL_CATEGORIES", text)

    def _refuse_twin(self, category: Mapping[str, Any], sent: Mapping[str, Any]) -> None:
        if not self.switches["category_names_unique"]:
            return
        wanted = [{**category, **sent}.get(name) or 0 for name in ("name", "parentId")]
        for one in self.shelves.categories.values():
            if one["id"] != category["id"] and [one["name"], one.get("parentId", 0)] == wanted:
                raise Refusal("CONSTRAINT_VIOLATION", "There is a category of this name beside it")

    def _refuse_circle(self, id_: int, parent: Mapping[str, Any]) -> None:
        above: Mapping[str, Any] | None = parent
        while above is not None:
            if above["id"] == id_:
                raise wrong("A category cannot be below itself")
            above = self.shelves.categories.get(above.get("parentId", 0))

    # --- reading -------------------------------------------------------------------------------------------

    def _in_order(self) -> list[dict[str, Any]]:
        return sorted(self.shelves.categories.values(), key=lambda one: (one["orderBy"], one["id"]))

    def _under(self, category: Mapping[str, Any], parents: list[int] | None, deep: bool) -> bool:
        if parents is None:
            return True
        above: Mapping[str, Any] | None = category
        while above is not None:
            if above.get("parentId", 0) in parents:
                return True
            above = self.shelves.categories.get(above.get("parentId", 0)) if deep else None
        return False

    def path_of(self, category: Mapping[str, Any]) -> list[str]:
        """The names from the top down to a category."""
        above = self.shelves.categories.get(category.get("parentId", 0))
        return [*(self.path_of(above) if above else []), category["name"]]

    def category_record(self, category: Mapping[str, Any]) -> dict[str, Any]:
        """A category as the API shows it."""
        inside = [one for one in self.shelves.products.values() if category["id"] in one.categories]
        slug = f"{category['name'].replace(' ', '-')}-c{category['id']}"
        return {
            **category,
            "url": f"https://store{self.store_id}.company.example/products/{slug}",
            "autogeneratedSlug": slug,
            "productCount": len(inside),
            "enabledProductCount": sum(bool(one.fields["enabled"]) for one in inside),
        }
