"""Of which orders payments are read again though the list says nothing new of them: none that waits is left out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipelines.kit.warehouse import open_warehouse
from pipelines.stages import orders

WROTE = """
INSERT INTO sync.intents (n, connection, entity, level, action, item_id, target_id, document)
VALUES (?, 'a__b', 'orders', 'sale', ?, ?, ?, ?)
"""
CAME = """
INSERT INTO sync.outcomes (n, intent, outcome, target_id, recorded_at)
VALUES (?, ?, 'ok', ?, TIMESTAMPTZ '2026-03-02 09:00:00+00')
"""


@pytest.mark.rule("S001-20")
def test_an_order_sold_anew_without_its_money_is_asked_for_until_it_is_paid(tmp_path: Path) -> None:
    made = [
        ("create", "paid at once", "s1", 1, ["p"]),
        ("create", "unpaid", "s2", 1, []), ("create", "unpaid", "s3", 2, ["edit"]),
        ("create", "paid later", "s4", 1, []), ("pay", "paid later", "s4", None, None),
        ("create", "sold anew", "s5", 1, ["p"]), ("void", "sold anew", "s5", None, None),
        ("create", "sold anew", "s6", 2, []),
        ("create", "voided", "s7", 1, []), ("void", "voided", "s7", None, None),
    ]  # fmt: skip
    house = open_warehouse(tmp_path, "test", lambda _: None)
    try:
        for n, (action, order, sale, number, payments) in enumerate(made, start=1):
            document = json.dumps({"number": number, "payments": payments}) if number else None
            house.con.execute(WROTE, [n, action, order, sale, document])
            house.con.execute(CAME, [100 + n, n, sale])
        house.run(Path(orders.__file__).parent / "sql" / "order_documents.sql", connection="a__b")
        found = house.query(orders._UNPAID)
    finally:
        house.close()
    assert [row["order_id"] for row in found] == ["sold anew", "unpaid"]
