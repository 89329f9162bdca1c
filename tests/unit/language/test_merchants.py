# ruff: noqa: E501 (each message stands as it is printed)
"""The merchants file: a secret in it, a wrong account or an open address is refused before anything is called."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.kit.errors import MistakeInFiles
from pipelines.language.mapping import connections
from pipelines.language.merchants import choose, empty_tokens, everyone, load_merchants, merchant_names
from pipelines.platforms import discover

GOOD = """\
merchants:
  corner_shop:
    accounts:
      lightspeed_x: {base_url: "http://127.0.0.1:4102", api_version: "2026-07", token: {env: CORNER_LSX_TOKEN}}
      bigcommerce: {base_url: "http://127.0.0.1:4101", store_hash: abc123, token: {env: CORNER_BC_TOKEN}}
    connections:
      lightspeed_x__bigcommerce:
        settings: {publish: all, outlets: [Main Outlet], register: Main Register, connected_on: 2024-01-01}
        locations: {Main Outlet: Default location}
"""
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """The good file with parts replaced."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TILLSYNC_HOME", str(tmp_path / "state"))
    monkeypatch.delenv("TILLSYNC_MAPPINGS", raising=False)

    def made(*replaced: tuple[str, str], to: str = "m.yaml") -> Path:
        text = GOOD
        for old, new in replaced:
            assert text.count(old) == 1
            text = text.replace(old, new)
        file = tmp_path / to
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        monkeypatch.setenv("TILLSYNC_MERCHANTS", str(tmp_path / "m.yaml"))
        return file

    return made


def mistakes(file: Path) -> list[str]:
    with pytest.raises(MistakeInFiles) as caught:
        load_merchants(file)
    return [str(problem).removeprefix("m.yaml:") for problem in caught.value.problems]


