"""Extract: read a platform's resources into raw tables, cursors moving in the same transaction as their rows.

The pages land in a schema of their own (``kit.landing``); what is kept, and how far the reading got, is decided here.
What a platform offers to read is its ``extract.py``.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from pipelines.kit.errors import CallFailed, MistakeInFiles
from pipelines.kit.landing import landing_schema
from pipelines.kit.platform import Reading, Resource
from pipelines.kit.warehouse import Warehouse, identifier
from pipelines.run import Run, store_calls
from pipelines.stages import cursors, missing
from pipelines.stages import proof as proof_of
from pipelines.stages.same_accounts import account_of, not_there, same_account

_SQL = Path(__file__).parent / "sql"
_MANY_ROWS = 20_000
APART = timedelta(hours=1)
"""So long after a whole read that lacked a record must another one lack it too (`reliability.md` §2.14)."""


@dataclass(frozen=True)
class ReadResult:
    """What one read of one resource brought: rows seen, changed, gone, whether it saw everything, rows known before."""

    resource: str
    table: str
    complete: bool
    rows: int
    changed: int
    gone: int
    without_id: int
    before: int


@dataclass(frozen=True)
class Landing:
    """What a read landed against what is known: records known before, rows and ids that came, rows that are news.

    ``there``: rows of known records that are not gone. ``waiting`` and ``held``: records missing from this list that
    wait for another reading, and for a person.
    """

    before: int
    rows: int
    ids: int
    news: int
    without_id: int
    there: int
    waiting: int
    held: int

    def old_news(self, doubt: proof_of.Doubtful) -> bool:
        """Whether nothing came that is not known as it came, and nothing can be missing."""
        if self.news or self.waiting or self.held or self.ids != self.rows or doubt.asked:
            return False
        if doubt.resource.details_of is not None:
            return self.rows == 0
        return self.rows == self.before or not doubt.proves

    def plain(self, doubt: proof_of.Doubtful) -> bool:
        """Whether no record came more than once, and none that is known can be missing: nothing is in doubt."""
        once = self.rows - self.without_id == self.ids
        return once and not doubt.asked and (self.there == self.before or not doubt.proves)


_Noted = tuple[ReadResult, list[str], datetime]
"""What a read brought, what a person should know of it, and when it was merged."""


def raw_table(platform: str, resource: str) -> tuple[str, str]:
    """Schema and name of a resource's raw table."""
    return f"raw_{platform}", f"{platform}_{resource}_raw"


def resources(run: Run, platform: str) -> Mapping[str, Resource]:
    """What this platform can be asked for."""
    found: Mapping[str, Resource] = run.platform(platform).load("resources")
    return found


def feed(run: Run, platform: str, flows: Container[str] = ()) -> dict[str, Reading]:
    """The readings of a whole platform: by cursor where there is one and the run is not full, else everything.

    What is read for one flow alone is among them where that is one of ``flows``; details and deletions never are.
    """
    readings: dict[str, Reading] = {}
    for name, resource in resources(run, platform).items():
        if resource.details_of is not None or (resource.flow is not None and resource.flow not in flows):
            continue
        if resource.of_documents:
            readings |= _of_documents(run, platform, resource)
            continue
        if resource.deletions_of is not None:
            continue
        by_cursor = resource.incremental and not run.wanted.full
        readings[name] = cursors.reading(run, platform, resource, raw_table(platform, name)) if by_cursor else Reading()
    return readings


def _of_documents(run: Run, platform: str, resource: Resource) -> dict[str, Reading]:
    """By cursor in every run: what is older than the first document is of no interest, and may be very much."""
    some = run.warehouse.one(_ANY_DOCUMENT, [f"{platform}__"])
    first = run.warehouse.one(_FIRST_DOCUMENT, [f"{platform}__"]) if some else None
    if first is None:
        return {}
    known = cursors.reading(run, platform, resource, raw_table(platform, resource.name))
    return {resource.name: Reading(after=first - 1) if known.after is None else known}


