"""A run that is killed loses nothing and doubles nothing, at whatever call it died (I-8, I-16, I-37, C4 to C8, C12)."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
from collections.abc import Callable
from datetime import timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest
import requests

from pipelines.kit import journaled
from pipelines.kit.errors import MerchantBusy
from pipelines.kit.sandbox.types import from_json, to_json
from pipelines.stages import write
from tests.flows.moments import STEP, some

SHIRT = """shirt,Shirt,<p>Cotton</p>,Acme,Shirts,"blue, cotton",true,Size,S,SH-S,5,20.00,8.00,https://img.example.test/s1.jpg,1,,200
shirt,,,,,,,,M,SH-M,7,20.00,8.00,https://img.example.test/s2.jpg,2,,200"""
MUG = "mug,Mug,<p>Clay</p>,Acme,Kitchen,clay,true,Title,Default Title,MUG-1,12,9.50,3.00,https://img.example.test/m.jpg,1,,350"


class Dying:
    """Sends to a platform until the writing call number ``at``, then the process is gone, before or after the call."""

    def __init__(self, world: Any, at: int, after: bool, states: Path, platform: str = "bigcommerce") -> None:
        self.world, self.left, self.after, self.states = world, at, after, states
        self.real = world.adapters[platform]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)

    def send(self, request: requests.PreparedRequest, *rest: Any, **kwargs: Any) -> requests.Response:
        """Pass a call on, or die."""
        self.left -= request.method != "GET" and not str(request.url).endswith("/inventory")
        if self.left == 0:
            if self.after:
                self.real.send(request, *rest, **kwargs)
            die(self.world, self.states)
        return self.real.send(request, *rest, **kwargs)


class Sleeping:
    """While the last read before the first writing call is answered, another process writes to the journal."""

    def __init__(self, world: Any) -> None:
        self.world, self.real = world, world.adapters["bigcommerce"]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)

    def send(self, request: requests.PreparedRequest, *rest: Any, **kwargs: Any) -> requests.Response:
        """Answer, and be late."""
        with (self.world.home / "shop" / "journal.jsonl").open("ab") as file:
            file.write(b"theirs")
        return self.real.send(request, *rest, **kwargs)


def killed(world: Any, at: int, after: bool, folder: Path, platform: str = "bigcommerce", **how: Any) -> bool:
    """Whether a run in a process of its own was killed at this writing call; both platforms stand as it left them."""
    states = folder / f"states-{at}-{after}"
    states.mkdir()

    def sync() -> None:
        world.adapters[platform] = Dying(world, at, after, states, platform)
        world.sync(**how)

    return killed_in(world, sync, states)


def die(world: Any, states: Path) -> None:
    """Leave both platforms as they are for who comes after, and be gone."""
    for name in ("till", "store"):
        (states / name).write_bytes(to_json(getattr(world, name).dump()))
    os.kill(os.getpid(), signal.SIGKILL)


def killed_in(world: Any, sync: Callable[[], Any], states: Path) -> bool:
    """Whether a run in a process of its own was killed; both platforms stand as it left them."""
    child = os.fork()
    if child == 0:
        try:
            sync()
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    if not os.WIFSIGNALED(status):
        return False
    for name in ("till", "store"):
        getattr(world, name).load(from_json((states / name).read_bytes()))
    world.now += timedelta(minutes=15)
    return True


def shown(world: Any) -> list[Any]:
    """What a shopper sees, without the store's own numbers."""
    found = []
    for product in sorted(
        world.store.store.products, key=lambda number: world.store.store.products[number].fields["name"]
    ):
        (whole,) = world.get(f"/v3/catalog/products?id={product}&include=variants,images")
        variants = [
            (one["sku"], one["price"], world.store.level(one["sku"]), [v["label"] for v in one["option_values"]])
            for one in whole["variants"]
        ]
        images = [image["image_file"].rsplit("/", 1)[-1] for image in whole["images"]]
        found.append((whole["name"], whole["price"], whole["is_visible"], sorted(variants), len(images)))
    return found


def change(world: Any) -> None:
    """Something of everything."""
    world.till.edit_product(
        "MUG-1", price=7, images=["https://img.example.test/m.jpg", "https://img.example.test/n.jpg"]
    )
    world.till.add_variant("SH-S", ["L"], sku="SH-L", price=21, quantity=4)
    world.till.set_level("SH-M", "Main Outlet", 2)
    world.till.add_product("Cap", sku="CAP-1", price=5, quantity=1)


