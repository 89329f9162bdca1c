# ruff: noqa: E501 (one text a line)
"""Markup that could act is never taken for harmless, and what a merchant's editor writes always is (T8, B63)."""

from __future__ import annotations

from html.parser import HTMLParser

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.kit.markup import HARMLESS, clean

NEAT = [
    "plain", "5 < 6 and 7 > 3", "I <3 you", "l'été &amp; 10 % – “new”", "<p>x</p>", "<P ALIGN=CENTER>x", "<br/><br /><BR>",
    '<a href="https://x.example/?a=1&amp;b=2" target=_blank rel="nofollow">k</a>', "<a href='/sale'>k</a>",
    "<a href=page.html>k</a>", "<a href='my page.html#x'>k</a>", "<a href=\"mailto:a@b.example\">k</a>", '<a href="été.html">k</a>',
    '<img src="data:image/png;base64,AAAA=" alt="a > b">', '<img src="//cdn.example/1.jpg" width=50% loading="lazy">',
    "<p style=\"color: red; font-family: 'Open Sans', &quot;Arial&quot;; background: rgb(1, 2, 3)\">x</p>",
    '<p style="position: relative; top: 0; margin: 0 auto !important;">x</p>',
    '<iframe width="560" src="https://www.youtube.com/embed/abc" allowfullscreen></iframe>',
    "<!-- StartFragment -->x", '<p data-mce-x="{a:1}" aria-label="y">x</p>', "<p><o:p></o:p></p>",
    "<table border=0 cellpadding=2><tr><td colspan=2 valign=top>x</td></tr></table>",
]  # fmt: skip
FOUL = [
    "<script>x</script>", "<p onclick=x>", "<p/onclick=x>", '<b title="a"onclick=x>', "</p onclick=x>", "<img src=x onerror=x",
    "<svg onload=x>", "<math>", "<body onload=x>", "<td onclick=1>", "<style>x</style>", "<form action=x>", "<base href=x>",
    '<a href="javascript:x">', "<a href='javascript:x'>", "<a href=javascript:x>", "<a href=JaVaScRiPt&colon;x>",
    '<a href=" javascript:x">', '<a href="java\tscript:x">', '<a href="java&#115;cript:x">', '<a href="&#106;avascript:x">',
    '<a href="\x01javascript:x">', '<a href="\xa0javascript:x">', '<a href="vbscript:x">', '<a href="data:text/html,x">',
    '<a href="feed:javascript:x">', '<a xlink:href="javascript:x">', '<a\x0bhref=x>', "<a style='x:y' onfocus=x autofocus>",
    '<iframe src="javascript:x">', '<iframe srcdoc="x">', '<iframe src="https://evil.example">',
    '<iframe src="https://www.youtube.com.evil.example/">', '<iframe src="https://www.youtube.com@evil.example/">',
    '<iframe src="https://www.youtube.com/x"><img onerror=x></iframe>', "<iframe><!-- </iframe><img onerror=x>",
    '<p style="background:url(javascript:x)">', '<p style="width:expression(x)">', '<p style="position:fixed">',
    '<p style="-moz-binding:url(x)">', '<p style="color:re\\64">', "<!--<script>-->", "<!doctype html>", "<?php", "</script x>",
]  # fmt: skip


def harmless(text: str) -> bool:
    """As SQL judges it."""
    row = duckdb.execute("SELECT regexp_full_match($text, $harmless)", {"text": text, "harmless": HARMLESS}).fetchone()
    return row is not None and bool(row[0])


class Read(HTMLParser):
    """What another reader than ours sees of a text: its tags and attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]


@pytest.mark.parametrize("text", NEAT)
def test_what_a_merchants_editor_writes_is_not_touched(text: str) -> None:
    assert harmless(text)


@pytest.mark.parametrize("text", FOUL)
def test_what_could_act_is_taken_out_and_nothing_of_it_is_left(text: str) -> None:
    assert not harmless(text)
    made = clean(f"<p>before</p>{text}<p>after</p>")
    assert made.text is not None
    assert made.text.startswith("<p>before</p>")
    assert harmless(made.text)
    assert made.taken


def test_what_stands_beside_it_stays() -> None:
    text = '<p style="color:red">Fine</p><p style="position:fixed">a</p><script>x</script><img src="data:image/png;base64,AA==" onerror=x>'
    assert clean(text).text == '<p style="color:red">Fine</p><p>a</p><img src="data:image/png;base64,AA==">'
    assert clean(text).taken == "<script>, onerror"


def test_a_text_made_to_take_for_ever_is_not_read() -> None:
    for bomb in ("<div>" * 100_000, "<" * 5_000, "<x>" + "a" * 500_000):
        assert clean(bomb).text is None


PARTS = st.sampled_from(
    [*NEAT, *FOUL, "<", ">", '"', "'", "=", "/", " ", "\n", "\t", "&", ";", "--", "<!--", "-->", "<a ", "<img ", "<iframe ",
     "</iframe>", "<p ", "href=", "src=", "style=", "onclick=", "javascript:", "java", "script", ":", "x", "<table>", "<td>",
     "<svg>", "<noscript>", "<template>", "<textarea>", "<xmp>", "<title>", "&lt;script&gt;", "\x00"]
)  # fmt: skip


@given(st.lists(PARTS, max_size=8).map("".join))
def test_no_reader_finds_anything_that_acts_in_what_is_sent(text: str) -> None:
    sent = text if harmless(text) else clean(text).text or ""
    assert harmless(sent)
    seen = Read(sent)
    assert not seen.tags & {
        "script",
        "style",
        "svg",
        "math",
        "object",
        "embed",
        "form",
        "base",
        "meta",
        "link",
        "template",
    }
    assert not [name for name, _ in seen.attributes if name.startswith("on") or name in {"srcdoc", "formaction"}]
    addresses = [value.lower().strip() for name, value in seen.attributes if name in {"href", "src"}]
    assert not [one for one in addresses if one.startswith(("javascript", "vbscript", "data:text")) and ":" in one]
