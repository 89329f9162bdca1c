"""Sandboxes from the command line: one in the foreground, those of the demo, and the UI beside them."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from assets.reports import serve_reports
from assets.show import Screen
from pipelines.kit import catalogue_csv
from pipelines.kit.errors import MistakeInFiles, Problem
from pipelines.kit.sandbox.clock import Clock
from pipelines.kit.sandbox.faults import Faults
from pipelines.kit.sandbox.machine import Machine
from pipelines.kit.sandbox.server import Running, run_foreground, save, serve
from pipelines.language.load import nearest
from pipelines.language.merchants import DEMO, DEMO_TOKEN
from pipelines.language.paths import CHECKOUT, home
from pipelines.platforms import discover

SAMPLE = CHECKOUT / "pipelines" / "kit" / "sample_catalogue.csv"
UI_PORT, REPORTS_PORT = 3000, 3001


def make(platform: str, **how: Any) -> Machine:
    """A platform's sandbox. Raises MistakeInFiles on an unknown platform."""
    if platform not in discover():
        raise MistakeInFiles(
            Problem(
                "unknown_platform",
                f"there is no platform {platform}",
                found=platform,
                expected=", ".join(discover()),
                do=nearest(platform, list(discover())),
            )
        )
    machine: Machine = discover()[platform].load("sandbox")(**how)
    return machine


def run_sandbox(platform: str, *, port: int, catalog: Path | None, state: Path | None, **more: Any) -> None:
    """One sandbox until it is told to stop; its state is saved."""
    faults, clock = more["faults"], more["clock"]
    how: dict[str, Any] = {"seed": more["seed"], "token": more["token"]}
    if faults:
        how["faults"] = Faults.parse(faults)
    if clock:
        how["clock"] = Clock(datetime.fromisoformat(clock))
    machine = make(platform, **how)
    if catalog is not None and not (state and state.exists()):
        machine.seed(catalogue_csv.read(catalog))
    if port:
        _check_free(port, "choose another: --port P")
    run_foreground(machine, port=port, state=state)


def demo_folder() -> Path:
    """State of the demo's merchant."""
    return home() / DEMO


def start(machines: Mapping[str, Machine], ports: Mapping[str, int] | None = None) -> dict[str, Running]:
    """Serve every machine on loopback, on the given ports or free ones."""
    return {name: serve(machine, port=(ports or {}).get(name, 0)) for name, machine in machines.items()}


def write_merchant(
    running: Mapping[str, Running], machines: Mapping[str, Machine], connection: str, settings: Mapping[str, Any]
) -> None:
    """The merchants file of the demo: its accounts are the sandboxes."""
    accounts = {
        name: {"base_url": one.url, **machines[name].account(), "token": {"env": DEMO_TOKEN}}
        for name, one in running.items()
    }
    entry = {"accounts": accounts, "connections": {connection: {"settings": dict(settings)}}}
    folder = demo_folder()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "merchants.yaml").write_text(
        yaml.safe_dump({"merchants": {DEMO: entry}}, sort_keys=False), encoding="utf-8"
    )


def keep(machines: Mapping[str, Machine], running: Mapping[str, Running], connection: str) -> None:
    """Save the sandboxes' state and ports, for the UI."""
    folder = demo_folder() / "sandboxes"
    folder.mkdir(parents=True, exist_ok=True)
    for name, machine in machines.items():
        save(machine, folder / f"{name}.json")
    ports = {name: int(one.url.rpartition(":")[2]) for name, one in running.items()}
    (folder / "ports.json").write_text(json.dumps({"connection": connection, "ports": ports}), encoding="utf-8")


def restore() -> tuple[dict[str, Machine], dict[str, int], str]:
    """The sandboxes of the last demo with their ports. Raises MistakeInFiles where there was none."""
    folder = demo_folder() / "sandboxes"
    if not (folder / "ports.json").exists():
        raise MistakeInFiles(
            Problem("no_demo", "there is no demo to show", expected="the state of a demo", do="run `make demo` first")
        )
    kept = json.loads((folder / "ports.json").read_text(encoding="utf-8"))
    machines = {}
    for name in kept["ports"]:
        machines[name] = make(name)
        machines[name].load(json.loads((folder / f"{name}.json").read_text(encoding="utf-8")))
    return machines, kept["ports"], kept["connection"]


def ports_of_demo() -> dict[str, int]:
    """Platform → the port of its sandbox in the last demo and in ``make ui``; empty where there was none."""
    kept = demo_folder() / "sandboxes" / "ports.json"
    ports: dict[str, int] = json.loads(kept.read_text(encoding="utf-8"))["ports"] if kept.exists() else {}
    return ports


def run_ui(shown: Screen, port: int = UI_PORT, reports_port: int = REPORTS_PORT) -> int:
    """The demo's sandboxes, Dagster and the reports, on loopback, until SIGINT or SIGTERM.

    Raises MistakeInFiles where there was no demo or a port is taken.
    """
    machines, ports, connection = restore()
    for taken in (port, reports_port, *ports.values()):
        _check_free(taken, "stop what listens there, or choose others: tillsync ui --port P --reports-port P")
    running = start(machines, ports)
    reports = serve_reports(demo_folder() / "reports", reports_port)
    command = [str(Path(sys.executable).parent / "dg"), "dev", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--no-check-yaml", "--log-level", "warning"]
    shown.say(f"Dagster   http://127.0.0.1:{port}")
    shown.say(f"reports   http://127.0.0.1:{reports_port}/{connection}.html")
    for name, one in running.items():
        shown.say(f"sandbox   {one.url}  ({name})")
    for number in (signal.SIGINT, signal.SIGTERM):  # before it starts: a signal ignored here is ignored there
        signal.signal(number, lambda *_: _interrupt())
    process = subprocess.Popen(command, cwd=CHECKOUT, env=_environment(), start_new_session=True)
    try:
        return process.wait()
    except KeyboardInterrupt:
        return 0
    finally:
        _stop(process)
        keep(machines, running, connection)
        for one in running.values():
            one.stop()
        reports.shutdown()


def _check_free(port: int, do: str) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            about = f"port {port} is taken"
            raise MistakeInFiles(Problem("port_taken", about, found=f"127.0.0.1:{port}", do=do)) from None


def _environment() -> dict[str, str]:
    """Dagster's environment: its home, and this interpreter's venv as the active one, else ``dg`` warns of another."""
    from assets.runtime.engine import prepare_dagster_home

    environment = {**os.environ, "DAGSTER_HOME": str(prepare_dagster_home()), "DAGSTER_DG_UPDATE_CHECK_ENABLED": "0"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    if sys.prefix != sys.base_prefix:
        environment["VIRTUAL_ENV"] = sys.prefix
    return environment


def _interrupt() -> None:
    raise KeyboardInterrupt


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGINT)
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
