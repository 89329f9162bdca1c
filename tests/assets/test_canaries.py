"""A whole ``tillsync sync`` from the shell, with a planted token and planted people, searched for both afterwards.

The platforms are sandboxes on sockets, dressed so that they carry more than is needed and repeat what they are told.
"""

from __future__ import annotations

import gzip
import json
import os
import sqlite3
import stat
import subprocess
import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest
import yaml
from dagster._utils.error import serializable_error_info_from_exc_info

from assets.rehearsal import make, start
from assets.runtime.failures import explained
from pipelines.kit import catalogue_csv
from pipelines.kit.redaction import spellings
from pipelines.kit.sandbox.types import Request, Response
from pipelines.kit.secret import Secret
from pipelines.language.paths import CHECKOUT

from .conftest import CATALOGUE, CONNECTION, MERCHANTS

TOKENS = {"TILL_TOKEN": "canary-till/T0ken+4c1d9e27b6", "STORE_TOKEN": "canary-store/T0ken+a83f05d2e9"}
PEOPLE = ("Pia Canary", "pia@canary.example", "+49 30 9550199", "17 Canary Lane", "10999-canary")
PROBE = Path(__file__).with_name("sockets_seen.py")


@dataclass
class Rehearsal:
    """Two sandboxes on sockets, a home of its own, and the command line as a shopkeeper's shell starts it."""

    folder: Path
    till: Any
    store: Any
    hosts: set[str]

    @property
    def home(self) -> Path:
        return self.folder / "home"

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """One ``tillsync`` command, with a loose umask and a list kept of every socket it opens."""
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("TILLSYNC", "DAGSTER"))},
            **TOKENS, "TILLSYNC_HOME": str(self.home), "TILLSYNC_MERCHANTS": str(self.folder / "merchants.yaml"),
            "PYTHONPATH": os.pathsep.join([str(self.folder / "site"), str(CHECKOUT)]),
            "SOCKETS_SEEN": str(self.folder / "sockets"),
        }  # fmt: skip
        code = "import os; os.umask(0); from assets.cli import main; main()"
        return subprocess.run(
            [sys.executable, "-c", code, *words], env=environment, cwd=self.folder, text=True, capture_output=True,
            check=False, timeout=180,
        )  # fmt: skip

    def sockets(self) -> set[str]:
        """Every address any process of these commands connected to or asked the name of."""
        file = self.folder / "sockets"
        return set(file.read_text(encoding="utf-8").split()) if file.exists() else set()


@pytest.fixture
def rehearsal(tmp_path: Path) -> Iterator[Rehearsal]:
    """A till and a store whose records carry people, which nothing here needs."""
    tokens = zip(CONNECTION.split("__"), TOKENS.values(), strict=True)
    machines = {name: make(name, token=token) for name, token in tokens}
    till, store = machines.values()
    (tmp_path / "catalogue.csv").write_text(CATALOGUE, encoding="utf-8")
    till.seed(catalogue_csv.read(tmp_path / "catalogue.csv"))
    for machine in machines.values():
        _crowd(machine)
    running = start(machines)
    entry = yaml.safe_load(MERCHANTS)
    for name, one in running.items():
        entry["merchants"]["shop"]["accounts"][name] |= {"base_url": one.url, **machines[name].account()}
    (tmp_path / "merchants.yaml").write_text(yaml.safe_dump(entry), encoding="utf-8")
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(PROBE.read_text(encoding="utf-8"), encoding="utf-8")
    yield Rehearsal(tmp_path, till, store, {one.url.removeprefix("http://") for one in running.values()})
    for one in running.values():
        one.stop()


def _crowd(machine: Any) -> None:
    """Let every record of the account, its places and its staff carry a person's name, mail, phone and address."""
    handle = machine.handle
    person = dict(zip(("contact_name", "contact_email", "contact_phone", "street", "postcode"), PEOPLE, strict=True))
    dressed = {
        **person, "first_name": PEOPLE[0], "admin_email": PEOPLE[1], "order_email": PEOPLE[1], "phone": PEOPLE[2],
        "email": PEOPLE[1], "physical_address_1": PEOPLE[3], "address": {"email": PEOPLE[1], "address1": PEOPLE[3]},
        "contact": person, "users": [{"username": PEOPLE[0], "email": PEOPLE[1]}],
    }  # fmt: skip

    def answer(request: Request) -> Response:
        response: Response = handle(request)
        last = request.path.rstrip("/").rpartition("/")[2]
        if last not in {"retailer", "outlets", "registers", "store", "locations"} or response.status != 200:
            return response
        body = json.loads(response.body)
        rows = body.get("data", body)
        for row in rows if isinstance(rows, list) else [rows]:
            row.update(dressed)
        return Response(200, {**response.headers}, json.dumps(body).encode())

    machine.handle = answer


