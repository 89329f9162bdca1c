"""What a store says was deleted: ids, each asked for by itself before it is believed (`reliability.md` §2.14).

Such a list may be late, lack what it should have, or be refused: what it does not name is not taken for there, and a
whole read still finds it. So no run ends because of one, and it is read on from where it was read last. What is gone of
the catalogue is gone; an order or an account stays, with when it was deleted, because what was recorded of it at the
till stays too. Which lists there are, a platform says (``Resource.deletions_of``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from pipelines.kit.errors import CallFailed, CredentialsRefused, PlatformUnreachable
from pipelines.kit.platform import Reading, Resource
from pipelines.run import Connection, Run, store_calls
from pipelines.stages import harmonize, order_feed
from pipelines.stages.extract import ReadResult, extract, has_changed, raw_table, resources
from pipelines.stages.proof import AT_ONCE, Doubtful, answers, by_id

_SQL = Path(__file__).parent / "sql"
_SINCE = """
SELECT coalesce(max(recorded_at) FILTER (resource = $resource), min(recorded_at) FILTER (resource = $of)) AS since
FROM sync.reads WHERE platform = $platform
"""
_NOTE = """
UPDATE sync.reads SET notes = list_append(coalesce(notes, []), $said)
WHERE run_id = $run_id AND platform = $platform AND resource = $resource
"""


_FAILED = (CallFailed, CredentialsRefused, PlatformUnreachable)
_REFUSED = """
INSERT INTO sync.reads (run_id, platform, resource, complete, rows, changed, gone, rows_before, without_id, notes)
VALUES ($run_id, $platform, $resource, false, 0, 0, 0, 0, 0, [$said])
"""
"""Without a moment: it was not read."""


def follow(run: Run, platform: str, connections: Iterable[Connection]) -> list[ReadResult]:
    """Read a store's lists of deletions since they were read last, and take over what they name and is not there.

    Only of what is known: a store that was never read has nothing to lose.
    """
    if run.wanted.undo is not None:
        return []
    found = resources(run, platform)
    ordered = any(order_feed.flows(run, one) for one in connections)
    lists = {
        name: one for name, one in found.items()
        if one.deletions_of is not None and (one.flow is None or ordered)
        and run.warehouse.exists(*raw_table(platform, one.deletions_of))
    }  # fmt: skip
    results = _read(run, platform, lists)
    known = [one for name, one in lists.items() if run.warehouse.exists(*raw_table(platform, name))]
    if sum(_settle(run, platform, one, found) for one in known):
        harmonize.harmonize(run, platform)
    return results


def _read(run: Run, platform: str, lists: Mapping[str, Resource]) -> list[ReadResult]:
    """All lists at once; where one is refused each by itself, and what cannot be read is left and told."""
    readings = {name: _reading(run, platform, one) for name, one in lists.items()}
    try:
        return extract(run, platform, readings)
    except _FAILED as error:
        if len(lists) > 1:
            return [result for name, one in lists.items() for result in _read(run, platform, {name: one})]
        said = f"the list of what was deleted could not be read ({error.problems[0].message}); a whole reading finds it"
        bound = {"run_id": run.run_id, "platform": platform, "resource": next(iter(lists)), "said": said}
        run.warehouse.con.execute(_REFUSED, bound)
        return []


def _reading(run: Run, platform: str, resource: Resource) -> Reading:
    """From when it was read last; the first time from when the records were first read that it is about."""
    values = {"platform": platform, "resource": resource.name, "of": resource.deletions_of}
    return Reading(since=run.warehouse.one(_SINCE, values) or run.began)


def _settle(run: Run, platform: str, resource: Resource, found: Mapping[str, Resource]) -> int:
    """How many known records are found to be deleted; one that is there by itself is not asked for again."""
    of = found[resource.deletions_of or ""]
    raw, named = raw_table(platform, of.name), raw_table(platform, resource.name)
    places, also = {"of": raw, "deleted": named}, f"$.{resource.also_named}" if resource.also_named else None
    bound = {"platform": platform, "resource": resource.name}
    run.warehouse.run(_SQL / "deletions.sql", places, **bound, also=also, most=AT_ONCE)
    ids = [row["id"] for row in run.warehouse.query("SELECT id FROM named_deleted ORDER BY id")]
    if not ids:
        return 0
    asked = Doubtful(platform, of, Reading(), raw, raw, ids, [])
    try:
        there = set(by_id(run, asked, ids)["id"].to_pylist())
        believed = bool(there) or answers(run, asked)
    except _FAILED as error:
        said = f"whether {len(ids)} of the {of.name} were deleted cannot be asked ({error.problems[0].message})"
        run.warehouse.con.execute(_NOTE, {**bound, "run_id": run.run_id, "said": f"{said}; a later run asks again"})
        return 0
    finally:
        store_calls(run)
    gone = [key for key in ids if key not in there] if believed else []
    with run.warehouse.transaction():
        run.warehouse.run(
            _SQL / "deletions_taken.sql", {"of": raw}, **bound, gone=gone, there=sorted(there), seq=run.seq,
            run_id=run.run_id, stays=of.flow is not None,
        )  # fmt: skip
        if gone:
            has_changed(run, platform, raw[1])
    if gone:
        said = (
            f"{len(gone)} of the {of.name} were deleted in the store, by its own list, and are not there by themselves"
        )
        run.warehouse.con.execute(_NOTE, {**bound, "run_id": run.run_id, "said": said})
    return len(gone)