_ANY_DOCUMENT = """
SELECT EXISTS (FROM sync.intents WHERE starts_with(connection, ?) AND level = 'sale' AND action IN ('create', 'find'))
"""
_FIRST_DOCUMENT = "SELECT min(version) FROM sync.sale_documents WHERE starts_with(connection, ?)"


def extract(run: Run, platform: str, readings: Mapping[str, Reading]) -> list[ReadResult]:
    """Read the given resources and merge them into their raw tables.

    What a complete read lacks is taken as gone only where that is proved (``proof``), and only within the limit of
    ``missing`` or with a person's word. A cursor that nothing in its list bears out is refused: the list is read whole.
    Raises CredentialsRefused, PlatformUnreachable, MistakeInFiles where it is another account's or there is none;
    nothing is kept then.
    """
    if not readings:
        return []
    run.say(f"reading {platform}: {', '.join(readings)}")
    _land(run, platform, readings)
    account = account_of(resources(run, platform))
    if account is not None and account in readings:
        same_account(run, platform, (landing_schema(platform), account))
    refused = {name: Reading() for name, reading in readings.items() if _refused(run, platform, name, reading)}
    for name in [name for name in refused if resources(run, platform)[name].of_documents]:
        refused[name] = Reading(after=run.warehouse.one(_FIRST_DOCUMENT, [f"{platform}__"]) - 1)
    results = _keep(run, platform, {name: readings[name] for name in readings if name not in refused}, [])
    if refused:
        _land(run, platform, refused)
        said = "nothing is left where its cursor stands, as if that were in the future; it was read whole instead"
        results += _keep(run, platform, refused, [said])
    run.warehouse.con.execute(f"DROP SCHEMA IF EXISTS {identifier(landing_schema(platform))} CASCADE")
    return results


def _land(run: Run, platform: str, readings: Mapping[str, Reading]) -> None:
    found, session = resources(run, platform), run.session(platform)
    reads = {name: partial(found[name].read, session, reading) for name, reading in readings.items()}
    run.notes.update({_began(platform, name): run.context.monotonic() for name in readings})
    try:
        run.land(run.warehouse, run.folder / "dlt", platform, reads)
    except CallFailed as refusal:
        about = not_there(run.platform(platform), session, refusal)
        if about is None:
            raise
        raise MistakeInFiles(about) from refusal
    finally:
        store_calls(run)
    house, schemas = run.warehouse, (landing_schema(platform), raw_table(platform, "")[0])
    house.forget(landing_schema(platform))
    landed = {row["name"] for row in house.query(_TABLES, [landing_schema(platform)])}
    named = {name: _places(platform, name) for name in readings}
    lacking = [places for name, places in named.items() if name not in landed or not _stands(house, places)]
    for schema in schemas if lacking else ():
        house.con.execute(f"CREATE SCHEMA IF NOT EXISTS {identifier(schema)}")
    for places in lacking:
        house.run(_SQL / "raw.sql", places)


def has_changed(run: Run, platform: str, table: str) -> None:
    """Note that a raw table changed, in the transaction of its rows.

    Of one that this run's canonical tables were made of before, the number of the run does not tell: they would stay as
    they are, also where the run ends before they are made anew (I-28).
    """
    run.warehouse.con.execute(_UNFOLLOWED, {"table": table, "seq": run.seq, "start": f"{platform}_"})


_UNFOLLOWED = """
INSERT INTO sync.watermarks
SELECT 'unfollowed', $table, $seq
WHERE EXISTS (FROM sync.watermarks WHERE consumer = 'harmonize' AND starts_with(source, $start) AND seq >= $seq)
"""


def began(run: Run, platform: str, resource: str) -> float | None:
    """When this run's last read of a resource began, by the monotonic clock; None where it did not read it."""
    moment: float | None = run.notes.get(_began(platform, resource))
    return moment


def _began(platform: str, resource: str) -> str:
    return f"read {platform}/{resource}"


def _stands(house: Warehouse, places: Mapping[str, tuple[str, str]]) -> bool:
    return house.exists(*places["raw"], column="defect")


