"""The command line: a contract for people and programs. Commands call the stages; none decides anything.

Exit codes: 0 done, 1 records failed or were newly quarantined, 2 a mistake in files or credentials, 3 something
is held, 4 a platform could not be reached, 5 refused by a check, 6 another run holds the merchant.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import typer

from assets.deciding import Json, Shell, Sku, add_commands
from assets.deeds import WithPlatforms
from assets.show import Screen
from pipelines.kit.errors import Problem, TillsyncError
from pipelines.kit.private import mask
from pipelines.kit.redaction import traced

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False,
                  help="Keeps a shop's till and its online store telling the same truth.")  # fmt: skip
Only = Annotated[list[str] | None, typer.Option("--only", help="products, stock, orders, customers; repeatable.")]
Full = Annotated[bool, typer.Option("--full", help="Read and compare everything instead of what changed.")]


class _Global:
    merchant: str | None = None
    debug: bool = False


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"tillsync {version('tillsync')}")
        raise typer.Exit


@app.callback()
def options(
    merchant: Annotated[
        str | None, typer.Option("--merchant", help="A merchant of the merchants file; needed where it has several.")
    ] = None,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks.")] = False,
    show_version: Annotated[  # noqa: ARG001
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Options before the command."""
    _Global.merchant, _Global.debug = merchant, debug


@contextmanager
def screen(as_json: bool) -> Iterator[Screen]:
    """A command's screen; errors become messages and exit codes, never a traceback."""
    shown = Screen(as_json=as_json)
    try:
        yield shown
    except TillsyncError as error:
        if _Global.debug:
            raise
        shown.error(error)
        raise typer.Exit(error.exit_code) from None
    except (typer.Exit, KeyboardInterrupt):
        raise
    except Exception as error:
        if _Global.debug:
            raise
        what = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
        shown.error(
            TillsyncError(
                Problem(
                    "unexpected",
                    "something went wrong that should not",
                    found=what,
                    do="run with --debug and report it",
                )
            )
        )
        raise typer.Exit(1) from None


def merchant_chosen() -> Any:
    """The merchant of ``--merchant``, or the only one."""
    from pipelines.language.merchants import choose, load_merchants

    return choose(load_merchants(), _Global.merchant)


@app.command()
def demo(
    connection: Annotated[str, typer.Option("--connection")] = "",
    catalog: Annotated[Path | None, typer.Option("--catalog", help="Any product CSV.")] = None,
    as_json: Json = False,
) -> None:
    """Rehearse a connection with sandboxes and a catalogue; no account needed.

    Example: tillsync demo --catalog products.csv
    """
    from assets.demo import run_demo

    with screen(as_json) as shown:
        raise typer.Exit(run_demo(shown, connection, catalog))


@app.command()
def check(
    connections: Annotated[list[str] | None, typer.Argument()] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Make no call.")] = False,
    as_json: Json = False,
) -> None:
    """Validate mappings, merchants, credentials and location maps; list late changes and the last runs' warnings.

    Example: tillsync check --offline
    """
    from assets.checking import check_all

    with screen(as_json) as shown:
        result = check_all(_Global.merchant, connections or [], offline=offline)
        shown.answer(result, lambda: shown.checked(result))
        raise typer.Exit(1 if result["late"] else 0)


@app.command()
def plan(connection: str, full: Full = False, only: Only = None, as_json: Json = False) -> None:
    """Read and plan; write nothing to any platform.

    Example: tillsync plan lightspeed_x__bigcommerce --full
    """
    _run(connection, as_json, full=full, only=only, yes=False, write=False)


@app.command()
def sync(
    connection: str,
    full: Full = False,
    only: Only = None,
    yes: Annotated[bool, typer.Option("--yes", help="Approve every hold this run would raise, and record it.")] = False,
    as_json: Json = False,
) -> None:
    """Plan, validate, write, report. Incremental unless --full; the first run is full by itself.

    Example: tillsync sync lightspeed_x__bigcommerce
    """
    _run(connection, as_json, full=full, only=only, yes=yes, write=True)


def _run(connection: str, as_json: bool, **wanted: Any) -> None:
    from assets.looking import check_flows, planned, write_report
    from assets.syncing import sync_connection

    with screen(as_json) as shown:
        merchant = merchant_chosen()
        check_flows(merchant, connection, wanted["only"])
        code, summary = sync_connection(shown, merchant, connection, **wanted)
        if not wanted["write"]:
            summary["changes"] = planned(merchant, connection) if summary["verdict"] != "failed" else []
            summary["report"] = str(write_report(merchant, connection, None))
        shown.answer(summary, lambda: shown.summary(summary, connection))
        raise typer.Exit(code)


