"""Write: send the validated plan in its order, keep a receipt per row, and note what is now agreed.

How a row is sent is the platform's ``write``; here is only the order, the batches, and what follows from a receipt.
Nothing is sent without a stored passing verdict for exactly this plan (`design.md` §5).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from pipelines.kit import exact_json, journaled
from pipelines.kit.errors import Problem, Refused, TillsyncError
from pipelines.kit.platform import PlanRow, Reading, Receipt, StoreFacts, Writer
from pipelines.language.canonical import canonical_table
from pipelines.run import Connection, Run, store_calls
from pipelines.stages import order_send, order_settle, recover, swaps, undo
from pipelines.stages.assemble import addition, creation, plan_row
from pipelines.stages.deadline import Deadline
from pipelines.stages.extract import raw_table, resources
from pipelines.stages.link import keep_ground
from pipelines.stages.made import Made, end_links, keep_former
from pipelines.stages.read_back import read_back
from pipelines.stages.sides import enter
from pipelines.stages.validate import stored_verdict

_SQL = Path(__file__).parent / "sql"
PHASES = ("stock_decrease", "orders", "unpublish", "catalogue", "publish", "stock_increase")
STEPS = (
    ("stock", "set"), ("product", "hide"), ("variant", "delete"), ("product", "update"), ("variant", "update"),
    ("product", "create"), ("variant", "create"), ("images", "update"), ("product", "delete"), ("product", "publish"),
    *order_send.STEPS,
)  # fmt: skip
_TURN = """
FROM plan WHERE state = 'planned' AND phase = $phase
AND ($before IS NULL OR (coalesce(parent_item_id, item_id) IN (SELECT product_id FROM put_off_before)) = $before)
"""
_MAKERS = {("product", "create"): creation, ("variant", "create"): addition}


class _Sender:
    """Sends one plan; knows the ids created on the way."""

    def __init__(self, run: Run, connection: Connection) -> None:
        self.run = run
        self.connection = connection
        self.house = run.warehouse
        self.writers: dict[tuple[str, str], Writer] = run.platform(connection.target).load("writers")
        self.session = run.session(connection.target)
        facts = self.house.query("SELECT decimal_places, weight_unit FROM target_account")[0]
        self.facts = StoreFacts(facts["decimal_places"], facts["weight_unit"])
        self.made = Made()
        self.counter = order_send.Counter(run, connection)
        self.deadline = Deadline(run, connection)

    def phase(self, phase: str, before: bool | None) -> None:
        """Send everything of one phase, or of it what was put off before, or what was not."""
        turn = {"phase": phase, "before": before}
        planned = self.house.query(f"SELECT DISTINCT level, action {_TURN}", turn)
        steps = {(row["level"], row["action"]) for row in planned}
        for level, action in (step for step in STEPS if step in steps):
            rows = self._rows(turn, level, action)
            if rows:
                self.run.say(f"{phase.replace('_', ' ')}: {action} {len(rows)} × {level}")
                self._send(level, action, rows)

    def _rows(self, turn: dict[str, Any], level: str, action: str) -> list[dict[str, Any]]:
        sql = f"SELECT * {_TURN} AND level = $level AND action = $action ORDER BY seq"
        rows = self.house.query(sql, {**turn, "level": level, "action": action})
        if (level, action) in {("variant", "create"), ("images", "update")}:
            rows = [row for row in rows if not self._inline(row)]
        return rows

    def _inline(self, row: dict[str, Any]) -> bool:
        parent = row["parent_target_id"] if row["level"] == "variant" else row["target_id"]
        return str(parent).startswith("created:")

    def _send(self, level: str, action: str, rows: list[dict[str, Any]]) -> None:
        if rows[0]["phase"] == "orders":
            self._send_orders(level, action, rows)
            return
        if self.deadline.passed:
            return
        writer = self.writers[(level, action)]
        if action == "delete":
            rows = self._with_evidence(level, rows)
        ready = [row for row in rows if self._resolve(row)]
        make = _MAKERS.get((level, action), lambda _: plan_row)(self.house)
        by_seq = {row["seq"]: row for row in ready}
        target = self.run.platform(self.connection.target)
        for part in swaps.parts([make(row) for row in ready], self._to_store(writer), writer.batch, target):
            if self.deadline.over(rows[0]["phase"]):
                return
            for seq, way in part.ways.items():
                by_seq[seq]["by_way_of"] = way
            self._keep(part.send, part.rows, by_seq)

    def _to_store(self, writer: Writer) -> Callable[[Sequence[PlanRow]], Iterable[Receipt]]:
        return lambda rows: writer.write(self.session, rows, self.facts)

    def _send_orders(self, level: str, action: str, rows: list[dict[str, Any]]) -> None:
        """Rows of orders go to the till, one by one; after a row of an order that did not land, none of that order.

        What a voided sale puts back is one batch: a run that ends within it leaves none of its products unnamed.
        """
        for _, found in groupby(
            rows, lambda row: row["parent_target_id"] if (level, action) == ("stock", "set") else row["seq"]
        ):
            together = {row["seq"]: row for row in found}
            reasons = {seq: self.counter.resolve(row) for seq, row in together.items()}
            left = [Receipt(seq, "not_sent", None, {}, None, reason) for seq, reason in reasons.items() if reason]
            self._receipts(left, together)
            ready = [self.counter.plan_row(row) for seq, row in together.items() if not reasons[seq]]
            if ready:
                self._keep(self.counter.send(level, action), ready, together)

    def _resolve(self, row: dict[str, Any]) -> bool:
        """Put real ids where the plan says ``created:…``; a row whose parent failed fails with it."""
        for key in ("target_id", "parent_target_id"):
            value = row[key]
            if value is None or not value.startswith("created:") or (row["action"] == "create" and key == "target_id"):
                continue
            level = "product" if key == "parent_target_id" or row["level"] in {"product", "images"} else "variant"
            found = self.made.id_of(level, value.removeprefix("created:"))
            if found is None:
                reason = "its product was not created, so this was not sent"
                self._receipts([Receipt(row["seq"], "not_sent", None, {}, None, reason)], {row["seq"]: row})
                return False
            row[key] = found
        if row["level"] == "stock" and self.made.is_base(row["item_id"]):
            row["is_base"] = True
        return True

    def _with_evidence(self, level: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Only rows whose deletion one point read at the till confirms (S000-58, I-23)."""
        resource = resources(self.run, self.connection.source).get("products")
        if resource is None or not resource.by_key:
            return rows
        proven = []
        for row in rows:
            ids = [row["item_id"]] if level == "variant" else self._members(row["item_id"])
            tables = list(resource.read(self.run.session(self.connection.source), Reading(keys=ids)))
            alive = [r for table in tables for r in table.to_pylist() if r["deleted_at"] is None]
            if alive:
                reason = "the till still has it; the deletion is not sent"
                self._receipts([Receipt(row["seq"], "not_sent", row["target_id"], {}, None, reason)], {row["seq"]: row})
            else:
                self._keep_record(level, row)
                proven.append(row)
        return proven

    def _members(self, product_id: str) -> list[str]:
        sql = "SELECT variant_id FROM source_variants WHERE product_id = ? ORDER BY variant_id LIMIT 1"
        return [row["variant_id"] for row in self.house.query(sql, [product_id])]

    def _keep_record(self, level: str, row: dict[str, Any]) -> None:
        """Keep what the store held of a record that is about to go, and its levels, so that it can be made again."""
        target, product = self.connection.target, row["target_id"] if level == "product" else row["parent_target_id"]
        names = {"raw": raw_table(target, "products"), "variants": canonical_table(target, "variants"),
                 "stock": canonical_table(target, "stock")}  # fmt: skip
        values = {"connection": self.connection.name, "level": level, "to_id": row["target_id"], "product": product}
        self.house.run(_SQL / "keep.sql", names, **values, run_id=self.run.run_id, now=self.run.context.now())

    def _keep(
        self,
        send: Callable[[Sequence[PlanRow]], Iterable[Receipt]],
        batch: Sequence[PlanRow],
        rows: dict[int, dict[str, Any]],
    ) -> None:
        """Send a batch and store what came of it, also of the rows that landed before the platform went away.

        What is about to be sent is on disk before it is sent (I-16), and what came of it before the tables have it.
        """
        starts_hidden = self.connection.compiled.settings.initial_state == "disabled"
        intents = self._intend([rows[row.seq] for row in batch], _carried(batch, starts_hidden=starts_hidden))
        receipts: list[Receipt] = []
        before, sent = self.run.context.last_number, self._taken()
        try:
            for receipt in send(batch):
                receipts.append(receipt)
                sent = self._taken()
        except Exception:
            told = {receipt.seq for receipt in receipts}
            outcome = "not_sent" if sent == self._taken() else "unknown"
            left = [{"intent": intents[row.seq], "outcome": outcome} for row in batch if row.seq not in told]
            recover.add_outcomes(self.run, left)
            raise
        finally:
            calls = {"first_call": before + 1, "last_call": self.run.context.last_number}
            came = [{**self._outcome(one, rows[one.seq], intents[one.seq]), **calls} for one in receipts]
            recover.add_outcomes(self.run, came)
            store_calls(self.run)
            self._receipts(receipts, rows)

    def _taken(self) -> int:
        """Writing calls of this batch that had an effect, or may have had one."""
        return sum(1 for call in self.run.context.calls if call.kind == "write" and call.outcome in {"ok", "unknown"})

    def _intend(self, rows: Sequence[dict[str, Any]], carried: Mapping[int, dict[str, Any]]) -> dict[int, int]:
        numbers = self.run.journal.add("intent", [self._intent(row) | carried.get(row["seq"], {}) for row in rows])
        return {row["seq"]: n for row, n in zip(rows, numbers, strict=True)}

    def _intent(self, row: dict[str, Any]) -> dict[str, Any]:
        names = ("entity", "level", "action", "item_id", "parent_item_id", "sku", "target_id", "hold_id", "by_way_of")
        intent = {name: row[name] for name in names if row.get(name) is not None}
        intent |= {"connection": self.connection.name, "run_id": self.run.run_id, "plan_seq": row["seq"]}
        intent |= {"name_hash": _digest((row["name"] or "").strip().lower()), "changes_hash": _digest(row["changes"])}
        if row["level"] == "images":
            change = exact_json.loads(row["changes"]).get("images", {})
            wanted = _with_ids(change, {})
            intent["images"] = [*wanted, *_left(change, wanted)]
            there = self.house.query("SELECT image_id FROM target_images WHERE product_id = ?", [row["target_id"]])
            intent["images_before"] = [image["image_id"] for image in there]
        intent |= self.counter.said(row)
        return {**intent, "planned_at": self.run.context.now().isoformat()}

    def _outcome(self, receipt: Receipt, row: dict[str, Any], intent: int) -> dict[str, Any]:
        came = {"intent": intent, "outcome": receipt.outcome, "status": receipt.status}
        told = receipt.outcome in {"ok", "exists"} or receipt.created.get("images")
        images = self._images(receipt, row) if told else None
        more = {"target_id": receipt.target_id or row["target_id"], "created": dict(receipt.created), "images": images}
        return {**came, **{name: value for name, value in more.items() if value}}

    def _receipts(self, receipts: Sequence[Receipt], rows: dict[int, dict[str, Any]]) -> None:
        now = self.run.context.now()
        with self.house.transaction():
            for receipt in receipts:
                row = rows[receipt.seq]
                what = [row[name] for name in ("entity", "level", "action", "item_id", "sku", "name", "location_id")]
                came = [receipt.outcome, receipt.target_id or row["target_id"], receipt.status, receipt.message]
                created, changes = exact_json.dumps(dict(receipt.created)), row["changes"]
                values = [self.run.run_id, receipt.seq, *what, *came, created, changes, now, bool(row["is_base"])]
                self.house.con.execute(
                    "INSERT INTO receipts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", values
                )
                if receipt.outcome in {"ok", "exists"}:
                    self._landed(receipt, row)
                elif row["phase"] == "orders":
                    self.counter.failed.add(row["item_id"])
                elif receipt.created.get("images"):
                    self._own(receipt, row)

    def _landed(self, receipt: Receipt, row: dict[str, Any]) -> None:
        """Bind new ids before anything else can fail, and note what we own in shared lists."""
        target = receipt.target_id or row["target_id"]
        if row["phase"] == "orders":
            self.counter.landed(row, str(target), receipt.created)
            return
        if (row["level"], row["action"]) == ("product", "create"):
            keep_former(self.run, self.connection, [row["item_id"]])
            self._link("products", row["item_id"], str(target))
            self.made.note("product", row["item_id"], str(target))
        for till_id, store_id in receipt.created.get("variant", {}).items():
            self._link("variants", till_id, store_id)
            self.made.note("variant", till_id, store_id, base=bool(receipt.created.get("base")))
        if (row["level"], row["action"]) == ("variant", "create"):
            keep_former(self.run, self.connection, [row["item_id"]])
            self._link("variants", row["item_id"], str(target))
            self.made.note("variant", row["item_id"], str(target))
        if row["action"] == "delete":
            end_links(self.run, self.connection, row)
        self._own(receipt, row)

    def _link(self, level: str, from_id: str, to_id: str) -> None:
        key = [self.connection.name, level, from_id]
        self.house.con.execute("DELETE FROM sync.links WHERE connection = ? AND level = ? AND from_id = ?", key)
        values = [*key, to_id, "created", "linked", None, self.run.context.now(), self.run.run_id]
        self.house.con.execute("INSERT INTO sync.links VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)", values)

    def _own(self, receipt: Receipt, row: dict[str, Any]) -> None:
        kept = self._images(receipt, row)
        if kept is not None:
            self._note_written(row["item_id"], "images", kept)

    def _images(self, receipt: Receipt, row: dict[str, Any]) -> list[dict[str, Any]] | None:
        """The images of a product we own in the store after this row; None where it says nothing of them."""
        changes = exact_json.loads(row["changes"])
        if "images" not in changes and not (row["action"] == "create" and row["level"] == "product"):
            return None
        change = changes.get("images") or {"after": self._inline_images(row["item_id"])}
        kept = _with_ids(change, receipt.created.get("images", {}))
        kept += _left(change, kept) if receipt.outcome not in {"ok", "exists"} else []
        return kept if kept or "images" in changes else None

    def _inline_images(self, product: str) -> list[dict[str, Any]]:
        sql = "SELECT to_json(images) AS images FROM images_desired WHERE item_id = ? AND images IS NOT NULL"
        found = self.house.query(sql, [product])
        return list(json.loads(found[0]["images"])) if found else []

    def _note_written(self, item: str, field: str, value: object) -> None:
        self.house.con.execute(
            "DELETE FROM sync.written WHERE connection = ? AND item_id = ? AND field = ?",
            [self.connection.name, item, field],
        )
        values = [self.connection.name, item, field, json.dumps(value), self.run.run_id]
        self.house.con.execute("INSERT INTO sync.written VALUES (?, ?, ?, ?, ?)", values)


