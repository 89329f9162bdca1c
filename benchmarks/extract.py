"""Reading a till's pages into DuckDB: ours, a dlt source that yields dictionaries, and plain requests with DuckDB.

All three end with every record in a table. Goals: 3 times the dictionaries, 0.4 times the plain one (`design.md` §9).
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dlt
import duckdb
import pyarrow as pa
import requests
from dlt.sources.helpers.rest_client.client import RESTClient
from dlt.sources.helpers.rest_client.paginators import BasePaginator

from benchmarks.measuring import best, keep, rounded
from benchmarks.pages import PER_PAGE, serving
from pipelines.kit.calls import Context
from pipelines.kit.errors import Problem
from pipelines.kit.http import Rules, Session
from pipelines.kit.landing import QUIET
from pipelines.kit.paging import tables

PLAIN = """
INSERT INTO records
SELECT r ->> 'id', CAST(r ->> 'version' AS BIGINT), r
FROM (SELECT unnest(json_extract(CAST(? AS JSON), '$.data[*]')) AS r)
"""


class Numbered(BasePaginator):
    """Page after page until one is empty."""

    def __init__(self) -> None:
        super().__init__()
        self.page = 0

    def init_request(self, request: requests.Request) -> None:
        self.update_request(request)

    def update_state(self, response: requests.Response, data: Any = None) -> None:  # noqa: ARG002
        rows = data.num_rows if isinstance(data, pa.Table) else len(data or [])
        self._has_next_page = rows > 0
        self.page += 1

    def update_request(self, request: requests.Request) -> None:
        request.params = {**(request.params or {}), "page": self.page}


def ours(url: str, folder: Path) -> int:
    """Arrow pages split by DuckDB, loaded by dlt as parquet, as the extract stage does."""

    def rows() -> Iterator[pa.Table]:
        rules = Rules("bench", {}, frozenset({urlsplit(url).netloc}), lambda status, *_: Problem("bench", str(status)))
        yield from tables(Session(url, rules, Context()), "/products", Numbered())

    return _load(folder, dlt.resource(rows, name="records"))


def dictionaries(url: str, folder: Path) -> int:
    """The way dlt's documentation shows first: a generator of dictionaries."""

    def rows() -> Iterator[Any]:
        yield from RESTClient(url).paginate("/products", paginator=Numbered(), data_selector="data")

    return _load(folder, dlt.resource(rows, name="records"))


def _load(folder: Path, resource: Any) -> int:
    with tempfile.TemporaryDirectory(dir=folder) as place:
        con = duckdb.connect(str(Path(place) / "bench.duckdb"))
        pipeline = dlt.pipeline(
            "bench", pipelines_dir=place, destination=dlt.destinations.duckdb(con), dataset_name="landing"
        )
        pipeline.run(resource, loader_file_format="parquet")
        return _counted(con, "landing.records")


def plain(url: str, folder: Path) -> int:
    """One request and one INSERT a page; no schema, no state, no retry."""
    with tempfile.TemporaryDirectory(dir=folder) as place, requests.Session() as session:
        con = duckdb.connect(str(Path(place) / "bench.duckdb"))
        con.execute("CREATE TABLE records (id VARCHAR, version BIGINT, record JSON)")
        page, more = 0, True
        while more:
            text = session.get(f"{url}/products", params={"page": page}).text
            before = _counted(con, "records", close=False)
            con.execute(PLAIN, [text])
            more = _counted(con, "records", close=False) > before
            page += 1
        return _counted(con, "records")


def _counted(con: duckdb.DuckDBPyConnection, table: str, *, close: bool = True) -> int:
    row = con.sql(f"SELECT count(*) FROM {table}").fetchone()
    if close:
        con.close()
    return int(row[0]) if row else 0


def main() -> None:
    """Print and keep the ratios."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--pages", type=int, default=100, help=f"of {PER_PAGE} records")
    asked.add_argument("--turns", type=int, default=2)
    given = asked.parse_args()
    os.environ.update(QUIET)
    with serving(given.pages) as url, tempfile.TemporaryDirectory() as folder:
        ways = (ours, dictionaries, plain)
        brought = [way(url, Path(folder)) for way in ways]
        if brought != [given.pages * PER_PAGE] * len(ways):
            raise SystemExit(f"not every record arrived: {brought}")
        mine, dicts, bare = best(*((lambda way=way: way(url, Path(folder))) for way in ways), turns=given.turns)
    keep("extract", {
        "records": given.pages * PER_PAGE,
        "times_the_dictionaries": round(dicts / mine, 2),
        "times_plain": round(bare / mine, 2),
        "goals": {"times_the_dictionaries": 3, "times_plain": 0.4},
        "seconds": {"ours": rounded(mine), "dictionaries": rounded(dicts), "plain": rounded(bare)},
    })  # fmt: skip


if __name__ == "__main__":
    main()
