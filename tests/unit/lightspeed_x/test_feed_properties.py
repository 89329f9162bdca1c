"""Whatever the page size, the server's own limit and the spacing of versions: a feed loses no record and ends."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from email.message import Message
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from hypothesis import given, settings
from hypothesis import strategies as st
from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse

from pipelines.kit.calls import Context
from pipelines.kit.http import mount
from pipelines.kit.platform import Reading
from pipelines.kit.secret import Secret
from pipelines.platforms.lightspeed_x.account import Account
from pipelines.platforms.lightspeed_x.client import connect
from pipelines.platforms.lightspeed_x.extract import RESOURCES

BASE = "http://127.0.0.1"


@dataclass
class Feed(HTTPAdapter):
    """A server of one list by version: ``(id, version)``, at most ``cap`` records a page whatever is asked for.

    ``late``: records that appear after the first page was answered.
    """

    records: list[tuple[int, int]]
    cap: int
    late: list[tuple[int, int]] = field(default_factory=list)
    calls: int = 0

    def __post_init__(self) -> None:
        super().__init__()

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        if self.calls:
            self.records = sorted({*self.records, *self.late}, key=lambda record: (record[1], record[0]))
        self.calls += 1
        query = parse_qs(urlsplit(request.url or "").query)
        after, size = int(query["after"][0]), min(int(query["page_size"][0]), self.cap)
        page = [record for record in self.records if record[1] > after][:size]
        versions = [version for _, version in page]
        body = {
            "data": [
                {"id": str(key), "version": version, "deleted_at": None, "new": {"x": [1]}} for key, version in page
            ],
            "version": {"min": min(versions, default=None), "max": max(versions, default=None)},
        }
        raw = HTTPResponse(BytesIO(json.dumps(body).encode()), status=200, preload_content=False, headers=Message())
        return self.build_response(request, raw)


def read(feed: Feed, page_size: int, after: int | None = None) -> set[str]:
    """The ids a read brings."""
    session = connect(Account(base_url=BASE, page_size=page_size), Secret("t0ken", "T"), Context())
    mount(session, feed)
    pages = RESOURCES["products"].read(session, Reading(after=after))
    return {key for page in pages for key in page["id"].to_pylist()}


@st.composite
def lists(draw: st.DrawFn, most_of_one_version: int = 1) -> list[tuple[int, int]]:
    """Records in the order of their versions, which rise by 1 to 3; up to so many share one."""
    version, records = 0, []
    for count in draw(st.lists(st.integers(1, most_of_one_version), max_size=12)):
        version += draw(st.integers(1, 3))
        records += [(len(records) + nth, version) for nth in range(count)]
    return records


@settings(max_examples=60, deadline=None)
@given(records=lists(), page_size=st.integers(1, 7), cap=st.integers(1, 7))
def test_no_page_size_and_no_limit_of_the_server_loses_a_record(
    records: list[tuple[int, int]], page_size: int, cap: int
) -> None:
    feed = Feed(records, cap)
    assert read(feed, page_size) == {str(key) for key, _ in records}
    assert feed.calls <= 2 * len(records) + 3


@settings(max_examples=60, deadline=None)
@given(records=lists(most_of_one_version=3), page_size=st.integers(4, 7))
def test_records_of_one_version_on_both_sides_of_a_page_edge_are_all_read(
    records: list[tuple[int, int]], page_size: int
) -> None:
    assert read(Feed(records, page_size), page_size) == {str(key) for key, _ in records}


@settings(max_examples=60, deadline=None)
@given(records=lists(most_of_one_version=3), cap=st.integers(4, 6))
def test_they_are_read_too_where_the_server_gives_smaller_pages_than_asked_for(
    records: list[tuple[int, int]], cap: int
) -> None:
    records = [*records, (1000, 1000)]
    assert read(Feed(records, cap), 7) == {str(key) for key, _ in records}


@settings(max_examples=40, deadline=None)
@given(records=lists(), cut=st.integers(0, 40), page_size=st.integers(1, 7))
def test_reading_on_from_any_cursor_brings_exactly_the_rest(
    records: list[tuple[int, int]], cut: int, page_size: int
) -> None:
    assert read(Feed(records, 7), page_size, cut) == {str(key) for key, version in records if version > cut}


@settings(max_examples=40, deadline=None)
@given(records=lists(), page_size=st.integers(1, 7), late=st.integers(1, 5))
def test_what_changes_while_a_feed_is_read_is_read_too(
    records: list[tuple[int, int]], page_size: int, late: int
) -> None:
    newest = max((version for _, version in records), default=0)
    added = [(1000 + nth, newest + nth) for nth in range(1, late + 1)]
    found = read(Feed(records, 7, added), page_size)
    assert {str(key) for key, _ in records} <= found
    if records:
        assert {str(key) for key, _ in added} <= found


def test_in_an_ordinary_feed_each_page_is_asked_for_once() -> None:
    feed = Feed([(number, 10 * number) for number in range(1, 1000)], 200)
    assert len(read(feed, 200)) == 999
    assert feed.calls == 7
