"""Whatever a feed shows when, whatever breaks off: what lies below a committed cursor was staged (I-28, I-30)."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import Message
from io import BytesIO
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

import pyarrow as pa
import pytest
import requests
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse

from pipelines.kit.calls import Context
from pipelines.kit.errors import PlatformUnreachable
from pipelines.kit.http import mount
from pipelines.kit.paging import RAW_SCHEMA
from pipelines.kit.platform import Reading, Resource
from pipelines.kit.secret import Secret
from pipelines.platforms import discover
from pipelines.platforms.lightspeed_x.client import connect
from pipelines.platforms.lightspeed_x.extract import RESOURCES
from pipelines.run import Run, Wanted, open_run
from pipelines.stages import extract
from tests.sim.seams import land

TILL = "lightspeed_x"
RAW = f"raw_{TILL}.{TILL}_products_raw"
LAGS = (0, 10, 45)
"""Seconds until a change is visible; a cursor settles after 60."""
Break = Literal["page", "commit"] | None


@dataclass(frozen=True)
class Change:
    """One version of one record and when it becomes visible."""

    key: int
    version: int
    visible: datetime


@dataclass(frozen=True)
class Step:
    """Changes ``(record, how far its version is above the last, lag)``, then a read some seconds later."""

    changes: list[tuple[int, int, int]]
    seconds: int
    breaks: Break
    full: bool


@dataclass
class Source(HTTPAdapter):
    """A list by version that shows of each record the newest version that is visible by now."""

    now: Callable[[], datetime]
    changes: list[Change] = field(default_factory=list)
    broken: bool = False

    def __post_init__(self) -> None:
        super().__init__()

    def shown(self) -> list[Change]:
        """What is visible now, by version."""
        newest: dict[int, Change] = {}
        for change in sorted(self.changes, key=lambda one: one.version):
            if change.visible <= self.now():
                newest[change.key] = change
        return sorted(newest.values(), key=lambda one: (one.version, one.key))

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        query = parse_qs(urlsplit(request.url or "").query)
        after, size = int(query["after"][0]), int(query["page_size"][0])
        if self.broken and after > 0:
            raise requests.ConnectTimeout("nothing there", request=request)
        page = [one for one in self.shown() if one.version > after][:size]
        rows = [{"id": str(one.key), "version": one.version, "deleted_at": None} for one in page]
        raw = HTTPResponse(BytesIO(json.dumps({"data": rows}).encode()), status=200, preload_content=False,
                           headers=Message())  # fmt: skip
        return self.build_response(request, raw)


class Clock:
    """The time of one example."""

    def __init__(self) -> None:
        self.moment = datetime.fromisoformat("2026-03-02T09:00:00+00:00")

    def now(self) -> datetime:
        return self.moment

    def seconds(self) -> float:
        return self.moment.timestamp()

    def wait(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


@dataclass
class Feeds:
    """Opens runs that read one list of a till and nothing else."""

    world: Any
    folder: Path
    homes: Iterator[int] = field(default_factory=itertools.count)

    def open(self, clock: Clock) -> Run:
        merchant, connection = self.world.connection()
        context = Context(run_id="read", wait=clock.wait, now=clock.now, monotonic=clock.seconds)
        home = self.folder / str(next(self.homes))
        run = open_run(merchant, [connection], Wanted((connection.name,)), home, context)
        run.land = land
        return run


@pytest.fixture
def feeds(make_world: Callable[..., Any], tmp_path: Path) -> Feeds:
    return Feeds(make_world(), tmp_path)


def connected(run: Run, source: Source, page_size: int) -> None:
    """Let the run read this source."""
    account = discover()[TILL].account.model_validate({"base_url": "http://127.0.0.1:1", "page_size": page_size})
    run._sessions[TILL] = mount(connect(account, Secret("t0ken", "T"), run.context), source)  # type: ignore[arg-type]


STEPS = st.builds(
    Step,
    changes=st.lists(st.tuples(st.integers(0, 7), st.integers(0, 3), st.sampled_from(LAGS)), max_size=5),
    seconds=st.sampled_from([5, 5, 50, 70, 900]),
    breaks=st.sampled_from([None, None, None, "page", "commit"]),
    full=st.sampled_from([False, False, False, True]),
)


def publish(source: Source, step: Step, now: datetime) -> None:
    """Make a step's changes; up to three records of a step share a version, one record never has the same twice."""
    began = max((one.version for one in source.changes), default=10**9)
    for key, above, lag in step.changes:
        version = max((one.version for one in source.changes), default=began) + above
        same = [one.key for one in source.changes if one.version == version]
        if version == began or key in same or len(same) > 2:
            version = max(version, *(one.version for one in source.changes), began) + 1
        source.changes.append(Change(key, version, now + timedelta(seconds=lag)))


