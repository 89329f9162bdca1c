"""How long a person waits: the whole demo as installed, and the code location that Dagster loads.

Goals: 15 s for the demo, 3 s for the code location, without great_expectations (`design.md` §9).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.measuring import keep, rounded

LOAD = """
import json, sys, time
began = time.perf_counter()
import assets.definitions
heavy = [name for name in ("great_expectations", "pandas", "pyarrow", "dlt") if name in sys.modules]
print(json.dumps({"seconds": round(time.perf_counter() - began, 3), "heavy": heavy}))
"""


def demo() -> float:
    """Seconds of one demo from nothing. Raises CalledProcessError where it fails."""
    with tempfile.TemporaryDirectory() as home:
        command = [str(Path(sys.executable).with_name("tillsync")), "demo"]
        began = time.perf_counter()
        subprocess.run(command, env={**os.environ, "TILLSYNC_HOME": home}, check=True, stdout=subprocess.DEVNULL)
        return time.perf_counter() - began


def main() -> None:
    """Print and keep the better of two."""
    loads = [json.loads(subprocess.run([sys.executable, "-c", LOAD], check=True, capture_output=True, text=True).stdout)
             for _ in range(2)]  # fmt: skip
    keep("start", {"demo_seconds": rounded(min(demo(), demo())), "demo_goal": 15,
                   "code_location_seconds": min(load["seconds"] for load in loads), "code_location_goal": 3,
                   "heavy_modules_in_it": loads[0]["heavy"]})  # fmt: skip


if __name__ == "__main__":
    main()
