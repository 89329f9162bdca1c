"""What came of one HTTP call: the table of `reliability.md` §2.3, by what was seen and by what the call was to do.

Which answers of one platform are which refusal is its ``refusals.py``; what a batch answer says of its items is its
``write``. What is done about an outcome (wait, send again, give up) is ``kit.http``.
"""

from __future__ import annotations

from collections.abc import Mapping
from ssl import SSLCertVerificationError
from typing import Literal

import requests
from urllib3.exceptions import HTTPError, NameResolutionError, NewConnectionError

from pipelines.kit.errors import Outcome

Operation = Literal["read", "state", "document"]
"""``state``: sets what may be set again; ``document``: makes something that must not be made twice."""

Seen = Literal["answered", "not_connected", "refused", "redirected", "throttled", "failed", "unanswered", "unreadable"]
"""``failed``: 408 and 5xx; ``unanswered``: sent, and no whole answer came; ``unreadable``: one that is no JSON."""

OUTCOMES: Mapping[Seen, Mapping[Operation, Outcome]] = {
    "answered": {"read": "ok", "state": "ok", "document": "ok"},
    "not_connected": {"read": "not_sent", "state": "not_sent", "document": "not_sent"},
    "refused": {"read": "rejected", "state": "rejected", "document": "rejected"},
    "redirected": {"read": "rejected", "state": "rejected", "document": "rejected"},
    "throttled": {"read": "not_sent", "state": "not_sent", "document": "not_sent"},
    "failed": {"read": "not_sent", "state": "unknown", "document": "unknown"},
    "unanswered": {"read": "not_sent", "state": "unknown", "document": "unknown"},
    "unreadable": {"read": "not_sent", "state": "unknown", "document": "unknown"},
}
"""``not_sent``: certainly without effect, so it may be sent again; a read that fails is always that."""


def seen_in(status: int, *, readable: bool) -> Seen:
    """What an answer with this status is; ``readable``: its body is whole and of the form asked for."""
    if status == 429:
        return "throttled"
    if status == 408 or status >= 500:
        return "failed"
    if status >= 400:
        return "refused"
    if status >= 300:
        return "redirected"
    return "answered" if readable else "unreadable"


def seen_without(error: requests.RequestException | HTTPError) -> Seen:
    """What a call is that raised instead of being answered.

    Only what certainly comes before the first byte is ``not_connected``. A certificate is looked at before anything is
    sent; any other TLS error can come while the answer is read, so it is none of these.
    """
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return "not_connected"
    reason = getattr(error.args[0], "reason", None) if error.args else None
    if isinstance(reason, NewConnectionError | NameResolutionError):
        return "not_connected"
    inner = reason.args[0] if isinstance(reason, HTTPError) and reason.args else None
    return "not_connected" if isinstance(inner, SSLCertVerificationError) else "unanswered"
