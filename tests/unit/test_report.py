"""The report tells the truth about the last run, to a person, and hands nothing in it to a browser as code."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from assets.looking import worth_explaining
from pipelines.kit.errors import MistakeInFiles
from pipelines.kit.warehouse import Warehouse, identifier
from pipelines.language.canonical import canonical_columns
from pipelines.report import data, render_report
from pipelines.report.values import Money, clean, quantity, shown
from pipelines.report.words import verdict

CONNECTION = "tilly__shoppy"
EVIL = '<script>alert("x")</script> {{ 7 * 7 }}'
THEN = datetime(2026, 3, 2, 9, 15, tzinfo=UTC)


def put_run(house: Warehouse, verdict: str, exit_code: int, only_plan: bool, products: int, **check: Any) -> None:
    """A finished run that looked at ``products`` SKUs, and its verdict of one check."""
    summary = {"entities": {"products": {"observed": products, "withheld_fields": 0}}, "seconds": {}}
    house.con.execute(
        "INSERT INTO sync.runs BY NAME SELECT 'run-1' AS run_id, $1 AS connection, 'first' AS mode, $2 AS verdict,"
        " $3 AS started_at, $3 AS ended_at, $4 AS summary, $5 AS exit_code, $6 AS only_plan",
        [CONNECTION, verdict, THEN, json.dumps(summary), exit_code, only_plan],
    )
    base = {"suite": "sets", "expectation": "catalogue_not_emptied", "kind": "set", "passed": True, "evaluated": 1}
    checks = json.dumps([{**base, "broken": 0, "error": None, "examples": [], **check}])
    house.con.execute("INSERT INTO tilly__shoppy.verdict VALUES ('run-1', 'h', true, ?, ?)", [checks, THEN])


class Page(HTMLParser):
    """The text, the elements and the tables' rows of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        self.text += " "

    def handle_data(self, data: str) -> None:
        self.text += data


def rendered(house: Warehouse, tmp_path: Path) -> tuple[str, Page]:
    """The report as text and parsed."""
    path = render_report(house, CONNECTION, tmp_path / "out" / "r.html", title="Till to store", merchant="corner & son")
    html = path.read_text(encoding="utf-8")
    return html, Page(html)


def section(html: str, name: str) -> str:
    """The words of one section, spaces folded."""
    found = re.search(rf'<section id="{name}".*?</section>', html, re.S)
    assert found is not None
    return " ".join(Page(found[0]).text.split())


def test_a_product_name_never_becomes_a_script_or_a_template(small_house: Warehouse, tmp_path: Path) -> None:
    html, page = rendered(small_house, tmp_path)
    assert "script" not in page.tags
    assert EVIL in page.text
    assert "49" not in section(html, "waits")


def test_the_page_loads_nothing_and_its_policy_allows_nothing_else(small_house: Warehouse, tmp_path: Path) -> None:
    html, page = rendered(small_house, tmp_path)
    assert "default-src 'none'" in html
    assert not {"link", "img", "iframe", "script", "object", "base", "form"} & set(page.tags)
    assert not [name for name, _ in page.attributes if name.startswith("on") or name in {"src", "style"}]
    assert all(str(value).startswith("#") for name, value in page.attributes if name == "href")


def test_a_price_is_shown_in_major_units_with_its_currency_before_and_after(
    small_house: Warehouse, tmp_path: Path
) -> None:
    text = section(rendered(small_house, tmp_path)[0], "changes")
    assert "price 10.00 GBP → 12.50 GBP written S000-13" in text


def test_the_counts_add_up_and_say_so_when_they_do_not(small_house: Warehouse, tmp_path: Path) -> None:
    text = section(rendered(small_house, tmp_path)[0], "ended")
    assert "2 SKUs of the till looked at, of 2 products" in text
    assert "Together 2 of 2 SKUs" in text
    small_house.con.execute("DELETE FROM tilly__shoppy.end_states WHERE state = 'updated'")
    assert "add up to 1 SKUs, but 2 were looked at" in section(rendered(small_house, tmp_path)[0], "ended")


