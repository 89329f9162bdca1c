"""Routes of the small lists: retailer, outlets, registers, taxes, payment types, users, brands, suppliers, tags,
categories, variant attributes (fact sheet §4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pipelines.kit.sandbox import Request, Response, locked, route, to_json
from pipelines.platforms.lightspeed_x.sandbox import rendering
from pipelines.platforms.lightspeed_x.sandbox.base import API, Base
from pipelines.platforms.lightspeed_x.sandbox.feed import Feed
from pipelines.platforms.lightspeed_x.sandbox.records import Entry
from pipelines.platforms.lightspeed_x.sandbox.refusal import (
    Refusal,
    body_of,
    check,
    every,
    flag,
    integer,
    mapping,
    missing,
    text,
    unprocessable,
)


class SetupRoutes(Base):
    """The lists a connection needs once, and the ones that products refer to."""

    def _list(self, request: Request, feed: Feed[Entry]) -> Response:
        return self.page(feed, self.window(request), _text)

    def _one(self, feed: Feed[Entry], what: str, key: str) -> Response:
        entry = feed.items.get(key)
        if entry is None:
            raise missing(what, key)
        return Response.json(200, {"data": entry.answer()})

    def _live(self, feed: Feed[Entry], what: str, key: str) -> Entry:
        entry = feed.live(key)
        if entry is None:
            raise missing(what, key)
        return entry

    # --- retailer and its places ---------------------------------------------------------------------------

    @route("GET", f"{API}/retailer")
    def get_retailer(self, _request: Request) -> Response:
        sequence = {"enabled": True, "value": self.till.next_number}
        return Response.json(200, {"data": {**self.till.retailer, "sku_sequence": sequence}})

    @route("GET", f"{API}/outlets")
    def list_outlets(self, request: Request) -> Response:
        return self._list(request, self.till.outlets)

    @route("GET", f"{API}/outlets/{{key}}")
    def get_outlet(self, _request: Request, key: str) -> Response:
        return self._one(self.till.outlets, "Outlet", key)

    @route("GET", f"{API}/registers")
    def list_registers(self, request: Request) -> Response:
        return self._list(request, self.till.registers)

    @route("GET", f"{API}/registers/{{key}}")
    def get_register(self, _request: Request, key: str) -> Response:
        return self._one(self.till.registers, "Register", key)

    @route("GET", f"{API}/taxes")
    def list_taxes(self, request: Request) -> Response:
        """The answer has no version object; the cursor is in the rows (O7)."""
        window = self.window(request)
        return Response.json(200, {"data": [tax.answer() for tax in self.till.taxes.page(window)]})

    @route("GET", f"{API}/taxes/{{key}}")
    def get_tax(self, _request: Request, key: str) -> Response:
        return self._one(self.till.taxes, "Tax", key)

    @route("GET", f"{API}/outlet_taxes")
    def list_outlet_taxes(self, request: Request) -> Response:
        """A row per product and outlet that has a tax of its own; its version is the product's."""
        window, outlet = self.window(request), request.param("outlet_id")
        rows = [
            {**tax, "product_id": record.id, "version": record.version, "deleted_at": record.deleted_at}
            for record in self.till.products.page(window)
            for tax in record.outlet_taxes
            if outlet in (None, tax["outlet_id"])
        ]
        versions = [int(str(row["version"])) for row in rows]
        ends = {"min": min(versions, default=None), "max": max(versions, default=None)}
        return Response.json(200, {"data": rows, "version": ends})

    @route("GET", f"{API}/payment_types")
    def list_payment_types(self, request: Request) -> Response:
        return self._list(request, self.till.payment_types)

    @route("GET", f"{API}/users")
    def list_users(self, request: Request) -> Response:
        return self._list(request, self.till.users)

    @route("GET", f"{API}/user")
    def get_user(self, _request: Request) -> Response:
        """The user of the token: here the first one."""
        return Response.json(200, {"data": next(iter(self.till.users.items.values())).answer()})

    @route("GET", f"{API}/users/{{key}}")
    def get_user_by_id(self, _request: Request, key: str) -> Response:
        return self._one(self.till.users, "User", key)

    # --- brands, suppliers, tags ---------------------------------------------------------------------------

    @route("GET", f"{API}/brands")
    def list_brands(self, request: Request) -> Response:
        return self._list(request, self.till.brands)

    @route("POST", f"{API}/brands")
    def create_brand(self, request: Request) -> Response:
        entry = self.till.add_entry("brands", {"description": None, **_name_body(request, "description")})
        return Response.json(200, {"data": entry.id})

    @route("GET", f"{API}/brands/{{key}}")
    def get_brand(self, _request: Request, key: str) -> Response:
        return self._one(self.till.brands, "Brand", key)

    @route("PUT", f"{API}/brands/{{key}}")
    def update_brand(self, request: Request, key: str) -> Response:
        entry = self._live(self.till.brands, "Brand", key)
        self.till.change_entry("brands", entry, _name_body(request, "description"))
        return Response.json(200, {"data": {"id": key}})

    @route("DELETE", f"{API}/brands/{{key}}")
    def delete_brand(self, _request: Request, key: str) -> Response:
        self.till.drop_entry("brands", self._live(self.till.brands, "Brand", key))
        return Response.json(200, {"payload": {"data": {"id": key, "job_id": self.new_id()}}})

    @route("GET", f"{API}/tags")
    def list_tags(self, request: Request) -> Response:
        return self._list(request, self.till.tags)

    @route("POST", f"{API}/tags")
    def create_tag(self, request: Request) -> Response:
        return Response.json(200, {"data": self.till.add_entry("tags", _name_body(request)).id})

    @route("GET", f"{API}/tags/{{key}}")
    def get_tag(self, _request: Request, key: str) -> Response:
        return self._one(self.till.tags, "Tag", key)

    @route("PUT", f"{API}/tags/{{key}}")
    def update_tag(self, request: Request, key: str) -> Response:
        entry = self._live(self.till.tags, "Tag", key)
        self.till.change_entry("tags", entry, _name_body(request))
        return Response.json(200, {"data": entry.answer()})

    @route("DELETE", f"{API}/tags/{{key}}")
    def delete_tag(self, _request: Request, key: str) -> Response:
        self.till.drop_entry("tags", self._live(self.till.tags, "Tag", key))
        return Response.json(200, {"data": {"id": key, "job_id": self.new_id()}})

    @route("GET", f"{API}/suppliers")
    def list_suppliers(self, request: Request) -> Response:
        return self._list(request, self.till.suppliers)

    @route("POST", f"{API}/suppliers")
    def create_supplier(self, request: Request) -> Response:
        entry = self.till.add_entry("suppliers", {"source": "USER", "description": None, **_supplier_body(request)})
        return Response.json(200, {"data": entry.id})

    @route("GET", f"{API}/suppliers/{{key}}")
    def get_supplier(self, _request: Request, key: str) -> Response:
        return self._one(self.till.suppliers, "Supplier", key)

    @route("PUT", f"{API}/suppliers/{{key}}")
    def update_supplier(self, request: Request, key: str) -> Response:
        entry = self._live(self.till.suppliers, "Supplier", key)
        self.till.change_entry("suppliers", entry, _supplier_body(request))
        return Response.json(200, {"id": key})

    @route("DELETE", f"{API}/suppliers/{{key}}")
    def delete_supplier(self, _request: Request, key: str) -> Response:
        self.till.drop_entry("suppliers", self._live(self.till.suppliers, "Supplier", key))
        return Response.json(200, {"data": {"id": key, "job_id": self.new_id()}})

    @locked
    def rename(self, name: str, old: str, new: str) -> None:
        """Rename a brand, tag or supplier by its name: ``rename("brands", "Acme", "Acme Ltd")``."""
        feed: Feed[Entry] = getattr(self.till, name)
        entry = next(entry for entry in feed.items.values() if entry.body["name"] == old and not entry.deleted_at)
        self.till.change_entry(name, entry, {"name": new})


