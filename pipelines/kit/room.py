"""Room on the disk: a run that could not keep what it reads and does is not begun (`reliability.md` T29, B104)."""

from __future__ import annotations

import shutil
from pathlib import Path

from pipelines.kit.errors import Problem, TillsyncError

LEAST = 256 * 2**20
"""Bytes that must be free beside as much as the merchant's folder holds: a run may write every table anew."""


def need_room(folder: Path) -> None:
    """Raise TillsyncError where the disk of a merchant's folder has less room than a run may take."""
    held = sum(file.stat().st_size for file in folder.glob("warehouse.duckdb*"))
    free, wanted = shutil.disk_usage(folder).free, LEAST + held
    if free < wanted:
        raise TillsyncError(
            Problem(
                "disk_full",
                f"there is too little room on the disk for a run of {folder.name}; nothing was read or written",
                found=f"{_megabytes(free)} free",
                expected=f"{_megabytes(wanted)}: the warehouse's own size and {_megabytes(LEAST)}",
                do="make room, or move TILLSYNC_HOME to a larger disk, then run again; nothing is lost",
            )
        )


def _megabytes(count: int) -> str:
    return f"{count // 2**20} MB"
