"""An outlet, register or store location that a file names, among those an account has: one lookup for check and run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pipelines.kit.errors import MistakeInFiles, Problem


def named(
    wanted: str, there: Sequence[Mapping[str, Any]], what: str, connection: str, key: str = "location_id"
) -> Mapping[str, Any]:
    """The one row whose ``key`` or ``name`` is wanted; one that is deleted only where none lives.

    Raises MistakeInFiles where there is none, or where there are several, naming those there are.
    """
    called = [row for row in there if wanted in {row[key], row["name"]}]
    found = [row for row in called if row.get("deleted_at") is None] or called
    if len(found) == 1:
        return found[0]
    raise MistakeInFiles(
        Problem(
            "unmapped_outlet",
            f"{connection}: there is no {what} `{wanted}`"
            if not found
            else f"{what} `{wanted}` is there {len(found)} times",
            found=wanted,
            expected="one of " + ", ".join(f"{row['name']} ({row[key]})" for row in there),
            do="correct the name under `outlets:`, `register:` or `locations:`",
        )
    )
