"""One writer for each merchant: the lock, and whether anybody has it. Light, so that schedules may ask."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import IO

from pipelines.kit.errors import MerchantBusy, Problem

LOCK_SECONDS = 30.0
_FILE = "warehouse.lock"


def take_lock(folder: Path, who: str, wait: Callable[[float], None], seconds: float) -> IO[str]:
    """The lock of a merchant's folder, held until it is closed. Raises MerchantBusy after so many seconds."""
    lock = (folder / _FILE).open("a+", encoding="utf-8")
    waited = 0.0
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if waited >= seconds:
                lock.seek(0)
                holder = lock.read().strip()
                lock.close()
                raise busy(folder, holder, waited) from None
            wait(0.25)
            waited += 0.25
            continue
        lock.seek(0)
        lock.truncate()
        lock.write(json.dumps({"pid": os.getpid(), "who": who}))
        lock.flush()
        return lock


def is_free(folder: Path) -> bool:
    """Whether nobody holds a merchant's warehouse now; not where that cannot be told."""
    try:
        with (folder / _FILE).open(encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True


def busy(folder: Path, holder: str, waited: float) -> MerchantBusy:
    """What to tell where another run holds a merchant (exit code 6)."""
    return MerchantBusy(
        Problem(
            "merchant_busy",
            f"another run holds the merchant {folder.name}",
            found=holder or "a lock without a name",
            expected=f"a free warehouse within {waited:g} s",
            do="wait until that run has ended, then run again",
        )
    )
