"""Who may know whom. A border that is crossed once is crossed everywhere a year later."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

PLATFORM_WORDS = re.compile(r"lightspeed|bigcommerce|x[-_ ]series|ecwid|shopify|retailcloud", re.IGNORECASE)
MAY_NAME_PLATFORMS = ("mappings/", "docs/", "tests/", "benchmarks/", "README.md", "CHANGELOG.md", "deploy/")
DECLARED = ("pyproject.toml", "requirements.lock")
"""Name the independent client that tests use; it is called like its platform."""
EXAMPLE = re.compile(r"^\s*Example: tillsync ")


def _platform(name: str) -> str | None:
    found = re.match(r"pipelines/platforms/(\w+)/", name)
    return found[1] if found else None


def test_no_file_outside_a_platform_s_folder_names_a_platform(checkout: Any) -> None:
    found = []
    for path in checkout.files():
        name = checkout.name(path)
        if _platform(name) or name.startswith(MAY_NAME_PLATFORMS) or name in DECLARED:
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1):
            if PLATFORM_WORDS.search(line) and not EXAMPLE.match(line):
                found.append(f"{name}:{number}: {line.strip()[:100]}")
    assert found == []


def test_a_platform_names_no_other(checkout: Any) -> None:
    platforms = {_platform(checkout.name(path)) for path in checkout.files("pipelines/platforms/")} - {None}
    found = []
    for path in checkout.files("pipelines/platforms/"):
        own = _platform(checkout.name(path))
        text = path.read_text(encoding="utf-8", errors="replace")
        found += [f"{checkout.name(path)} names {other}" for other in platforms - {own} if own and other in text]
    assert found == []


def test_the_pipeline_runs_without_the_orchestrator(checkout: Any) -> None:
    found = [
        f"{checkout.name(path)} imports {module}"
        for path in checkout.files("pipelines/", suffix=".py")
        for module in checkout.imports(path)
        if module.partition(".")[0] in {"dagster", "assets", "tests"}
    ]
    assert found == []


def test_a_sandbox_shares_no_belief_with_the_client_it_tests(checkout: Any) -> None:
    found = []
    for path in checkout.files("pipelines/platforms/", suffix=".py"):
        own = f"pipelines.platforms.{_platform(checkout.name(path))}."
        inside = f"/{_platform(checkout.name(path))}/sandbox/" in path.as_posix()
        for module in checkout.imports(path):
            foreign = inside and not module.startswith(("pipelines.kit.", own + "sandbox"))
            leaning = not inside and module.startswith(own + "sandbox")
            if module.startswith("pipelines") and (foreign or leaning):
                found.append(f"{checkout.name(path)} imports {module}")
    assert found == []


def test_the_import_contracts_are_kept(checkout: Any) -> None:
    tool = Path(sys.executable).with_name("lint-imports")
    ran = subprocess.run([tool, "--no-cache"], cwd=checkout.root, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_names_of_our_packages_mean_this_checkout(checkout: Any, tmp_path: Path) -> None:
    """Packages of these names exist elsewhere; an environment that prefers one of them runs other people's code."""
    code = "import importlib.util as u; print(*(u.find_spec(n).origin for n in ('pipelines', 'assets')), sep='\\n')"
    ran = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    wanted = [checkout.root / name / "__init__.py" for name in ("pipelines", "assets")]
    assert [Path(line) for line in ran.stdout.split()] == wanted
