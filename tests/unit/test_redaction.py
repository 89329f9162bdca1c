"""No secret and no acting character leaves by a message, a log or the terminal (I-35, B62, T34)."""

from __future__ import annotations

import base64
import io
import json
import logging
import pickle
import re
from collections.abc import Callable
from html import escape
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.show import Screen
from pipelines.kit.errors import Problem, TillsyncError
from pipelines.kit.redaction import MASK, SHORTEST, in_json, redact, spellings, traced, visible
from pipelines.kit.secret import Secret

TOKEN = 's3cret/"Tok&en"+=~7f3a91c5'
FORGED = "Mug\n2026-03-02 09:00 every check passed\x1b[2J\x9b1m\u202e\u2028\r\u200b"
HIDES = ("\n", "\x1b", "\x9b", "\u202e", "\u2028", "\r", "\u200b")
SPELT: dict[str, Callable[[str], str]] = {
    "plain": str,
    "in a url": lambda text: quote(text, safe=""),
    "in a path": quote,
    "in a form": quote_plus,
    "in a url, lower case": lambda text: re.sub("%..", lambda c: c[0].lower(), quote(text, safe="")),
    "in json": json.dumps,
    "in html": escape,
    "as python writes it": repr,
    "in hex": lambda text: text.encode().hex(),
    "in base64": lambda text: base64.b64encode(text.encode()).decode(),
    "after a user name in base64": lambda text: base64.b64encode(f"u:{text}".encode()).decode(),
    "before more in base64": lambda text: base64.b64encode(f"xyz:{text}:more".encode()).decode(),
    "in base64 of a url": lambda text: base64.urlsafe_b64encode(f"a{text}".encode()).decode(),
}


@pytest.fixture
def heard() -> Any:
    """What a logger of this process says."""
    Secret(TOKEN, "SHOP_TOKEN")
    said = io.StringIO()
    handler, logger = logging.StreamHandler(said), logging.getLogger("a.library")
    logger.addHandler(handler)
    yield logger, said
    logger.removeHandler(handler)


@pytest.mark.invariant("I-35")
@pytest.mark.parametrize("spelling", SPELT)
def test_a_secret_is_found_however_it_is_spelt(spelling: str) -> None:
    Secret(TOKEN, "SHOP_TOKEN")
    text = SPELT[spelling](TOKEN)
    said = redact(f"before {text} after")
    assert MASK in said
    assert (said.startswith("before "), said.endswith(" after")) == (True, True)
    assert len(said) < len("before *** after") + 16
    for part in Problem("x", text, text, 1, 1, text, text, text).as_dict().values():
        assert text not in str(part)


@pytest.mark.invariant("I-35")
@given(value=st.text(min_size=SHORTEST, max_size=60), before=st.binary(max_size=4), after=st.binary(max_size=4))
def test_no_secret_survives_base64_at_any_offset(value: str, before: bytes, after: bytes) -> None:
    raw = value.encode("utf-8", "surrogatepass")
    known = spellings(value)
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        assert [spelling for spelling in known if spelling in encode(before + raw + after).decode()]


@pytest.mark.invariant("I-35")
def test_a_log_record_of_any_library_holds_no_secret(heard: Any) -> None:
    logger, said = heard
    logger.warning("header %s and %s", {"X-Auth-Token": TOKEN}, quote(TOKEN, safe=""))
    try:
        raise ValueError(f"Invalid header value {TOKEN!r}")
    except ValueError:
        logger.exception("it broke with %r", TOKEN)
    assert said.getvalue().count(MASK) == 4
    assert "Traceback" in said.getvalue()
    assert not [spelling for spelling in SPELT.values() if spelling(TOKEN) in said.getvalue()]


def test_a_name_with_a_line_break_forges_no_log_line(heard: Any) -> None:
    logger, said = heard
    logger.warning("could not link %s", FORGED)
    assert len(said.getvalue().splitlines()) == 1
    assert not [sign for sign in HIDES if sign in said.getvalue().rstrip("\n")]
    assert "could not link Mug\\n2026-03-02" in said.getvalue()


def test_a_record_a_library_made_wrongly_ends_nothing(heard: Any) -> None:
    logger, said = heard
    logger.log(*(logging.WARNING, "%d of %s", TOKEN))
    assert "%d of %s" in said.getvalue()
    assert TOKEN not in said.getvalue()


def test_an_ordinary_record_keeps_its_arguments(heard: Any, caplog: pytest.LogCaptureFixture) -> None:
    heard[0].warning("%s of %s", 3, "Größe 👩\u200d🍳")
    assert caplog.records[-1].args == (3, "Größe 👩\u200d🍳")


@pytest.mark.parametrize("as_json", [False, True])
def test_a_name_cannot_clear_the_terminal_or_forge_a_line(capsys: pytest.CaptureFixture[str], as_json: bool) -> None:
    Secret(TOKEN, "SHOP_TOKEN")
    shown = Screen(as_json=as_json)
    row = {"name": FORGED, "token": TOKEN, "half": "\ud800"}
    shown.answer(row, lambda: shown.table("holds", list(row), [list(row.values())]))
    shown.say(f"about {FORGED} {TOKEN}")
    shown.progress()(f"reading {FORGED} {TOKEN}")
    shown.error(TillsyncError(Problem("x", FORGED, found=f"{FORGED} {TOKEN}", do=FORGED)))
    out, err = capsys.readouterr()
    said = out + err
    assert not [sign for sign in HIDES if sign != "\n" and sign in said]
    assert not [line for line in said.splitlines() if line.startswith("2026-03-02")]
    assert not [spelling for spelling in SPELT.values() if spelling(TOKEN) in said]
    if as_json:
        objects = [json.loads(line) for line in out.splitlines()]
        assert objects[0]["name"] == FORGED
        assert objects[1]["errors"][0]["message"] == FORGED


@given(text=st.text())
def test_nothing_that_acts_is_left_and_ordinary_text_stays(text: str) -> None:
    assert len(visible(text).splitlines()) <= 1
    assert json.loads(in_json(json.dumps(text, ensure_ascii=False))) == text


def test_ordinary_text_is_left_as_it_is() -> None:
    for text in ("Größe 38 – 'Ω' 日本 👩\u200d🍳", "100 % [red] {x}", ""):
        assert visible(text) == text
        assert redact(text) == text


@pytest.mark.invariant("I-35")
def test_a_secret_shows_itself_nowhere_and_is_never_stored() -> None:
    secret = Secret(TOKEN, "SHOP_TOKEN")
    assert f"{secret} {secret!r} {secret!s} {secret:>9} %s" % secret == " ".join([MASK] * 5)
    with pytest.raises(TypeError, match="never stored"):
        pickle.dumps(secret)
    assert TOKEN not in traced(ValueError(TOKEN))


def test_a_word_is_no_secret() -> None:
    Secret("demo", "DEMO")
    assert redact("the demo of the shop") == "the demo of the shop"
