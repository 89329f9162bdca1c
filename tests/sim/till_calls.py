"""Oracles at every writing call to the till: orders are all that is recorded there, each step once and meant before."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.sim.shelf import reference

if TYPE_CHECKING:
    from tests.sim.calls import Watcher
    from tests.sim.wire import Sent

LONGEST_REQUEST = timedelta(seconds=120)
"""How long a call may still take its effect after it was given up (Q of `reliability.md` §2.6.4)."""
MAY_WRITE: dict[tuple[str, str], tuple[str, str]] = {
    ("POST", "/sales"): ("sale", "create"),
    ("POST", "/customers"): ("customer", "create"),
    ("POST", "/products"): ("item", "create"),
    ("PUT", "/products/{key}"): ("item", "create"),
    ("POST", "/custom_inventory_adjustment_reasons"): ("stock", "set"),
    ("POST", "/stock_adjustments"): ("stock", "set"),
}
"""What may be made at the till, and the intent that must stand before it."""
NEVER_THERE = {"F1", "F20", "F31"}
"""Faults of a call the till's books never see: a redirect is an answer of whoever stands before them (§2.3, 3xx)."""
CHANGES = {("sale", "void"), ("sale", "pay"), ("sale", "update")}


class TillCalls:
    """Watches what is written to the till."""

    def __init__(self, watcher: Watcher) -> None:
        self.watcher, self.world = watcher, watcher.world
        self.sent: dict[str, datetime] = {}
        """When a document that may have arrived was last sent, by its reference."""
        self.looked: dict[str, datetime] = {}

    def before(self, sent: Sent, unfinished: list[dict[str, Any]]) -> None:
        """I-10, I-16, I-18, I-19: a call is of an order, was meant, is no blind repetition, and is alone."""
        path = sent.template[sent.template.index("/", len("/api/")) :]
        if (sent.request.method, path) == ("PUT", "/sales/{key}"):
            self._change(sent, unfinished)
        elif (sent.request.method, path) not in MAY_WRITE:
            self.watcher.say("I-10", f"{sent.request.method} {sent.template}: that is never written to the till")
        elif not any((one["level"], one["action"]) == MAY_WRITE[sent.request.method, path] for one in unfinished):
            self.watcher.say("I-16", f"{sent.request.method} {sent.template} without an intent for it")
        elif path == "/sales":
            self._document(sent, unfinished)

    def _document(self, sent: Sent, unfinished: list[dict[str, Any]]) -> None:
        body = sent.request.json()
        name, meant = str(body.get("invoice_number")), [one for one in unfinished if one["level"] == "sale"]
        if not any(one.get("document", {}).get("id") == body["id"] for one in meant):
            self.watcher.say("I-16", f"the document {name} was not meant")
        last = self.sent.get(name)
        if last is not None and self.looked.get(name, last) < last + LONGEST_REQUEST:
            self.watcher.say("I-18", f"{name} is sent again, and nobody looked whether it was there since {last:%H:%M}")
        order, known = str(body["source"].get("id")), self.watcher.journal
        others = [n for n, one in known.intents.items() if one["level"] == "sale" and one["item_id"] == order
                  and one.get("document", {}).get("id") != body["id"]]  # fmt: skip
        open_ = [n for n in others if known.came.get(n, "unknown") == "unknown"]
        if open_:
            self.watcher.say("I-19", f"{name} is sent while intents {open_} of its order are not known to have ended")

    def _change(self, sent: Sent, unfinished: list[dict[str, Any]]) -> None:
        sale = self.world.till.till.books.sales.items.get(sent.arguments["key"])
        if sale is not None and reference(sale) is None:
            self.watcher.say("I-10", f"the till's own sale {sale.invoice_number} is changed")
        if not any((one["level"], one["action"]) in CHANGES and one.get("target_id") == sent.arguments["key"]
                   for one in unfinished):  # fmt: skip
            self.watcher.say("I-16", f"sale {sent.arguments['key']} is changed without an intent for it")

    def after(self, sent: Sent) -> None:
        """Note what may have arrived, and what was looked for."""
        if sent.request.method == "POST" and sent.template.endswith("/sales"):
            name = str(sent.request.json().get("invoice_number"))
            certain = sent.fault in NEVER_THERE or (400 <= sent.status < 500 and sent.status != 408)
            if not certain:
                self.sent[name] = self.world.time.now()
        elif sent.request.method == "GET":
            self._look(sent)

    def _look(self, sent: Sent) -> None:
        now = self.world.time.now()
        name = sent.request.param("invoice_number")
        if name:
            self.looked[name] = now
        found = re.search(r"/sales/([^/?]+)$", sent.request.path)
        for one in self.watcher.journal.intents.values() if found else ():
            document = one.get("document")
            if document and found and document["id"] == found[1]:
                self.looked[document["reference"]] = now
