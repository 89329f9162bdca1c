"""State that nobody else reads, and SQL that reads nothing but its tables (T6, T10, T12, T18; B66, B82, B99, B101)."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest

from pipelines.kit import paging
from pipelines.kit.csv_table import MAX_BYTES, read_table
from pipelines.kit.errors import MistakeInFiles
from pipelines.kit.journal import open_journal
from pipelines.kit.private import mask, private_folder, write_private
from pipelines.kit.warehouse import Warehouse, identifier, open_warehouse
from pipelines.language.paths import CHECKOUT
from pipelines.language.yaml_text import LARGEST, read

EVIL = "x'; DROP TABLE sync.meta; --"
SECRET = "what stands in another file"


def mode(path: Path) -> int:
    """The permission bits of a path."""
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def wide_open() -> Iterator[None]:
    """A process whose umask hides nothing."""
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.fixture(params=["a run", "a command"])
def house(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Warehouse]:
    """A warehouse as a run opens it (one folder may be read), and as a command does (none)."""
    allowed = [tmp_path / "shop" / "dlt"] if request.param == "a run" else []
    opened = open_warehouse(tmp_path / "shop", "a test", lambda _: None, allowed=allowed)
    yield opened
    opened.close()


@pytest.mark.usefixtures("wide_open")
def test_state_is_its_owners_alone_whatever_the_umask(tmp_path: Path) -> None:
    folder = tmp_path / "home" / "shop"
    opened = open_warehouse(folder, "a test", lambda _: None)
    opened.con.execute("CREATE TABLE t AS SELECT 1 AS x")
    journal = open_journal(folder)
    assert mode(folder) == 0o700
    assert {path.name: mode(path) for path in (folder / "warehouse.duckdb", folder / "journal.jsonl")} == {
        "warehouse.duckdb": 0o600,
        "journal.jsonl": 0o600,
    }
    journal.close()
    opened.close()


@pytest.mark.usefixtures("wide_open")
def test_state_that_others_could_read_is_tightened(tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    folder.mkdir(mode=0o777)
    open_warehouse(folder, "a test", lambda _: None).close()
    for name in ("", "warehouse.duckdb", "warehouse.lock"):
        (folder / name).chmod(0o777)
    open_warehouse(folder, "a test", lambda _: None).close()
    assert [mode(folder / name) & 0o077 for name in ("", "warehouse.duckdb", "warehouse.lock")] == [0, 0, 0]


@pytest.mark.parametrize(
    "name", ["", "warehouse.duckdb", "warehouse.duckdb.wal", "warehouse.lock", "journal.jsonl", "dlt"]
)
def test_a_link_leads_no_state_to_another_place(tmp_path: Path, name: str) -> None:
    other, folder = tmp_path / "other", tmp_path / "shop"
    other.mkdir()
    if name:
        folder.mkdir()
    (folder / name if name else folder).symlink_to(other / name if name else other)
    with pytest.raises(MistakeInFiles, match="symbolic link"):
        open_warehouse(folder, "a test", lambda _: None)
    assert list(other.iterdir()) == []


@pytest.mark.usefixtures("wide_open")
def test_a_written_file_is_private_and_replaces_a_link_instead_of_following_it(tmp_path: Path) -> None:
    (tmp_path / "other").write_text("theirs", encoding="utf-8")
    (tmp_path / "report.html").symlink_to(tmp_path / "other")
    write_private(tmp_path / "report.html", "ours")
    assert (tmp_path / "other").read_text(encoding="utf-8") == "theirs"
    assert (tmp_path / "report.html").read_text(encoding="utf-8") == "ours"
    assert mode(tmp_path / "report.html") == 0o600
    with pytest.raises(UnicodeEncodeError):
        write_private(tmp_path / "report.html", "half \ud800")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other", "report.html"]


@pytest.mark.usefixtures("wide_open")
def test_a_process_with_the_mask_makes_private_files(tmp_path: Path) -> None:
    mask()
    (tmp_path / "file").write_text("x", encoding="utf-8")
    private_folder(tmp_path / "folder")
    assert (mode(tmp_path / "file"), mode(tmp_path / "folder")) == (0o600, 0o700)


READING: dict[str, str] = {
    "a CSV": "SELECT * FROM read_csv('{path}')",
    "text": "SELECT content FROM read_text('{path}')",
    "a bare name": "SELECT * FROM '{path}'",
    "names of files": "SELECT * FROM glob('{folder}/*')",
    "another database": "ATTACH '{path}' AS other",
    "a copy out": "COPY (SELECT 1) TO '{path}'",
    "a copy in": "COPY sync.meta FROM '{path}'",
    "an export": "EXPORT DATABASE '{folder}/out'",
    "an extension": "INSTALL httpfs",
    "a library": "LOAD '{path}'",
    "the network": "SELECT * FROM read_csv('http://127.0.0.1:9/x.csv')",
    "the environment": "SELECT getenv('HOME')",
    "a variable of Python": "SELECT * FROM planted",
    "more access": "SET enable_external_access = true",
    "more folders": "SET allowed_directories = ['/']",
    "more paths": "SET allowed_paths = ['{path}']",
    "a secret": "CREATE PERSISTENT SECRET s (TYPE http, BEARER_TOKEN 'x')",
}


@pytest.mark.parametrize("what", READING)
def test_no_statement_leaves_the_warehouse(house: Warehouse, tmp_path: Path, what: str) -> None:
    planted = duckdb.sql("SELECT 1 AS x").to_arrow_table()  # noqa: F841
    path = tmp_path / "other.csv"
    path.write_text(f"text\n{SECRET}\n", encoding="utf-8")
    with pytest.raises(duckdb.Error):
        house.con.execute(READING[what].format(path=path, folder=tmp_path)).fetchall()
    assert path.read_text(encoding="utf-8") == f"text\n{SECRET}\n"
    assert not (tmp_path / "out").exists()


def test_a_command_changes_no_setting(tmp_path: Path) -> None:
    opened = open_warehouse(tmp_path / "shop", "a command", lambda _: None)
    with pytest.raises(duckdb.Error, match="locked"):
        opened.con.execute("SET autoload_known_extensions = true")
    opened.close()


@pytest.mark.parametrize("what", ["a CSV", "text", "another database", "an extension", "the network", "more access"])
def test_a_page_of_a_platform_is_split_where_no_statement_leaves_either(tmp_path: Path, what: str) -> None:
    path = tmp_path / "other.csv"
    path.write_text(SECRET, encoding="utf-8")
    paging.split('{"data": []}')
    with pytest.raises(duckdb.Error):
        paging._connection().execute(READING[what].format(path=path, folder=tmp_path)).fetchall()


@pytest.mark.parametrize(
    "text", [EVIL, "$1", "{raw}", "${HOME}", "{{ 7 * 7 }}", "%s", "`id`", "read_csv('/etc/passwd')"]
)
def test_a_value_is_never_a_statement(house: Warehouse, text: str) -> None:
    house.con.execute("INSERT INTO sync.meta VALUES ('sku', ?)", [text])
    assert house.one("SELECT value FROM sync.meta WHERE value = $sku", {"sku": text}) == text
    (row,) = paging.split(f'{{"data": [{{"id": "{text.replace(chr(34), "")}"}}]}}').to_pylist()
    assert row["id"] == text


@pytest.mark.parametrize("name", ['x"; DROP', "a" * 64, "", "A", "1a", "a.b", "a b", "a\n", "é"])
def test_a_name_that_is_no_identifier_never_reaches_a_statement(house: Warehouse, name: str) -> None:
    with pytest.raises(ValueError, match="no name"):
        identifier("sync", name)
    with pytest.raises(ValueError, match="no name"):
        house.insert("sync", name, duckdb.sql("SELECT 1 AS x").to_arrow_table())


@pytest.mark.parametrize(
    "harm",
    [
        lambda path: path.write_bytes(b"not a database, but long enough to be looked at" * 200),
        lambda path: path.write_bytes(path.read_bytes()[:6000]),
        lambda path: path.write_bytes(path.read_bytes()[:12] + (999).to_bytes(8, "little") + path.read_bytes()[20:]),
    ],
    ids=["other bytes", "cut", "a version to come"],
)
def test_a_broken_warehouse_is_told_with_what_to_do(tmp_path: Path, harm: Callable[[Path], None]) -> None:
    open_warehouse(tmp_path / "shop", "a test", lambda _: None).close()
    harm(tmp_path / "shop" / "warehouse.duckdb")
    with pytest.raises(MistakeInFiles) as caught:
        open_warehouse(tmp_path / "shop", "a test", lambda _: None)
    assert caught.value.problems[0].code == "warehouse_broken"
    assert "move the file aside" in str(caught.value.problems[0].do)


def test_no_file_without_end_is_read(tmp_path: Path) -> None:
    """A device, a pipe, a folder, a file of gigabytes: refused by name, not read until memory ends (B99)."""
    large = tmp_path / "large"
    large.touch()
    os.truncate(large, 5 << 30)
    os.mkfifo(tmp_path / "pipe")
    for path in (large, Path("/dev/zero")):  # in a process of its own, which a mistake cannot make take all memory
        code = f"""