def test_a_good_file_gives_checked_accounts_and_merged_settings(write: Write) -> None:
    merchant = load_merchants(write())["corner_shop"]
    assert merchant.accounts["bigcommerce"].token_env == "CORNER_BC_TOKEN"
    assert merchant.accounts["bigcommerce"].model.model_dump()["store_hash"] == "abc123"
    merged = merchant.settings("lightspeed_x__bigcommerce", {"publish": "linked", "prices": "store"})
    assert (merged["publish"], merged["prices"], merged["outlets"]) == ("all", "store", ["Main Outlet"])
    assert merchant.connections["lightspeed_x__bigcommerce"].locations == {"Main Outlet": "Default location"}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param(
            "token: {env: CORNER_BC_TOKEN}", "token: s3cr3t-value",
            "5:83: a token is never written in a file; found something else, not shown here; expected {env: NAME_OF_A_VARIABLE}; put the token in an environment variable and name it here",
            id="secret in the file",
        ),
        pytest.param(
            ", token: {env: CORNER_BC_TOKEN}", "",
            "5:20: `token` is missing; expected {env: NAME_OF_A_VARIABLE}; put the token in an environment variable and name it here",
            id="no token",
        ),
        pytest.param(
            "token: {env: CORNER_BC_TOKEN}", "token: {env: 'no name'}",
            "5:83: a token is never written in a file; found something else, not shown here; expected {env: NAME_OF_A_VARIABLE}; put the token in an environment variable and name it here",
            id="no name of a variable",
        ),
        pytest.param(
            "store_hash: abc123", "store_hsh: abc123",
            "5:20: `store_hash` is missing; expected `store_hash:`; add `store_hash:`",
            id="misspelt account key: what is missing",
        ),
        pytest.param(
            "store_hash: abc123", "store_hash: abc123, store_hsh: abc123",
            "5:76: unknown key `store_hsh`; found store_hsh; expected one of base_url, store_hash, token; did you mean `store_hash`?",
            id="unknown account key",
        ),
        pytest.param(
            '"http://127.0.0.1:4101"', '"http://shop.example:4101"',
            "5:31: this address is not accepted; found http://shop.example:4101; expected https; plain http is for loopback addresses only",
            id="plain http",
        ),
        pytest.param(
            '"http://127.0.0.1:4101"', '"https://me:s3cr3t-value@api.bigcommerce.com"',
            "5:31: this address is not accepted; found https://api.bigcommerce.com; expected scheme, host and port, without a user name, password or query",
            id="user name in the address",
        ),
        pytest.param(
            '"http://127.0.0.1:4101"', '"https://10.0.0.7"',
            "5:31: this address is not accepted; found https://10.0.0.7; expected a public host on port 443",
            id="private address",
        ),
        pytest.param(
            '"http://127.0.0.1:4101"', '"https://api.bigcommerce.com:8443"',
            "5:31: this address is not accepted; found https://api.bigcommerce.com:8443; expected a public host on port 443",
            id="odd port",
        ),
        pytest.param(
            '"http://127.0.0.1:4101"', '"file:///etc/passwd"',
            "5:31: this address is not accepted; found file://; expected an address: https://<host>",
            id="no web address",
        ),
        pytest.param(
            'base_url: "http://127.0.0.1:4102", ', "",
            "4:21: `lightspeed_x` is not complete; found a mapping; expected give exactly one of base_url and domain_prefix",
            id="no address at all",
        ),
        pytest.param(
            "      bigcommerce:", "      bigcomerce:",
            "5:7: there is no platform `bigcomerce`; found bigcomerce; expected one of {platforms}; did you mean `bigcommerce`?",
            id="unknown platform",
        ),
        pytest.param(
            "  corner_shop:", "  demo:",
            "2:3: the name `demo` is taken by tillsync itself; found demo; expected another name",
            id="reserved name",
        ),
        pytest.param(
            "  corner_shop:", "  ../corner:",
            "2:3: `../corner` is no name for a merchant; found ../corner; expected letters, digits, - and _, at most 63",
            id="name that leaves the folder",
        ),
        pytest.param(
            "      lightspeed_x__bigcommerce:", "      lightspeed_x__bigcomerce:",
            "7:7: there is no connection `lightspeed_x__bigcomerce`; found lightspeed_x__bigcomerce; expected one of {connections}; did you mean `lightspeed_x__bigcommerce`?",
            id="unknown connection",
        ),
        pytest.param(
            "publish: all", "publish: everything",
            "8:29: `publish` cannot be everything; found everything; expected one of linked, all, listed",
            id="unknown choice",
        ),
        pytest.param(
            "[Main Outlet], register", "[Main Outlet], import_all_orders: true, register",
            "8:77: `import_all_orders` brings orders of before the connection to the till, which is not confirmed; found no `confirm_history`; expected `confirm_history: import all orders`; read what it does under \"Orders of before\" in docs/running.md; a run shows it before it is done",
            id="history that is not confirmed", marks=pytest.mark.rule("S001-50"),
        ),
        pytest.param(
            "[Main Outlet], register", "[Main Outlet], order_sync_start_date: 2023-01-01, historical_stock_effect: deduct, confirm_history: import all orders, register",
            "8:81: `order_sync_start_date` brings orders of before the connection to the till, which is not confirmed; found `confirm_history: import all orders`; expected `confirm_history: import all orders and take their stock`; read what it does under \"Orders of before\" in docs/running.md; a run shows it before it is done",
            id="history whose stock effect is not confirmed", marks=pytest.mark.rule("S001-50"),
        ),
        pytest.param(
            "[Main Outlet], register", "Main Outlet, register",
            "8:43: `outlets` cannot be Main Outlet; found Main Outlet; expected a list or `register_outlet`",
            id="outlet that is no list",
        ),
        pytest.param(
            "[Main Outlet], register", "[Main Outlet, Main Outlet], stock_scope: combined, register",
            "8:57: the outlet `Main Outlet` is there twice; found Main Outlet; expected each outlet once",
            id="outlet counted twice",
        ),
        pytest.param(
            "[Main Outlet], register", "[Main Outlet, Second], register",
            "8:57: the stock of a single outlet is shown, but several are named; found Main Outlet, Second; expected one outlet, or `stock_scope: combined` to add them up, or `per_location` to show each at its own",
            id="several outlets where one is shown",
        ),
        pytest.param(
            "[Main Outlet], register", "[Main Outlet, Main Outlet 2], stock_scope: per_location, register",
            "8:57: the outlet `Main Outlet 2` has no store location; found Main Outlet 2; expected a line `Main Outlet 2: <store location>` under `locations:`; did you mean `Main Outlet`?",
            id="unmapped location",
        ),
        pytest.param(
            "connected_on: 2024-01-01", "connected_on: 01.01.2024",
            "8:97: `connected_on` cannot be 01.01.2024; found 01.01.2024; expected a date written as YYYY-MM-DD",
            id="local date",
        ),
        pytest.param(
            "publish: all", "item_sync_enforcement: true",
            "8:43: the setting `item_sync_enforcement` has no effect on this connection; found true; expected the till has no mark for single items; remove `item_sync_enforcement:`",
            id="setting of another connection",
        ),
    ],
)  # fmt: skip
def test_a_mistake_is_named_at_its_place_and_no_secret_with_it(write: Write, old: str, new: str, expected: str) -> None:
    known = {"platforms": ", ".join(discover()), "connections": ", ".join(connections())}
    for word, listed in known.items():
        expected = expected.replace(f"{{{word}}}", listed)
    found = mistakes(write((old, new)))
    assert expected in found
    assert "s3cr3t" not in " ".join(found)


def test_a_connection_without_its_account_is_named(write: Write) -> None:
    line = next(line for line in GOOD.splitlines(keepends=True) if line.startswith("      bigcommerce"))
    assert mistakes(write((line, ""))) == [
        "6:7: lightspeed_x__bigcommerce needs an account of bigcommerce; expected `bigcommerce:` under `accounts`"
    ]