_TABLES = "SELECT table_name AS name FROM duckdb_tables() WHERE schema_name = ? AND NOT temporary"


def _places(platform: str, name: str) -> dict[str, tuple[str, str]]:
    return {"landing": (landing_schema(platform), name), "raw": raw_table(platform, name)}


def _refused(run: Run, platform: str, name: str, reading: Reading) -> bool:
    """Whether a read that begins below its cursor brought nothing: the record that has that version would have come."""
    if reading.until is None:
        return False
    rows: int = run.warehouse.one(f"SELECT count(*) FROM {identifier(landing_schema(platform), name)}")  # noqa: S608
    return rows == 0


def _keep(run: Run, platform: str, readings: Mapping[str, Reading], notes: list[str]) -> list[ReadResult]:
    """Prove what is in doubt, then merge all that landed, in one transaction."""
    if not readings:
        return []
    house, landed = run.warehouse, []
    for (name, reading), landing in zip(readings.items(), _landings(run, platform, list(readings)), strict=True):
        places = _places(platform, name)
        if landing.before > _MANY_ROWS:
            house.widen()
        resource = resources(run, platform)[name]
        doubt = proof_of.Doubtful(platform, resource, reading, places["landing"], places["raw"], [], [])
        if not landing.old_news(doubt) and not landing.plain(doubt):
            doubt = proof_of.doubtful(run, doubt)
        landed.append((doubt, _proof(run, doubt, landing), landing))
    with house.transaction():
        told = {one.resource.name: one.landing for one, _, its in landed if _told(one, its)}
        marks = cursors.Marks(run, platform, told)
        merged = [_merge(run, marks, *one, notes) for one in landed]
        marks.keep()
        _note_reads(run, platform, merged)
    return [result for result, _, _ in merged]


def _told(doubt: proof_of.Doubtful, landing: Landing) -> bool:
    """Whether it matters which versions came."""
    return not landing.old_news(doubt) or (landing.rows > 0 and doubt.resource.incremental)


def _landings(run: Run, platform: str, names: Sequence[str]) -> list[Landing]:
    came = run.warehouse.row_each(_SQL / "landing.sql", [_places(platform, name) for name in names])
    rows = run.warehouse.rows(_SQL / "landing_waits.sql", platform=platform, held_class=missing.CLASS)
    waits = {row.pop("resource"): row for row in rows}
    none = {"waiting": 0, "held": 0}
    return [Landing(**one, **waits.get(name, none)) for name, one in zip(names, came, strict=True)]


def _merge(
    run: Run, marks: cursors.Marks, doubt: proof_of.Doubtful, proof: proof_of.Proof, landing: Landing, notes: list[str]
) -> _Noted:
    if landing.old_news(doubt):
        return _look(run, marks, doubt, landing, notes)
    house, platform, name, reading = run.warehouse, doubt.platform, doubt.resource.name, doubt.reading
    before = landing.before
    places = {"landing": doubt.landing, "raw": doubt.raw}
    found = marks.seen(name, complete=doubt.whole)
    changed = house.run(_SQL / "fresh.sql", places, anew=found.anew)
    if changed:
        house.run(_SQL / "merge.sql", places, run_id=run.run_id, seq=run.seq)
    rows: int = house.one("SELECT count(*) FROM fresh")
    lost = gone = 0
    if doubt.absent or doubt.asked or landing.waiting:  # what was proved to be there is not absent any more
        lost = house.run(_SQL / "absent.sql", places, complete=doubt.proves, asked=doubt.asked)
    if doubt.proves or doubt.asked or landing.waiting:
        gone = _mark_gone(run, doubt, proof.gone, missing.Seen(name, before, rows, lost), landing)
    table = doubt.raw[1]
    result = ReadResult(name, table, doubt.whole, rows, changed, gone, landing.without_id, before)
    if changed or gone:
        has_changed(run, platform, table)
    if doubt.resource.details_of is not None:
        of = {"list": raw_table(platform, doubt.resource.details_of)}
        house.run(_SQL / "detailed.sql", of, platform=platform, resource=name)
    if doubt.resource.incremental:
        marks.move(name, reading, found, result.changed)
    return result, [*notes, *proof.notes, *_said(result, reading, found, lost)], run.context.now()


