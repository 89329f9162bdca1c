"""Who reaches Dagster's pages can start and wipe runs: nothing of ours loads where others reach them (T19, T20)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from assets import exposed
from assets.definitions import build_definitions
from assets.exposed import PROXY, refuse_exposed
from pipelines.kit.errors import MistakeInFiles
from pipelines.language.paths import CHECKOUT

EVERYWHERE = "0.0.0.0"  # noqa: S104
SERVER = ["/venv/bin/python", "/venv/bin/dagster-webserver", "-w", "workspace.yaml"]


@pytest.mark.parametrize(
    "command",
    [
        [*SERVER, "--host", EVERYWHERE], [*SERVER, f"--host={EVERYWHERE}"], [*SERVER, "-h", "192.168.1.4"],
        [*SERVER, "-h::"], ["python", "-m", "dagster", "dev", "--host", "shop.example"],
        ["/venv/bin/dg", "dev", "--host", "10.0.0.1"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_pages_that_others_reach_get_nothing_to_show(command: list[str]) -> None:
    with pytest.raises(MistakeInFiles, match="no login"):
        refuse_exposed(iter([["bash"], command]), {})
    refuse_exposed(iter([command]), {PROXY: "yes"})


def test_a_variable_that_binds_the_pages_elsewhere_is_seen() -> None:
    with pytest.raises(MistakeInFiles, match="no login"):
        refuse_exposed(iter([SERVER]), {"DAGSTER_WEBSERVER_HOST": EVERYWHERE})
    refuse_exposed(iter([[*SERVER, "--host", "127.0.0.1"]]), {"DAGSTER_WEBSERVER_HOST": EVERYWHERE})


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "[::1]", "127.0.0.2"])
def test_pages_on_loopback_are_served(host: str) -> None:
    refuse_exposed(iter([["bash"], [*SERVER, "--host", host], ["ssh", "-h", EVERYWHERE]]), {})
    refuse_exposed(iter([["python", "-m", "dagster", "api", "grpc", "--host", EVERYWHERE]]), {})


def test_the_assets_do_not_load_under_an_exposed_server(tmp_path: Path) -> None:
    server = tmp_path / "dagster-webserver"
    load = "import assets.exposed; assets.exposed.refuse_exposed(); print('loaded')"
    server.write_text(f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {load!r}])\n", encoding="utf-8")

    def under(host: str) -> str:
        words = [sys.executable, str(server), "--host", host]
        came = subprocess.run(words, cwd=CHECKOUT, capture_output=True, text=True, check=False)
        return came.stdout + came.stderr

    assert under("127.0.0.1").strip() == "loaded"
    assert "no login" in under(EVERYWHERE)


def test_what_dagster_loads_asks_where_its_pages_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exposed, "_above", lambda: iter([[*SERVER, "--host", EVERYWHERE]]))
    with pytest.raises(MistakeInFiles, match="no login"):
        build_definitions()
