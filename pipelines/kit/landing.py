"""Landing: the tables of a read, put side by side into a schema of their own, through dlt.

What is kept of them, and how far the reading got, is the extract stage's business.
"""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

import duckdb
import pyarrow as pa

from pipelines.kit.errors import PlatformUnreachable, Problem, TillsyncError
from pipelines.kit.paging import RAW_SCHEMA
from pipelines.kit.warehouse import Warehouse, identifier

Reads = Mapping[str, Callable[[], Iterator[pa.Table]]]
"""By resource: what yields its pages as tables of ``RAW_SCHEMA``. Called once, in this order."""
Lander = Callable[[Warehouse, Path, str, Reads], None]
"""``(house, folder, platform, reads)``: afterwards ``landing_schema(platform)`` holds one table per resource that had
rows, and nothing else; a resource without rows may have none. Raises what a read raised; then nothing may be merged."""
QUIET = {
    "RUNTIME__DLTHUB_TELEMETRY": "false",
    "RUNTIME__LOG_LEVEL": "CRITICAL",
    "DATA_WRITER__BUFFER_MAX_ITEMS": "20000",
    "NORMALIZE__DATA_WRITER__FILE_MAX_ITEMS": "100000",
    "NORMALIZE__WORKERS": "1",
    "RESTORE_FROM_DESTINATION": "false",
}
"""One worker is no process beside this one: it would hold the merchant for ever were this one killed (I-39). Said
here, or dlt takes the number from a variable called ``WORKERS``, which belongs to others."""


def landing_schema(platform: str) -> str:
    """The schema the reads of a platform land in."""
    return f"landing_{platform}"


def land(house: Warehouse, folder: Path, platform: str, reads: Reads) -> None:
    """Read and load by dlt, whose working files are below ``folder``; a ``Lander``.

    Raises PlatformUnreachable where dlt fails for a reason of its own.
    """
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    import dlt
    from dlt.pipeline.exceptions import PipelineStepFailed

    logging.getLogger("dlt").setLevel(logging.CRITICAL)
    shutil.rmtree(folder, ignore_errors=True)
    schema = landing_schema(platform)
    house.con.execute(f"DROP SCHEMA IF EXISTS {identifier(schema)} CASCADE")
    pipeline = dlt.pipeline(
        f"read_{platform}",
        pipelines_dir=str(folder),
        destination=dlt.destinations.duckdb(house.con),
        dataset_name=schema,
    )
    pipeline.config.restore_from_destination = False
    loads = [dlt.resource(_rows, name=name, write_disposition="replace")(read) for name, read in reads.items()]
    searched = house.one("SELECT current_setting('search_path')")
    try:
        pipeline.run(loads, loader_file_format="parquet")
    except PipelineStepFailed as error:
        raise _ours(error, platform) from error
    finally:  # dlt searches the schema it loads into
        with suppress(duckdb.TransactionException):  # what it left open ends with the run; its own error is told
            house.con.execute("SET search_path = ?", [searched])


def _rows(read: Callable[[], Iterator[pa.Table]]) -> Iterator[pa.Table]:
    yield RAW_SCHEMA.empty_table()
    yield from read()


def _ours(error: BaseException, platform: str) -> TillsyncError:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, TillsyncError):
            return cause
        cause = cause.__cause__ or cause.__context__
    return PlatformUnreachable(
        Problem(
            "reading_failed",
            f"{platform} could not be read: {type(error).__name__}",
            found=str(error).strip().splitlines()[-1],
            do="run again with --debug to see where",
        )
    )
