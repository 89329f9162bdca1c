"""What an account has left: never a call too many, never one too early, no moment wasted, whoever sends."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.kit.calls import Context
from pipelines.kit.quota import Budget, Quota, retry_after, whole

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


@dataclass
class Time:
    """A clock that moves when somebody waits."""

    now: float = 100.0
    waits: list[float] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def monotonic(self) -> float:
        return self.now

    def wait(self, seconds: float) -> None:
        with self.lock:
            self.waits.append(seconds)
            self.now += seconds

    def budget(self) -> Budget:
        return Budget(self.monotonic, self.wait)


class Far:
    """A platform with ``limit`` calls in a window of ``length`` seconds that opens with its first call."""

    def __init__(self, time: Time, limit: int, length: float, *, tells_end: bool = True) -> None:
        self.time, self.limit, self.length, self.tells_end = time, limit, length, tells_end
        self.opened, self.used, self.refused, self.answered = float("-inf"), 0, 0, 0
        self.lock = threading.Lock()

    def call(self, others: int = 0) -> Quota:
        """One call, after ``others`` of another app; over the limit it is refused."""
        with self.lock:
            if self.time.now >= self.opened + self.length:
                self.opened, self.used = self.time.now, 0
            self.used += others + 1
            self.refused += self.used > self.limit
            self.answered += self.used <= self.limit
            end = self.opened + self.length - self.time.now if self.tells_end else None
            return Quota(max(0, self.limit - self.used), self.limit, end, None if self.tells_end else self.length)


def send(budget: Budget, far: Far, many: int, latency: Callable[[], float] = lambda: 0.0, others: int = 0) -> None:
    for _ in range(many):
        with budget.spend() as number:
            told = far.call(others)
            far.time.now += latency()
            budget.learn(number, told)


@pytest.mark.invariant("I-32")
@pytest.mark.parametrize("tells_end", [True, False])
@pytest.mark.parametrize("latency", [0.0, 0.05, 0.3])
def test_a_window_is_used_whole_and_not_one_call_more(latency: float, tells_end: bool) -> None:
    time = Time()
    far = Far(time, 150, 30.0, tells_end=tells_end)
    send(time.budget(), far, 3000, lambda: latency)
    windows = (time.now - 100.0) / 30.0
    assert far.refused == 0
    assert far.answered >= 0.95 * 150 * min(windows, windows * 0.2 / max(latency, 0.001))


@pytest.mark.invariant("I-32")
def test_what_other_apps_take_is_not_spent_a_second_time() -> None:
    time = Time()
    far = Far(time, 150, 30.0)
    send(time.budget(), far, 600, others=4)
    assert far.refused == 0
    assert time.now - 100.0 == pytest.approx(19 * 30.0, abs=0.1)


@pytest.mark.invariant("I-32")
@given(
    ends=st.lists(st.floats(0.0, 40.0), min_size=1, max_size=6),
    left=st.integers(0, 3),
    asked=st.floats(-5.0, 2_000.0),
)
def test_no_call_leaves_before_the_moment_that_was_told(ends: list[float], left: int, asked: float) -> None:
    time = Time()
    budget = time.budget()
    for end in ends:
        with budget.spend() as number:
            budget.learn(number, Quota(left, 5, end))
    last = time.now
    for _ in range(left):
        with budget.spend():
            pass
    assert time.now == last
    with budget.spend():
        assert ends[-1] <= time.now - last + 1e-9 <= ends[-1] + 0.0011 + 1e-9
    closed = time.now
    paused = budget.close(asked)
    with budget.spend():
        assert time.now - closed >= paused - 1e-9
    assert paused == min(max(asked, 1.0), 900.0)


def test_a_second_session_of_the_account_waits_with_the_first() -> None:
    time = Time()
    context = Context(wait=time.wait, monotonic=time.monotonic)
    first, second = context.budget("shoppy", "https://a"), context.budget("shoppy", "https://a")
    other = context.budget("shoppy", "https://b")
    with first.spend() as number:
        first.learn(number, Quota(0, 10, 12.0))
    with other.spend():
        assert time.waits == []
    with second.spend():
        assert time.waits == [pytest.approx(12.001)]
    second.close(5.0)
    with first.spend():
        assert time.waits[1:] == [5.0]


@pytest.mark.invariant("I-32")
@pytest.mark.parametrize("tells_end", [True, False])
def test_threads_together_do_not_overspend(tells_end: bool) -> None:
    time = Time()
    far, budget = Far(time, 20, 10.0, tells_end=tells_end), time.budget()

    def work() -> None:
        for _ in range(100):
            with budget.spend() as number:
                told = far.call()
                with time.lock:
                    time.now += 0.01
                budget.learn(number, told)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert not any(thread.is_alive() for thread in threads)
    assert far.answered + far.refused == 400
    assert far.refused == 0


def test_answers_out_of_order_do_not_raise_what_is_left() -> None:
    time = Time()
    budget = time.budget()
    with budget.spend() as number:
        budget.learn(number, Quota(2, 10, 30.0))
    with budget.spend() as slow:
        with budget.spend() as quick:
            budget.learn(quick, Quota(0, 10, 30.0))
        budget.learn(slow, Quota(1, 10, 30.0))
    with budget.spend():
        assert time.waits == [pytest.approx(30.001)]


def test_nothing_is_burst_before_the_first_answer_and_after_a_refusal() -> None:
    time = Time()
    budget = time.budget()
    for begin in (lambda: None, lambda: budget.close(1.0)):
        begin()
        inside, seen = threading.Event(), []

        def second(inside: threading.Event = inside, seen: list[float] = seen) -> None:
            with budget.spend():
                seen.append(time.now)
                inside.set()

        with budget.spend() as number:
            thread = threading.Thread(target=second)
            thread.start()
            assert not inside.wait(0.05)
            budget.learn(number, Quota(5, 10, 30.0))
            assert inside.wait(5)
        thread.join(5)


def test_a_call_on_its_way_while_a_window_opens_is_counted_in_it() -> None:
    time = Time()
    budget, gone = time.budget(), threading.Event()

    def one_more() -> None:
        with budget.spend():
            gone.set()

    with budget.spend() as number:
        budget.learn(number, Quota(1, 2, 10.0))
    with budget.spend():
        time.now += 11.0
        with budget.spend():
            pass
        thread = threading.Thread(target=one_more)
        thread.start()
        assert not gone.wait(0.05)
    thread.join(5)
    assert gone.is_set()


def test_a_window_that_was_open_before_us_is_not_guessed_at() -> None:
    time = Time()
    budget = time.budget()
    for left in (20, 0):
        with budget.spend() as number:
            budget.learn(number, Quota(left, 350, None, 300.0))
    with budget.spend():
        assert time.waits == []


def test_an_absurd_end_of_a_window_does_not_stop_us_for_a_year() -> None:
    time = Time()
    budget = time.budget()
    with budget.spend() as number:
        budget.learn(number, Quota(0, 10, 1e12))
    with budget.spend():
        assert time.waits == [pytest.approx(900.001)]


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7.0),
        ({"Retry-After": "-5"}, -5.0),
        ({"Retry-After": "99999999"}, 99_999_999.0),
        ({"Retry-After": "9" * 400}, 999_999_999_999.0),
        ({"Retry-After": "Wed, 01 Jul 2026 12:00:30 GMT"}, 30.0),
        ({"Retry-After": "Wed, 01 Jul 2026 12:00:30 GMT", "Date": "Wed, 01 Jul 2026 12:00:20 GMT"}, 10.0),
        ({"Retry-After": "Wed, 01 Jul 2026 14:00:30 +0200", "Date": "rubbish"}, 30.0),
        ({"Retry-After": "Wed, 01 Jul 2026 11:59:00 GMT"}, -60.0),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "²"}, None),
        ({"Retry-After": "1.5e3"}, None),
        ({"Retry-After": "--5"}, None),
        ({"Retry-After": "Wed, 99 Jul 99999 12:00:30 GMT"}, None),
        ({"Retry-After": ""}, None),
        ({}, None),
    ],
)
def test_every_form_of_retry_after_is_understood_or_left(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers, lambda: NOON) == seconds


@given(st.text(max_size=40))
def test_no_header_breaks_the_reading(text: str) -> None:
    assert isinstance(retry_after({"Retry-After": text, "Date": text}, lambda: NOON), float | None)
    assert isinstance(whole({"X": text}, "X"), int | None)


def test_a_clock_that_counts_in_microseconds_still_gets_to_the_end_of_a_window() -> None:
    """Less than the clock can count would be waited for without end."""
    now, waits = [0.0], []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        assert len(waits) < 9
        now[0] += round(seconds, 6)

    budget = Budget(lambda: now[0], wait)
    with budget.spend() as number:
        pass
    budget.learn(number, Quota(0, 1, 1.0000004, None))
    with budget.spend():
        pass
    assert now[0] >= 1
