"""What the store must hold, and what it holds: read from the two platforms' own records, with nothing of ``pipelines``
stages or mapping between. Money in units, levels whole."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from tests.sim.shelf import HELPER

if TYPE_CHECKING:
    from tests.sim.world import World

Item = dict[str, Any]
CENT = Decimal("0.01")
"""A price of the till may have five places, as an item made for an order by its line has; a store sells to the cent."""


def level(world: World, product_id: str) -> int:
    """What may be shown of a till product: the mapped outlets together without what is promised, less the buffer."""
    safe: int = world.hands.shelf.safe(product_id)
    return safe


def wanted(world: World) -> dict[str, Item]:
    """By SKU: how each must stand in the store."""
    till, found = world.till.till, {}
    brands = {entry.id: entry.body["name"] for entry in till.brands.items.values() if entry.deleted_at is None}
    tags = {entry.id: entry.body["name"] for entry in till.tags.items.values() if entry.deleted_at is None}
    for family in till.families.values():
        members = till.members(family)
        for member in (one for one in members if not one.sku.startswith(HELPER)):
            product = {
                "product": family.name,
                "description": family.description,
                "brand": brands.get(family.brand_id or ""),
                "visible": any(one.active for one in members),
                "images": [image.url.rsplit("/", 1)[-1] for image in family.images],
                "tags": sorted(tags[tag] for tag in family.tag_ids if tag in tags),
                "siblings": len(members),
                "type": till.categories[family.category_id]["name"] if family.category_id else None,
            }
            counted = any(one.tracked for one in members)
            found[member.sku] = {
                **product,
                "price": Decimal(member.price).quantize(CENT, ROUND_HALF_UP),
                "cost": member.supply_price or None,
                "values": sorted(member.values),
                "counted": counted,
                "level": level(world, member.id) if member.tracked else None,
            }
    return found


def differences(world: World) -> list[str]:
    """Witnesses of I-7: what the store shows otherwise than the till says; what it lacks; what nobody asked for."""
    want, have = wanted(world), world.shop.shown()
    human, left_out = world.hands.human_products, world.hands.left_out(world)
    found = [f"{sku}: not in the store" for sku in sorted(set(want) - set(have) - left_out)]
    for sku in sorted(set(have) - set(want)):
        if have[sku]["product_id"] not in human and sku not in left_out:
            found.append(f"{sku}: in the store, not at the till ({have[sku]['product']})")
    for sku in sorted((set(want) & set(have)) - left_out):
        found += [f"{sku}: {line}" for line in unlike(_ruled(world, want[sku], have[sku]), have[sku])]
    return found


def _ruled(world: World, want: Item, have: Item) -> Item:
    """What of it the till rules: what the store takes, and is not left to people there."""
    theirs = world.hands.hidden_by_hand | world.hands.forgotten.hidden
    kept = world.settings.get("on_store_hidden") == "keep" and have["product_id"] in theirs
    return {name: value for name, value in want.items() if name in world.shop.fields - ({"visible"} if kept else set())}


def unlike(want: Item, have: Item) -> list[str]:
    """In which fields two records differ. What the till does not say is no opinion; others may add words to tags."""
    lines = []
    for name, value in want.items():
        other = have[name]
        if value is None and name in {"description", "brand", "type", "level", "cost"}:
            continue
        if name == "tags":
            other = [word for word in other if word in value]
        if value != other:
            lines.append(f"{name} is {other!r}, the till says {value!r}")
    return lines
