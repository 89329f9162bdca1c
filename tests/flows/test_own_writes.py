"""What was written comes back: it is proven, let be where the store keeps its own, never fought over (§2.3, §2.7)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import requests

from pipelines.kit.sandbox.transport import InProcessAdapter

MUG = "mug,Mug,<p>Clay</p>,Acme,Kitchen,clay,true,Title,Default Title,MUG-1,12,9.50,3.00,,,,350"
CAP = "cap,Cap,<p>Wool</p>,Acme,Hats,wool,true,Title,Default Title,CAP-1,3,15.00,5.00,,,,80"


class Meddling:
    """After every writing call to the store, something there changes what was written."""

    def __init__(self, real: Any, meddle: Callable[[], None]) -> None:
        self.real, self.meddle = real, meddle

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)

    def send(self, request: requests.PreparedRequest, *rest: Any, **kwargs: Any) -> requests.Response:
        """Pass a call on, then meddle."""
        response = self.real.send(request, *rest, **kwargs)
        if request.method != "GET":
            self.meddle()
        return response


def text(world: Any, sku: str) -> str:
    """The description the store shows."""
    found: str = world.store_product(sku)["description"]
    return found


def rewrite(world: Any, sku: str, description: str) -> None:
    """Somebody in the store changes a description; not counted among our calls."""
    session = requests.Session()
    session.mount("http://", InProcessAdapter(world.store, "http://127.0.0.1:2"))
    url = f"http://127.0.0.1:2/stores/abc123/v3/catalog/products/{world.store_product(sku)['id']}"
    answer = session.put(url, json={"description": description}, headers={"X-Auth-Token": "anyone"})
    assert answer.status_code == 200
    world.store.calls.pop()


def product_writes(world: Any) -> list[tuple[str, str]]:
    """Writing calls to the catalogue since the last ``forget``."""
    return [call for call in world.sent() if "/catalog/" in call[1]]


@pytest.mark.invariant("I-31")
@pytest.mark.invariant("I-8")
def test_a_value_the_store_rewrites_in_its_own_way_is_not_sent_for_ever(make_world: Callable[..., Any]) -> None:
    world = make_world(MUG, CAP)
    world.begin()

    def sanitise() -> None:
        if "title" in text(world, "MUG-1"):
            rewrite(world, "MUG-1", text(world, "MUG-1").replace(" title=''", ""))

    world.adapters["bigcommerce"] = Meddling(world.adapters["bigcommerce"], sanitise)
    world.till.edit_product("MUG-1", description="<p title=''>Clay</p>")
    sent, warned = [], []
    for full in (False, False, False, False, True):
        world.forget()
        summary = world.sync(full=full)
        sent.append(len(product_writes(world)))
        warned += [entry["says"] for entry in summary["warnings"] if entry["check"] == "store_keeps_its_own"]
    assert sent == [1, 1, 0, 0, 0]
    assert warned == [["Mug: description"]]
    assert summary["entities"]["products"]["unchanged"] == 2
    world.till.edit_product("MUG-1", price=7)
    world.sync()
    assert world.store_product("MUG-1")["price"] == 7
    assert text(world, "MUG-1") == "<p>Clay</p>"
    world.till.edit_product("MUG-1", description="<p>Clay and oak</p>")
    world.sync()
    assert text(world, "MUG-1") == "<p>Clay and oak</p>"
    world.sync()
    world.forget()
    assert world.sync(full=True)["warnings"] == []
    assert product_writes(world) == []


def test_an_update_the_store_accepted_and_forgot_is_sent_again_by_the_next_run(make_world: Callable[..., Any]) -> None:
    world = make_world(MUG, CAP)
    world.begin()
    world.till.edit_product("MUG-1", price=7)
    world.store.faults.script("F23", method="PUT", path="/catalog/products")
    assert world.sync()["entities"]["products"]["updated"] == 1
    assert world.store_product("MUG-1")["price"] != 7
    world.sync()
    assert world.store_product("MUG-1")["price"] == 7
    world.sync()
    world.forget()
    world.sync()
    assert [call.path for call in world.store.calls if "/catalog/products" in call.path] == []


@pytest.mark.invariant("I-31")
def test_a_text_that_is_changed_back_after_every_write_waits_for_a_person(make_world: Callable[..., Any]) -> None:
    world = make_world(MUG, CAP)
    world.begin()
    world.till.edit_product("MUG-1", description="<p>Oak</p>")
    for there in ("one", "two", "three"):
        world.sync()
        rewrite(world, "MUG-1", there)
    world.forget()
    summary = world.sync()
    assert product_writes(world) == []
    assert summary["entities"]["products"]["held"] == 1
    (hold,) = world.decide("holds")
    assert (hold["class"], hold["changes"]["description"]) == ("loop", {"before": "three", "after": "<p>Oak</p>"})


@pytest.mark.invariant("I-18")
@pytest.mark.invariant("I-17")
def test_a_creation_nobody_answered_is_not_sent_again_while_it_may_still_arrive(make_world: Callable[..., Any]) -> None:
    world = make_world(MUG, CAP)
    world.begin()
    world.till.add_product("Jug", sku="JUG-1", price=5, quantity=1)
    world.store.faults.time_out_seconds = 600
    world.store.faults.script("F4", method="POST", path="/catalog/products")
    world.sync()
    world.now -= timedelta(minutes=14)
    world.forget()
    summary = world.sync()
    assert product_writes(world) == []
    assert summary["entities"]["products"]["failed"] == 1
    (ended,) = world.rows(
        "SELECT reason FROM end_states WHERE sku = 'JUG-1' AND entity = 'products' AND run_id = 'run-3'"
    )
    assert "not known yet" in ended["reason"]
    world.store.clock.advance(7200)
    summary = world.sync()
    assert product_writes(world) == []
    assert summary["entities"]["products"]["failed"] == 0
    assert world.store.level("JUG-1") == 1
    assert world.rows("SELECT * FROM sync.unknown") == []


@pytest.mark.invariant("I-18")
def test_a_creation_that_never_arrived_is_sent_once_it_no_longer_can(make_world: Callable[..., Any]) -> None:
    world = make_world(MUG, CAP)
    world.begin()
    world.till.add_product("Jug", sku="JUG-1", price=5, quantity=1)
    world.store.faults.script("F2", method="POST", path="/catalog/products")
    world.sync()
    world.forget()
    world.sync()
    assert product_writes(world)[:1] == [("POST", "/stores/abc123/v3/catalog/products")]
    assert world.store.level("JUG-1") == 1


@pytest.mark.invariant("I-7")
def test_an_update_that_arrives_late_is_put_right(make_world: Callable[..., Any]) -> None:
    world = make_world(MUG, CAP)
    world.begin()
    world.till.edit_product("MUG-1", price=7)
    world.store.faults.time_out_seconds = 600
    world.store.faults.script("F4", method="PUT", path="/catalog/products")
    world.sync()
    world.till.edit_product("MUG-1", price=8)
    world.now -= timedelta(minutes=14, seconds=30)
    world.sync()
    assert world.store_product("MUG-1")["price"] == 8
    world.store.clock.advance(7200)
    world.store.settle()
    assert world.store_product("MUG-1")["price"] == 7
    world.sync()
    assert world.store_product("MUG-1")["price"] == 8
