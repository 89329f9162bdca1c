"""Batches: up to 500 calls in one, done later, in order, behind a ticket (fact sheet §6).

Batches of a store stand in one line: a slow one holds the next up. The calls inside are answered as any other, without
a token of their own; how they are counted against the quota is a switch.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, unquote

from pipelines.kit.sandbox import Request, Response, locked, route, to_json
from pipelines.kit.sandbox.machine import Route
from pipelines.platforms.ecwid.sandbox.answers import Refusal, body_of, flag, wrong
from pipelines.platforms.ecwid.sandbox.base import API, StoreMachine
from pipelines.platforms.ecwid.sandbox.fields import checked, one_of, text

BATCH = f"{API}/batch"
MOST_CALLS = 500
TRIES, PAUSE = 5, 3.0
"""How often the store repeats a call that met an error of its own, and how long it waits before."""
KEY_SECONDS = 3600.0
ITEM = {"id": text, "path": text, "method": one_of("GET", "POST", "PUT", "DELETE")}


@dataclass
class Batch:
    """One batch. Moments are unix seconds; ``at`` is when its next call is due."""

    ticket: str
    made: float
    key: str | None
    calls: list[dict[str, Any]]
    stops: bool
    public: bool
    order: list[int]
    at: float = 0.0
    step: float = 0.0
    tries: int = 0
    done: dict[int, dict[str, Any]] = field(default_factory=dict)

    @property
    def waiting(self) -> list[int]:
        """Places of the calls that are still to come."""
        return [place for place in self.order if place not in self.done]


@dataclass
class Broken:
    """A call inside a batch that meets an error of the store's own, ``times`` times; ``after``: it took effect."""

    path: str
    times: int
    after: bool