def test_a_record_set_aside_is_listed_with_reason_since_and_a_command_that_can_be_pasted(
    small_house: Warehouse, tmp_path: Path
) -> None:
    text = section(rendered(small_house, tmp_path)[0], "waits")
    assert "the price -0.01 is below 0" in text
    assert "2026-03-02 09:15 UTC" in text
    assert """tillsync --merchant 'corner & son' explain tilly__shoppy '--sku=CAP '"'"'x; rm'""" in text


def test_a_hold_is_listed_with_its_change_and_how_to_decide(small_house: Warehouse, tmp_path: Path) -> None:
    ends = "2026-03-05 09:15:00+00"
    for hold_id, sku, state, until in (
        ("ab12", "MUG-1", "open", None),
        ("ef56", "MUG-2", "open", ends),
        ("cd34", "OLD-1", "superseded", ends),
    ):
        small_house.con.execute(
            "INSERT INTO sync.holds BY NAME SELECT $1 AS hold_id, $2 AS sku, $3 AS state, $4 AS connection,"
            " 'price_jump' AS class, 'variant' AS level, 'prices jump' AS reason, $5 AS changes,"
            " CAST($6 AS TIMESTAMPTZ) AS expires_at",
            [hold_id, sku, state, CONNECTION, '{"price":{"before":1000,"after":0}}', until],
        )
    text = section(rendered(small_house, tmp_path)[0], "waits")
    assert "MUG-1 price 10.00 GBP → 0.00 GBP until decided prices jump" in text
    assert "MUG-2 price 10.00 GBP → 0.00 GBP 2026-03-05 09:15 UTC prices jump" in text
    assert "holds approve tilly__shoppy ab12" in text
    assert "OLD-1" not in text


def test_every_field_is_listed_with_owner_and_reason_whether_it_syncs_or_not(
    small_house: Warehouse, tmp_path: Path
) -> None:
    text = section(rendered(small_house, tmp_path)[0], "fields")
    assert "3 of 5 fields sync; 2 are left alone" in text
    assert "products.weight no does not sync store weight belongs to the store S000-22" in text
    assert "variants.price yes price till → store till keeps the store's owned by the till S000-13" in text


def test_a_negative_level_is_listed_and_an_unwritten_level_is_not_claimed_to_be_shown(
    small_house: Warehouse, tmp_path: Path
) -> None:
    text = section(rendered(small_house, tmp_path)[0], "stock")
    assert "1 level below 0 at the till" in text
    assert "-3 never not known 0 1 0" in text
    assert "MUG-1 Mug 10 7 7 2 1 7 already right" in text
    assert "100 Awaiting Fulfillment MUG-1 2 no run has recorded it yet" in text


def test_a_plan_is_never_reported_as_written(empty_house: Warehouse, tmp_path: Path) -> None:
    empty_house.con.execute(
        "INSERT INTO tilly__shoppy.end_states VALUES ('run-1', 'products', 'a', NULL, 'A', 'A', 'created', NULL, NULL)"
    )
    put_run(empty_house, "passed", 0, only_plan=True, products=1)
    html, page = rendered(empty_house, tmp_path)
    assert "This is a plan, nothing was written. In the store: 1 SKU would be created." in page.text
    assert "would be created" in section(html, "ended")


def test_a_failed_check_is_the_first_sentence_and_its_examples_are_listed(
    empty_house: Warehouse, tmp_path: Path
) -> None:
    broken = "tilly answered 0 products; there were 40 before"
    empty_house.con.execute(
        "INSERT INTO tilly__shoppy.end_states VALUES ('run-1', 'products', 'a', NULL, 'A', 'A', 'updated', NULL, NULL)"
    )
    put_run(empty_house, "failed", 5, only_plan=False, products=0, passed=False, broken=1, examples=[broken])
    html, page = rendered(empty_house, tmp_path)
    assert "A check failed, so nothing was written" in page.text
    assert "there were 40 before" in section(html, "quality")
    assert "would be updated" in section(html, "ended")


