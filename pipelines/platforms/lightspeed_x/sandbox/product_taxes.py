"""A product's own taxes, as bodies of create and update name them (fact sheet §6.2; schema ProductAddOutletTax).

``outlet_taxes`` belongs to tax-exclusive retailers, ``all_outlets_tax`` to tax-inclusive ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipelines.platforms.lightspeed_x.sandbox.refusal import unprocessable
from pipelines.platforms.lightspeed_x.sandbox.shapes import FLAG, TEXT, Members, Rows, demand

if TYPE_CHECKING:
    from pipelines.platforms.lightspeed_x.sandbox.till import Till

_ROWS = Members({"outlet_taxes": Rows(Members({"outlet_id": TEXT, "tax_id": TEXT}, ("outlet_id", "tax_id")))})
_ALL = Members({"all_outlets_tax": Members({"is_default": FLAG, "tax_id": TEXT})})


def names_taxes(body: dict[str, Any]) -> bool:
    """Whether a body says anything about a product's own taxes."""
    return "outlet_taxes" in body or "all_outlets_tax" in body


def own_taxes(till: Till, body: dict[str, Any]) -> list[dict[str, str]]:
    """A row per outlet that differs from the default; an empty ``tax_id`` is the default. Raises Refusal 422."""
    demand(_ROWS, body)
    demand(_ALL, body)
    exclusive = till.retailer["tax_exclusive"]
    if ("all_outlets_tax" if exclusive else "outlet_taxes") in body:
        raise unprocessable("outlet_taxes is for tax-exclusive retailers, all_outlets_tax for the others")
    rows = body.get("outlet_taxes") or _everywhere(till, body.get("all_outlets_tax", {}))
    for row in rows:
        if till.outlets.live(row["outlet_id"]) is None:
            raise unprocessable("outlet_taxes[].outlet_id is not an outlet")
        if row["tax_id"] and till.taxes.live(row["tax_id"]) is None:
            raise unprocessable("the tax of a product is not a tax")
    return [{"outlet_id": row["outlet_id"], "tax_id": row["tax_id"]} for row in rows if row["tax_id"]]


def _everywhere(till: Till, tax: dict[str, Any]) -> list[dict[str, str]]:
    if tax.get("is_default") or not tax.get("tax_id"):
        return []
    outlets = [outlet for outlet in till.outlets.items.values() if outlet.deleted_at is None]
    return [{"outlet_id": outlet.id, "tax_id": tax["tax_id"]} for outlet in outlets]
