"""What is installed and from where: the lock, and a wheel that only says which checkout the code is in."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _locked(root: Path) -> dict[str, str]:
    """Each requirement of the lock with its options, by its name."""
    text = (root / "requirements.lock").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    return {_normal(re.split(r"[=<>\[ ;@]", line, maxsplit=1)[0]): line for line in lines}


def test_the_lock_pins_every_package_by_version_and_hash(checkout: Any) -> None:
    loose = [
        line
        for line in _locked(checkout.root).values()
        if not re.match(r"[A-Za-z0-9._-]+==\S+", line) or "--hash=sha256:" not in line
    ]
    assert loose == []


def test_the_lock_says_nothing_about_where_packages_come_from(checkout: Any) -> None:
    text = (checkout.root / "requirements.lock").read_text(encoding="utf-8")
    options = [line for line in text.splitlines() if line.startswith("-")]
    assert (options, re.findall(r"\w+://\S+", text)) == ([], [])


def test_everything_declared_is_locked(checkout: Any) -> None:
    project = tomllib.loads((checkout.root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    declared = [*project["dependencies"], *extras["test"], *extras["build"]]
    names = {_normal(re.split(r"[\[<>=~! ]", one, maxsplit=1)[0]) for one in declared}
    assert names - _locked(checkout.root).keys() == set()


def test_the_wheel_holds_no_module(checkout: Any, tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    ran = subprocess.run(build, cwd=checkout.root, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    (wheel,) = tmp_path.glob("*.whl")
    held = zipfile.ZipFile(wheel).namelist()
    assert held
    assert [name for name in held if ".dist-info/" not in name] == []


def test_everything_is_installed_by_hash_and_nothing_from_version_control(checkout: Any) -> None:
    """A package that is not the one that was looked at is not installed (T11)."""
    project = tomllib.loads((checkout.root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = [
        *project["dependencies"],
        *(one for extra in project["optional-dependencies"].values() for one in extra),
    ]
    assert [one for one in [*declared, *_locked(checkout.root).values()] if "@" in one or "://" in one] == []
    makefile = (checkout.root / "Makefile").read_text(encoding="utf-8")
    installs = [line for line in makefile.splitlines() if "pip install" in line and " -e ." not in line]
    assert installs
    for line in installs:
        assert {"--require-hashes", "--no-deps", "--only-binary"} <= set(line.split())