def _with_ids(change: Mapping[str, Any], made: Mapping[str, str]) -> list[dict[str, Any]]:
    """The images that are wanted, each with the store's id where it stood before or was made now."""
    known = {_image(i): i.get("store_image_id") for i in change.get("before") or [] if i.get("image_id")}
    return [{**i, "store_image_id": made.get(i["image_id"]) or known.get(_image(i))} for i in change.get("after") or []]


def _left(change: Mapping[str, Any], kept: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The images that were to go and may stand all the same: they stay ours, so that the next run takes them away."""
    wanted, ids = {_image(i) for i in kept}, {i["store_image_id"] for i in kept}
    before = [i for i in change.get("before") or [] if i.get("store_image_id")]
    return [dict(i) for i in before if _image(i) not in wanted and i["store_image_id"] not in ids]


def _image(image: Mapping[str, Any]) -> tuple[Any, Any]:
    return image.get("image_id"), image.get("url")


def _carried(batch: Sequence[PlanRow], *, starts_hidden: bool) -> dict[int, dict[str, Any]]:
    """What the creations of products in a batch carry: by row, ``skus`` by till variant, and whether it is ``hidden``.

    Only what the till hides counts as hidden; where every product ``starts_hidden``, a person shows it.
    """
    made = {row.seq: row.after() for row in batch if (row.level, row.action) == ("product", "create")}
    return {
        seq: {"skus": {one["item_id"]: one["sku"] for one in after["variants"] if one.get("sku")}}
        | ({"hidden": True} if after.get("is_active") is False and not starts_hidden else {})
        for seq, after in made.items()
    }


def _digest(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def write(run: Run, connection: Connection) -> dict[str, int]:
    """Send the plan; returns receipts by outcome. Raises Refused without a passing verdict for exactly this plan."""
    enter(run, connection)
    house = run.warehouse
    house.run(_SQL / "receipts.sql")
    verdict = stored_verdict(run, connection)
    if verdict is None or not verdict.passed:
        raise Refused(_no_verdict(run, connection, judged=verdict is not None))
    error: TillsyncError | None = None
    if house.one("SELECT count(*) FROM plan WHERE state = 'planned'"):
        sender = _Sender(run, connection)
        if run.wanted.undo is not None:
            undo.declare(run, connection)
        try:
            for turn in sender.deadline.turns(PHASES):
                sender.phase(*turn)
            sender.deadline.put_off()
            read_back(run, connection)
        except TillsyncError as stopped:
            error = stopped
    journaled.absorb(run)
    with house.transaction():
        _settle(run, connection)
    if error is not None:
        raise error
    rows = house.query(
        "SELECT outcome, count(*) AS n FROM receipts WHERE run_id = ? GROUP BY outcome ORDER BY outcome", [run.run_id]
    )
    return {row["outcome"]: row["n"] for row in rows}


def _settle(run: Run, connection: Connection) -> None:
    """Note what is agreed now; what values stand on only where all that stands on it was considered."""
    if run.wanted.undo is not None:
        undo.settle(run, connection)
        return
    values: dict[str, Any] = {
        "connection": connection.name,
        "run_id": run.run_id,
        "now": run.context.now(),
        "began": run.began,
        "only": list(run.wanted.only),
    }
    run.warehouse.run(_SQL / "agree.sql", **values)
    order_settle.agree(run, connection)
    if run.wanted.retry is None and {"products", "stock"} <= set(run.wanted.only):
        keep_ground(run, connection)


def _no_verdict(run: Run, connection: Connection, *, judged: bool) -> Problem:
    verdict = stored_verdict(run, connection) if judged else None
    failed = [check for check in verdict.checks if check.kind == "set" and not check.passed] if verdict else []
    broken = [f"{check.suite}/{check.expectation}: {check.error or '; '.join(check.examples)}" for check in failed]
    return Problem(
        "refused_by_check" if judged else "no_verdict",
        f"{connection.name}: nothing was written, " + ("a check failed" if judged else "this plan was not checked"),
        found="; ".join(broken) or "no stored verdict for this plan",
        expected="a passing verdict for exactly this plan",
        do="look at the platform and the report, then run again"
        if judged
        else "run the whole sync, not the write alone",
    )
