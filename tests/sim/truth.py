"""What the store must hold, and what it holds: read from the two platforms' own records, with nothing of ``pipelines``
stages or mapping between. Money in units, levels whole."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.sim.shelf import HELPER

if TYPE_CHECKING:
    from tests.sim.world import World

Item = dict[str, Any]


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
                "price": member.price,
                "cost": member.supply_price or None,
                "values": sorted(member.values),
                "counted": counted,
                "level": level(world, member.id) if member.tracked else None,
            }
    return found


def shown(world: World) -> dict[str, Item]:
    """By SKU: how each stands in the store."""
    store, found = world.store.store, {}
    for product in store.products.values():
        fields = product.fields
        images = sorted(product.images, key=lambda image: (image["sort_order"], image["id"]))
        for variant in product.variants:
            sku = variant.sku or fields["sku"]
            price = variant.fields["price"]
            cost = variant.fields["cost_price"]
            labels = sorted(label for label in (value_label(product, variant)) if label)
            counted = fields["inventory_tracking"] != "none"
            held = store.levels.actual((1, world.store.item_of(product, variant))) or 0
            found[sku] = {
                "product": fields["name"],
                "description": fields["description"] or None,
                "brand": (store.brands.get(fields["brand_id"] or 0) or {}).get("name"),
                "visible": fields["is_visible"],
                "images": [image["image_url"].rsplit("/", 1)[-1] for image in images],
                "tags": sorted(filter(None, fields["search_keywords"].split(","))),
                "siblings": len(product.variants),
                "type": next((f["value"] for f in product.custom_fields if f["name"] == "Type"), None),
                "price": Decimal(fields["price"] if price is None else price),
                "cost": Decimal(fields["cost_price"] if cost is None else cost) or None,
                "values": labels,
                "counted": counted,
                "level": held if counted else None,
                "product_id": product.id,
            }
    return found


def value_label(product: Any, variant: Any) -> list[str]:
    """The labels of a variant's option values."""
    from pipelines.platforms.bigcommerce.sandbox.render import variant_record

    record = variant_record(product, variant, lambda *_: 0)
    return [value["label"] for value in record.get("option_values") or []]


def differences(world: World) -> list[str]:
    """Witnesses of I-7: what the store shows otherwise than the till says; what it lacks; what nobody asked for."""
    want, have = wanted(world), shown(world)
    human, left_out = world.hands.human_products, world.hands.left_out(world)
    found = [f"{sku}: not in the store" for sku in sorted(set(want) - set(have) - left_out)]
    for sku in sorted(set(have) - set(want)):
        if have[sku]["product_id"] not in human and sku not in left_out:
            found.append(f"{sku}: in the store, not at the till ({have[sku]['product']})")
    for sku in sorted((set(want) & set(have)) - left_out):
        found += [f"{sku}: {line}" for line in unlike(want[sku], have[sku])]
    return found


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
