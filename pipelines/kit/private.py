"""State only its owner can read: folders 0700, files 0600, whatever the umask; no link leads out of it (T10, T12).

What is in a folder is the business of whoever keeps it there.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from pipelines.kit.errors import MistakeInFiles, Problem

FOLDER, FILE, MASK = 0o700, 0o600, 0o077


def mask() -> None:
    """Files this process makes from here on are its owner's alone; for the entry points."""
    os.umask(MASK)


def private_folder(folder: Path, names: Sequence[str] = ()) -> Path:
    """Make a folder, or tighten one that is there, with the files of these names in it.

    Raises MistakeInFiles where the folder or such a file is a symbolic link, or belongs to somebody else.
    """
    if folder.is_symlink():
        raise _refused(folder, "a symbolic link", "a folder of its own")
    folder.mkdir(parents=True, exist_ok=True, mode=FOLDER)
    _tighten(folder, FOLDER)
    for name in names:
        path = folder / name
        if path.is_symlink():
            raise _refused(path, "a symbolic link", "a file of its own")
        if path.is_file():
            _tighten(path, FILE)
    return folder


def write_private(path: Path, text: str) -> None:
    """Write a whole file or none of it; a symbolic link of that name is replaced, never followed."""
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(beside, path)
    except BaseException:
        os.unlink(beside)
        raise


def _tighten(path: Path, mode: int) -> None:
    if path.stat().st_mode & MASK:
        try:
            path.chmod(mode)
        except PermissionError:
            raise _refused(
                path, "a folder or file that others can read and this user cannot change", "its own"
            ) from None


def _refused(path: Path, found: str, expected: str) -> MistakeInFiles:
    return MistakeInFiles(
        Problem(
            "state_not_private",
            f"the state at {path} is not safe to use",
            file=str(path),
            found=found,
            expected=expected,
            do="move it aside, or let TILLSYNC_HOME name another folder",
        )
    )
