"""One answer taken in: its body read within bounds, whether it is the JSON that was asked for, why there is none.

What an answer means for the call is ``kit.outcomes``.
"""

from __future__ import annotations

from collections.abc import Callable

import requests

from pipelines.kit import exact_json
from pipelines.kit.outcomes import Seen

LARGEST, LONGEST = 50_000_000, 300.0
"""Bytes after unpacking, and seconds until the last of them (B23, T27)."""
CHUNK = 65_536
_WHY = {
    "ConnectTimeout": "connecting took too long",
    "ReadTimeout": "it took too long",
    "ReadTimeoutError": "it took too long",
    "SSLError": "its certificate or its encryption is not right",
}


class UnendingError(requests.RequestException):
    """An answer past ``LARGEST`` or ``LONGEST``."""


def take_in(response: requests.Response, seconds: Callable[[], float]) -> None:
    """Read the body as it comes; ``seconds``: how long the call has taken by now.

    Raises UnendingError past the bounds, and what requests and urllib3 raise for an answer that breaks off.
    """
    if response.raw is None or getattr(response, "_content_consumed", False):
        return
    chunks: list[bytes] = []
    size = 0
    while chunk := response.raw.read1(CHUNK, decode_content=True):
        chunks.append(chunk)
        size += len(chunk)
        late = seconds() > LONGEST
        if late or size > LARGEST:
            response.close()
            raise UnendingError("it took too long" if late else f"it is larger than {LARGEST} bytes")
    response._content = b"".join(chunks)  # what requests itself, which has no bounds, would have put there
    vars(response)["_content_consumed"] = True
    response.raw.release_conn()


def unreadable(response: requests.Response, *, strict: bool) -> str:
    """What is wrong with the body of a good answer; empty where nothing is.

    Without ``strict`` its two ends are looked at: a page is parsed by who reads it.
    """
    if response.status_code >= 300:
        return ""
    body = response.content.strip()
    if not body:
        return "" if response.status_code in {201, 202, 204} else "empty"
    if body[:1] + body[-1:] not in {b"{}", b"[]"}:
        return f"not whole JSON but {response.headers.get('Content-Type', 'of no type')}"
    if strict:
        try:
            exact_json.loads(response.text)
        except ValueError:
            return "broken JSON"
    return ""


def why_none(error: Exception, seen: Seen) -> str:
    """Why there is no answer, without what the error holds of the request."""
    if isinstance(error, UnendingError):
        return f"the answer was given up: {error}"
    name = type(error).__name__
    if seen == "not_connected" and name == "ConnectionError":
        return "no answer (the connection was refused or the name is not known)"
    return f"no answer ({_WHY.get(name, 'the connection broke')})"