def _look(run: Run, marks: cursors.Marks, doubt: proof_of.Doubtful, landing: Landing, notes: list[str]) -> _Noted:
    """A read that told nothing new: the cursor learns of it, and nothing is merged."""
    name, reading = doubt.resource.name, doubt.reading
    found = marks.seen(name, complete=doubt.whole) if _told(doubt, landing) else cursors.Seen(None, 0, False)
    result = ReadResult(name, doubt.raw[1], doubt.whole, landing.rows, 0, 0, 0, landing.before)
    if doubt.resource.incremental:
        marks.move(name, reading, found, 0)
    return result, [*notes, *_said(result, reading, found, 0)], run.context.now()


def _mark_gone(run: Run, doubt: proof_of.Doubtful, proven: list[str], seen: missing.Seen, landing: Landing) -> int:
    house, now, places = run.warehouse, run.context.now(), {"landing": doubt.landing, "raw": doubt.raw}
    belief: missing.Belief = "within"
    if doubt.proves and (seen.lost or landing.held or not missing.within(seen)):
        absent = [row["id"] for row in house.query("SELECT id FROM absent")] if seen.lost else []
        lost = missing.unexplained(run, doubt.platform, absent)
        belief = missing.may_be_gone(run, doubt.platform, replace(seen, lost=lost))
    if not (seen.lost or doubt.asked or landing.waiting):
        return 0
    house.run(
        _SQL / "gone.sql", places, believed=belief != "no", word=belief == "word", proven=proven, complete=doubt.proves,
        asked=doubt.asked, run_id=run.run_id, seq=run.seq, platform=doubt.platform, resource=seen.resource, now=now,
        hour_ago=now - APART,
    )  # fmt: skip
    gone: int = house.one("SELECT count(*) FROM now_gone")
    return gone


def _proof(run: Run, doubt: proof_of.Doubtful, landing: Landing) -> proof_of.Proof:
    """What the doubtful records are by themselves; not asked where the list lacks more than a person would believe."""
    if doubt.reading.complete and doubt.absent:
        lost = missing.unexplained(run, doubt.platform, doubt.absent)
        if not missing.within(missing.Seen(doubt.resource.name, landing.before, landing.ids, lost)):
            return proof_of.Proof()
    try:
        return proof_of.settle(run, doubt)
    finally:
        store_calls(run)


def _said(result: ReadResult, reading: Reading, found: cursors.Seen, lost: int) -> list[str]:
    """What a person should know of a read."""
    said = [f"{doubt}; nothing is taken as gone from this reading" for doubt in reading.doubts]
    if found.beyond:
        said.append(f"{found.beyond} of its versions are higher than any can be; the cursor stays below them")
    if found.anew:
        said.append("its versions are counted anew, below the cursor; what came counts")
    if result.gone:
        them = "1 record is there no more" if result.gone == 1 else f"{result.gone} records are there no more"
        said.append(f"{them}: not in the list, and not found by id")
    if result.complete and lost > result.gone:
        missing = lost - result.gone
        said.append(f"{missing} record{'' if missing == 1 else 's'} did not come; nothing is concluded yet")
    return said


def _note_reads(run: Run, platform: str, reads: Sequence[_Noted]) -> None:
    values: list[Any] = []
    for one, notes, moment in reads:
        values += [run.run_id, platform, one.resource, one.complete, one.rows, one.changed, one.gone, one.before]
        values += [one.without_id, moment, notes]
    run.warehouse.con.execute(_NOTE + ", ".join(["(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"] * len(reads)), values)


_NOTE = """
INSERT INTO sync.reads
(run_id, platform, resource, complete, rows, changed, gone, rows_before, without_id, recorded_at, notes)
VALUES
"""
