"""A rehearsal moves: what a person does in a running sandbox happens there, as a whole or not at all."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from typer.testing import CliRunner

from assets.cli import app
from pipelines.kit import catalogue_csv
from pipelines.kit.sandbox import Machine, Running, serve, to_json
from pipelines.platforms import discover

TOKEN = "t"
CATALOGUE = b"""Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Inventory Qty,Variant Price
cap,Cap,Size,S,CAP-S,5,15.00
cap,,,M,CAP:M,7,15.00
mug,Mug,Title,Default Title,MUG,9,9.50"""
MACHINES = {name: platform.load("sandbox") for name, platform in discover().items()}
STORES = sorted(name for name, make in MACHINES.items() if "place" in make().deeds)
TILLS = sorted(name for name, make in MACHINES.items() if "sell" in make().deeds)


@pytest.fixture
def there(request: pytest.FixtureRequest) -> Iterator[Running]:
    """A running sandbox with a small catalogue; its token is ``t``."""
    machine: Machine = MACHINES[request.param](token=TOKEN)
    machine.seed(catalogue_csv.read(CATALOGUE))
    with serve(machine) as running:
        yield running


def deed(running: Running, *words: str, token: str = TOKEN) -> tuple[int, dict[str, Any]]:
    """A deed by the command; its exit code and its answer."""
    where = ("--port", running.url.rpartition(":")[2], "--token", token, "--json")
    done = CliRunner().invoke(app, ["sandbox", running.machine.name, *words, *where])
    answer = json.loads(done.stdout)
    return done.exit_code, answer if done.exit_code == 0 else answer["errors"][0]


def levels(running: Running) -> list[int]:
    machine: Any = running.machine
    return [int(machine.level(sku)) for sku in ("MUG", "CAP-S", "CAP:M")]


def kept(running: Running) -> tuple[list[int], bytes]:
    """The levels and the orders of a store."""
    machine: Any = running.machine
    return levels(running), to_json([machine.order(order_id) for order_id in machine.order_ids()])


@pytest.mark.parametrize("there", STORES, indirect=True)
def test_an_order_of_a_rehearsal_is_placed_edited_and_cancelled_with_its_stock(there: Running) -> None:
    code, placed = deed(there, "place", "MUG:2", "CAP:M")
    machine: Any = there.machine
    assert (code, levels(there), [str(one) for one in machine.order_ids()]) == (0, [7, 5, 6], [placed["order"]])
    assert placed["says"] == [f"order {placed['order']}: 2 of MUG, 1 of CAP:M"]
    assert deed(there, "edit", placed["order"], "MUG:1", "CAP-S:3")[0] == 0
    assert levels(there) == [8, 2, 6]
    assert deed(there, "edit", placed["order"], "CAP:M:0")[0] == 0
    assert (levels(there), list(machine.skus_of(machine.order_ids()[0]))) == ([8, 2, 7], ["MUG", "CAP-S"])
    assert deed(there, "cancel", placed["order"])[0] == 0
    assert levels(there) == [9, 5, 7]
    again = deed(there, "place", "MUG")[1]["order"]
    assert [deed(there, *words)[0] for words in (("refund", again, "2.50"), ("ship", again))] == [0, 0]
    assert machine.calls == []


@pytest.mark.parametrize("there", STORES, indirect=True)
def test_a_deed_that_is_refused_changes_nothing_and_says_why(there: Running) -> None:
    order = deed(there, "place", "MUG:2")[1]["order"]
    before = kept(there)
    for words, why in (
        (("place", "JUG"), "the store has no JUG"),
        (("place", "MUG", "CAP-S:6"), "out of stock"),
        (("place", "MUG:1.5"), "1.5 of MUG is no quantity here"),
        (("place", "MUG:0"), "0 of MUG is no quantity here"),
        (("place",), "say which"),
        (("edit", order, "CAP-S:9"), "out of stock"),
        (("edit", order, "CAP-S:0"), f"order {order} has no CAP-S"),
        (("edit", "nothing", "MUG:1"), f"no order nothing; the newest: {order}"),
        (("refund", order, "999"), "refund"),
        (("refund", order, "0"), "0 is no amount"),
        (("plaice", "MUG"), "nobody can plaice"),
    ):
        code, problem = deed(there, *words)
        assert (code, problem["code"]) == (2, "not_done"), words
        assert why in problem["message"], problem
        assert problem["expected"]
        assert kept(there) == before, words


@pytest.mark.parametrize("there", TILLS, indirect=True)
def test_a_till_of_a_rehearsal_sells_counts_and_opens_an_outlet(there: Running) -> None:
    machine: Any = there.machine
    assert deed(there, "sell", "MUG:2", "CAP:M:-1")[0] == 0
    assert (levels(there), [sale["state"] for sale in machine.sales()]) == ([7, 5, 8], ["closed"])
    assert deed(there, "outlet", "Side", "Street")[0] == 0
    assert deed(there, "count", "Side Street", "MUG:4.5")[0] == 0
    assert (str(machine.level("MUG", "Side Street")), levels(there)[0]) == ("4.5", 7)
    before = to_json(machine.dump()["state"])
    for words in ("sell JUG", "sell", "count Elsewhere MUG:1", "count", "outlet Side Street", "outlet"):
        assert (deed(there, *words.split())[1]["code"], words) == ("not_done", words)
    assert to_json(machine.dump()["state"]) == before


@pytest.mark.parametrize("there", STORES[:1], indirect=True)
def test_a_deed_reaches_no_sandbox_but_the_one_that_was_meant(there: Running) -> None:
    code, problem = deed(there, "place", "MUG", token="another")
    assert (code, problem["code"], levels(there)[0]) == (2, "token", 9)
    port = there.url.rpartition(":")[2]
    other = CliRunner().invoke(app, ["sandbox", TILLS[0], "sell", "MUG", "--port", port, "--token", "t", "--json"])
    assert (other.exit_code, json.loads(other.stdout)["errors"][0]["found"]) == (2, there.machine.name)
    taken = CliRunner().invoke(app, ["sandbox", TILLS[0], "--port", port])
    assert (taken.exit_code, json.loads(taken.stdout)["errors"][0]["code"]) == (2, "port_taken")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    nobody = CliRunner().invoke(app, ["sandbox", TILLS[0], "sell", "MUG", "--port", port, "--json"])
    assert (nobody.exit_code, json.loads(nobody.stdout)["errors"][0]["code"]) == (4, "no_sandbox")


def test_the_help_of_a_sandbox_names_every_platform_and_what_can_be_done_there() -> None:
    said = CliRunner().invoke(app, ["sandbox", "--help"]).stdout
    for name, make in MACHINES.items():
        assert f"{name} (" in said
        assert all(f"  {one.name} {one.words}" in said for one in make().deeds.values())