def test_a_plan_of_another_run_is_not_shown_as_this_runs(small_house: Warehouse, tmp_path: Path) -> None:
    small_house.con.execute("UPDATE tilly__shoppy.verdict SET run_id = 'run-2'")
    text = section(rendered(small_house, tmp_path)[0], "changes")
    assert "no longer kept" in text
    assert "MUG-1" not in text


def test_what_is_left_off_is_counted(small_house: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data, "LIMIT", 1)
    text = section(rendered(small_house, tmp_path)[0], "stock")
    assert "The first 1 of 2 levels are shown" in text
    assert "CAP" in text
    assert "MUG-1 Mug" not in text


def test_a_connection_that_never_ran_says_what_to_run(empty_house: Warehouse, tmp_path: Path) -> None:
    with pytest.raises(MistakeInFiles, match=r"tillsync --merchant \S+ sync tilly__shoppy"):
        rendered(empty_house, tmp_path)


@pytest.mark.parametrize(
    ("minor", "places", "text"),
    [
        ("1250.0000", 2, "12.50 X"),
        ("1250.5", 2, "12.505 X"),
        ("1250", 0, "1,250 X"),
        ("-5", 2, "-0.05 X"),
        ("0", 3, "0.000 X"),
        ("123456789012.0000", 2, "1,234,567,890.12 X"),
    ],
)
def test_money_keeps_every_digit(minor: str, places: int, text: str) -> None:
    assert Money("X", places).text(Decimal(minor)) == text


def test_quantities_lists_and_blanks_read_as_a_person_writes_them() -> None:
    assert [quantity(Decimal(text)) for text in ("7.0000", "1.5000", "1200", "0.0000")] == ["7", "1.5", "1,200", "0"]
    assert shown(Decimal("100"), "minor", None) == "100 minor units"
    assert shown([{"name": "Type", "value": "Mug"}], None, None) == "Type: Mug"
    assert shown([], None, None) == "blank"
    assert shown([Decimal("6.0"), None, True], None, None) == "6, blank, yes"
    assert shown("x" * 500, None, None).endswith("… (500 characters)")


def test_a_name_cannot_reorder_or_hide_the_text_after_it() -> None:
    assert clean("a\u202eb\u200bc\x1b[1m\n👩\u200d🍳") == "a\ufffdb\ufffdc\ufffd[1m\n👩\u200d🍳"


