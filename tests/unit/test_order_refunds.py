"""What of an order's refunds is still to be taken off it: money that went back with an edit does not go back again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pipelines.kit.warehouse import open_warehouse
from pipelines.stages import orders

SQL = Path(orders.__file__).parent / "sql" / "order_refunds.sql"
CAP = '{"refund": "1", "line": "cap", "units": 1, "amount": 1500}'
MUG = '{"refund": "2", "line": "mug", "units": 1, "amount": 950}'
GOODWILL = '{"refund": "0", "amount": 500}'
CAP_BACK = ("cap", 1500, 1)
WHOLE: dict[str, Any] = {"total": 4350, "lines": ["mug", "cap"], "captured": [4350], "refunds": f"[{CAP}]"}
"""Three mugs of 9.50 and a cap of 15.00, the cap given back."""


@pytest.mark.rule("S001-39")
@pytest.mark.invariant("I-4")
@pytest.mark.parametrize(
    ("how", "left"),
    [
        ({}, [CAP_BACK]),
        ({"total": 2850, "lines": ["mug"]}, []),
        ({"total": 2850, "lines": ["mug"], "refunds": '[{"refund": "1", "amount": 1500}]'}, []),
        ({"total": 2850, "lines": ["mug"], "captured": [], "by_status": 4350}, []),
        ({"captured": [], "by_status": 4350}, [CAP_BACK]),
        ({"captured": [1500]}, [CAP_BACK]),
        ({"total": 5850, "captured": [5850, 1500]}, []),
        ({"total": 3350}, [("cap", 500, 1)]),
        ({"total": 2850, "refunds": f"[{MUG}, {CAP}]"}, [("mug", 950, 1)]),
        ({"total": 3400, "refunds": f'[{{"refund": "2", "amount": 950}}, {CAP}]'}, [CAP_BACK]),
        ({"total": 2850, "lines": ["mug"], "refunds": f"[{GOODWILL}, {CAP}]"}, [(None, 500, 0)]),
        ({"total": 3750, "refunds": f"[{GOODWILL}, {CAP}]"}, [("cap", 1400, 1)]),
        ({"stands": True, "records": False}, []),
        ({"stands": True, "records": True, "asked": False}, [CAP_BACK]),
        ({"stands": False, "records": True, "asked": False}, []),
    ],
    ids=[
        "no edit", "its line was taken off", "it names no line", "the status alone says paid", "paid by status",
        "paid in part", "lowered by one of two caps", "lowered by a part of it", "the cap of two lines was taken off",
        "one unit less, one refund of no line", "its line was taken off, more went back",
        "lowered by more than a refund of no line", "recorded without refunds", "recorded with refunds", "voided",
    ],
)  # fmt: skip
def test_a_refund_counts_once(tmp_path: Path, how: dict[str, Any], left: list[tuple[str | None, int, int]]) -> None:
    known: dict[str, Any] = {**WHOLE, "stands": None, "records": None, "by_status": 0, "asked": True, **how}
    house = open_warehouse(tmp_path, "test", lambda _: None)
    try:
        asked = known.pop("asked")
        house.run(Path(__file__).parent / "one_order.sql", **known)
        house.run(SQL, connection="till__store", refunds=asked)
        found = house.query("FROM order_refunds WHERE amount <> 0 OR units <> 0 ORDER BY refund_id")
    finally:
        house.close()
    assert [(row["line_id"], row["amount"], row["units"]) for row in found] == left