@app.command()
def explain(
    connection: str,
    field: Annotated[str | None, typer.Option("--field", help="One canonical field.")] = None,
    sku: Sku = None,
    as_json: Json = False,
) -> None:
    """Which fields sync, which do not, and why; for one SKU both sides of every field.

    Example: tillsync explain lightspeed_x__bigcommerce --sku MUG-1
    """
    from assets.looking import explained

    with screen(as_json) as shown:
        explained(shown, merchant_chosen(), connection, field, sku)


@app.command()
def report(
    connection: str, out: Annotated[Path | None, typer.Option("--out", help="A folder.")] = None, as_json: Json = False
) -> None:
    """The HTML report of a connection: one file that opens without a network.

    Example: tillsync report lightspeed_x__bigcommerce --out reports
    """
    from assets.looking import write_report

    with screen(as_json) as shown:
        path = write_report(merchant_chosen(), connection, out)
        shown.answer({"report": str(path)}, lambda: shown.say(f"report: {path}"))


@app.command(cls=WithPlatforms)
def sandbox(  # noqa: PLR0913
    platform: Annotated[str, typer.Argument(help="Whose sandbox; listed below.")],
    deed: Annotated[list[str] | None, typer.Argument(metavar="DEED WORD", help="As listed below.")] = None,
    port: Annotated[int, typer.Option("--port", help="Of this machine; 0: any free one, for a deed the demo's.")] = 0,
    catalog: Annotated[Path | None, typer.Option("--catalog", help="A product CSV it begins with.")] = None,
    state: Annotated[
        Path | None, typer.Option("--state", help="A file of its state: read first, saved at the end.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Of its ids and of what its faults hit.")] = 0,
    faults: Annotated[str | None, typer.Option("--faults", help="Shares of calls: F3=0.02,F7=0.1")] = None,
    clock: Annotated[str | None, typer.Option("--clock", help="An ISO time it begins at.")] = None,
    token: Annotated[str | None, typer.Option("--token", help="The token it takes; any unless given.")] = None,
    as_json: Json = False,
) -> None:
    """One platform's sandbox in the foreground; prints one JSON line when it is ready.

    With a deed: a person does that in the sandbox that is running on --port.

    Example: tillsync sandbox bigcommerce --port 4101, then: tillsync sandbox bigcommerce place MUG-1:2 --port 4101
    """
    with screen(as_json or not deed) as shown:
        if deed:
            from assets.deeds import do_deed

            done = do_deed(platform, deed, port, token)
            shown.answer(done, lambda: shown.say("; ".join(done["says"])))
        else:
            from assets.rehearsal import run_sandbox

            more = {"seed": seed, "faults": faults, "clock": clock, "token": token}
            run_sandbox(platform, port=port, catalog=catalog, state=state, **more)


@app.command()
def rules(uncovered: Annotated[bool, typer.Option("--uncovered")] = False, as_json: Json = False) -> None:
    """The rule register with the state of each rule in the last test run.

    Example: tillsync rules --uncovered
    """
    from assets.looking import rule_states

    with screen(as_json) as shown:
        found = rule_states(uncovered=uncovered)
        rows = [
            (rule, entry["state"], len(entry["tests"]), entry["says"], entry["note"])
            for rule, entry in found["rules"].items()
        ]
        shown.answer(found, lambda: shown.table("rules", ["rule", "state", "tests", "says", "note"], rows))


@app.command()
def ui(
    port: Annotated[int, typer.Option("--port", help="Dagster's port.")] = 3000,
    reports_port: Annotated[int, typer.Option("--reports-port", help="The reports' port.")] = 3001,
) -> None:
    """The sandboxes of the last demo, Dagster and the reports, until interrupted.

    Example: tillsync ui --port 8080
    """
    from assets.rehearsal import run_ui

    with screen(False) as shown:
        raise typer.Exit(run_ui(shown, port, reports_port))


add_commands(app, Shell(screen, merchant_chosen))


def merchant_first(words: list[str]) -> list[str]:
    """``sync C --merchant NAME`` as ``--merchant NAME sync C``: the option may stand anywhere."""
    end = words.index("--") if "--" in words else len(words)
    for at, word in enumerate(words[:end]):
        taken = 2 if word == "--merchant" else 1 if word.startswith("--merchant=") else 0
        if taken and at + taken <= end:
            return [*words[at : at + taken], *words[:at], *words[at + taken :]]
    return words


def main() -> None:
    """Entry point of ``tillsync``."""
    mask()
    try:
        app(merchant_first(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:  # noqa: BLE001 # asked for with --debug
        sys.stderr.write(traced(error) + "\n")
        sys.exit(getattr(error, "exit_code", 1))
    finally:
        # What the libraries loaded need not be searched for garbage once more at the end: that takes a second.
        gc.freeze()


if __name__ == "__main__":
    main()