def _luminance(colour: str) -> float:
    wide = colour if len(colour) == 6 else "".join(c * 2 for c in colour)
    parts = [int(wide[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _palettes() -> Iterator[dict[str, str]]:
    style = (Path(data.__file__).parent / "templates" / "style.css").read_text(encoding="utf-8")
    for block in re.findall(r":root\{([^}]*)\}", style):
        yield dict(re.findall(r"--(\w+):#([0-9a-f]+)", block))


def test_every_text_colour_can_be_read_on_light_dark_and_paper() -> None:
    found = list(_palettes())
    assert len(found) == 3
    for palette in found:
        for name in ("ink", "soft", "good", "wait", "bad", "link"):
            lighter, darker = sorted((_luminance(palette[name]), _luminance(palette["page"])), reverse=True)
            assert (lighter + 0.05) / (darker + 0.05) >= 4.5, (name, palette)


def test_a_person_is_sent_to_a_sku_that_there_is_something_to_say_of(small_house: Warehouse) -> None:
    states = "INSERT INTO tilly__shoppy.end_states VALUES ('run-1', 'products', ?, NULL, ?, 'A', ?, NULL, NULL)"
    small_house.con.executemany(states, [["n", None, "failed"], ["a", "A", "unchanged"], ["z", "SOLD", "unchanged"]])
    assert worth_explaining(small_house, CONNECTION) == "CAP 'x; rm"
    small_house.con.execute("DELETE FROM tilly__shoppy.end_states WHERE state = 'quarantined'")
    assert worth_explaining(small_house, CONNECTION) == "MUG-1"
    small_house.con.execute("CREATE TABLE shoppy.shoppy_order_lines AS FROM (VALUES (NULL), ('SOLD')) AS l(sku)")
    assert worth_explaining(small_house, CONNECTION) == "SOLD"
    small_house.con.execute("DELETE FROM tilly__shoppy.end_states")
    assert worth_explaining(small_house, CONNECTION) is None


def test_orders_are_told_apart_from_what_is_written_to_the_store() -> None:
    states = {
        "products": {"created": 3, "updated": 1},
        "stock": {"held": 2},
        "orders": {"created": 2, "deleted": 1, "held": 1},
    }
    run = {"verdict": "passed", "only_plan": False, "mode": "full"}
    assert verdict(run, states)[1] == (
        "In the store: 3 SKUs created, 1 SKU updated. At the till: 2 orders recorded, 1 order voided."
        " To look at: 2 stock levels, 1 order waiting for a decision."
    )
    planned = (
        "This is a plan, nothing was written. In the store: 1 SKU would be updated. At the till: 2 orders would be"
    )
    assert (
        verdict({**run, "only_plan": True}, {"products": {"updated": 1}, "orders": {"created": 2}})[1]
        == f"{planned} recorded."
    )
    assert verdict(run, {"orders": {"created": 1}})[1] == "At the till: 1 order recorded."
    waits = "Nothing was written. To look at: 1 stock level waiting for a decision."
    assert verdict(run, {"stock": {"held": 1}})[1] == waits


def test_what_an_order_is_at_the_till_stands_beside_what_it_is_in_the_store(
    small_house: Warehouse, tmp_path: Path
) -> None:
    columns = ", ".join(f"{identifier(name)} {kind}" for name, kind in canonical_columns("orders"))
    small_house.con.execute(f"CREATE TABLE shoppy.shoppy_orders ({columns})")
    assert "No order of the store was read" in section(rendered(small_house, tmp_path)[0], "orders")
    small_house.con.execute(
        "INSERT INTO shoppy.shoppy_orders BY NAME SELECT '10' || n AS order_id, '10' || n AS number, 'Shipped' AS"
        " status_label, 2500 + n AS total, CASE n WHEN 1 THEN 'EUR' ELSE 'GBP' END AS currency FROM range(60) AS r(n)"
    )
    small_house.con.execute(
        "INSERT INTO sync.order_states BY NAME SELECT 'tilly__shoppy' AS connection, '101' AS order_id,"
        " 'quarantined' AS state, 'its amounts are in EUR' AS reason"
    )
    document = '{"kind":"sale","number":1,"reference":"WEB-102-1","lines":[{"total":"2000"},{"total":"502"}]}'
    small_house.con.execute(
        "INSERT INTO sync.intents BY NAME SELECT 1 AS n, 'tilly__shoppy' AS connection, 'orders' AS entity, 'sale' AS"
        " level, 'create' AS action, '102' AS item_id, CAST(? AS JSON) AS document",
        [document],
    )
    small_house.con.execute("INSERT INTO sync.outcomes BY NAME SELECT 2 AS n, 1 AS intent, 'ok' AS outcome")
    html = rendered(small_house, tmp_path)[0]
    text = section(html, "orders")
    assert text.index("1 order to look at") < text.index("All: 60 orders, the newest first")
    assert "101 Shipped 25.01 EUR none set aside: the data is wrong: its amounts are in EUR" in text
    assert "102 Shipped 25.02 GBP 25.02 GBP WEB-102-1" in text
    assert "<details><summary>All: 60 orders" in html