def test_the_words_on_and_off_are_choices_where_a_setting_has_them(write: Write) -> None:
    merchant = load_merchants(write(("publish: all", "tags_to: off")))["corner_shop"]
    assert merchant.connections["lightspeed_x__bigcommerce"].settings["tags_to"] == "off"


def test_a_broken_mapping_is_not_told_as_a_mistake_of_the_merchants_file(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mappings").mkdir()
    (tmp_path / "mappings" / "lightspeed_x__bigcommerce.yaml").write_text("from: x\n", encoding="utf-8")
    monkeypatch.setenv("TILLSYNC_MAPPINGS", str(tmp_path / "mappings"))
    assert list(load_merchants(write())) == ["corner_shop"]


def test_the_demo_merchant_is_there_when_a_demo_was_made(write: Write) -> None:
    write()
    write(("corner_shop", "demo"), to="state/demo/merchants.yaml")
    assert sorted(load_merchants()) == ["corner_shop", "demo"]
    assert merchant_names() == ["corner_shop", "demo"]


def test_a_demo_beside_a_shop_does_not_make_every_command_ask_which(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TILLSYNC_DEMO_TOKEN", "")
    write()
    write(("corner_shop", "demo"), to="state/demo/merchants.yaml")
    merchants = load_merchants()
    assert choose(merchants, None).name == "corner_shop"
    assert list(everyone(merchants)) == ["corner_shop"]
    with pytest.raises(MistakeInFiles) as caught:
        choose({**merchants, "other": merchants["corner_shop"]}, "nobody")
    assert caught.value.problems[0].found == "nobody"
    assert os.environ["TILLSYNC_DEMO_TOKEN"] == ""


def test_the_demo_alone_is_meant_and_its_token_is_known(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TILLSYNC_DEMO_TOKEN", "")
    write(to="gone.yaml")
    write(("corner_shop", "demo"), to="state/demo/merchants.yaml")
    merchants = load_merchants()
    assert choose(merchants, None).name == choose(merchants, "demo").name == "demo"
    assert os.environ["TILLSYNC_DEMO_TOKEN"] == "demo"


def test_a_merchants_file_that_is_not_there_is_named_as_such(write: Write) -> None:
    write(to="gone.yaml")
    for name in (None, "nobody"):
        with pytest.raises(MistakeInFiles) as caught:
            choose(load_merchants(), name)
        (problem,) = caught.value.problems
        assert (problem.message, problem.found) == ("there is no merchants file", "nothing at m.yaml")
        assert "README.md" in str(problem.do)
    with pytest.raises(MistakeInFiles) as caught:
        choose({}, "demo")
    assert caught.value.problems[0].do == "run `make demo` first"


def test_a_setting_without_effect_is_told_beside_other_mistakes(write: Write) -> None:
    found = mistakes(write(("publish: all", "on_create: six_fields, publish: everything")))
    assert [message.partition("; ")[0].partition(": ")[2] for message in found] == [
        "the setting `on_create` has no effect on this connection",
        "`publish` cannot be everything",
    ]


def test_a_broken_file_still_gives_the_partition_of_the_demo(write: Write) -> None:
    write(("merchants:", "marchants:"))
    assert merchant_names() == ["demo"]


def test_without_a_name_the_only_merchant_is_meant_and_several_are_listed(write: Write) -> None:
    both = load_merchants(write())
    assert choose(both, None).name == "corner_shop"
    several = {**both, "other": both["corner_shop"]}
    with pytest.raises(MistakeInFiles) as caught:
        choose(several, None)
    assert caught.value.problems[0].expected == "corner_shop, other"
    with pytest.raises(MistakeInFiles) as caught:
        choose(several, "corner-shop")
    assert caught.value.problems[0].do == "did you mean `corner_shop`?"


def test_an_empty_variable_is_named_and_its_value_is_not(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORNER_BC_TOKEN", " ")
    monkeypatch.setenv("CORNER_LSX_TOKEN", "s3cr3t-value")
    (problem,) = empty_tokens(load_merchants(write())["corner_shop"])
    assert problem.message == "corner_shop: bigcommerce: the variable CORNER_BC_TOKEN holds no token"
    line = Path(str(problem.file)).read_text().splitlines()[(problem.line or 0) - 1]
    assert line[(problem.column or 0) - 1 :].startswith("CORNER_BC_TOKEN")
    assert empty_tokens(load_merchants(write())["corner_shop"], ["lightspeed_x"]) == []


def test_paths_are_found_from_the_checkout_wherever_the_caller_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipelines.language.paths import CHECKOUT, home, mappings_folder, merchants_file

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TILLSYNC_HOME", "state")
    monkeypatch.delenv("TILLSYNC_MAPPINGS", raising=False)
    assert home() == CHECKOUT / "state"
    assert mappings_folder() == CHECKOUT / "mappings"
    monkeypatch.delenv("TILLSYNC_MERCHANTS", raising=False)
    assert merchants_file() == CHECKOUT / "merchants.yaml"
