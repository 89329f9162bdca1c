"""The base of every sandbox: routes, token, quota, faults and saved state behave alike on every way in."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

import pytest
import requests

from pipelines.kit.errors import MistakeInFiles
from pipelines.kit.sandbox import (
    Call,
    Clock,
    Faults,
    InProcessAdapter,
    Machine,
    Request,
    Response,
    from_json,
    route,
    run_foreground,
    save,
    serve,
    to_json,
)

START = datetime(2026, 1, 1, tzinfo=UTC)


class Shelf(Machine):
    """A platform of three routes."""

    name: ClassVar[str] = "shelf"
    default_switches: ClassVar[dict[str, object]] = {"loud": False}

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.things: dict[str, Any] = {}

    @route("GET", "/things/{key}")
    def get(self, _request: Request, key: str) -> Response:
        return Response.json(200, {"data": [self.things.get(key)]})

    @route("GET", "/things/all")
    def everything(self, _request: Request) -> Response:
        return Response.json(200, {"data": list(self.things)})

    @route("PUT", "/things/{key}")
    def put(self, request: Request, key: str) -> Response:
        self.things[key] = request.json()
        return Response.json(200, {"data": self.things[key], "by": self.new_id()})

    @route("POST", "/search", kind="read")
    def search(self, request: Request) -> Response:
        return Response.json(200, {"q": request.param("q"), "all": request.params("q")})

    @route("GET", "/picture", open=True)
    def picture(self, _request: Request) -> Response:
        return Response(200, {"content-type": "image/png"}, b"png")

    def dump_state(self) -> dict[str, Any]:
        return {"things": self.things}

    def load_state(self, state: dict[str, Any]) -> None:
        self.things = dict(state["things"])


@pytest.fixture
def shelf() -> Shelf:
    made = Shelf(clock=Clock(START, frozen=True))
    made.faults.time_out_seconds = 0.05
    return made


@pytest.fixture(params=["socket", "in process"])
def way(request: pytest.FixtureRequest, shelf: Shelf) -> Iterator[tuple[requests.Session, str]]:
    """A session and a base URL that lead to the shelf."""
    session = requests.Session()
    session.trust_env = False
    session.headers["Authorization"] = "Bearer t"
    if request.param == "socket":
        with serve(shelf) as running:
            yield session, running.url
    else:
        session.mount("https://shelf.example", InProcessAdapter(shelf, "https://shelf.example"))
        yield session, "https://shelf.example"


def put(way: tuple[requests.Session, str], value: str = '{"price": 1.50}') -> requests.Response:
    session, base = way
    return session.put(f"{base}/things/a", data=value, timeout=5, allow_redirects=False)


def get(way: tuple[requests.Session, str], path: str = "/things/a") -> requests.Response:
    session, base = way
    return session.get(f"{base}{path}", timeout=5, allow_redirects=False)


# --- calls ---------------------------------------------------------------------------------------------------


def test_numbers_keep_their_digits_on_the_way_through(way: tuple[requests.Session, str], shelf: Shelf) -> None:
    assert b'"price":1.50' in put(way).content
    assert shelf.things == {"a": {"price": Decimal("1.50")}}


def test_paths_and_queries_are_decoded(way: tuple[requests.Session, str], shelf: Shelf) -> None:
    session, base = way
    shelf.things["a b/ü"] = 1
    assert session.get(f"{base}/things/a%20b%2F%C3%BC", timeout=5).status_code in (200, 404)
    answer = session.post(f"{base}/search?q=a+b&q=%C3%BC", timeout=5)
    assert answer.json() == {"q": "ü", "all": ["a b", "ü"]}


def test_fixed_path_wins_over_a_placeholder(way: tuple[requests.Session, str], shelf: Shelf) -> None:
    shelf.things["x"] = 1
    assert get(way, "/things/all").json() == {"data": ["x"]}


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/none", 404), ("DELETE", "/things/a", 405)])
def test_what_is_not_there_is_refused(way: tuple[requests.Session, str], method: str, path: str, status: int) -> None:
    session, base = way
    assert session.request(method, f"{base}{path}", timeout=5).status_code == status


def test_journal_counts_reads_and_writes_as_they_were_sent(way: tuple[requests.Session, str], shelf: Shelf) -> None:
    put(way)
    get(way)
    session, base = way
    session.post(f"{base}/search", timeout=5)
    assert shelf.calls == [
        Call("PUT", "/things/a", 200, "write"),
        Call("GET", "/things/a", 200, "read"),
        Call("POST", "/search", 200, "read"),
    ]


def test_token_is_asked_for_except_on_open_routes(way: tuple[requests.Session, str], shelf: Shelf) -> None:
    shelf.token = "other"
    assert get(way).status_code == 401
    assert get(way, "/picture").content == b"png"
    assert shelf.things == {}


def test_connection_is_kept_and_answers_come_at_once(shelf: Shelf) -> None:
    with serve(shelf) as running, requests.Session() as session:
        session.headers["Authorization"] = "Bearer t"
        elapsed = sorted(session.get(f"{running.url}/things/a", timeout=5).elapsed for _ in range(20))
        assert elapsed[10] < timedelta(milliseconds=30)


# --- quota ---------------------------------------------------------------------------------------------------


def test_quota_refuses_what_is_over_and_opens_again(way: tuple[requests.Session, str], shelf: Shelf) -> None:
    shelf.quota = (2, 10.0)
    assert [get(way).status_code for _ in range(3)] == [200, 200, 429]
    assert get(way).headers["Retry-After"] == "10"
    shelf.clock.advance(9)
    assert get(way).headers["Retry-After"] == "1"
    shelf.clock.advance(1)
    assert get(way).status_code == 200


def test_answers_tell_the_time_of_the_platform(way: tuple[requests.Session, str], shelf: Shelf) -> None:
    shelf.clock.advance(3600)
    assert get(way).headers["Date"] == "Thu, 01 Jan 2026 01:00:00 GMT"


def test_refused_write_has_no_effect(way: tuple[requests.Session, str], shelf: Shelf) -> None:
    shelf.quota = (0, 10.0)
    assert put(way).status_code == 429
    assert shelf.things == {}


# --- faults --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "applied"),
    [("F2", False), ("F3", True), ("F4", False)],
    ids=["request lost", "answer lost", "late commit"],
)
def test_call_without_an_answer(way: tuple[requests.Session, str], shelf: Shelf, code: str, applied: bool) -> None:
    shelf.faults.script(code)
    with pytest.raises((requests.ConnectionError, requests.Timeout)):
        put(way)
    assert ("a" in shelf.things) is applied
    assert shelf.calls == [Call("PUT", "/things/a", 0, "write", code)]


def test_late_commit_comes_after_some_time_outs(way: tuple[requests.Session, str], shelf: Shelf) -> None:
    shelf.faults.script("F4")
    with pytest.raises((requests.ConnectionError, requests.Timeout)):
        put(way)
    assert get(way).json() == {"data": [None]}
    shelf.clock.advance(10 * shelf.faults.time_out_seconds)
    assert get(way).json() == {"data": [{"price": 1.5}]}


@pytest.mark.parametrize(
    ("code", "variant", "status", "applied"),
    [
        ("F5", 0, 500, False),
        ("F6", 1, 502, True),
        ("F7", 0, 429, False),
        ("F9", None, 200, True),
        ("F21", None, 401, False),
        ("F23", None, 200, False),
        ("F31", 2, 307, False),
    ],
)
def test_answered_fault_has_its_effect_or_not(
    way: tuple[requests.Session, str], shelf: Shelf, code: str, variant: int | None, status: int, applied: bool
) -> None:
    shelf.faults.slow_seconds = (0.01, 0.02)
    shelf.faults.script(code, variant=variant)
    assert put(way).status_code == status
    assert ("a" in shelf.things) is applied
    assert put(way).status_code == 200


@pytest.mark.parametrize("variant", [1, 2, 3, 4], ids=["html", "empty", "wrong type", "cut"])
def test_unreadable_answer_is_not_json(way: tuple[requests.Session, str], shelf: Shelf, variant: int) -> None:
    shelf.faults.script("F8", variant=variant)
    answer = get(way)
    assert answer.status_code == 200
    if variant == 3:
        assert answer.headers["content-type"] == "text/html"
    else:
        with pytest.raises(ValueError):
            from_json(answer.content)


def test_truncated_answer_breaks_the_read(way: tuple[requests.Session, str], shelf: Shelf) -> None:
    shelf.faults.script("F8", variant=0)
    with pytest.raises((requests.exceptions.ChunkedEncodingError, requests.ConnectionError)):
        get(way)


@pytest.mark.parametrize(("code", "variant", "left"), [("F14", None, ["a", "c"]), ("F25", 0, []), ("F25", 1, ["a"])])
def test_list_can_come_with_rows_missing(
    way: tuple[requests.Session, str], shelf: Shelf, code: str, variant: int | None, left: list[str]
) -> None:
    shelf.things = dict.fromkeys("abc", 1)
    shelf.faults.script(code, variant=variant)
    assert get(way, "/things/all").json()["data"] == left
    assert get(way, "/things/all").json()["data"] == ["a", "b", "c"]


def test_refused_connection_never_reaches_the_platform(shelf: Shelf) -> None:
    session = requests.Session()
    session.mount("https://shelf.example", InProcessAdapter(shelf, "https://shelf.example"))
    shelf.faults.script("F1")
    with pytest.raises(requests.ConnectTimeout):
        session.get("https://shelf.example/things/a")
    assert shelf.calls == []


def test_adapter_refuses_another_host(shelf: Shelf) -> None:
    session = requests.Session()
    session.mount("https://", InProcessAdapter(shelf, "https://shelf.example"))
    with pytest.raises(requests.ConnectionError):
        session.get("https://elsewhere.example/things/a")


def test_script_hits_only_the_calls_it_names(shelf: Shelf) -> None:
    shelf.faults.script("F5", method="PUT", path="/things/b", times=1, skip=1)

    def status(method: str, key: str) -> int:
        body = b"1" if method == "PUT" else b""
        return shelf.handle(Request(method, f"/things/{key}", headers={"authorization": "Bearer t"}, body=body)).status

    sent = [("PUT", "a"), ("GET", "b"), ("PUT", "b"), ("PUT", "b"), ("PUT", "b")]
    assert [status(*call) < 500 for call in sent] == [True, True, True, False, True]


def test_leaving_one_fault_out_does_not_move_the_others() -> None:
    def shown(rates: dict[str, float]) -> list[int]:
        machine = Shelf(faults=Faults(rates, seed=7))
        for _ in range(200):
            machine.handle(Request("GET", "/things/all", headers={"authorization": "Bearer t"}))
        return [at for at, call in enumerate(machine.calls) if call.fault == "F7"]

    assert shown({"F7": 0.2}) == shown({"F7": 0.2, "F9": 0.3})
    assert 20 < len(shown({"F7": 0.2})) < 60


@pytest.mark.parametrize("text", ["F3", "F3=2", "F3=x", "F99=0.1", "F3=-1"])
def test_mistyped_fault_is_refused(text: str) -> None:
    with pytest.raises(MistakeInFiles) as caught:
        Faults.parse(f"F7=0.1,{text}")
    assert len(caught.value.problems) == 1


def test_faults_are_read_from_text() -> None:
    assert Faults.parse("F3=0.02, F7=0.1").rates == {"F3": 0.02, "F7": 0.1}


# --- clock and state -----------------------------------------------------------------------------------------


def test_frozen_clock_moves_only_when_told() -> None:
    clock = Clock(START, frozen=True)
    clock.advance(90)
    assert clock.now() == clock.now() == START + timedelta(seconds=90)
    running = Clock(START)
    assert START <= running.now() < START + timedelta(seconds=5)


def test_slow_answer_in_process_moves_the_clock_and_can_time_out(shelf: Shelf) -> None:
    session = requests.Session()
    session.headers["Authorization"] = "Bearer t"
    session.mount("https://shelf.example", InProcessAdapter(shelf, "https://shelf.example"))
    shelf.faults.slow_seconds = (30.0, 30.0)
    shelf.faults.script("F9", times=2)
    assert session.get("https://shelf.example/things/a", timeout=60).status_code == 200
    assert shelf.clock.now() == START + timedelta(seconds=30)
    with pytest.raises(requests.ReadTimeout):
        session.get("https://shelf.example/things/a", timeout=10)


def test_saved_state_goes_on_where_it_stopped(shelf: Shelf, tmp_path: Path) -> None:
    shelf.things["a"] = {"price": Decimal("1.50")}
    shelf.switches["loud"] = True
    save(shelf, tmp_path / "state.json")
    other = Shelf(seed=5, clock=Clock(START + timedelta(days=9), frozen=True))
    other.load(from_json((tmp_path / "state.json").read_bytes()))
    assert (other.things, other.switches, other.clock.now()) == (shelf.things, {"loud": True}, START)
    assert other.new_id() == shelf.new_id()
    assert [path.name for path in tmp_path.iterdir()] == ["state.json"]


def test_state_of_another_platform_is_not_taken(shelf: Shelf) -> None:
    with pytest.raises(ValueError, match="shelf"):
        shelf.load({"platform": "drawer"})


def test_foreground_says_where_it_is_and_saves_when_told_to_stop(tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    root = Path(__file__).parents[2]
    for expected in ([None], [5]):
        command = [sys.executable, __file__, str(state)]
        environment = {**os.environ, "PYTHONPATH": str(root)}
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as process:
            assert process.stdout is not None
            ready = json.loads(process.stdout.readline())
            assert ready["platform"] == "shelf"
            assert ready["account"] == {"base_url": ready["url"]}
            session = requests.Session()
            session.headers["Authorization"] = f"Bearer {ready['token']}"
            assert session.get(f"{ready['url']}/things/a", timeout=5).json()["data"] == expected
            session.put(f"{ready['url']}/things/a", data="5", timeout=5)
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=10) == 0
    assert from_json(state.read_bytes())["state"] == {"things": {"a": 5}}


def test_json_refuses_what_is_not_a_number() -> None:
    with pytest.raises(TypeError):
        to_json({"price": Decimal("NaN")})


if __name__ == "__main__":
    run_foreground(Shelf(), state=Path(sys.argv[1]))
