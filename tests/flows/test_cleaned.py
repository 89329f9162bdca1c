"""What staff type at a till and a shop's page must not run or fetch: script, links that act, addresses inside."""

from __future__ import annotations

from typing import Any

import pytest

from tests.flows.conftest import MUG

NEAT = "<P ALIGN=center style=\"color: red\">Clay &amp; salt<br/><a href='/care' target=_blank>Care</a> 5 < 6</P>"
FOUL = '<p onclick="steal()">Warm<script>steal()</script> <a href="java&#115;cript:steal()">more</a></p>'
INSIDE, OUTSIDE = "https://169.254.169.254/latest.png", "https://img.example.test/1.png"


@pytest.mark.rule("S000-16", "S000-17")
def test_no_script_and_no_address_inside_reaches_a_page_and_harmless_markup_is_not_touched(make_world: Any) -> None:
    world = make_world(MUG)
    world.till.edit_product("MUG-1", description=NEAT)
    world.till.add_product("Foul", sku="FOUL", price=3, quantity=1, description=FOUL, images=[INSIDE, OUTSIDE])
    world.till.add_product("Gone", sku="GONE", price=3, quantity=1, description="<script>steal()</script>")
    assert world.sync()["entities"]["products"]["created"] == 3
    texts = [world.store_product(sku)["description"] for sku in ("MUG-1", "FOUL", "GONE")]
    assert texts == [NEAT, "<p>Warm <a>more</a></p>", ""]
    assert [image["image_url"] for image in world.store.find_sku("FOUL")[0].images] == [OUTSIDE]
    said = world.rows(
        "SELECT field, decision, reason, source_value FROM field_decisions WHERE entity <> 'variants'"
        " AND (decision = 'cleaned' OR field = 'description' AND decision = 'withheld') ORDER BY field, decision"
    )
    assert [(row["field"], row["decision"], row["reason"]) for row in said] == [
        ("description", "cleaned", "sent without what could act on a page: <script>, onclick, href"),
        ("description", "withheld", "not sent, nothing harmless is left without <script>"),
        ("url", "cleaned", "1 of 2 pictures not sent: its host is not a public one"),
    ]
    assert said[0]["source_value"] == FOUL
    warned = (
        'SELECT unnest(from_json(checks, \'[{"suite":"VARCHAR","broken":"INT"}]\'), recursive := true) FROM verdict'
    )
    assert {"suite": "cleaned", "broken": 3} in world.rows(warned)
    world.forget()
    world.till.edit_product("FOUL", price=4)
    world.sync()
    assert len(world.sent()) == 1
    assert world.rows("SELECT sku, json_keys(changes) AS keys FROM plan") == [{"sku": "FOUL", "keys": ["price"]}]
    assert world.store_product("FOUL")["description"] == "<p>Warm <a>more</a></p>"
    world.forget()
    world.sync(full=True)
    assert world.sent() == []
