"""Records that a complete read lacks: believed within a limit, else held until a person says that they are gone.

Half an answer looks like a mass deletion (`reliability.md` §2.11, §2.14). What is missing is counted against what was
there; a record that comes marked as deleted is not missing. The limit is ``quality/plan_limits.yaml``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pipelines.language.canonical import canonical_table
from pipelines.language.quality import house_limits
from pipelines.run import Run

_SQL = Path(__file__).parent / "sql"
CLASS = "records_missing"
Belief = Literal["no", "within", "word"]
"""Whether what did not come may be gone: not at all, where it is proved, or because a person says so."""


@dataclass(frozen=True)
class Seen:
    """A complete read of one list: records known before, records that came, and known ones that did not.

    Those that were deleted by us are none of the lost.
    """

    resource: str
    before: int
    rows: int
    lost: int


def within(seen: Seen) -> bool:
    """Whether a read lacks no more than the limit; an emptied list is never within it."""
    limit = house_limits().missing
    emptied = seen.rows == 0 and seen.before > 0
    return not emptied and seen.lost <= max(limit.count, int(limit.share * seen.before))


def unexplained(run: Run, platform: str, absent: Sequence[str]) -> int:
    """How many of the records that did not come are not away because this product deleted them itself."""
    variants = canonical_table(platform, "variants")
    if not absent or not run.warehouse.exists(*variants):
        return len(absent)
    bound = {"platform": platform, "absent": list(absent)}
    own: int = run.warehouse.rows(_SQL / "own_deletions.sql", {"variants": variants}, **bound)[0]["records"]
    return len(absent) - own


def may_be_gone(run: Run, platform: str, seen: Seen) -> Belief:
    """Whether what did not come may be taken as gone; where not, every connection of the platform gets a hold.

    An approval covers as many missing records as were shown to the person who gave it, in one read; ``--yes`` approves
    whatever is missing and records it.
    """
    house, item, inside = run.warehouse, f"{platform}/{seen.resource}", within(seen)
    waiting = house.rows(_SQL / "missing_waiting.sql", item=item, held_class=CLASS, now=run.context.now())[0]
    if inside and not waiting["waits"]:
        return "within"
    shown = waiting["lost"]
    approved = not inside and shown is not None and seen.lost <= shown
    house.run(
        _SQL / "missing.sql",
        item=item,
        name=f"{seen.resource} of {platform}",
        connections=[one.name for one in run.connections.values() if platform in (one.source, one.target)],
        before=seen.before,
        after=seen.before - seen.lost,
        raised=not inside and not approved,
        applied=not inside and (approved or run.wanted.yes),
        now=run.context.now(),
        run_id=run.run_id,
        held_class=CLASS,
    )
    if inside:
        return "within"
    return "word" if approved or run.wanted.yes else "no"
