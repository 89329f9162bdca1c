"""Figures of a run over many seeds, printed at its end and kept below ``build/``."""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parents[2] / "build" / "sim"
OFTEN = 20


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        for name in ("seeds", "oversold"):
            shutil.rmtree(FOLDER / name, ignore_errors=True)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line for each figure of `reliability.md` §4.6, and the whole as JSON."""
    told_oversold(terminalreporter)
    results = [json.loads(file.read_text(encoding="utf-8")) for file in sorted((FOLDER / "seeds").glob("*.json"))]
    if not results:
        return
    figures = gathered(results)
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / "figures.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    terminalreporter.section(f"simulator: {figures['seeds']} seeds")
    for name, value in figures.items():
        terminalreporter.write_line(f"  {name}: {value}")


def told_oversold(terminalreporter: pytest.TerminalReporter) -> None:
    """Units oversold by each way of keeping a store, summed over seeds, and what I-15 allows."""
    for faults, allowed in (("none", 1.05), ("default", 1.15)):
        files = sorted((FOLDER / "oversold").glob(f"{faults}-*.json"))
        found = [json.loads(file.read_text(encoding="utf-8"))["policies"] for file in files]
        if not found:
            continue
        sums = {name: {what: sum(one[name][what] for one in found) for what in found[0][name]} for name in found[0]}
        least = sums["unavoidable_longer"]["oversold"]
        share = round(sums["tillsync"]["oversold"] / least, 3) if least else None
        figures = {"seeds": len(found), "faults": faults, "policies": sums, "share": share, "allowed": allowed}
        (FOLDER / f"oversold-{faults}.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
        terminalreporter.section(f"oversold, faults: {faults}, {len(found)} seeds")
        for name, one in sums.items():
            terminalreporter.write_line(f"  {name}: {one}")
        enough = f"{share} of the unavoidable, {allowed} is allowed over 200 seeds"
        terminalreporter.write_line(f"  {enough}")


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
        "seeds_that_do_not_count": [one["seed"] for one in results if one["answered_share"] < 0.5],
        "simulated_hours": round(sum(one["hours"] for one in results), 1),
        **dict(totals),
        **{name: dict(sorted(found.items())) for name, found in sums.items()},
        "faults_survived": dict(sorted(survived.items())),
        "faults_hit_less_than_20_times": sorted(c for c, n in sums.get("faults", Counter()).items() if n < OFTEN),
        "writes_per_change": round(totals["writes"] / changes, 3) if changes else None,
        "slowest_seed": {"seed": slowest["seed"], "seconds": round(slowest["seconds"], 1)},
        "violations": {one["seed"]: one["violations"] for one in results if one["violations"]},
        "trace": {one["seed"]: one["trace"] for one in results} if len(results) <= OFTEN else None,
        "processors": os.cpu_count(),
    }
