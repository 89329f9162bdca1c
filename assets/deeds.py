"""A deed asked of a running sandbox, and what ``tillsync sandbox --help`` says of platforms. Decides nothing."""

from __future__ import annotations

import json
from http.client import HTTPConnection, HTTPException
from typing import Any

from typer.core import TyperCommand

from pipelines.kit.command_line import program
from pipelines.kit.errors import CredentialsRefused, MistakeInFiles, PlatformUnreachable, Problem

_SECONDS = 30


class WithPlatforms(TyperCommand):
    """Help that ends with the platforms there are and what people can do in the sandbox of each."""

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Platforms are discovered; their sandboxes say what they can do."""
        from assets.rehearsal import make
        from pipelines.kit.sandbox.faults import KNOWN
        from pipelines.platforms import discover

        super().format_epilog(ctx, formatter)
        for name, platform in discover().items():
            with formatter.section(f"{name} ({platform.title})"):
                deeds = make(name).deeds.values()
                formatter.write_dl([(f"{one.name} {one.words}", one.says) for one in deeds] or [("", "no deeds")])
        with formatter.section("Faults, each with its share of calls"):
            formatter.write_dl(list(KNOWN.items()))


def do_deed(platform: str, words: list[str], port: int, token: str | None) -> dict[str, Any]:
    """Ask the sandbox of ``platform`` on this machine for a deed; what it says of it.

    ``port`` 0: where the last demo's is. Raises MistakeInFiles where it was not done, PlatformUnreachable where
    nothing answers.
    """
    from assets.rehearsal import make, ports_of_demo
    from pipelines.language.load import nearest

    make(platform)  # says so where there is no such platform
    at = port or ports_of_demo().get(platform, 0)
    if not at:
        about, wanted = f"there was no demo with {platform}", "the port of a running sandbox"
        raise MistakeInFiles(Problem("which_sandbox", about, expected=wanted, do="add --port P"))
    status, said = _asked(platform, at, json.dumps({"deed": words[0], "words": words[1:]}), token)
    if said["platform"] != platform:
        about = f"another platform's sandbox is on port {at}"
        raise MistakeInFiles(Problem("other_platform", about, found=str(said["platform"]), expected=platform))
    if status == 401:
        raise CredentialsRefused(Problem("token", said["error"], do="add --token T, as it was started with"))
    if status != 200:
        known = {one["deed"]: one["words"] for one in said["deeds"]}
        listed = f"{words[0]} {known[words[0]]}" if words[0] in known else "; ".join(map(" ".join, known.items()))
        do = None if words[0] in known else nearest(words[0], list(known))
        raise MistakeInFiles(Problem("not_done", said["error"], found=" ".join(words), expected=listed, do=do))
    return said


def _asked(platform: str, port: int, body: str, token: str | None) -> tuple[int, dict[str, Any]]:
    from pipelines.kit.sandbox.deeds import PATH
    from pipelines.kit.sandbox.server import ANY_TOKEN

    wire = HTTPConnection("127.0.0.1", port, timeout=_SECONDS)
    try:
        wire.request("POST", PATH, body.encode(), {"Authorization": f"Bearer {token or ANY_TOKEN}"})
        answer = wire.getresponse()
        said: dict[str, Any] = json.loads(answer.read())
        return answer.status, {"platform": "something else", **said}
    except (OSError, HTTPException, ValueError, TypeError) as error:
        about, found = f"no sandbox answers on port {port}", f"127.0.0.1:{port}: {type(error).__name__}"
        wanted, do = f"the sandbox of {platform}", f"start it: make ui, or {program()} sandbox {platform} --port {port}"
        raise PlatformUnreachable(Problem("no_sandbox", about, found=found, expected=wanted, do=do)) from None
    finally:
        wire.close()
