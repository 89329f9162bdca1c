"""Levels of a till that were read long before they are used: read once more, from the cursor on.

What lies between, waiting for a store that asks for patience above all, sells at the till meanwhile: a level that goes
out is otherwise as old as the run (`reliability.md` §2.5.3: the snapshot is of the moment its reading began).
"""

from __future__ import annotations

from pipelines.kit.errors import CredentialsRefused, PlatformUnreachable
from pipelines.run import Run
from pipelines.stages import cursors, extract, harmonize

LEVELS = "inventory"
AGED_SECONDS = 60.0


def read_again(run: Run, platform: str) -> bool:
    """Read a till's levels again where the reading of this run began more than ``AGED_SECONDS`` ago; whether it was.

    Before anything is recorded there and before the work set is made, which follows what came. A till that does not
    answer now leaves what was read: levels may fall by that (§2.5.7).
    """
    resource, began = extract.resources(run, platform).get(LEVELS), extract.began(run, platform, LEVELS)
    wanted = "stock" in run.wanted.only and run.wanted.undo is None
    if resource is None or not resource.incremental or began is None or not wanted:
        return False
    if run.context.monotonic() - began <= AGED_SECONDS:
        return False
    reading = cursors.reading(run, platform, resource, extract.raw_table(platform, LEVELS))
    try:
        came = extract.extract(run, platform, {LEVELS: reading})
    except (CredentialsRefused, PlatformUnreachable):
        run.say(f"{platform} does not tell its levels again; those read before count")
        return False
    if any(one.changed for one in came):
        harmonize.harmonize(run, platform)
    return True
