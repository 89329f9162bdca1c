# ruff: noqa: E501 (each message stands as it is printed)
"""Every mistake a mapping can hold is refused at its place, with what is allowed: no typo stops a field silently."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import yaml

PRODUCTS = (
    "handle, name, description, subtitle, brand, type, tags, is_active, option_names, stock_tracking, search_keywords, "
    "custom_fields, categories, category_paths, supplier, supplier_code, weight, weight_unit, width, height, depth, dimensions_unit, msrp, sale_price, "
    "tax_code, customizations, page_title, meta_description, meta_keywords, custom_url, loyalty_amount, account_code, "
    "account_code_purchase"
)
ROW_KEYS = (
    "direction, on_blank, on_create, on_update, once_at_creation, owner, reason, rules, sync, to, transform, when"
)
NAME = "name: {to: name, on_blank: skip, rules: [S000-12]}"
PHONE = "phone: {to: phone, owner: to, direction: to_from, rules: [S000-07, S000-08]}"
BRAND = "brand: {to: brand, rules: [S000-19]}"
FUNCTIONS = (
    "abs, array_to_string, ceil, coalesce, concat, concat_ws, contains, floor, greatest, least, left, len, length, "
    "list_concat, list_contains, list_distinct, list_filter, list_sort, list_transform, lower, ltrim, nfc_normalize, nullif, "
    "regexp_replace, replace, reverse, right, round, rtrim, split_part, starts_with, string_split, strip_accents, "
    "struct_pack, substring, trim, upper"
)
NOT_ALLOWED = f"expected columns, literals, operators except /, and {FUNCTIONS}"


@pytest.mark.parametrize(
    ("old", "new", "marker", "expected"),
    [
        pytest.param(
            NAME, "name: {too: name, to: name}", "too: name",
            f"unknown key `too`; found too; expected one of {ROW_KEYS}; did you mean `to`?",
            id="unknown key",
        ),
        pytest.param(
            BRAND, "brand: {to: brand, to: name}", "to: name}\n  tags",
            "the key `to` is there twice; found lines {line} and {line}; expected each key once; remove one of them",
            id="repeated key",
        ),
        pytest.param(
            BRAND, "brand: {to: brand, on_update: sometimes}", "sometimes",
            "`on_update` cannot be sometimes; found sometimes; expected one of send, leave",
            id="word that is no choice",
        ),
        pytest.param(
            BRAND, "brand: {to: brand, on_update: leav}", "leav}",
            "`on_update` cannot be leav; found leav; expected one of send, leave; did you mean `leave`?",
            id="misspelt choice",
        ),
        pytest.param(
            BRAND, "brand: {to: brand, rules: S000-19}", "S000-19}",
            "`rules` cannot be S000-19; found S000-19; expected a list",
            id="text for a list",
        ),
        pytest.param(
            BRAND, "brand: {to: brand, rules: [S19]}", "S19",
            r"`rules` cannot be S19; found S19; expected text that matches ^(S\d{3}-\d{2}|[CX]-\d{2})$",
            id="no rule id",
        ),
        pytest.param(
            BRAND, "brand: {to: 12}", "12}",
            '`to` cannot be 12; found 12; expected text; write "12" in quotes',
            id="number for text",
        ),
        pytest.param(
            BRAND, "brand: {to: no}", "no}",
            "`no` means different things to different readers of YAML; found no; expected text in quotes, true or false, "
            'or a decimal number; write "no" in quotes for the text',
            id="no for text",
        ),
        pytest.param(
            BRAND, "brand: brand", "brand\n  tags",
            "`brand` cannot be brand; found brand; expected a mapping of keys to values",
            id="text for a row",
        ),
        pytest.param(
            BRAND, "brand: {rules: [S000-19]}", "{rules: [S000-19]}\n  tags",
            "`brand` is not complete; found a mapping; expected either `to: <field>` or `sync: never`",
            id="neither maps nor not",
        ),
        pytest.param(
            BRAND, "brand: {sync: never, owner: to}", "{sync: never, owner: to}\n",
            "`brand` is not complete; found a mapping; expected `reason:` beside `sync: never`",
            id="never without a reason",
        ),
        pytest.param(
            BRAND, "brand: {to: brand, owner: to}", "{to: brand, owner: to}",
            "`brand` is not complete; found a mapping; expected `owner: from` with `direction: from_to`, or `owner: to` "
            "with `direction: to_from`",
            id="both sides own it", marks=pytest.mark.rule("S003-32"),
        ),
        pytest.param(
            BRAND, "brand: {to: brand, owner: to, direction: to_from}", "to_from}\n",
            "no flow carries products to_from; found to_from; expected a flow {entity: products, direction: to_from}",
            id="no flow that way",
        ),
        pytest.param(
            BRAND, f"{BRAND}\n  colour: {{to: name}}", "colour",
            f"there is no field of products `colour`; found colour; expected one of {PRODUCTS}",
            id="unknown field",
        ),
        pytest.param(
            BRAND, f"{BRAND}\n  weigth: {{sync: never, reason: x}}", "weigth",
            f"there is no field of products `weigth`; found weigth; expected one of {PRODUCTS}; did you mean `weight`?",
            id="misspelt field",
        ),
        pytest.param(
            BRAND, "brand: {to: brnad}", "brnad",
            f"there is no field of products `brnad`; found brnad; expected one of {PRODUCTS}; did you mean `brand`?",
            id="misspelt target",
        ),
        pytest.param(
            f"  {BRAND}\n", "", "name: {to: name",
            "`products.brand` is not mapped; expected a row `brand:`; say where it goes with `to:`, or `sync: never` with a "
            "`reason:`",
            id="field without a row", marks=pytest.mark.rule("S003-55"),
        ),
        pytest.param(
            f"  {PHONE}\n", "", "email: {to: email",
            "`customers.phone` is not mapped; expected a row `phone:`; say where it goes with `to:`, or `sync: never` with a "
            "`reason:`",
            id="what an order says of its buyer without a row",
        ),
        pytest.param(
            PHONE, PHONE.replace("to: phone", "to: company"), "company, owner: to, direction: to_from, rules: [S000-07, S000-08]}\n  street_1",
            "`customers.phone` goes to the till's field of that name; found company; expected phone",
            id="what an order says of its buyer in another field",
        ),
        pytest.param(
            PHONE, PHONE.replace("rules", "on_update: leave, rules"), "leave, rules: [S000-07, S000-08]}\n  street_1",
            "`on_update` has no effect on what an order says of its buyer; found on_update; expected no `on_update:`; the "
            "setting `customer_update` says when a customer is changed",
            id="a customer changed in a way of its own",
        ),
        pytest.param(
            PHONE, PHONE.replace("owner: to, direction: to_from, ", ""), "{to: phone, rules",
            "no flow carries orders from_to; found from_to; expected a flow {entity: orders, direction: from_to}",
            id="what an order says of its buyer the wrong way",
        ),
        pytest.param(
            BRAND, "brand: {to: name}", "name}\n  tags",
            "`products.name` has two owners; found brand; expected only `name` writes it; map one of them elsewhere, or "
            "`sync: never`",
            id="two owners",
        ),
        pytest.param(
            BRAND, "brand: {to: page_title}", "page_title}\n  tags",
            "`products.page_title` has two owners; found brand; expected nobody writes it: SEO fields belong to the store; "
            "map one of them elsewhere, or `sync: never`",
            id="a field the store owns",
        ),
        pytest.param(
            BRAND, "brand: {to: tags}", "tags}\n  tags",
            "the expression gives VARCHAR, which does not fit the field; found VARCHAR; expected VARCHAR[]",
            id="type of the target",
        ),
        pytest.param(
            BRAND, "brand: {to: brand, when: brand_to}", "brand_to",
            "there is no setting `brand_to`; found brand_to; expected one of {settings}",
            id="unknown switch",
        ),
        pytest.param(
            "from: lightspeed_x\n", "from: lightspeed\n", "lightspeed\n",
            "there is no platform `lightspeed`; found lightspeed; expected one of {platforms}; did you mean `lightspeed_x`?",
            id="unknown platform",
        ),
        pytest.param(
            "direction: from_to}\n  - {entity: stock, direction: from_to}", "direction: to_from}\n  - {entity: stock, direction: from_to}",
            "{entity: products",
            "products are never written to lightspeed_x; found products to lightspeed_x",
            id="platform that is only read",
        ),
        pytest.param(
            "{entity: stock, direction: from_to}", "{entity: stock, direction: from_to, needs: [teleport]}", "teleport",
            "there is no capability `teleport`; found teleport; expected {capabilities}",
            id="unknown capability",
        ),
        pytest.param(
            "match: [sku, upc, name]", "match: []", "[]",
            "`match` cannot be empty; found empty; expected at least 1 of them",
            id="no match key",
        ),
        pytest.param(
            "match: [sku, upc, name]", "match: [sku, upc, sku]", "sku]",
            "the match key `sku` is there twice; found sku; expected each key once",
            id="match key twice",
        ),
        pytest.param(
            "title: Lightspeed Retail (X-Series) to BigCommerce\n", "", "from: lightspeed_x",
            "`title` is missing; expected `title:`; add `title:`",
            id="missing key",
        ),
        pytest.param(
            "  on_blank: skip\n", "  on_blank: skip\n  on_blnk: skip\n", "on_blnk",
            "unknown key `on_blnk`; found on_blnk; expected one of {effective}; did you mean `on_blank`?",
            id="unknown setting",
        ),
        pytest.param(
            "  on_blank: skip\n", "  on_blank: skip\n  initial_stat: enabled\n", "initial_stat",
            "unknown key `initial_stat`; found initial_stat; expected one of {effective}",
            id="unknown setting like one that would be a mistake here too",
        ),
        pytest.param(
            "  on_blank: skip\n", "  on_blank: skip\n  customer_update: fill_blank\n", "fill_blank\n",
            "`customer_update` cannot be fill_blank; found fill_blank; expected one of fill_blanks, store_wins, till_wins, "
            "none; did you mean `fill_blanks`?",
            id="customers changed in no known way",
        ),
        pytest.param(
            "  on_blank: skip\n", "  on_blank: skip\n  order_state_profile: fulfillment\n", "fulfillment\n",
            "`order_state_profile` cannot be fulfillment; found fulfillment; expected one of closed, fulfilment; "
            "did you mean `fulfilment`?",
            id="orders standing in no known way",
        ),
        pytest.param(
            "way: pickup", "way: fax", "fax",
            "`way` cannot be fax; found fax; expected one of delivery, pickup",
            id="goods leaving in no known way",
        ),
        pytest.param(
            "  recreate_missing: false\n", "  recreate_missing: no\n", "no\n",
            "`recreate_missing` cannot be no; found no; expected true or false",
            id="no for true or false",
        ),
        pytest.param(
            "  freshness_minutes: 60\n", "  freshness_minutes: 0\n", "0\n",
            "`freshness_minutes` cannot be 0; found 0; expected greater than 0",
            id="time of nothing",
        ),
        pytest.param(
            "  freshness_minutes: 60\n", '  freshness_minutes: "60"\n', '"60"\n',
            "`freshness_minutes` cannot be 60; found 60; expected a whole number; write 60 without quotes",
            id="number in quotes",
        ),
        pytest.param(
            '"*/15 * * * *"', '"*/0 * * * *"', '"*/0 * * * *"',
            "`schedule` cannot be */0 * * * *; found */0 * * * *; expected five fields of cron: minute hour day month weekday",
            id="schedule that never comes",
        ),
        pytest.param(
            "  freshness_minutes: 60\n", "  connected_on: 03/04/2024\n", "03/04/2024",
            "`connected_on` cannot be 03/04/2024; found 03/04/2024; expected a date written as YYYY-MM-DD",
            id="date in a local format",
        ),
        pytest.param(
            "  freshness_minutes: 60\n", "  connected_on: 20240304\n", "20240304",
            "`connected_on` cannot be 20240304; found 20240304; expected a date written as YYYY-MM-DD",
            id="date without marks",
        ),
        pytest.param(
            "  freshness_minutes: 60\n", "  buffer: -1\n", "-1",
            "`buffer` cannot be -1; found -1; expected greater than or equal to 0 or `auto` or a mapping of keys to values",
            id="buffer below nothing",
        ),
        pytest.param(
            "  freshness_minutes: 60\n", "  buffer_oversold: -0.5\n", "-0.5",
            "`buffer_oversold` cannot be -0.5; found -0.5; expected greater than 0",
            id="an oversell that cannot be kept to",
        ),
        pytest.param(
            "  freshness_minutes: 60\n", "  order_sync: false\n  on_shop_drift: adopt\n", "adopt",
            "`on_shop_drift: adopt` is not possible here: orders do not flow, so what was sold online cannot be told from "
            "what a person set; found adopt; set `order_sync: true`, or use `till_wins` or `hold`",
            id="levels taken to the till without its orders",
        ),
        pytest.param(
            "  outlets: register_outlet\n  stock_scope: single\n",
            "  outlets: [Main, Side]\n  stock_scope: combined\n  on_shop_drift: adopt\n", "adopt",
            "`on_shop_drift: adopt` is not possible here: the store shows the sum of several outlets, and a level set there "
            "does not say which of them it is of; found adopt; show one outlet, or `per_location`; or use `till_wins` or `hold`",
            id="levels taken to one of several outlets",
        ),
        pytest.param(
            "  freshness_minutes: 60\n", "  initial_state: disabled\n", "disabled",
            "the setting `initial_state` has no effect on this connection; found disabled; expected a new product is "
            "visible when the till sells it; remove `initial_state:`",
            id="setting without effect",
        ),
        pytest.param(
            "  publish: linked\n", "  publish: listed\n", "listed",
            "`publish: listed` without `publish_list`; expected `publish_list:` with the SKUs",
            id="list that is missing",
        ),
        pytest.param(
            "  freshness_minutes: 60\n", "  limits: {deletes: {count: 5}}\n", "deletes",
            "there is no class of changes `deletes`; found deletes; expected one of {classes}; did you mean `delete`?",
            id="unknown limit",
        ),
        pytest.param(
            "  freshness_minutes: 60\n", "  limits: {delete: {count: 5, share: 1.5}}\n", "1.5",
            "`share` cannot be 1.5; found 1.5; expected less than or equal to 1",
            id="share above all",
        ),
        pytest.param(
            BRAND, "brand: {to: brand, transform: uper(brand)}", "uper",
            f"`UPER(brand)` is not allowed in an expression; found UPER(brand); {NOT_ALLOWED}; did you mean `upper`?",
            id="unknown function",
        ),
        pytest.param(
            BRAND, "brand:\n    to: brand\n    transform: >-\n      upper(\n      brnd)", "brnd",
            f"there is no column `brnd`; found brnd; expected one of product_id, {PRODUCTS.replace('is_active, ', 'is_active, has_variants, ')}, "
            "is_composite, created_at, made_for, changed_at, store_weight_unit, store_dimensions_unit, type_field; did you mean `brand`?",
            id="unknown column, two lines down",
        ),
        pytest.param(
            BRAND, "brand: {to: brand, transform: '(SELECT 1)'}", "SELECT",
            f"`(SELECT 1)` is not allowed in an expression; found (SELECT 1); {NOT_ALLOWED}",
            id="subquery",
        ),
        pytest.param(
            BRAND, "brand: {to: brand, transform: 'upper('}", "'upper('",
            "the expression cannot be read at `(`; found upper(; expected one SQL expression over the row's columns",
            id="broken expression",
        ),
        pytest.param(
            BRAND, "brand: {to: brand, transform: 'brand + 1'}", "'brand + 1'",
            "the expression does not fit its columns; found No function matches the given name and argument types "
            "'+(VARCHAR, INTEGER_LITERAL)'. You might need to add explicit type casts.",
            id="expression of the wrong types",
        ),
        pytest.param(
            BRAND, "brand: {to: brand, transform: len(brand)}", "len(brand)",
            "the expression gives BIGINT, which does not fit the field; found BIGINT; expected VARCHAR",
            id="expression of another type",
        ),
    ],
)  # fmt: skip
def test_a_mistake_is_named_at_its_place(
    spoil: Callable[..., Any], words: dict[str, str], old: str, new: str, marker: str, expected: str
) -> None:
    for name, listed in words.items():
        expected = expected.replace(f"{{{name}}}", listed)
    spoilt = spoil((old, new))
    expected = expected.replace("{line}", spoilt.at(marker).split(":")[0])
    assert f"{spoilt.at(marker)}: {expected}" in spoilt.mistakes
    assert len(spoilt.mistakes) == 1 or "never written" in expected


@pytest.fixture
def words() -> dict[str, str]:
    from pipelines.language.paths import CHECKOUT
    from pipelines.language.references import limit_classes
    from pipelines.language.settings import setting_names
    from pipelines.platforms import discover

    shipped = yaml.safe_load((CHECKOUT / "mappings" / "lightspeed_x__bigcommerce.yaml").read_text(encoding="utf-8"))
    able = sorted(discover()["bigcommerce"].capabilities)
    return {
        "settings": ", ".join(setting_names()),
        "effective": ", ".join(name for name in setting_names() if name not in shipped["no_effect"]),
        "platforms": ", ".join(discover()),
        "classes": ", ".join(limit_classes()),
        "capabilities": "one of " + ", ".join(able) if able else "nothing: there is none",
    }


def test_all_mistakes_are_told_at_once_and_in_the_order_of_the_file(spoil: Callable[..., Any]) -> None:
    spoilt = spoil(
        ("to: bigcommerce\n", "to: bigcomerce\n"),
        (NAME, "name: {to: nme, ruls: []}"),
        (BRAND, "brand: {to: brand, on_update: maybe}"),
        ("  sku: {to: sku, on_blank: skip, rules: [S000-19]}\n", ""),
        ("url: {to: url, when: images,", "url: {to: url, when: image,"),
    )
    assert [line.partition(";")[0].partition(": ")[2] for line in spoilt.mistakes] == [
        "there is no platform `bigcomerce`",
        "there is no field of products `nme`",
        "unknown key `ruls`",
        "`on_update` cannot be maybe",
        "`variants.sku` is not mapped",
        "there is no setting `image`",
    ]


def test_a_connection_that_does_not_exist_is_answered_with_those_that_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from pipelines.kit.errors import MistakeInFiles
    from pipelines.language.mapping import load_mapping

    monkeypatch.delenv("TILLSYNC_MAPPINGS", raising=False)
    with pytest.raises(MistakeInFiles) as caught:
        load_mapping("lightspeed__bigcommerce")
    assert caught.value.problems[0].do == "did you mean `lightspeed_x__bigcommerce`?"


def test_two_keys_of_one_limit_are_both_read(spoil: Callable[..., Any]) -> None:
    spoilt = spoil(("  freshness_minutes: 60\n", "  limits: {delete: {count: -5, share: many}}\n"))
    assert [line.partition(": ")[2] for line in spoilt.mistakes] == [
        "`count` cannot be -5; found -5; expected greater than or equal to 0",
        "`share` cannot be many; found many; expected a number",
    ]