class ListRoutes(SetupRoutes):
    """The two lists with a paging of their own: categories and variant attributes."""

    @route("GET", f"{API}/product_categories")
    def list_categories(self, request: Request) -> Response:
        """Pages by the last id seen, 1,000 at a time (fact sheet §3.2). ``parent``: an id, or ``none``."""
        parent, after = request.param("parent"), request.param("after")
        keys = list(self.till.categories)
        if parent is not None:
            wanted = None if parent == "none" else parent
            keys = [key for key in keys if self.till.categories[key]["parent"] == wanted]
        if after is not None and after not in keys:
            raise Refusal(400, "after must be a category id")
        start = keys.index(after) + 1 if after is not None else 0
        size = integer(request, "page_size") or 1000
        shown = keys[start : start + size]
        page = {"has_next": start + size < len(keys), **({"last_seen": shown[-1]} if shown else {})}
        rows = [rendering.category(self.till, key) for key in shown]
        return Response.json(200, {"data": {"categories": rows}, "page_info": page})

    @route("POST", f"{API}/product_categories/bulk")
    def write_categories(self, request: Request) -> Response:
        """A row with an id is renamed, one without is made; ``payload_id`` links rows of one call."""
        rows = body_of(request).get("categories")
        if not every(_category, rows):
            raise unprocessable("categories must be a list of objects with a name, their ids texts")
        made: dict[str, str] = {}
        return Response.json(200, {"data": [self._write_category(row, made) for row in rows]})

    def _write_category(self, row: dict[str, Any], made: dict[str, str]) -> dict[str, Any]:
        parent = made.get(row.get("payload_parent_category_id", "")) or row.get("parent_category_id")
        key = row.get("id")
        if parent is not None and parent not in self.till.categories:
            raise unprocessable("the parent category does not exist")
        if key is None:
            key = self.till.add_category(row["name"], parent)
        elif key in self.till.categories:
            self.till.categories[key]["name"] = row["name"]
        else:
            raise missing("Category", key)
        made[row.get("payload_id", "")] = key
        self.till.forget_answers()
        linked = {"payload_id": row["payload_id"]} if "payload_id" in row else {}
        return {"id": key, "name": row["name"], **({"parent_category_id": parent} if parent else {}), **linked}

    @route("DELETE", f"{API}/product_categories/bulk")
    def delete_categories(self, request: Request) -> Response:
        asked = body_of(request).get("category_ids", [])
        if not every(text, asked):
            raise unprocessable("category_ids must be a list of ids")
        keys = [key for key in asked if key in self.till.categories]
        for key in keys:
            gone = self.till.categories.pop(key)
            self.till.children.get(gone["parent"] or "", set()).discard(key)
            if self.till.named["categories"].get(gone["name"]) == key:
                del self.till.named["categories"][gone["name"]]
        self.till.forget_answers()
        return Response.json(200, {"data": {"categories": [{"ids": keys, "job_id": self.new_id()}]}})

    @route("GET", f"{API}/variant_attributes")
    def list_attributes(self, request: Request) -> Response:
        """Not paged (O7)."""
        deleted = flag(request, "deleted")
        rows = [_attribute(key, a) for key, a in self.till.attributes.items() if deleted or a["deleted_at"] is None]
        return Response.json(200, {"data": rows})

    @route("POST", f"{API}/variant_attributes")
    def create_attribute(self, request: Request) -> Response:
        name = _name_body(request)["name"]
        if name in self.till.named["attributes"]:
            raise unprocessable(f"there is an attribute named {name} already")
        key = self.till.add_attribute(name)
        shown = {"id": key, **{k: self.till.attributes[key][k] for k in ("name", "created_at", "updated_at")}}
        return Response.json(201, {"data": shown})

    @route("GET", f"{API}/variant_attributes/{{key}}")
    def get_attribute(self, _request: Request, key: str) -> Response:
        """Not wrapped in ``data`` (O7)."""
        return Response.json(200, _attribute(key, self._attribute(key)))

    @route("PUT", f"{API}/variant_attributes/{{key}}")
    def update_attribute(self, request: Request, key: str) -> Response:
        attribute, name = self._attribute(key), _name_body(request)["name"]
        self.till.named["attributes"].pop(attribute["name"], None)
        attribute.update(name=name, updated_at=self.till.stamp())
        self.till.named["attributes"][name] = key
        self.till.forget_answers()
        return Response.json(200, {"data": {"id": key, "name": name}})

    @route("DELETE", f"{API}/variant_attributes/{{key}}")
    def delete_attribute(self, _request: Request, key: str) -> Response:
        attribute = self._attribute(key)
        if attribute["uses"]:
            raise unprocessable("the attribute is in use")
        attribute["deleted_at"] = self.till.stamp()
        self.till.named["attributes"].pop(attribute["name"], None)
        return Response.json(200, {"data": {"id": key}})

    def _attribute(self, key: str) -> dict[str, Any]:
        found = self.till.attributes.get(key)
        if found is None or found["deleted_at"] is not None:
            raise missing("Variant attribute", key)
        return found


def _text(entry: Entry) -> bytes:
    return to_json(entry.answer())


def _attribute(key: str, attribute: dict[str, Any]) -> dict[str, Any]:
    return {"id": key, "name": attribute["name"], "deleted_at": attribute["deleted_at"]}


def _category(row: object) -> bool:
    """Whether a row is fit to be written as a category."""
    return isinstance(row, dict) and "name" in row and all(map(text, row.values()))


def _name_body(request: Request, *more: str) -> dict[str, Any]:
    body = body_of(request)
    checks: dict[str, Callable[[object], bool]] = dict.fromkeys(("name", *more), text)
    check(body, checks, "")
    if not body.get("name", "").strip():
        raise unprocessable("name is required")
    return {name: body[name] for name in checks if name in body}


def _supplier_body(request: Request) -> dict[str, Any]:
    body = body_of(request)
    contact = body.get("contact", "")
    if not text(body.get("name")) or not (contact is None or mapping(contact)):
        raise unprocessable("name and contact (an object or null) are required")
    known = ("name", "contact", "description", "default_markup")
    return {name: body[name] for name in known if name in body}
