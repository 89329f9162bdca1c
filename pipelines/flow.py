"""One run from left to right: extract → harmonize → link → map → plan → validate → write, for every connection.

The same steps, one by one, are the assets of the orchestrator; here they are called in order, without it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from pipelines.kit.errors import CredentialsRefused, TillsyncError
from pipelines.kit.platform import Reading
from pipelines.run import Connection, Run
from pipelines.stages import (
    aged,
    deletions,
    extract,
    finish,
    harmonize,
    link,
    map,  # noqa: A004
    order_feed,
    orders,
    plan,
    validate,
    write,
)
from pipelines.stages.recover import recover
from pipelines.stages.same_accounts import account_of, called_anew


@contextmanager
def timed(run: Run, stage: str) -> Iterator[None]:
    """Add the seconds of a stage to the run."""
    began = run.context.monotonic()
    try:
        yield
    finally:
        run.seconds[stage] = run.seconds.get(stage, 0.0) + run.context.monotonic() - began


def mode_of(run: Run, connection: Connection) -> str:
    """``first``, ``full`` or ``incremental``; ``undo`` and ``retry`` for runs about part of what is known."""
    if run.wanted.undo is not None or run.wanted.retry is not None:
        return "undo" if run.wanted.undo is not None else "retry"
    if link.is_first(run, connection):
        return "first"
    return "full" if run.wanted.full else "incremental"


def read_source(run: Run, platform: str) -> tuple[list[extract.ReadResult], list[harmonize.Harmonized]]:
    """Read a till and bring its canonical tables up to date."""
    with timed(run, "extract"):
        read = _read_till(run, platform)
    with timed(run, "harmonize"):
        return read, harmonize.harmonize(run, platform)


def _read_till(run: Run, platform: str) -> list[extract.ReadResult]:
    """Where it is refused with what orders need, once more without: a scope taken away stops no levels (B50)."""
    flows = order_feed.of_source(run, platform)
    try:
        return extract.extract(run, platform, extract.feed(run, platform, flows))
    except CredentialsRefused as error:
        if not flows:
            raise
        read = extract.extract(run, platform, extract.feed(run, platform, frozenset()))
        order_feed.refuse(run, platform, error)
        return read


def read_target(run: Run, connection: Connection) -> tuple[list[extract.ReadResult], list[harmonize.Harmonized]]:
    """Read what the store holds of the work set, and bring its canonical tables up to date."""
    with timed(run, "extract"):
        read = extract_platform(run, connection.target)
    with timed(run, "harmonize"):
        return read, harmonize.harmonize(run, connection.target)


def extract_platform(run: Run, platform: str) -> list[extract.ReadResult]:
    """Read a platform once for the run's connections: as their till by cursor, as their store for their work sets.

    Of a store the lists of orders as well, after them what hangs on those that are new or changed, and what it says was
    deleted. They are never older than the levels, which count nothing that was ordered since (I-9).
    """
    as_store = [connection for connection in run.connections.values() if connection.target == platform]
    if not as_store:
        return _read_till(run, platform)
    results = _read_account(run, platform)
    results += _read_orders(run, platform, as_store)
    results += deletions.follow(run, platform, as_store)
    again = [aged.read_again(run, till) for till in sorted({connection.source for connection in as_store})]
    if any(again):
        results += _read_orders(run, platform, as_store)
    readings: dict[str, Reading] = {}
    for connection in as_store:
        branch = run.of(connection.name)
        link.work_set(branch, connection)
        for name, reading in link.readings_of_target(branch, connection).items():
            readings[name] = _both(readings[name], reading) if name in readings else reading
    return results + extract.extract(run, platform, readings)


def _read_account(run: Run, platform: str) -> list[extract.ReadResult]:
    """First of all where the merchants file calls it in another way: it may be another shop's (S001-51)."""
    account = account_of(extract.resources(run, platform))
    return extract.extract(run, platform, {account: Reading()}) if account and called_anew(run, platform) else []


def _read_orders(run: Run, platform: str, connections: list[Connection]) -> list[extract.ReadResult]:
    """The lists, then the details of what is new in them; before the levels, which orders explain (§2.5.6).

    Where they are refused, the run goes on without orders; where the token is, the next list says so and ends it (B50).
    """
    lists = _of_orders(order_feed.readings(run.of(one.name), one) for one in connections)
    if not lists:
        return []
    try:
        return _read_whole_orders(run, platform, connections, lists)
    except CredentialsRefused as error:
        order_feed.refuse(run, platform, error)
        return []


def _read_whole_orders(
    run: Run, platform: str, connections: list[Connection], lists: Mapping[str, Reading]
) -> list[extract.ReadResult]:
    results = extract.extract(run, platform, lists)
    again = {one.name: orders.doubtful(run.of(one.name), one) for one in connections}
    details = _of_orders(order_feed.details(run.of(one.name), one, again[one.name]) for one in connections)
    results += extract.extract(run, platform, details)
    order_feed.looked_at(run, platform)
    harmonize.harmonize(run, platform)
    return results


def _of_orders(wanted: Iterable[Mapping[str, Reading]]) -> dict[str, Reading]:
    readings: dict[str, Reading] = {}
    for one in wanted:
        for name, reading in one.items():
            readings[name] = order_feed.both(readings[name], reading) if name in readings else reading
    return readings


def _both(one: Reading, other: Reading) -> Reading:
    if one.complete or other.complete:
        return Reading()
    keys = sorted({*(one.keys or []), *(other.keys or [])})
    skus = sorted({*(one.skus or []), *(other.skus or [])})
    return Reading(keys=keys or None, skus=skus or None)


def decide(run: Run, connection: Connection) -> validate.Verdict:
    """Link, map, plan and judge; nothing is written to a platform."""
    with timed(run, "link"):
        link.work_set(run, connection)
        link.link(run, connection)
    with timed(run, "map"):
        map.map_fields(run, connection)
    with timed(run, "plan"):
        plan.plan(run, connection)
    with timed(run, "validate"):
        return validate.validate(run, connection)


def sync(run: Run, connection: Connection, *, source_is_read: bool = False) -> dict[str, Any]:
    """One connection from end to end; returns the summary. Raises what stopped it, after settling what was done."""
    started: datetime = run.context.now()
    mode = mode_of(run, connection)
    recover(run)
    if not source_is_read:
        read_source(run, connection.source)
    read_target(run, connection)
    run = run.of(connection.name)
    verdict = decide(run, connection)
    if run.wanted.write and verdict.passed:
        try:
            with timed(run, "write"):
                write.write(run, connection)
        except TillsyncError:
            finish.finish(run, connection, mode, started, "passed")
            raise
    return finish.finish(run, connection, mode, started, verdict_word(run, verdict))


def verdict_word(run: Run, verdict: validate.Verdict) -> str:
    """``passed``, ``failed`` or ``empty`` for the summary."""
    if not verdict.passed:
        return "failed"
    rows = run.warehouse.one("SELECT count(*) FROM plan")
    return "passed" if rows else "empty"
