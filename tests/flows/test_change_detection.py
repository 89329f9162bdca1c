"""Feeds as they are: late rows, ties, shifted pages, poison. No change is lost, and nothing is gone unproved."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from requests import PreparedRequest, Response
from requests.adapters import BaseAdapter

from pipelines.kit.calls import Context
from pipelines.kit.errors import CredentialsRefused
from pipelines.kit.warehouse import open_warehouse
from pipelines.run import Run, Wanted, open_run
from pipelines.stages import extract
from tests.sim.seams import land

TILL, STORE = "lightspeed_x", "bigcommerce"
PLAIN = "p{n},Plain {n},,,,,true,Title,Default Title,P-{n},9,5.00,,,,,"


class Edited(BaseAdapter):
    """The answers of a platform, changed on their way by ``edit(path, text)``."""

    def __init__(self, real: BaseAdapter, edit: Callable[[str, str], str]) -> None:
        super().__init__()
        self.real, self.edit = real, edit

    def send(self, request: PreparedRequest, *args: Any, **more: Any) -> Response:
        answer = self.real.send(request, *args, **more)
        if request.method == "GET" and answer.status_code == 200:
            answer._content = self.edit((request.path_url or "").partition("?")[0], answer.text).encode()
        return answer

    def close(self) -> None:
        self.real.close()


@dataclass
class Reader:
    """Reads one platform of a world into its warehouse, without planning anything. ``notes``: of the last read."""

    world: Any
    platform: str = TILL
    notes: list[str] = field(default_factory=list)
    calls: list[tuple[str, str]] = field(default_factory=list)

    def open(self, **wanted: Any) -> Run:
        self.world.start_clocks()
        merchant, connection = self.world.connection()
        context = Context(run_id=f"read-{next(self.world.runs)}", wait=self.world.wait, now=lambda: self.world.now)
        run = open_run(
            merchant, [connection], Wanted((connection.name,), **wanted), self.world.home, context,
            adapters=self.world.adapters,
        )  # fmt: skip
        run.land = land
        return run

    def read(self, minutes: float = 15, **wanted: Any) -> dict[str, extract.ReadResult]:
        """One read ``minutes`` later, by cursor unless ``full``; what each list brought."""
        self.world.now += timedelta(minutes=minutes)
        self.world.forget()
        run = self.open(**wanted)
        try:
            found = extract.extract(run, self.platform, extract.feed(run, self.platform))
            sql = "SELECT unnest(notes) AS said FROM sync.reads WHERE run_id = ?"
            self.notes = [row["said"] for row in run.warehouse.query(sql, [run.run_id])]
        finally:
            run.close()
        machine = self.world.till if self.platform == TILL else self.world.store
        self.calls = [(call.method, call.path.partition("/products/")[1]) for call in machine.calls]
        return {result.resource: result for result in found}

    def rows(self, sql: str) -> list[dict[str, Any]]:
        """Rows of the warehouse, or a change made in it."""
        house = open_warehouse(self.world.home / "shop", "test", lambda _: None)
        try:
            return house.query(sql)
        finally:
            house.close()

    def known(self) -> dict[str, str]:
        """SKU → price without tax of the products that are known and not gone."""
        raw = f"raw_{self.platform}.{self.platform}_products_raw"
        found = self.rows(f"SELECT record ->> '$.sku' AS sku, record AS text FROM {raw} WHERE NOT gone")  # noqa: S608
        return {row["sku"]: str(json.loads(row["text"]).get("price_excluding_tax")) for row in found}

    def cursor(self) -> int:
        """How far the products were read."""
        rows = self.rows("SELECT value FROM sync.cursors WHERE resource = 'products'")
        return int(rows[0]["value"])


@pytest.fixture
def till(make_world: Callable[..., Any]) -> Reader:
    """A till of twelve products that was read once."""
    world = make_world(*(PLAIN.format(n=n) for n in range(12)))
    world.once(read_first, TILL)
    return Reader(world)


@pytest.fixture
def store(make_world: Callable[..., Any]) -> Reader:
    """A store of twelve products that was read once."""
    world = make_world()
    for n in range(12):
        world.store.make_product(name=f"Plain {n}", price=5, sku=f"P-{n}")
    world.once(read_first, STORE)
    return Reader(world, STORE)


def read_first(world: Any, platform: str) -> None:
    Reader(world, platform).read(full=platform == STORE)


@pytest.mark.invariant("I-28")
def test_a_change_that_becomes_visible_after_later_ones_is_not_lost(till: Reader) -> None:
    machine = till.world.till
    machine.edit_product("P-1", price=7)
    machine.withhold("P-1")
    machine.edit_product("P-2", price=8)
    assert till.read()["products"].changed == 1
    machine.reveal("P-1")
    assert till.read()["products"].changed == 1
    assert till.known()["P-1"] == "7"


@pytest.mark.invariant("I-28")
def test_a_second_change_of_the_version_the_cursor_stands_at_is_not_lost(till: Reader) -> None:
    machine = till.world.till
    machine.edit_product("P-2", price=8)
    till.read()
    machine.edit_product("P-1", price=7)
    machine.set_version("P-1", till.cursor())
    till.read()
    assert till.known()["P-1"] == "7"


@pytest.mark.invariant("I-28")
def test_a_late_change_is_found_even_when_the_cursor_had_settled_within_the_hour(till: Reader) -> None:
    machine = till.world.till
    machine.edit_product("P-1", price=7)
    machine.withhold("P-1")
    machine.edit_product("P-2", price=8)
    for _ in range(3):
        till.read()
    machine.reveal("P-1")
    assert till.read()["products"].rows == 0
    till.read(minutes=60)
    assert till.known()["P-1"] == "7"


@pytest.mark.invariant("I-8")
def test_reading_once_more_costs_an_idle_run_no_call_and_no_work(till: Reader) -> None:
    for _ in range(7):
        found = till.read()
        assert len(till.calls) == 8
        assert [result.changed for result in found.values()] == [0] * 8
    assert till.notes == []


def breaks_at(name: str) -> Callable[..., None]:
    """Ends the run when the rows of this list and its cursor are written and not committed."""

    def stop(_run: Run, _platform: str, reads: Sequence[tuple[extract.ReadResult, Any, Any]]) -> None:
        if any(result.resource == name for result, _, _ in reads):
            raise KeyboardInterrupt

    return stop


@pytest.mark.invariant("I-28")
def test_a_read_that_breaks_off_keeps_no_row_and_no_cursor_and_the_next_has_all(
    till: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, machine = till.cursor(), till.world.till
    machine.edit_product("P-1", price=7)
    with monkeypatch.context() as broken:
        broken.setattr(extract, "_note_reads", breaks_at("products"))
        with pytest.raises(KeyboardInterrupt):
            till.read()
    assert till.cursor() == before
    assert till.known()["P-1"] == "5"
    till.read()
    assert till.known()["P-1"] == "7"
    assert till.cursor() > before


def test_a_cursor_in_the_future_is_refused_and_everything_is_read_and_said(till: Reader) -> None:
    machine = till.world.till
    machine.edit_product("P-1", price=7)
    sql = "UPDATE sync.cursors SET value = 9000000000, settled_at = NULL WHERE resource = 'products'"
    till.rows(sql)
    assert till.read()["products"].complete
    assert till.known()["P-1"] == "7"
    assert till.cursor() == machine.product("P-1").version
    assert any("as if that were in the future; it was read whole instead" in note for note in till.notes)


def test_one_absurd_version_does_not_hide_every_later_change(till: Reader) -> None:
    machine = till.world.till
    machine.set_version("P-3", 4 * 10**15)
    till.read()
    assert till.cursor() < 10**10
    assert any("higher than any can be" in note for note in till.notes)
    machine.edit_product("P-1", price=7)
    till.read()
    assert till.known()["P-1"] == "7"


def test_a_version_no_number_can_hold_stops_nobody_else(till: Reader) -> None:
    def huge(path: str, text: str) -> str:
        version = str(till.world.till.product("P-3").version)
        return text.replace(f'"version":{version},', '"version":1e400,') if path.endswith("/products") else text

    till.world.till.edit_product("P-1", price=7)
    till.world.till.edit_product("P-3", price=9)
    till.world.adapters[TILL] = Edited(till.world.adapters[TILL], huge)
    till.read()
    assert till.known()["P-1"] == "7"


@pytest.mark.invariant("I-30")
def test_an_older_reading_of_a_record_takes_nothing_back(till: Reader) -> None:
    old = till.world.adapters[TILL]
    stale: dict[str, str] = {}

    def lag(path: str, text: str) -> str:
        if path.endswith("/products"):
            stale.setdefault(path, text)
        return text

    till.world.adapters[TILL] = Edited(old, lag)
    till.read(full=True)
    till.world.adapters[TILL] = old
    till.world.till.edit_product("P-1", price=7)
    till.read()
    cursor = till.cursor()
    till.world.adapters[TILL] = Edited(old, lambda path, text: _end(stale, path, text))
    till.read(full=True)
    assert (till.known()["P-1"], till.cursor()) == ("7", cursor)


def _end(stale: dict[str, str], path: str, text: str) -> str:
    """The first page as it was, then the end of the list."""
    if not path.endswith("/products"):
        return text
    return stale.pop(path, '{"data":[],"version":{"min":null,"max":null}}')


def test_versions_that_are_counted_anew_are_noticed_by_a_whole_read(till: Reader) -> None:
    till.world.till.edit_product("P-1", price=7)
    till.rows("UPDATE sync.cursors SET value = value + 800000 WHERE resource = 'products'")
    till.rows(f"UPDATE raw_{TILL}.{TILL}_products_raw SET version = version + 800000")  # noqa: S608
    till.read(full=True)
    assert till.known()["P-1"] == "7"
    assert till.cursor() == till.world.till.product("P-1").version


@pytest.mark.invariant("I-23")
def test_a_product_that_vanished_from_the_list_but_is_there_by_itself_is_kept(till: Reader) -> None:
    key = till.world.till.product("P-1").id

    def hide(path: str, text: str) -> str:
        body = json.loads(text)
        if path.endswith("/products"):
            body["data"] = [row for row in body["data"] if row["id"] != key]
        return json.dumps(body)

    till.world.adapters[TILL] = Edited(till.world.adapters[TILL], hide)
    assert till.read(full=True)["products"].gone == 0
    assert "P-1" in till.known()
    assert till.calls.count(("GET", "/products/")) == 1


@pytest.mark.invariant("I-23")
@pytest.mark.parametrize("every", [False, True])
def test_404_is_a_deletion_only_where_others_can_be_asked_for(till: Reader, every: bool) -> None:
    till.world.till.forget_product("P-1")
    if every:
        till.world.adapters[TILL] = Nowhere(till.world.adapters[TILL])
    assert till.read(full=True)["products"].gone == (0 if every else 1)
    assert ("P-1" in till.known()) is every
    assert any(("none is taken as gone" if every else "there no more") in note for note in till.notes)


class Nowhere(BaseAdapter):
    """A platform whose single records are at another address by now: 404 for every one."""

    def __init__(self, real: BaseAdapter) -> None:
        super().__init__()
        self.real = real

    def send(self, request: PreparedRequest, *args: Any, **more: Any) -> Response:
        head, single, _ = (request.url or "").partition("/products/")
        if single:
            request.url = f"{head}/products/00000000-0000-4000-8000-000000000000"
        return self.real.send(request, *args, **more)

    def close(self) -> None:
        self.real.close()


@pytest.mark.invariant("I-23")
def test_what_cannot_be_asked_for_by_id_is_gone_after_two_whole_reads_an_hour_apart(store: Reader) -> None:
    brands = store.world.store.store.brands
    brands[1] = {"id": 1, "name": "Acme"}
    brands[2] = {"id": 2, "name": "Other"}
    store.read(full=True)
    del brands[2]
    gone = [store.read(full=True, minutes=minutes)["brands"].gone for minutes in (15, 30, 15, 15)]
    assert gone == [0, 0, 0, 1]
    brands[2] = {"id": 2, "name": "Other"}
    store.read(full=True)
    assert store.rows("SELECT count(*) AS n FROM sync.absent") == [{"n": 0}]
    del brands[2]
    assert store.read(full=True)["brands"].gone == 0


@pytest.mark.invariant("I-23")
def test_from_a_list_that_ended_before_its_total_nothing_is_taken_as_gone(store: Reader) -> None:
    real = store.world.adapters[STORE]

    def fewer(path: str, text: str) -> str:
        body = json.loads(text)
        if path.endswith(("/catalog/products", "/inventory/items")) and body["data"]:
            body["data"].pop()
        return json.dumps(body)

    store.world.adapters[STORE] = Edited(real, fewer)
    found = store.read(full=True)
    assert [(found[name].complete, found[name].gone) for name in ("products", "inventory")] == [(False, 0)] * 2
    assert len(store.known()) == 12
    assert sum("nothing is taken as gone from this reading" in note for note in store.notes) == 2
    assert store.rows("SELECT count(*) AS n FROM sync.absent") == [{"n": 0}]


@pytest.mark.invariant("I-23")
@pytest.mark.parametrize("platform", [TILL, STORE])
def test_a_refused_token_deletes_nothing(make_world: Callable[..., Any], platform: str) -> None:
    world = make_world(*(PLAIN.format(n=n) for n in range(3)))
    world.begin()
    world.forget()
    machine = world.till if platform == TILL else world.store
    machine.token = "another"
    world.till.edit_product("P-1", price=7)
    with pytest.raises(CredentialsRefused):
        world.sync(full=True)
    assert world.writes() == []
    for side in (TILL, STORE):
        gone = f"SELECT count(*) AS n FROM raw_{side}.{side}_products_raw WHERE gone"  # noqa: S608
        assert world.rows(gone) == [{"n": 0}]
    assert world.rows("SELECT count(*) AS n FROM sync.links WHERE state <> 'linked'") == [{"n": 0}]


def test_of_a_record_that_comes_twice_the_newer_counts_and_of_two_equal_ones_what_its_id_brings(till: Reader) -> None:
    machine = till.world.till
    for sku in ("P-1", "P-2"):
        machine.edit_product(sku, price=7)

    def twice(path: str, text: str) -> str:
        body = json.loads(text)
        for row in list(body["data"]) if path.endswith("/products") else []:
            if row["sku"] == "P-1":
                body["data"].append({**row, "price_excluding_tax": 1, "version": row["version"] - 1})
            if row["sku"] == "P-2":
                body["data"] += [{**row, "price_excluding_tax": price} for price in (1, 99)]
        return json.dumps(body)

    till.world.adapters[TILL] = Edited(till.world.adapters[TILL], twice)
    till.read()
    assert {sku: till.known()[sku] for sku in ("P-1", "P-2")} == {"P-1": "7", "P-2": "7"}
    assert till.calls.count(("GET", "/products/")) == 1


def test_ids_are_text_and_one_written_as_a_number_is_the_same_record(till: Reader) -> None:
    key = till.world.till.product("P-1").id
    real = till.world.adapters[TILL]
    for written in ('"7"', "7", '"007"'):
        text = f'"id":{written},'
        till.world.adapters[TILL] = Edited(real, lambda _, page, new=text: page.replace(f'"id":"{key}",', new))
        till.world.till.edit_product(key, price=len(written))
        till.read()
    sql = f"SELECT id FROM raw_{TILL}.{TILL}_products_raw WHERE record ->> '$.sku' = 'P-1' ORDER BY id"  # noqa: S608
    assert [row["id"] for row in till.rows(sql)] == ["007", "7", key]


@pytest.mark.invariant("I-27")
def test_a_record_that_says_a_key_twice_is_set_aside_and_the_others_go_on(make_world: Callable[..., Any]) -> None:
    world = make_world(*(PLAIN.format(n=n) for n in range(3)))
    world.begin()
    real = world.adapters[TILL]

    def doubled(_: str, text: str) -> str:
        return text.replace('"sku":"P-1",', '"sku":"P-1","price_excluding_tax":1,')

    world.adapters[TILL] = Edited(real, doubled)
    for sku in ("P-1", "P-2"):
        world.till.edit_product(sku, price=7)
    summary = world.sync()
    assert (summary["entities"]["products"]["quarantined"], summary["entities"]["products"]["updated"]) == (1, 1)
    assert [(row["sku"], "twice" in row["reason"]) for row in world.decide("quarantine")] == [("P-1", True)]
    assert (world.store_product("P-1")["price"], world.store_product("P-2")["price"]) == (5, 7)
    world.adapters[TILL] = real
    world.till.edit_product("P-1", price=8)
    world.sync()
    assert world.decide("quarantine") == []
    assert world.store_product("P-1")["price"] == 8


@pytest.mark.invariant("I-23")
def test_a_product_we_deleted_is_published_again_only_when_a_person_says_so(make_world: Callable[..., Any]) -> None:
    world = make_world(*(PLAIN.format(n=n) for n in range(3)))
    world.begin()
    key = world.till.product("P-1").id
    world.till.delete("P-1")
    assert world.sync()["entities"]["products"]["deleted"] == 1
    world.till.restore(key)
    world.forget()
    assert world.sync()["entities"]["products"]["held"] == 1
    assert world.writes() == []
    (hold,) = world.decide("holds")
    assert (hold["class"], hold["sku"]) == ("reappeared", "P-1")
    world.decide("holds approve", of_class="reappeared")
    world.sync()
    assert world.store_product("P-1")["price"] == 5
    world.till.edit_product("P-1", price=6)
    world.sync()
    assert world.store_product("P-1")["price"] == 6
    world.forget()
    world.sync(full=True)
    assert world.writes() == []