def recovered(world: Any) -> list[Any]:
    """The store after the run that follows a crash: nothing is held, and one more finds nothing to do."""
    world.sync()
    assert world.rows("SELECT * FROM sync.holds WHERE state = 'open'") == []
    world.forget()
    world.sync(full=True)
    assert world.sent() == []
    assert world.rows("SELECT * FROM sync.unknown") == []
    return shown(world)


class Moment:
    """A world as it stood, to be gone back to."""

    def __init__(self, world: Any, folder: Path) -> None:
        self.world, self.folder, self.now = world, folder, world.now
        self.states = {name: to_json(getattr(world, name).dump()) for name in ("till", "store")}
        if world.home.exists():
            shutil.copytree(world.home, folder)

    def again(self) -> Any:
        """The world, back at this moment."""
        shutil.rmtree(self.world.home, ignore_errors=True)
        if self.folder.exists():
            shutil.copytree(self.folder, self.world.home)
        for name, state in self.states.items():
            getattr(self.world, name).load(from_json(state))
        self.world.now = self.now
        return self.world


def killed_everywhere(start: Moment, after: bool, folder: Path, step: int = 1) -> int:
    """Kill a run at its first, second, … writing call; every time the store must end the same. Where it last died."""
    world = start.again()
    world.sync()
    expected = recovered(world)
    for at in itertools.count(1, step):
        world = start.again()
        if not killed(world, at, after, folder):
            return at - step
        assert recovered(world) == expected, at
    return 0


@pytest.mark.invariant("I-16")
@pytest.mark.invariant("I-17")
def test_a_first_run_killed_at_any_call_ends_as_if_it_never_was(make_world: Callable[..., Any], tmp_path: Path) -> None:
    start = Moment(make_world(SHIRT, MUG), tmp_path / "before")
    assert killed_everywhere(start, True, tmp_path) == 3


@pytest.mark.invariant("I-16")
@pytest.mark.invariant("I-17")
@pytest.mark.parametrize("after", [False, True])
def test_a_later_run_killed_at_any_call_ends_as_if_it_never_was(
    make_world: Callable[..., Any], tmp_path: Path, after: bool
) -> None:
    world = make_world(SHIRT, MUG)
    world.begin()
    change(world)
    assert killed_everywhere(Moment(world, tmp_path / "before"), after, tmp_path, step=STEP) >= 4


@pytest.mark.invariant("I-39")
def test_a_run_that_slept_while_another_took_over_makes_no_writing_call(make_world: Callable[..., Any]) -> None:
    world = make_world(SHIRT, MUG)
    real = world.adapters["bigcommerce"]
    world.adapters["bigcommerce"] = Sleeping(world)
    with pytest.raises(MerchantBusy, match="took over"):
        world.sync()
    assert world.sent() == []
    world.adapters["bigcommerce"] = real
    world.sync()
    assert len(shown(world)) == 2


