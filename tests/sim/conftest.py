"""Figures of a run over many seeds, printed at its end and kept below ``build/``."""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.sim.crashes import POINTS
from tests.sim.faults import RATES

FOLDER = Path(__file__).parents[2] / "build" / "sim"
OFTEN = 20
BY_KIND = ("events", "ends", "faults", "crashes", "unknown", "holds")
"""What is counted by kind: what happened, how runs ended, what unknown outcomes came to."""


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        for name in ("seeds", "oversold"):
            shutil.rmtree(FOLDER / name, ignore_errors=True)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The figures of `reliability.md` §4.6 as a table, and the whole as JSON."""
    told_oversold(terminalreporter)
    results = [json.loads(file.read_text(encoding="utf-8")) for file in sorted((FOLDER / "seeds").glob("*.json"))]
    if not results:
        return
    figures = gathered(results)
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / "figures.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    whose = ", ".join(f"{name} {n}" for name, n in sorted(Counter(one["connection"] for one in results).items()))
    terminalreporter.section(f"simulator: {figures['seeds']} seeds ({whose})")
    for line in table(figures):
        terminalreporter.write_line(line)


def table(figures: dict[str, Any]) -> Iterator[str]:
    """What a run over seeds came to, line by line: single figures, then counts by kind, then what is wrong."""
    counted = {name: value for name, value in figures.items() if isinstance(value, dict) and name in BY_KIND}
    for name, value in figures.items():
        if name not in {*counted, "faults_survived", "violations", "trace"}:
            yield f"  {name.replace('_', ' '):<32} {_words(value)}"
    for name, found in counted.items():
        heads = ("injected", "survived") if name == "faults" else ("",)
        yield f"  {name:<32} {''.join(f'{head:>10}' for head in heads)}".rstrip()
        for kind, count in found.items():
            survived = f"{figures['faults_survived'].get(kind, 0):>10}" if name == "faults" else ""
            yield f"    {kind:<30} {count:>10}{survived}"
    violations = figures["violations"]
    yield f"  {'invariants violated':<32} {sum(map(len, violations.values()))}"
    for seed, found in violations.items():
        yield from (f"    {seed}: {name}: {lines[0]}" for name, lines in found.items())


def _words(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return ", ".join(f"{name} {one}" for name, one in value.items()) if isinstance(value, dict) else str(value)


def told_oversold(terminalreporter: pytest.TerminalReporter) -> None:
    """Units oversold by each way of keeping a store, summed over seeds, and what I-15 allows."""
    for faults, allowed in (("none", 1.05), ("default", 1.15), ("baskets", 1.05)):
        files = sorted((FOLDER / "oversold").glob(f"{faults}-*.json"))
        found = [json.loads(file.read_text(encoding="utf-8"))["policies"] for file in files]
        if not found:
            continue
        sums = {name: {what: sum(one[name][what] for one in found) for what in found[0][name]} for name in found[0]}
        least = sums["unavoidable_longer"]["oversold"]
        share = round(sums["tillsync"]["oversold"] / least, 3) if least else None
        spread = _spread(found) if least else None
        figures = {
            "seeds": len(found), "faults": faults, "policies": sums, "share": share, "spread": spread,
            "allowed": allowed, "says": _judged(len(found), share, spread, allowed),
        }  # fmt: skip
        (FOLDER / f"oversold-{faults}.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
        terminalreporter.section(f"oversold, faults: {faults}, {len(found)} seeds")
        for name, one in sums.items():
            terminalreporter.write_line(f"  {name}: {one}")
        terminalreporter.write_line(f"  {figures['says']}")


def _spread(found: list[dict[str, Any]]) -> float | None:
    """Standard error of the share, from how far single seeds lie from it; None of a single one."""
    pairs = [(one["tillsync"]["oversold"], one["unavoidable_longer"]["oversold"]) for one in found]
    mine, least = (sum(pair[n] for pair in pairs) for n in (0, 1))
    apart = sum((one - mine / least * other) ** 2 for one, other in pairs)
    return round((apart * len(pairs) / (len(pairs) - 1)) ** 0.5 / least, 3) if len(pairs) > 1 else None


def _judged(seeds: int, share: float | None, spread: float | None, allowed: float) -> str:
    """Whether I-15 holds, as far as so many seeds can tell: within two standard errors they cannot."""
    if share is None:
        return "nothing had to be oversold: this says nothing"
    told = (
        f"{share}{f' ± {spread}' if spread is not None else ''} of the unavoidable, {allowed} is allowed over 200 seeds"
    )
    if seeds >= 200:
        return f"{told}: {'held' if share <= allowed else 'NOT held'}"
    unsure = spread is None or abs(share - allowed) <= 2 * spread
    word = "this can be chance" if unsure else "held so far" if share <= allowed else "NOT held so far"
    return f"{told}; of {seeds} seeds {word}"


def gathered(results: list[dict[str, Any]]) -> dict[str, Any]:
    """Figures of all seeds together."""
    sums: dict[str, Counter[str]] = {}
    totals: Counter[str] = Counter()
    for one in results:
        for name, value in one["figures"].items():
            if isinstance(value, dict):
                sums.setdefault(name, Counter()).update(value)
            else:
                totals[name] += value
    survived: Counter[str] = Counter()
    for one in results:
        survived.update({} if one["violations"] else one["figures"]["faults"])
    slowest = max(results, key=lambda one: one["seconds"])
    changes = sum(sums.get("events", Counter()).values())
    return {
        "seeds": len(results),
        "seeds_that_do_not_count": [_seed(one) for one in results if not one["counts"]],
        "simulated_hours": round(sum(one["hours"] for one in results), 1),
        "events_in_all": changes,
        **dict(totals),
        "writes_per_change": round(totals["writes"] / changes, 3) if changes else None,
        "faults_hit_less_than_20_times": _seldom(sums.get("faults", Counter()), RATES),
        "crash_points_hit_less_than_20_times": _seldom(sums.get("crashes", Counter()), POINTS),
        "slowest_seed": {"seed": _seed(slowest), "seconds": round(slowest["seconds"], 1)},
        "processors": os.cpu_count(),
        **{name: dict(sorted(sums.get(name, Counter()).items())) for name in BY_KIND},
        "faults_survived": dict(sorted(survived.items())),
        "violations": {_seed(one): one["violations"] for one in results if one["violations"]},
        "trace": {_seed(one): one["trace"] for one in results} if len(results) <= OFTEN else None,
    }


def _seldom(counted: Counter[str], known: Iterable[str]) -> list[str]:
    """What happened fewer than 20 times, also what never did, with how often."""
    return [f"{name} ({counted[name]})" for name in sorted(known) if counted[name] < OFTEN]


def _seed(one: dict[str, Any]) -> str:
    return f"{one['connection']} {one['seed']}"
