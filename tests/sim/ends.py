"""Oracles at the end of a seed, when nothing happens any more and every cycle has had its time."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

from tests.sim import recorded
from tests.sim.recorded import unkept, unlike_orders, untied
from tests.sim.stores import OWN_NAME, OWN_PRICE
from tests.sim.truth import differences, wanted

if TYPE_CHECKING:
    from tests.sim.calls import Watcher
    from tests.sim.world import World

Found = list[str]


def judge(world: World, watcher: Watcher, distances: list[int]) -> dict[str, Found]:
    """Every invariant of the end, with its witnesses; I-8 and what is seen at calls comes from the watcher."""
    found = {
        "I-1": unlike_orders(world)[:10],
        "I-4": untied(world)[:10],
        "I-10": [*watcher.violations.get("I-10", []), *unkept(world)][:10],
        "I-7": differences(world)[:10],
        "I-17": [*watcher.violations.get("I-17", []), *closed(world)],
        "I-2": [*watcher.violations.get("I-2", []), *doubled(world), *recorded.doubled(world)],
        "I-21": [*watcher.violations.get("I-21", []), *kept(world)],
        "I-22": linked_once(world),
        "I-25": held_still(world),
        "I-26": [*watcher.violations.get("I-26", []), *accounted(world)],
        "I-34": moving(distances),
        "I-35": told(world),
        "ends": [f"run {one.number}: {one.end}" for one in world.cycles[-2:] if one.end not in well(world)],
    }
    return {**found, "I-37": lost(world, found)}


def lost(world: World, found: dict[str, Found]) -> Found:
    """I-37: what the engine remembered was lost, and orders or products are not as they must be."""
    if not world.figures.faults["F30"]:
        return []
    return [f"after a loss of memory: {line}" for name in ("I-1", "I-2", "I-7") for line in found[name]][:10]


def well(world: World) -> set[str]:
    """How the last runs may end: with nothing to do, or waiting for a person to pair what both memories lost."""
    return {"exit 0", "exit 3"} if world.hands.forgotten else {"exit 0"}


def closed(world: World) -> Found:
    """I-17: every intent came to an end, and what was made is there unless someone deleted it."""
    found = [f"intent {row['n']}: {row['level']} {row['action']} of {row['sku'] or row['item_id']} never ended"
             for row in world.rows("SELECT * FROM sync.unknown ORDER BY n")]  # fmt: skip
    return found[:10]


def doubled(world: World) -> Found:
    """No product twice: neither a SKU nor a till product on two of the store's (documents)."""
    have, want = world.shop.shown(), wanted(world)
    owners: dict[str, set[str]] = {}
    for sku, item in want.items():
        if sku in have:
            owners.setdefault(item["product"], set()).add(have[sku]["product_id"])
    found = [f"{name} is on store products {sorted(ids)}" for name, ids in owners.items() if len(ids) > 1]
    names = Counter(name.strip().lower() for name in world.shop.names())
    return found + [f"{name} is there {times} times" for name, times in names.items() if times > 1]


def kept(world: World) -> Found:
    """I-21: what people set in fields that are the store's own is as they set it."""
    shop, found = world.shop, []
    there = set(shop.products())
    for product in there & set(world.hands.unowned):
        for name, value in world.hands.unowned[product].items():
            if shop.value(product, name) != value:
                found.append(f"product {product}: {name} is {shop.value(product, name)!r}, a person set {value!r}")
    for product in sorted(world.hands.human_products & there):
        name, price = shop.value(product, "name"), shop.value(product, "price")
        if not name.startswith(OWN_NAME) or price != OWN_PRICE:
            found.append(f"product {product} is the store's own and became {name} at {price}")
    return found


def linked_once(world: World) -> Found:
    """I-22: active links pair one with one; a customer may be remembered by an address and by an account."""
    rows = world.rows("SELECT level, from_id, to_id FROM sync.links WHERE state = 'linked' ORDER BY ALL")
    ends_ = Counter((row["level"], row[end]) for row in rows for end in ("from_id", "to_id")
                    if (row["level"], end) != ("customers", "from_id"))  # fmt: skip
    return [f"{level} {id_} is linked {times} times" for (level, id_), times in ends_.items() if times > 1]


def held_still(world: World) -> Found:
    """I-25: nothing waits any more once a person decided on everything."""
    rows = world.rows(
        "SELECT class, sku, reason FROM sync.holds WHERE state IN ('open', 'approved') ORDER BY class, sku"
    )
    return [f"{row['class']} of {row['sku']}: {row['reason']}" for row in rows][:10]


def accounted(world: World) -> Found:
    """I-26: every variant the till has ends in exactly one state of the last run."""
    last = max(world.cycles, key=lambda one: one.number)
    if last.summary is None or not world.rows("SELECT 1 AS n FROM sync.meta"):
        return []
    sql = "SELECT item_id, count(*) AS n FROM end_states WHERE entity = 'products' AND run_id = ? GROUP BY 1"
    rows = world.rows(sql, [last.summary["run_id"]])
    told_of = {row["item_id"]: row["n"] for row in rows}
    till = world.till.till
    alive = [member.id for family in till.families.values() for member in till.members(family)]
    return [f"{key} ended {told_of.get(key, 0)} times" for key in alive if told_of.get(key, 0) != 1][:10]


def moving(distances: list[int]) -> Found:
    """I-34: healing comes nearer with every cycle, until nothing is left."""
    stuck = [(a, b) for a, b in pairwise(distances[1:]) if a and b >= a]
    if distances[-1]:
        return [f"not healed: {distances}"]
    return [f"no nearer: {distances}"] if len(stuck) > 1 else []


def told(world: World) -> Found:
    """I-35: no credential lies in anything the engine keeps."""
    files = [file for file in world.home.rglob("*") if file.is_file()]
    return [f"{system}'s token is in {file.name}" for file in files for system, token in world.tokens.items()
            if token.encode() in file.read_bytes()]  # fmt: skip
