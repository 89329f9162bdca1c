"""What measurements share: the best of several turns, the machine's description, and results kept as small JSON."""

from __future__ import annotations

import json
import os
import platform
import resource
import time
from collections.abc import Callable, Mapping
from pathlib import Path

RESULTS = Path(__file__).parent / "results"


def best(*work: Callable[[], object], turns: int = 5) -> list[float]:
    """Seconds of the fastest turn of each; they take turns, so that a busy moment strikes all alike."""
    seconds = [float("inf")] * len(work)
    for _ in range(turns):
        for place, one in enumerate(work):
            began = time.perf_counter()
            one()
            seconds[place] = min(seconds[place], time.perf_counter() - began)
    return seconds


def peak_megabytes() -> int:
    """The most memory this process ever held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def keep(name: str, figures: Mapping[str, object]) -> None:
    """Print the figures and keep them in ``results/<name>.json`` with the machine they were measured on."""
    machine = {"cores": len(os.sched_getaffinity(0)), "system": platform.system(), "python": platform.python_version(),
               "load": round(os.getloadavg()[0], 1)}  # fmt: skip
    RESULTS.mkdir(exist_ok=True)
    text = json.dumps({**figures, "machine": machine}, indent=2)
    (RESULTS / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    print(f"{name}: {text}")


def rounded(seconds: float) -> float:
    """Seconds to the millisecond."""
    return round(seconds, 3)
