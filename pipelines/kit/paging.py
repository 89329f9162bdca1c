"""Pages of a list become Arrow tables of raw records, through dlt's REST client and our session.

A record's JSON is kept whole, but of one that may name people the named fields alone; its id, version and deletion time
are lifted out. Numbers keep 17 significant digits; what has more fits no DECIMAL column of ours and is reported as a
defect.
Types are given by the harmonize SQL. How a list is paged is a paginator of the platform.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

import duckdb
import pyarrow as pa
import requests
from dlt.common.configuration.specs import RuntimeConfiguration
from dlt.sources.helpers.rest_client.client import RESTClient
from dlt.sources.helpers.rest_client.paginators import BasePaginator

from pipelines.kit.errors import PlatformUnreachable, Problem
from pipelines.kit.http import Session
from pipelines.kit.redaction import redact

RAW_SCHEMA = pa.schema(
    [
        pa.field("id", pa.string()),
        pa.field("version", pa.int64()),
        pa.field("deleted_at", pa.string()),
        pa.field("record", pa.string()),
    ]
)
"""One row per record: its id as text (NULL where it has none), its version, when it was deleted, its text."""

ROWS_PER_TABLE = 20_000
_SPLIT = """
SELECT {id} AS id,
       TRY_CAST(json_extract_string(r, $version) AS BIGINT) AS version,
       json_extract_string(r, $deleted) AS deleted_at,
       CAST({record} AS VARCHAR) AS record
FROM (SELECT unnest({found}) AS r)
"""
_LIST = "json_extract(CAST($body AS JSON), $rows)"
_ONE = "[entry for entry in [json_extract(CAST($body AS JSON), $rows)] if json_type(entry) = 'OBJECT']"
_MANY_IDS = "list_reduce(list_transform($ids, p -> json_extract_string(r, p)), (a, b) -> a || ':' || b)"
_ONE_ID = "json_extract_string(r, $ids)"
_WHOLE = "r"
_KEPT = """to_json(map_from_entries(list_transform(
           list_filter(CAST($keep AS VARCHAR[]), key -> json_exists(r, '$.' || key)),
           key -> struct_pack(k := key, v := json_extract(r, '$.' || key))
       )))"""
_CONFINED: dict[str, str | bool | int | float | list[str]] = {
    "threads": 1, "enable_external_access": False, "autoload_known_extensions": False, "lock_configuration": True,
}  # fmt: skip
_local = threading.local()


def _connection() -> duckdb.DuckDBPyConnection:
    if not hasattr(_local, "con"):
        _local.con = duckdb.connect(config=_CONFINED)
    con: duckdb.DuckDBPyConnection = _local.con
    return con


def _path(dotted: str) -> str:
    return "$." + dotted if dotted else "$"


def split(  # noqa: PLR0913
    body: bytes | str,
    rows: str = "data",
    id: str | Sequence[str] = "id",  # noqa: A002
    version: str | None = "version",
    deleted: str | None = "deleted_at",
    keep: Sequence[str] | None = None,
    one: bool = False,
) -> pa.Table:
    """The records of one page as a table of ``RAW_SCHEMA``.

    ``rows`` is the dotted path of the list (``""``: the body is the list), or with ``one`` of a single object; a body
    without text (204) has none. ``keep``: of a record that may name people, the only fields that are kept (I-36); None
    keeps it whole.
    Raises PlatformUnreachable where the body is not JSON.
    """
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else body
    if not text.strip():
        return RAW_SCHEMA.empty_table()
    paths = [_path(id)] if isinstance(id, str) else [_path(part) for part in id]
    values = {
        "body": text,
        "rows": _path(rows) + ("" if one else "[*]"),
        "ids": paths[0] if len(paths) == 1 else paths,
        "version": _path(version or "\x00"),
        "deleted": _path(deleted or "\x00"),
    }
    if keep is not None:
        values["keep"] = list(keep)
    try:
        sql = _SPLIT.format(
            id=_ONE_ID if len(paths) == 1 else _MANY_IDS,
            found=_ONE if one else _LIST,
            record=_WHOLE if keep is None else _KEPT,
        )
        table = _connection().execute(sql, values).to_arrow_table()
    except duckdb.InvalidInputException as error:
        raise PlatformUnreachable(
            Problem("broken_answer", "a page is not valid JSON", found=redact(text)[:40], do="run again")
        ) from error
    return table.cast(RAW_SCHEMA)


class _Pages(RESTClient):
    """dlt's client with the page split by DuckDB instead of parsed into dictionaries.

    ``paginator.update_state(response, data)`` gets the page's table as ``data``.
    """

    def __init__(self, session: Session, how: Mapping[str, Any]) -> None:
        super().__init__(base_url=session.base_url, session=session, config=RuntimeConfiguration())
        self._how = how

    def extract_response(self, response: requests.Response, data_selector: object) -> Any:  # noqa: ARG002
        return split(response.content, **self._how)


def tables(  # noqa: PLR0913
    session: Session,
    path: str,
    paginator: BasePaginator,
    *,
    method: Literal["GET", "POST"] = "GET",
    params: dict[str, Any] | None = None,
    body: dict[str, Any] | None = None,
    rows: str = "data",
    id: str | Sequence[str] = "id",  # noqa: A002
    version: str | None = "version",
    deleted: str | None = "deleted_at",
    keep: Sequence[str] | None = None,
) -> Iterator[pa.Table]:
    """Every page of a list, gathered to at least ``ROWS_PER_TABLE`` rows a table; nothing when it is empty."""
    how = {"rows": rows, "id": id, "version": version, "deleted": deleted, "keep": keep}
    client = _Pages(session, how)
    pages = client.paginate(
        path, method=method, params=params, json=body, paginator=paginator, data_selector="$", hooks={"response": []}
    )
    waiting: list[pa.Table] = []
    for page in pages:
        waiting.append(
            pa.Table.from_arrays(list(page), schema=RAW_SCHEMA)
        )  # dlt hands a page on as a list of its columns
        if sum(table.num_rows for table in waiting) >= ROWS_PER_TABLE:
            yield pa.concat_tables(waiting)
            waiting = []
    gathered = pa.concat_tables(waiting) if waiting else RAW_SCHEMA.empty_table()
    if gathered.num_rows:
        yield gathered
