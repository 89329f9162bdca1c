"""Commands as hints, reports and errors show them: each can be pasted as it stands, in the folder of the checkout.

Every hint is made here, so that none lacks the merchant it is about.
"""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

_VENV = Path(__file__).resolve().parents[2] / ".venv"


def program() -> str:
    """How this program is called where it runs: as the README does from its own environment, else by its name."""
    return ".venv/bin/tillsync" if Path(sys.prefix).resolve() == _VENV.resolve() else "tillsync"


def command(merchant: str, *words: str) -> str:
    """A command line about a merchant, whatever a SKU holds: ``tillsync --merchant corner explain C --sku=MUG-1``."""
    return f"{program()} {shlex.join(['--merchant', merchant, *words])}"
