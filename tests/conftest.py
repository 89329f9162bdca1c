"""What all tests share: the validator around a sandbox's transport, and what is printed about it at the end.

Importing ``tests`` by name is left to pytest: an unrelated package of that name may be installed.
"""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import hypothesis
import pytest
from requests.adapters import BaseAdapter

from tests import rule_register
from tests.fidelity.validator import Ledger, around

LEDGER = pytest.StashKey[Ledger]()
MEMORY = Path("/dev/shm")  # noqa: S108
ROOM = 4 * 2**30


os.environ.setdefault("TILLSYNC_TESTS_BEGAN", datetime.now(UTC).replace(microsecond=0).isoformat())
"""When this test run began, the same in each of its processes."""


LONG = ("kill", "sim", "assets", "flows")
"""Folders of long tests, the longest first."""


def _in_memory() -> None:
    """Keep what tests write in memory where there is room: most of what a test waits for is a disk's word."""
    if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


_in_memory()
hypothesis.settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("any machine")


gc.disable()


def pytest_collection_finish() -> None:
    """What was imported stays for good: it is not looked through for garbage again and again."""
    gc.enable()
    gc.collect()
    gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What is long, or waits for processes of its own, comes first: short tests end a run that several share."""
    places = {folder: place for place, folder in enumerate(LONG)}
    items.sort(key=lambda item: places.get(item.path.relative_to(Path(__file__).parent).parts[0], len(LONG)))


def pytest_configure(config: pytest.Config) -> None:
    config.stash[LEDGER] = Ledger()
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Gathering(config))


@pytest.fixture(autouse=True, scope="session")
def log_stays() -> Iterator[None]:
    """A warehouse closed by a test keeps a short log beside it, as one whose run was killed does.

    Folding the log into the file is a tenth of a small run; going through one that grew for ten runs is a third of the
    next. Commands in processes of their own fold it in.
    """
    from pipelines.kit import warehouse

    confine = warehouse._confine

    def confined(con: duckdb.DuckDBPyConnection, allowed: Sequence[Path]) -> None:
        con.execute("PRAGMA disable_checkpoint_on_shutdown")
        con.execute("SET checkpoint_threshold = '1MB'")
        confine(con, allowed)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(warehouse, "_confine", confined)
        yield


@pytest.fixture
def validated(pytestconfig: pytest.Config) -> Iterator[Callable[..., BaseAdapter]]:
    """A maker of adapters: ``validated(machine, base_url)`` sends to the sandbox and judges every call.

    ``over``: another transport than the one in process (a socket). ``hostile``: requests may be wrong, then they
    must be refused. Without the documents the plain transport is handed out, and the summary says so.
    """
    with _judged(pytestconfig.stash[LEDGER]) as adapter:
        yield adapter


@pytest.fixture(scope="module")
def validated_for_all(pytestconfig: pytest.Config) -> Iterator[Callable[..., BaseAdapter]]:
    """The same for what all tests of a module look at."""
    with _judged(pytestconfig.stash[LEDGER]) as adapter:
        yield adapter


@contextmanager
def _judged(ledger: Ledger) -> Iterator[Callable[..., BaseAdapter]]:
    from pipelines.kit.sandbox import InProcessAdapter

    before = len(ledger.mismatches)

    def adapter(
        machine: Any, base_url: str = "http://127.0.0.1", *, over: BaseAdapter | None = None, hostile: bool = False
    ) -> BaseAdapter:
        return around(machine, base_url, ledger, over or InProcessAdapter(machine, base_url), hostile=hostile)

    yield adapter
    swallowed = ledger.mismatches[before:]
    if swallowed:
        pytest.fail("not as the vendors' documents say:\n" + "\n".join(swallowed), pytrace=False)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    ledger = config.stash[LEDGER]
    if ledger.calls:
        terminalreporter.section(ledger.summary())
        for line in ledger.table():
            terminalreporter.write_line(line)
        terminalreporter.write_line("  * the document does not name this status")
        terminalreporter.write_line(f"  {ledger.damaged} answers were damaged on purpose and not judged")
    for platform in sorted(ledger.unvalidated):
        terminalreporter.write_line(f"not validated: {platform}, because its documents are not at ../shared/specs")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    rule_register.mark(item, report)
    return report


class Gathering:
    """What the tests of this process, or of the processes it started, brought."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        rule_register.note(self.config, report)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        self.config.stash[LEDGER].add(getattr(node, "workeroutput", {}).get("ledger"))

    def pytest_sessionfinish(self) -> None:
        rule_register.write(self.config)


def pytest_sessionfinish(session: pytest.Session) -> None:
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["ledger"] = session.config.stash[LEDGER].text()
