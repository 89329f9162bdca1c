"""What a person does at this till in a rehearsal: sell, count, open another outlet."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from pipelines.kit.sandbox import NotDone, deed
from pipelines.kit.sandbox.deeds import counted, units
from pipelines.platforms.lightspeed_x.sandbox.counter import Counter


class Deeds(Counter):
    """The deeds of the counter and the back office."""

    @deed("sell", "SKU[:N] …", "a paid sale at the main outlet; a negative N is a return")
    def do_sell(self, words: Sequence[str]) -> dict[str, Any]:
        lines = self._had(words)
        sale = self.ring_up(lines)
        return {"sale": sale, "says": [f"sold {counted(lines)}"]}

    @deed("count", "OUTLET SKU:N …", "stock is counted: the levels at that outlet become N")
    def do_count(self, words: Sequence[str]) -> dict[str, Any]:
        outlet = words[0] if words else ""
        try:
            self.outlet_id(outlet)
        except KeyError:
            known = ", ".join(entry.body["name"] for entry in self.till.outlets.items.values() if not entry.deleted_at)
            raise NotDone(f"there is no outlet {outlet}".rstrip() + f"; there are: {known}") from None
        lines = self._had(words[1:])
        for sku, quantity in lines:
            self.set_level(sku, outlet, quantity)
        return {"says": [f"{outlet} has {counted(lines)}"]}

    @deed("outlet", "NAME", "another outlet opens, without stock")
    def do_outlet(self, words: Sequence[str]) -> dict[str, Any]:
        name = " ".join(words)
        taken = {entry.body["name"] for entry in self.till.outlets.items.values() if entry.deleted_at is None}
        if not name or name in taken:
            raise NotDone(f"there is an outlet {name} already" if name else "say its name")
        return {"outlet": self.add_outlet(name), "says": [f"outlet {name} is open"]}

    def _had(self, words: Sequence[str]) -> list[tuple[str, Decimal]]:
        """The quantities of products that the till has. Raises NotDone."""
        lines = units(words)
        if strange := [sku for sku, _ in lines if not self.till.by_sku.get(sku)]:
            raise NotDone(f"the till has no {strange[0]}")
        return lines