@pytest.mark.invariant("I-37")
def test_an_image_the_tables_were_never_told_of_is_not_added_twice(
    make_world: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = make_world(SHIRT, MUG)
    world.begin()
    pictures = [f"https://img.example.test/{name}.jpg" for name in ("m", "n", "o")]
    world.till.edit_product("MUG-1", images=pictures[:2])
    with monkeypatch.context() as patch:
        patch.setattr(write, "store_calls", lambda _: die(world, tmp_path))
        assert killed_in(world, world.sync, tmp_path)
    world.till.edit_product("MUG-1", images=[pictures[0], pictures[2]])
    assert [found[-1] for found in recovered(world) if found[0] == "Mug"] == [2]


@pytest.mark.invariant("I-37")
def test_a_compacted_journal_still_makes_a_lost_warehouse_again(
    make_world: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    world = make_world(SHIRT, MUG)
    world.begin()
    for price in range(3):
        world.till.edit_product("MUG-1", price=price + 5)
        world.sync()
    journal = world.home / "shop" / "journal.jsonl"
    before = journal.read_bytes().count(b"\n")
    monkeypatch.setattr(journaled, "WHOLE", 0)
    world.sync()
    assert journal.read_bytes().count(b"\n") < before
    expected = shown(world)
    for file in (world.home / "shop").glob("warehouse.duckdb*"):
        file.unlink()
    world.forget()
    world.sync()
    assert world.sent() == []
    assert shown(world) == expected


CREATED = """
SELECT i.* EXCLUDE (epoch), o.* EXCLUDE (epoch) FROM sync.intents AS i JOIN sync.outcomes AS o ON o.intent = i.n
WHERE i.action = 'create' ORDER BY i.n
"""


@pytest.mark.invariant("I-37")
def test_a_journal_that_was_lost_is_whole_again_on_the_day_the_warehouse_goes_too(
    make_world: Callable[..., Any],
) -> None:
    world = make_world(SHIRT, MUG)
    world.begin()
    created = world.rows(CREATED)
    world.lose("journal.jsonl")
    world.sync()
    world.till.edit_product("MUG-1", sku="MUG-2")
    world.lose("warehouse.duckdb")
    assert world.sync()["entities"]["products"]["held"] == 0
    assert len(shown(world)) == len(created) == 2
    assert world.store_product("MUG-2")
    assert world.rows(CREATED) == created


@pytest.mark.invariant("I-37")
@pytest.mark.parametrize("lost", [["warehouse.duckdb"], ["journal.jsonl"], ["warehouse.duckdb", "journal.jsonl"]])
def test_a_lost_warehouse_or_journal_doubles_nothing_and_is_made_again(
    make_world: Callable[..., Any], lost: list[str]
) -> None:
    world = make_world(SHIRT, MUG)
    world.begin()
    expected = shown(world)
    world.lose(*lost)
    world.forget()
    summary = world.sync()
    assert shown(world) == expected
    if lost == ["warehouse.duckdb", "journal.jsonl"]:
        assert summary["entities"]["products"]["held"] > 0
    else:
        assert world.sent() == []
    world.till.edit_product("MUG-1", price=7)
    world.sync(yes=True)
    assert world.store_product("MUG-1")["price"] == 7


@pytest.mark.invariant("I-37")
@pytest.mark.parametrize("compacted", some(True, False))
def test_what_was_linked_by_its_sku_stays_linked_though_the_warehouse_is_lost_and_the_sku_is_another_by_then(
    make_world: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, compacted: bool
) -> None:
    world = make_world(SHIRT, MUG)
    world.begin()
    world.lose("warehouse.duckdb", "journal.jsonl")
    if compacted:
        monkeypatch.setattr(journaled, "WHOLE", 0)
        world.sync(yes=True)
    world.sync(yes=True)
    for old, new in (("MUG-1", "MUG-2"), ("SH-M", "SH-X")):
        world.till.edit_product(old, sku=new)
    world.till.delete("SH-S")
    world.lose("warehouse.duckdb")
    world.sync()
    world.sync(yes=True)
    assert [(name, [row[0] for row in rows]) for name, _, _, rows, _ in shown(world)] == [
        ("Mug", ["MUG-2"]),
        ("Shirt", ["SH-X"]),
    ]
    world.forget()
    world.sync(full=True)
    assert world.sent() == []


@pytest.mark.invariant("I-39")
@pytest.mark.libraries
def test_a_run_forks_no_process_that_would_hold_its_merchant_after_it_was_killed(
    make_world: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKERS", "2")
    started: list[object] = []
    real = BaseProcess.start
    monkeypatch.setattr(BaseProcess, "start", lambda process: (started.append(process), real(process))[1])
    world = make_world(SHIRT, MUG)
    world.sync()
    assert started == []
    assert len(shown(world)) == 2


@pytest.mark.invariant("I-37")
@pytest.mark.parametrize("hours", some(5, 0))
def test_a_link_found_while_the_clock_was_put_back_is_not_lost_with_the_warehouse(
    make_world: Callable[..., Any], hours: int
) -> None:
    world = make_world()
    world.begin()
    world.sync()
    world.store.make_product(name="Hat", sku="HAT-1", price=5)
    world.till.add_product("Hat", sku="HAT-1", price=5, quantity=2)
    world.now -= timedelta(hours=hours)
    for _ in range(2):
        world.sync(yes=True)
    world.now += timedelta(hours=hours)
    world.sync(yes=True)
    world.till.edit_product("HAT-1", sku="HAT-2", name="Fedora")
    world.lose("warehouse.duckdb")
    for _ in range(2):
        world.sync(yes=True)
    names = [product.fields["name"] for product in world.store.store.products.values()]
    assert ("Fedora" in names, "Hat" in names) == (True, False)