def lost(run: Run, changes: list[Change]) -> list[Change]:
    """Which of these are not staged, with that version or a later one."""
    rows = run.warehouse.query(f"SELECT id, version FROM {RAW}") if run.warehouse.exists(*RAW.split(".")) else []  # noqa: S608
    staged = {int(row["id"]): row["version"] for row in rows}
    return [one for one in changes if staged.get(one.key, -1) < one.version]


def committed(run: Run) -> tuple[int, bool]:
    """The cursor and whether it is settled."""
    rows = run.warehouse.query("SELECT value, settled_at IS NOT NULL AS settled FROM sync.cursors")
    return (rows[0]["value"], rows[0]["settled"]) if rows else (0, False)


def failing(*_: Any) -> None:
    raise KeyboardInterrupt


@pytest.mark.invariant("I-28")
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(steps=[Step([(0, 1, 45), (1, 1, 0)], 5, None, False)], page_size=4)
@given(steps=st.lists(STEPS, min_size=1, max_size=6), page_size=st.integers(4, 6))
def test_what_lies_below_a_committed_cursor_was_staged(feeds: Feeds, steps: list[Step], page_size: int) -> None:
    clock = Clock()
    source, run = Source(clock.now), feeds.open(clock)
    connected(run, source, page_size)
    last = [Step([], 70, None, False), Step([], 3700, None, False)]
    try:
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(extract, "resources", lambda *_: {"products": RESOURCES["products"]})
            for step in [*steps, *last]:
                publish(source, step, clock.now())
                clock.wait(step.seconds)
                cursor, settled = committed(run)
                reading = Reading() if step.full or not cursor else extract.feed(run, TILL)["products"]
                source.broken = step.breaks == "page"
                visible = [one for one in source.changes if one.visible <= clock.now()]
                with pytest.MonkeyPatch.context() as broken:
                    if step.breaks == "commit":
                        broken.setattr(extract, "_note_reads", failing)
                    try:
                        extract.extract(run, TILL, {"products": reading})
                        assert (reading.after is not None and reading.until is None) or not lost(run, visible)
                    except (KeyboardInterrupt, PlatformUnreachable):
                        assert committed(run) == (cursor, settled)
                cursor, settled = committed(run)
                assert not settled or not lost(run, [one for one in source.changes if one.version <= cursor])
        assert lost(run, source.changes) == []
    finally:
        run.close()


@pytest.mark.invariant("I-30")
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_the_order_and_the_number_of_readings_do_not_matter(feeds: Feeds, data: st.DataObject) -> None:
    seen = data.draw(st.lists(st.tuples(st.integers(0, 4), st.integers(1, 5)), min_size=1, max_size=8))
    again = data.draw(st.permutations([*seen, *data.draw(st.lists(st.sampled_from(seen), max_size=4))]))
    assert staged(feeds, seen) == staged(feeds, again)


def staged(feeds: Feeds, observations: list[tuple[int, int]]) -> list[dict[str, Any]]:
    """The raw rows after these observations ``(record, version)``, two to a reading."""
    run = feeds.open(Clock())
    connected(run, Source(run.context.now), 4)
    try:
        for at in range(0, len(observations), 2):
            rows = [{"id": f"r{key}", "version": version, "record": json.dumps({"id": f"r{key}", "price": version})}
                    for key, version in observations[at : at + 2]]  # fmt: skip
            table = pa.Table.from_pylist(rows, schema=RAW_SCHEMA)
            resource = Resource("products", lambda *_, page=table: iter([page]), incremental=True)
            with pytest.MonkeyPatch.context() as patched:
                patched.setattr(extract, "resources", lambda *_, one=resource: {"products": one})
                extract.extract(run, TILL, {"products": Reading(after=0)})
        return run.warehouse.query(f"SELECT id, version, CAST(record AS VARCHAR) AS record FROM {RAW} ORDER BY id")  # noqa: S608
    finally:
        run.close()