def _repeat(machine: Any, method: str, path: str, status: int, kind: str, about: bytes = b"") -> None:
    """Let calls ``about`` something be refused by an answer that repeats the caller's headers, also as its target."""
    handle = machine.handle

    def answer(request: Request) -> Response:
        if request.method != method or path not in request.path or about not in request.body:
            response: Response = handle(request)
            return response
        said = " ".join(f"{name}: {value}" for name, value in request.headers.items())
        whole = json.dumps({"title": said, "error": said, "message": said})
        text = f"<html><pre>{said}</pre></html>" if kind == "text/html" else whole
        target = f"http://127.0.0.1:9/?{said.replace(' ', '+')}"
        return Response(status, {"content-type": kind, "location": target}, text.encode())

    machine.handle = answer


def found(folder: Path, said: str, wanted: set[str]) -> list[str]:
    """Where one of these strings stands: in the output, in a file, packed or not, or in a table of a database."""
    texts = {"output": said.encode()}
    for path in folder.rglob("*"):
        if path.is_file():
            texts[str(path)] = path.read_bytes()
    for path in folder.rglob("*"):
        if path.is_file():
            texts |= {f"{path}:{name}": text for name, text in _unpacked(path)}
    return [f"{one} in {name}" for name, text in texts.items() for one in wanted if one.encode() in text]


def _unpacked(path: Path) -> Iterator[tuple[str, bytes]]:
    data = path.read_bytes()
    if path.suffix == ".duckdb":
        with duckdb.connect(str(path), read_only=True) as con:
            tables = con.execute("SELECT schema_name, table_name FROM duckdb_tables()").fetchall()
            assert tables
            for schema, table in tables:
                yield table, repr(con.execute(f'SELECT * FROM "{schema}"."{table}"').fetchall()).encode()  # noqa: S608
    elif data.startswith(b"SQLite format 3"):
        with sqlite3.connect(path) as base:
            for (table,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
                yield table, repr(base.execute(f'SELECT * FROM "{table}"').fetchall()).encode()  # noqa: S608
    elif data.startswith(b"\x1f\x8b"):
        yield "unpacked", gzip.decompress(data)
    elif data.startswith((b"\x78\x9c", b"\x78\xda")):
        yield "unpacked", zlib.decompress(data)


SECRETS = {spelling for token in TOKENS.values() for spelling in spellings(token)}


@pytest.mark.invariant("I-35")
@pytest.mark.invariant("I-36")
@pytest.mark.invariant("I-38")
@pytest.mark.libraries
def test_a_sync_leaves_no_token_and_nobodys_address_anywhere_and_calls_nobody_else(rehearsal: Rehearsal) -> None:
    """One product arrives, and the store repeats the token where it refuses the other."""
    _repeat(rehearsal.store, "POST", "/catalog/products", 422, "application/json", about=b"Mug")
    synced = rehearsal.command("--debug", "--merchant", "shop", "sync", CONNECTION, "--json")
    assert synced.returncode == 1, synced.stdout + synced.stderr
    assert [product.fields["name"] for product in rehearsal.store.store.products.values()] == ["Shirt"]
    report = (rehearsal.home / "shop" / "reports" / f"{CONNECTION}.html").read_text(encoding="utf-8")
    assert "x-auth-token: ***" in report
    files = [path for path in rehearsal.home.rglob("*") if path.is_file()]
    names = {path.name for path in files}
    assert {"warehouse.duckdb", "journal.jsonl", f"{CONNECTION}.html", "runs.db"} <= names
    assert found(rehearsal.home, synced.stdout + synced.stderr, SECRETS | set(PEOPLE)) == []
    assert rehearsal.sockets() == rehearsal.hosts
    loose = [str(path) for path in rehearsal.home.rglob("*") if stat.S_IMODE(path.lstat().st_mode) & 0o077]
    assert loose == []


@pytest.mark.invariant("I-35")
@pytest.mark.libraries
def test_a_librarys_error_that_quotes_the_token_is_not_kept_by_the_orchestrator() -> None:
    Secret(TOKENS["TILL_TOKEN"], "TILL_TOKEN")
    with pytest.raises(dg.Failure) as caught, explained():
        raise ValueError(f"Invalid header value b'{TOKENS['TILL_TOKEN']}'")
    kept = serializable_error_info_from_exc_info((caught.type, caught.value, caught.tb))
    assert "Invalid header value" in kept.to_string()
    assert [one for one in SECRETS if one in repr(kept)] == []


@pytest.mark.invariant("I-35")
@pytest.mark.libraries
def test_a_till_that_repeats_the_token_in_a_redirect_finds_no_place_for_it(rehearsal: Rehearsal) -> None:
    _repeat(rehearsal.till, "GET", "/products", 302, "text/html")
    ran = rehearsal.command("--debug", "--merchant", "shop", "sync", CONNECTION)
    assert ran.returncode == 4, ran.stdout + ran.stderr
    assert "Traceback" in ran.stderr
    assert found(rehearsal.home, ran.stdout + ran.stderr, SECRETS | set(PEOPLE)) == []
    assert rehearsal.sockets() < rehearsal.hosts
