"""Give a product without options its first ones, so that it can have variants (fact sheet §4, S000-20).

The product itself stays: its id, address, text, images, custom fields and modifiers. Its only variant, the base
variant, ends by itself when the first variant with options is made; that one takes over its SKU and what the store
keeps on it. A SKU is unique over products and variants, so the product gives its own up first, and takes it back where
the store refuses what follows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipelines.kit.errors import TillsyncError
from pipelines.kit.http import Session
from pipelines.kit.platform import PlanRow
from pipelines.platforms.bigcommerce.write.sending import data_of

PRODUCTS = "/v3/catalog/products"
KIND = "rectangles"
_KEPT = (
    "sale_price", "retail_price", "weight", "width", "height", "depth", "upc", "gtin", "mpn", "image_url",
    "is_free_shipping", "fixed_cost_shipping_price", "purchasing_disabled", "purchasing_disabled_message",
    "inventory_warning_level", "bin_picking_number",
)  # fmt: skip
"""What the store may keep on its only variant and the till does not say."""

Option = dict[str, Any]


class MisfitError(Exception):
    """The store's product has other options than the till's."""


@dataclass(frozen=True)
class Standing:
    """A product before it gets options: its own SKU, how its stock is counted, its only variant."""

    product_id: str
    sku: str
    tracking: str
    base: Mapping[str, Any]

    def kept(self) -> dict[str, Any]:
        """What the first variant takes over from the base variant."""
        return {name: self.base[name] for name in _KEPT if self.base.get(name) not in {None, "", 0}}


def standing(session: Session, product_id: str) -> Standing | None:
    """The product as it is; None when it has variants with options already. Raises CallFailed."""
    product = data_of(session.call("GET", f"{PRODUCTS}/{product_id}", params={"include": "variants"}))
    variants = product.get("variants") or []
    if len(variants) > 1 or any(variant.get("option_values") for variant in variants):
        return None
    base = variants[0] if variants else {}
    return Standing(product_id, str(product.get("sku") or ""), str(product.get("inventory_tracking")), base)


def make_way(session: Session, product: Standing) -> None:
    """Free the product's SKU for its first variant, and count stock by variant from now on. Raises CallFailed."""
    body: dict[str, Any] = {"sku": ""} if product.sku else {}
    if product.tracking == "product":
        body["inventory_tracking"] = "variant"
    if body:
        session.call("PUT", f"{PRODUCTS}/{product.product_id}", body=body)


def restore(session: Session, product: Standing) -> None:
    """Give the product back what ``make_way`` took; where that fails the next run begins anew."""
    body: dict[str, Any] = {"sku": product.sku} if product.sku else {}
    if product.tracking == "product":
        body["inventory_tracking"] = "product"
    try:
        if body:
            session.call("PUT", f"{PRODUCTS}/{product.product_id}", body=body)
    except TillsyncError:
        return


def add_options(session: Session, product_id: str, known: Sequence[Option], rows: Sequence[PlanRow]) -> list[Option]:
    """The product's options with those that were lacking, each with the values these rows need. Raises CallFailed.

    Options are never taken away: one that the till does not have is a MisfitError.
    """
    names = list(rows[0].after().get("option_names") or [])
    found = {str(option.get("display_name")).casefold(): option for option in known}
    strange = [str(option.get("display_name")) for option in known if _folded(option) not in _fold(names)]
    if strange:
        raise MisfitError(f"the store's product has the option {', '.join(strange)}, which the till does not have")
    made = []
    for place, name in enumerate(names):
        option = found.get(name.casefold())
        made.append(option if option is not None else _add(session, product_id, name, place, rows))
    return made


def _add(session: Session, product_id: str, name: str, place: int, rows: Sequence[PlanRow]) -> Option:
    labels: dict[str, str] = {}
    for row in rows:
        label = str(row.after()["option_values"][place])
        labels.setdefault(label.casefold(), label)
    values = [{"label": label, "sort_order": at} for at, label in enumerate(labels.values())]
    body = {"display_name": name, "type": KIND, "sort_order": place, "option_values": values}
    option = dict(data_of(session.call("POST", f"{PRODUCTS}/{product_id}/options", body=body)))
    if not option.get("id"):
        raise MisfitError(f"the store did not name the id of the new option {name}")
    return option


def fits(rows: Sequence[PlanRow]) -> str | None:
    """Why these new variants cannot become the product's first ones; None when they can."""
    names = [list(row.after().get("option_names") or []) for row in rows]
    if not names[0] or any(other != names[0] for other in names) or len(_fold(names[0])) != len(names[0]):
        return "the store's product has no options, and the till's does not name options that differ"
    if any(len(row.after().get("option_values") or []) != len(names[0]) for row in rows):
        return "the store's product has no options, and a variant of the till lacks a value"
    if not any(row.is_base for row in rows):
        return "the store's product has no options, and the SKU it is sold under now is not among the variants to add"
    return None


def _folded(option: Mapping[str, Any]) -> str:
    return str(option.get("display_name")).casefold()


def _fold(names: Sequence[str]) -> set[str]:
    return {name.casefold() for name in names}
