"""Faults of batches, pages, searches and forms: each shows what it says, once, and then the platform is as it was."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar

import pytest

from pipelines.kit.sandbox import Clock, Faults, Machine, Request, Response, from_json, route, to_json

TOKEN = {"authorization": "Bearer x", "content-type": "application/json"}


class Rack(Machine):
    """A platform with a list, a search and a batch."""

    name: ClassVar[str] = "rack"
    level_field: ClassVar[str] = "level"

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.things: dict[str, dict[str, Any]] = {key: {"id": key, "level": 7, "size": 3} for key in ("a", "b", "c")}

    def counts(self, record: Mapping[str, Any]) -> bool:
        return record["id"] != "b"

    @route("GET", "/things")
    def listed(self, _request: Request) -> Response:
        return Response.json(200, {"data": list(self.things.values())})

    @route("PUT", "/things")
    def put(self, request: Request) -> Response:
        body = request.json()
        items = body["items"] if isinstance(body, dict) else body
        for item in items:
            self.things[item["id"]] = {**self.things.get(item["id"], {}), **item}
        return Response.json(200, {"data": items})

    def dump_state(self) -> dict[str, Any]:
        return {"things": self.things}

    def load_state(self, state: dict[str, Any]) -> None:
        self.things = dict(state["things"])


@pytest.fixture
def rack() -> Rack:
    return Rack(clock=Clock(datetime(2026, 1, 1, tzinfo=UTC), frozen=True))


def call(rack: Rack, method: str, body: object = None, query: tuple[tuple[str, str], ...] = ()) -> Response:
    return rack.handle(Request(method, "/things", query, TOKEN, b"" if body is None else to_json(body)))


def rows(rack: Rack) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = from_json(call(rack, "GET").body)["data"]
    return found


@pytest.mark.parametrize("wrapped", [True, False])
@pytest.mark.parametrize(("variant", "status"), [(0, 200), (1, 500)])
def test_half_a_batch_is_applied_and_said_or_not(rack: Rack, wrapped: bool, variant: int, status: int) -> None:
    items = [{"id": key, "size": 9} for key in ("a", "b", "c", "d")]
    rack.faults.script("F10", variant=variant)
    answer = call(rack, "PUT", {"items": items} if wrapped else items)
    assert answer.status // 100 == status // 100
    assert [row["size"] for row in rows(rack)] == [9, 9, 3]


def test_one_item_spoils_a_batch_which_then_leaves_no_trace(rack: Rack) -> None:
    rack.faults.script("F11")
    assert call(rack, "PUT", [{"id": "a", "size": 9}, {"id": "b", "size": 9}]).status == 422
    assert [row["size"] for row in rows(rack)] == [3, 3, 3]


@pytest.mark.parametrize(
    ("code", "variant", "left"),
    [("F13", 0, "bc"), ("F13", 1, "aabc"), ("F16", None, "ac|bc"), ("F27", None, "")],
)  # fmt: skip
def test_a_list_lacks_or_repeats_a_row_once(rack: Rack, code: str, variant: int | None, left: str) -> None:
    rack.faults.script(code, variant=variant)
    assert "".join(row["id"] for row in rows(rack)) in left.split("|")
    assert "".join(row["id"] for row in rows(rack)) == "abc"


@pytest.mark.parametrize("variant", [0, 1, 2])
def test_the_shape_of_a_record_drifts_and_its_id_stays(rack: Rack, variant: int) -> None:
    rack.faults.script("F22", variant=variant)
    first, *others = rows(rack)
    assert first != {"id": "a", "level": 7, "size": 3}
    assert first["id"] == "a"
    assert [row["id"] for row in others] == ["b", "c"]


def test_what_is_written_is_kept_in_another_form(rack: Rack) -> None:
    rack.faults.script("F24")
    call(rack, "PUT", [{"id": "a", "name": "  two   words "}])
    assert rack.things["a"]["name"] == "two words"


@pytest.mark.parametrize(("variant", "seen"), [(0, 0), (1, None), (2, "missing")])
def test_only_what_is_not_counted_loses_its_level(rack: Rack, variant: int, seen: object) -> None:
    rack.faults.script("F26", variant=variant)
    assert [row.get("level", "missing") for row in rows(rack)] == [7, seen, 7]


def test_by_rate_only_batches_are_applied_in_part_and_only_searches_miss(rack: Rack) -> None:
    rack.faults = Faults({"F10": 1.0, "F11": 1.0, "F27": 1.0})
    assert call(rack, "PUT", [{"id": "a", "size": 9}]).status == 200
    assert len(rows(rack)) == 3
    assert rack.faults.shown == {}
    assert from_json(call(rack, "GET", query=(("sku:in", "a"),)).body)["data"] == []
    call(rack, "PUT", [{"id": "a"}, {"id": "b"}])
    assert rack.faults.shown == {"F27": 1, "F10": 1}
