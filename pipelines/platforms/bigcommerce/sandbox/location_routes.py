"""Operations on locations (fact sheet §5): the places that stock lies at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pipelines.kit.sandbox import Request, Response, route
from pipelines.platforms.bigcommerce.sandbox.answers import (
    Refusal,
    body_of,
    flag_of,
    invalid,
    listing,
    numbers,
    only_known,
    page_of,
)
from pipelines.platforms.bigcommerce.sandbox.base import V3, StoreMachine
from pipelines.platforms.bigcommerce.sandbox.fields import Field, choice, flag, is_integer, text
from pipelines.platforms.bigcommerce.sandbox.part_changes import objects
from pipelines.platforms.bigcommerce.sandbox.store import MAIN_LOCATION

LOCATIONS = f"{V3}/inventory/locations"
MOST_LISTED = 1000
_LOCATION: Mapping[str, Field] = {
    "code": text(255, 1),
    "label": text(255, 1),
    "description": text(),
    "managed_by_external_source": flag(),
    "type_id": choice("PHYSICAL", "VIRTUAL"),
    "enabled": flag(True),
    "operating_hours": Field("object"),
    "time_zone": text(),
    "address": Field("object"),
    "storefront_visibility": flag(True),
    "special_hours": Field("any"),
}
_FLAGS: Mapping[str, Callable[[Mapping[str, Any]], object]] = {
    "is_default": lambda place: place["id"] == 1,
    "is_active": lambda place: place["enabled"],
    "managed_by_external_source": lambda place: place["managed_by_external_source"],
    "storefront_visibility": lambda place: place["storefront_visibility"],
}
_LISTS = ("id", "code")
_FILTERS = ("location_id:in", "location_code:in", "type_id:in", *_FLAGS)


class LocationRoutes(StoreMachine):
    """Locations."""

    @route("GET", LOCATIONS)
    def list_locations(self, request: Request) -> Response:
        only_known(request, _FILTERS)
        flags = {name: wanted for name in _FLAGS if (wanted := flag_of(request, name)) is not None}
        lists = {name: codes for name in _LISTS if (codes := listing(request, f"location_{name}:in")) is not None}
        types = listing(request, "type_id:in")
        chosen = [
            place
            for place in self.store.locations.values()
            if all(bool(_FLAGS[name](place)) == wanted for name, wanted in flags.items())
            and all(str(place[name]) in wanted for name, wanted in lists.items())
            and (types is None or place["type_id"] in types)
        ]
        return page_of(chosen, request, MOST_LISTED, MOST_LISTED)

    @route("POST", LOCATIONS)
    def post_locations(self, request: Request) -> Response:
        items = objects(body_of(request, list), "locations")
        for item in items:
            self._check_new_location(item)
        for item in items:
            self.new_location(item)
        return self._done()

    def _check_new_location(self, item: Mapping[str, Any]) -> None:
        needed = {"code", "label"} | ({"address"} if item.get("type_id", "PHYSICAL") == "PHYSICAL" else set())
        missing = {name: "is required" for name in sorted(needed) if name not in item}
        if missing:
            raise invalid(missing)
        self.check_fields(item, _LOCATION, frozenset())
        if any(place["code"] == item["code"] for place in self.store.locations.values()):
            raise invalid({"code": f"{item['code']} is in use"})

    def new_location(self, item: Mapping[str, Any]) -> dict[str, Any]:
        """Add a location; its fields were checked."""
        location = {**MAIN_LOCATION, **item, "id": self.store.next_id("location") + 1}
        self.store.locations[location["id"]] = location
        return location

    @route("PUT", LOCATIONS)
    def put_locations(self, request: Request) -> Response:
        items = objects(body_of(request, list), "locations")
        for item in items:
            if not is_integer(item.get("id")) or item["id"] not in self.store.locations:
                raise Refusal(422, f"The location {item.get('id')} was not found")
            self.check_fields(item, _LOCATION, frozenset({"id"}))
        for item in items:
            self.store.locations[item["id"]] |= item
        return self._done()

    @route("DELETE", LOCATIONS)
    def delete_locations(self, request: Request) -> Response:
        ids = numbers(request, "location_id:in")
        if not ids:
            raise Refusal(422, "A filter is required to delete locations")
        if 1 in ids:
            raise Refusal(422, "The default location cannot be deleted")
        for id_ in ids:
            self.store.locations.pop(id_, None)
        return self._done()

    def _done(self) -> Response:
        return Response.json(200, {"transaction_id": self.new_id()})