class BatchRoutes(StoreMachine):
    """Batches, their tickets, and the line they stand in."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.batches: list[Batch] = []
        self.broken: list[Broken] = []

    @route("POST", BATCH)
    def post_batch(self, request: Request) -> Response:
        calls = body_of(request, list)
        stops, parallel = flag(request, "stopOnFirstFailure", True), flag(request, "allowParallelMode", False)
        key = request.param("deduplicationKey")
        self._check(calls, key)
        known = self._known(key, calls)
        if known is not None:
            return Response.json(200, {"ticket": known.ticket})
        if self.switches["batch_counts_each"]:
            for _ in calls[1:]:
                self._take(self.payer(request))
        order = list(range(len(calls)))
        if parallel:
            self.rng.shuffle(order)
        made = Batch(self.new_id(), self.unix(), key, calls, bool(stops), self._public, order)
        self._line_up(made)
        self.batches.append(made)
        return Response.json(200, {"ticket": made.ticket})

    @route("GET", BATCH)
    def get_batch(self, request: Request) -> Response:
        ticket, escaped = request.param("ticket"), flag(request, "escapedJson", False)
        found = next((one for one in self.batches if one.ticket == ticket), None)
        if found is None or self.unix() - found.made > self.lag("ticket_seconds"):
            raise Refusal(None, f"Ticket {ticket} not found", 404)
        return Response.json(200, self._told(found, bool(escaped)))

    # --- taking a batch in ---------------------------------------------------------------------------------

    @staticmethod
    def _check(calls: list[Any], key: str | None) -> None:
        if not 0 < len(calls) <= MOST_CALLS:
            raise wrong(f"A batch has 1 to {MOST_CALLS} requests")
        for call in calls:
            checked(call, ITEM)
            path = str(call.get("path") or "")
            if not call.get("method") or not path.startswith("/") or path.startswith("/batch"):
                raise wrong("A request of a batch has a method and a path below the store")
            if call.get("body") not in (None, "") and not isinstance(call["body"], (dict, list)):
                raise wrong("The body of a request of a batch is an object")
        if key is not None:
            try:
                uuid.UUID(key)
            except ValueError as error:
                raise wrong("deduplicationKey must be a UUID") from error

    def _known(self, key: str | None, calls: list[Any]) -> Batch | None:
        """The batch that was made with this key within the hour. Raises Refusal where contents are compared."""
        fresh = [one for one in self.batches if key and one.key == key and self.unix() - one.made <= KEY_SECONDS]
        if fresh and self.switches["dedup_compares"] and fresh[0].calls != calls:
            raise Refusal("CONSTRAINT_VIOLATION", "deduplicationKey was used for another batch")
        return fresh[0] if fresh else None

    def _line_up(self, batch: Batch) -> None:
        ahead = max((one.at + one.step * (len(one.waiting) - 1) for one in self.batches if one.waiting), default=0.0)
        batch.step = self.lag("batch_lag") / len(batch.calls)
        batch.at = max(self.unix(), ahead) + batch.step

    # --- doing it ------------------------------------------------------------------------------------------

    def settle(self, everything: bool = False) -> None:
        """Also the calls of batches that are due."""
        super().settle(everything)
        now = self.unix()
        for batch in self.batches:
            while batch.waiting and (everything or batch.at <= now):
                self._do_next(batch)
            if batch.waiting:
                return

    def _do_next(self, batch: Batch) -> None:
        place = batch.waiting[0]
        answer = self._inside(batch, batch.calls[place])
        if answer.status >= 500 and not batch.stops and batch.tries < TRIES:
            batch.tries += 1
            batch.at += PAUSE
            return
        batch.tries = 0
        batch.at += batch.step
        failed = answer.status >= 400
        batch.done[place] = {
            "status": "FAILED" if failed else "COMPLETED",
            "httpStatusCode": answer.status,
            "httpStatusLine": HTTPStatus(answer.status).phrase,
            "body": answer.body.decode(),
        }
        if failed and batch.stops:
            for rest in batch.waiting:
                batch.done[rest] = {"status": "NOT_EXECUTED"}

    def _inside(self, batch: Batch, call: Mapping[str, Any]) -> Response:
        path, _, query = str(call["path"]).partition("?")
        body = call.get("body")
        request = Request(
            str(call["method"]),
            f"/api/v3/{self.store_id}{unquote(path)}",
            tuple(parse_qsl(query, keep_blank_values=True)),
            {"content-type": "application/json"},
            to_json(body) if body else b"",
        )
        broken = next((one for one in self.broken if one.times > 0 and one.path in request.path), None)
        if broken is not None:
            broken.times -= 1
            if broken.after:
                self._routed(request, batch.public)
            return self.problem(500, "The server met an error")
        return self._routed(request, batch.public)

    def _routed(self, request: Request, public: bool) -> Response:
        found = self.find(request)
        if found is None:
            return self._unknown(request)
        outer, self._public = self._public, public
        try:
            return self._dispatch(found[0], request, found[1])
        finally:
            self._public = outer

    # --- telling -------------------------------------------------------------------------------------------

    def _told(self, batch: Batch, escaped: bool) -> dict[str, Any]:
        waiting = batch.waiting
        begun = bool(batch.done or batch.tries or batch.at - batch.step <= self.unix())
        status = "COMPLETED" if not waiting else "IN_PROGRESS" if begun else "QUEUED"
        rows = [self._row(batch, place, escaped) for place in range(len(batch.calls)) if place in batch.done]
        return {
            "status": status,
            "totalRequests": len(batch.calls),
            "completedRequests": len(batch.calls) - len(waiting),
            "responses": rows,
        }

    def _row(self, batch: Batch, place: int, escaped: bool) -> dict[str, Any]:
        told = dict(batch.done[place])
        body = told.pop("body", None)
        row = {"id": str(batch.calls[place].get("id") or place), **told}
        if escaped and body is not None:
            row["escapedHttpBody"] = body
        elif body is not None and self.switches["batch_bodies"] == "objects":
            row["httpBody"] = Request("GET", "", body=body.encode()).json()
        return row

    def find(self, request: Request) -> tuple[Route, dict[str, str]] | None:
        """A batch of nothing but reads counts as a read."""
        found = super().find(request)
        if found is None or found[0].handler != "post_batch":
            return found
        try:
            calls = request.json()
        except (ValueError, RecursionError):
            return found
        reads = isinstance(calls, list) and all(isinstance(one, dict) and one.get("method") == "GET" for one in calls)
        return (replace(found[0], kind="read"), found[1]) if reads else found

    @locked
    def break_in_batch(self, path: str, times: int = 1, after: bool = False) -> None:
        """Let calls inside batches whose path holds ``path`` meet an error of the store's own, with or without
        having taken effect; the store repeats them by itself where the batch does not stop."""
        self.broken.append(Broken(path, times, after))

    # --- saved state ---------------------------------------------------------------------------------------

    def dump_state(self) -> dict[str, Any]:
        rows = [{**asdict(one), "done": [[place, told] for place, told in one.done.items()]} for one in self.batches]
        return {**super().dump_state(), "batches": rows}

    def load_state(self, state: dict[str, Any]) -> None:
        super().load_state(state)
        self.batches = [
            Batch(**{**one, "at": float(one["at"]), "step": float(one["step"]), "made": float(one["made"]),
                     "done": {int(place): dict(told) for place, told in one["done"]}})
            for one in state["batches"]
        ]  # fmt: skip
