"""What the report shows, gathered from the warehouse by ``sql/*.sql``; no sentence and no markup here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.kit.command_line import command
from pipelines.kit.errors import MistakeInFiles, Problem
from pipelines.kit.exact_json import loads
from pipelines.kit.warehouse import Warehouse
from pipelines.report.values import Money

_SQL = Path(__file__).parent / "sql"
LIMIT = 500
RUNS = 20
_OWN = ("plan", "receipts", "end_states", "field_rules", "verdict", "variants_link")
_VIEWS = ("stock_three_way", "orders_in_flight")
_CANONICAL = ("products", "variants", "stock", "locations", "account")
_LATER = ("orders", "by_hand")
"""What is there only where orders flow."""
Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Facts:
    """One connection after its last run. Lists hold at most ``LIMIT`` rows; a row's ``total`` is the true number."""

    connection: str
    run: dict[str, Any]
    runs: Rows
    money: Money | None
    states: dict[str, dict[str, int]]
    products: int
    """Products that the SKUs among ``states`` are of."""
    planned_here: bool
    changes: Rows
    quarantine: Rows
    holds: Rows
    failed: Rows
    out_of_scope: Rows
    fields: Rows
    checks: Rows
    stock: Rows
    in_flight: Rows
    orders: Rows
    links: Rows
    open_links: Rows
    calls: Rows
    operations: Rows


def gather(house: Warehouse, connection: str) -> Facts:
    """Everything the report shows. Raises MistakeInFiles where the connection never ran."""
    runs = house.rows(_SQL / "runs.sql", connection=connection, limit=RUNS)
    names = _names(connection)
    needed = [name for key, name in names.items() if key.partition("_")[2] not in _LATER]
    if not runs or not all(house.exists(*name) for name in needed):
        raise _never_ran(house.merchant, connection)
    runs = [{**row, "summary": loads(row["summary"])} for row in runs]
    run = runs[0]
    source, _, target = connection.partition("__")
    values = {
        "connection": connection, "run_id": run["run_id"], "limit": LIMIT, "source": source, "target": target,
        "wrote": not run["only_plan"] and run["verdict"] != "failed",
    }  # fmt: skip

    def rows(name: str) -> Rows:
        return house.rows(_SQL / f"{name}.sql", names, **values)

    judged = rows("checks")
    here = bool(judged) and judged[0]["run_id"] == run["run_id"]
    account = rows("account")
    return Facts(
        connection=connection,
        run=run,
        runs=runs,
        money=Money(account[0]["currency"] or "", account[0]["decimal_places"]) if account else None,
        states=_states(rows("states"), run["summary"]),
        products=rows("products")[0]["products"],
        planned_here=here,
        changes=_loaded(rows("changes")) if here else [],
        checks=loads(judged[0]["checks"]) if here else [],
        holds=_loaded(rows("holds")),
        orders=rows("orders") if all(house.exists(*names[name]) for name in ("target_orders", "sales_by_hand")) else [],
        **{name: rows(name) for name in _PLAIN},
    )


_PLAIN = (
    "quarantine", "failed", "out_of_scope", "fields", "stock", "in_flight", "links", "open_links", "calls",
    "operations",
)  # fmt: skip


def total(rows: Sequence[Mapping[str, Any]]) -> int:
    """How many there are, shown or not."""
    return int(rows[0]["total"]) if rows else 0


def _states(rows: Rows, summary: Mapping[str, Any]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {entity: {} for entity in summary["entities"]}
    for row in rows:
        found.setdefault(row["entity"], {})[row["state"]] = row["records"]
    return found


def _loaded(rows: Rows) -> Rows:
    return [{**row, "changes": loads(row["changes"]) if row["changes"] else {}} for row in rows]


def _names(connection: str) -> dict[str, tuple[str, str]]:
    source, _, target = connection.partition("__")
    sides = {"source": source, "target": target}
    canonical = {
        f"{side}_{entity}": (platform, f"{platform}_{entity}")
        for side, platform in sides.items()
        for entity in (*_CANONICAL, *_LATER)
    }
    return {**canonical, **{table: (connection, table) for table in (*_OWN, *_VIEWS, "sales_by_hand")}}


def _never_ran(merchant: str, connection: str) -> MistakeInFiles:
    return MistakeInFiles(
        Problem(
            "no_run",
            f"there is no run of {connection} to report",
            found="no finished run",
            expected="a run that was planned or synced",
            do=f"run `{command(merchant, 'plan', connection)}` or `{command(merchant, 'sync', connection)}` first",
        )
    )
