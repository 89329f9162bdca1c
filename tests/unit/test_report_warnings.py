"""The report lists the warnings of its run, and what stopped a write with what to do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pipelines.kit.warehouse import Warehouse
from pipelines.report import render_report

CONNECTION = "tilly__shoppy"


def rendered(house: Warehouse, folder: Path, **more: Any) -> str:
    summary = {"entities": {"products": {"observed": 1, "withheld_fields": 0}}, "seconds": {}, **more}
    house.con.execute(
        "INSERT INTO sync.runs BY NAME SELECT 'run-1' AS run_id, $1 AS connection, 'full' AS mode, 'failed' AS verdict,"
        " now() AS started_at, now() AS ended_at, $2 AS summary, 5 AS exit_code, false AS only_plan",
        [CONNECTION, json.dumps(summary)],
    )
    path = render_report(house, CONNECTION, folder / "r.html", title="Till to store", merchant="corner")
    return " ".join(path.read_text(encoding="utf-8").split())


def test_a_warning_is_listed_with_its_records_and_what_to_do(empty_house: Warehouse, tmp_path: Path) -> None:
    says = ["MUG-1: the sale price <b>8.00</b> is above its new price"]
    warning = {"check": "sale_price_not_above_price", "records": 30, "says": says, "do": "end the sale"}
    html = rendered(empty_house, tmp_path, warnings=[warning])
    assert "1 warning" in html
    assert "sale price &lt;b&gt;8.00&lt;/b&gt; is above" in html
    assert "The first 1 are shown." in html
    assert "end the sale" in html


def test_a_note_of_the_summary_is_in_the_report_with_what_to_copy_as_code(
    empty_house: Warehouse, tmp_path: Path
) -> None:
    html = rendered(empty_house, tmp_path, notes=["2 are left out by `publish: <linked>`", "a ` alone <b>"])
    assert "2 notes</h3>" in html
    assert "<li>2 are left out by <code>publish: &lt;linked&gt;</code></li>" in html
    assert "<li>a ` alone &lt;b&gt;</li>" in html


def test_what_stopped_the_write_is_told_with_expected_and_what_to_do(empty_house: Warehouse, tmp_path: Path) -> None:
    problem = {"found": "10 of the 20 before are missing", "expected": "most of them", "do": "holds approve"}
    html = rendered(empty_house, tmp_path, problems=[problem])
    assert "10 of the 20 before are missing" in html
    assert "Expected: most of them." in html
    assert "What to do: holds approve." in html


def test_a_run_from_before_there_were_warnings_still_has_a_report(empty_house: Warehouse, tmp_path: Path) -> None:
    assert "warning</h3>" not in rendered(empty_house, tmp_path)
