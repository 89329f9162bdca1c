"""Markup that reaches a shop's pages: what is harmless stays byte for byte, what could act is taken out (T8, B63).

Harmless is what ``HARMLESS`` matches: a pattern of the RE2 language, so that a catalogue is judged in SQL and only
the rest comes here. It allows tokens and knows no context: no tag in it changes how a browser reads what follows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import nh3

_TAGS = """a abbr acronym address article aside b bdi bdo big blockquote br caption center cite code col colgroup dd del
details dfn div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hgroup hr i iframe img ins kbd li main
mark nav ol p picture pre q s samp section small source span strike strong sub summary sup table tbody td tfoot th
thead time tr tt u ul var video audio wbr o:p"""
_PLAIN = """abbr align allow allowfullscreen alt axis bgcolor border bordercolor cellpadding cellspacing char charoff
class clear color cols colspan compact controls coords datetime decoding dir download draggable face fetchpriority
frameborder headers height hreflang hspace id itemprop itemscope itemtype lang loading loop marginheight marginwidth
media muted name noshade nowrap open playsinline preload property referrerpolicy rel reversed role rowspan rules
scope scrolling shape size sizes span srcset start summary tabindex target title translate type typeof valign value
vocab vspace width xml:lang aria-[a-z]+ data-[a-z0-9_.-]+"""
_DATA = r"data:image/(?:png|gif|jpe?g|webp|avif|bmp);base64,[a-z0-9+/=]*"
_STYLES = """align animation aspect background border bottom box break caption caret clear color column columns content
cursor direction display empty fill filter flex float font gap grid height hyphens inset isolation justify left letter
line list margin max min mix mso object opacity order orphans outline overflow padding page place quotes right row
table tab text top transform transition unicode user vertical visibility white widows width word z
-moz -ms -o -webkit"""
_VIDEOS = r"(?:www\.)?(?:youtube(?:-nocookie)?\.com|player\.vimeo\.com)"
_MOST_TAGS, _LONGEST = 4_000, 500_000
"""A text with more is not read: time and depth of a parse grow with them (T27)."""


def _one_of(words: str) -> str:
    return "(?:" + "|".join(words.split()) + ")"


def _quoted(text: str) -> str:
    """A value of an attribute in either quote; ``text``: a pattern in which Q stands for that quote."""
    double, single = text.replace("Q", '"'), text.replace("Q", "'")
    return rf"""(?:"{double}"|'{single}')"""


_FIRST = r"[\w.%~()+@!, " + f"{chr(0x80)}-{chr(0x10FFFF)}-]*"
_ADDRESS = rf"\s*(?:(?:(?:https?|mailto|tel):|[/#?]|\.\.?/)[^Q<]*|{_FIRST}(?:[/?#][^Q<]*)?)"
_BARE_ADDRESS = r"""(?:(?:(?:https?|mailto|tel):|[/#?]|\.\.?/)[^\s"'=<>`]*|[\w.%~()+@!,-]+(?:[/?#][^\s"'=<>`]*)?)"""
_VALUE = (
    r"(?:[\w\s#%.,!+*/-]|&quot;|&amp;|&nbsp;|QUOTE|(?:rgba?|hsla?|calc|min|max|clamp|translate[xy]?|scale|rotate|"
    r"linear-gradient)\([\w\s#%.,+*/-]*\))*"
)
_DECLARATION = rf"\s*(?:{_one_of(_STYLES)}(?:-[a-z-]+)?\s*:{_VALUE}|position\s*:\s*(?:static|relative|absolute)\s*)"


def _style(quote: str, other: str) -> str:
    one = _DECLARATION.replace("QUOTE", other)
    return rf"{quote}(?:{one};)*(?:{one})?\s*{quote}"


_ATTRIBUTE = "|".join(
    (
        rf"""{_one_of(_PLAIN)}(?:\s*=\s*(?:{_quoted("[^Q<]*")}|[^\s"'=<>`]+))?""",
        rf"(?:href|cite|poster)\s*=\s*(?:{_quoted(_ADDRESS)}|{_BARE_ADDRESS})",
        rf"(?:src|background)\s*=\s*(?:{_quoted(rf'(?:{_ADDRESS}|{_DATA})')}|{_BARE_ADDRESS})",
        rf"style\s*=\s*(?:{_style(chr(34), chr(39))}|{_style(chr(39), '&quot;')})",
    )
)
_FRAMED = "|".join(
    (
        rf"""{_one_of(_PLAIN)}(?:\s*=\s*{_quoted("[^Q<]*")})?""",
        rf"src\s*=\s*{_quoted(rf'(?:https:)?//{_VIDEOS}/[^Q<]*')}",
    )
)
_FRAME = rf"<iframe(?:\s+(?:{_FRAMED}))*\s*/?>"
_OTHERS = " ".join(tag for tag in _TAGS.split() if tag != "iframe")
HARMLESS = (
    r"(?i)(?:[^<]|<[\s\d=<-]"
    rf"|</{_one_of(_TAGS)}\s*>|<{_one_of(_OTHERS)}(?:\s+(?:{_ATTRIBUTE}))*\s*/?>|{_FRAME}|<!--[^<>]*-->)*"
)
"""What the whole of a text that cannot act consists of (``regexp_full_match``); all readers see the same tags in it."""
_OWN = frozenset(word for word in _PLAIN.split() if "[" not in word)
_URLS = frozenset({"href", "cite", "poster", "src", "background"})
_INSIDE_TOO = """applet math noembed noframes noscript object plaintext script select style svg template textarea title
xmp"""
_GENERIC = re.compile(r"(?:aria-[a-z]+|data-[a-z0-9_.-]+)", re.ASCII)
_LINK = re.compile(_ADDRESS.removeprefix(r"\s*").replace("Q", '"'), re.ASCII | re.IGNORECASE)
_PICTURE = re.compile(_DATA, re.ASCII | re.IGNORECASE)
_VIDEO = re.compile(rf"(?:https:)?//{_VIDEOS}/[^\"<]*", re.ASCII | re.IGNORECASE)
_STYLED = re.compile(_DECLARATION.replace("QUOTE", "['\"]"), re.ASCII | re.IGNORECASE)
_TAG = re.compile(r"<([a-z][\w:-]{0,30})", re.ASCII | re.IGNORECASE)
_NAME = re.compile(r"""[\s"'/]([a-z@:][\w:.@-]{0,30})\s*=""", re.ASCII | re.IGNORECASE)
_ACTING = re.compile(r"\b(?:javascript|vbscript|data)\s*:", re.ASCII | re.IGNORECASE)
_MOST_NAMES = 6


@dataclass(frozen=True)
class Cleaned:
    """A text without what could act, None where it was not read at all; ``taken``: what is no longer in it."""

    text: str | None
    taken: str


def clean(text: str) -> Cleaned:
    """Take out of a text what the allow-list does not know; what is left is in HARMLESS and means the same."""
    if text.count("<") > _MOST_TAGS or len(text) > _LONGEST:
        return Cleaned(None, f"more than {_MOST_TAGS} tags or {_LONGEST} characters")
    made = _without(text, frozenset(_TAGS.split()))
    if len(re.findall("<iframe[^>]*></iframe>", made)) != made.count("<iframe"):
        made = _without(text, frozenset(_OTHERS.split()))
    return Cleaned(made, _taken(text, made))


def _without(text: str, tags: frozenset[str]) -> str:
    return nh3.clean(
        text,
        tags=set(tags),
        clean_content_tags=set(_INSIDE_TOO.split()),
        attributes={"*": {*_OWN, *_URLS, "style"}},
        generic_attribute_prefixes={"data-", "aria-"},
        attribute_filter=_attribute,
        url_schemes={"http", "https", "mailto", "tel", "data"},
        link_rel=None,
    )


def _attribute(tag: str, name: str, value: str) -> str | None:
    if name in _OWN:
        return value
    if name == "style":
        return value if all(_STYLED.fullmatch(one) or not one.strip() for one in value.split(";")) else None
    if name not in _URLS:
        return value if _GENERIC.fullmatch(name) else None
    if tag == "iframe":
        return value if name == "src" and _VIDEO.fullmatch(value) else None
    fits = _LINK.fullmatch(value.strip()) or (name in {"src", "background"} and _PICTURE.fullmatch(value))
    return value if fits else None


def _taken(before: str, after: str) -> str:
    """Words for what is in one text and not in the other, as far as a glance tells."""
    tags = [f"<{name}>" for name in _found(_TAG, before) if name not in _found(_TAG, after)]
    names = [name for name in _found(_NAME, before) if name not in _found(_NAME, after)]
    acting = [name for name in _found(_ACTING, before) if name not in _found(_ACTING, after)]
    every = [*tags, *names, *acting]
    more = ["…"] if len(every) > _MOST_NAMES else []
    return ", ".join([*every[:_MOST_NAMES], *more]) or "markup that browsers read in several ways"


def _found(what: re.Pattern[str], text: str) -> list[str]:
    return list(dict.fromkeys(found.lower() for found in what.findall(text)))