import resource
from pathlib import Path
from pipelines.language.yaml_text import read
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
read(Path({str(path)!r}))
"""
        ran = subprocess.run([sys.executable, "-c", code], cwd=CHECKOUT, capture_output=True, text=True, check=False)
        assert "MistakeInFiles" in ran.stderr
    for path in (Path("/dev/zero"), tmp_path / "pipe", tmp_path, large):
        with pytest.raises(MistakeInFiles):
            read_table(path)
        with pytest.raises(MistakeInFiles):
            read(path)
    os.truncate(large, MAX_BYTES + 1)
    with pytest.raises(MistakeInFiles, match="too large"):
        read_table(large)
    os.truncate(large, LARGEST + 1)
    with pytest.raises(MistakeInFiles, match="too large"):
        read(large)


def test_a_catalogue_that_changes_while_it_is_read_is_not_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "catalogue.csv"
    path.write_text("Handle,Title,Variant Price\na,A,1\n", encoding="utf-8")
    real = os.fstat

    def grown(handle: int) -> os.stat_result:
        found = real(handle)
        if stat.S_ISREG(found.st_mode) and found.st_ino == path.stat().st_ino:
            with path.open("a", encoding="utf-8") as more:
                more.write("b,B,2\n")
        return found

    monkeypatch.setattr(os, "fstat", grown)
    with pytest.raises(MistakeInFiles, match="while it was read"):
        read_table(path)


def test_a_warehouse_that_will_not_open_is_let_go_of_and_says_the_same_again(tmp_path: Path) -> None:
    house = open_warehouse(tmp_path, "test", lambda _: None)
    house.con.execute(
        "DROP VIEW sync.ended CASCADE; CREATE TABLE sync.ended (n BIGINT); UPDATE sync.meta SET value = 'x'"
    )
    house.close()
    said = []
    for _ in range(2):
        with pytest.raises(MistakeInFiles) as found:
            open_warehouse(tmp_path, "test", lambda _: None, seconds=0)
        said.append(str(found.value))
    assert said[0] == said[1]
