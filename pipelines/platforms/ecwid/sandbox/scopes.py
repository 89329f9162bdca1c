"""Which scope of a token an operation asks for (fact sheet §1; the vendor's pages name one or more for each)."""

from __future__ import annotations

import re

SCOPES: tuple[tuple[str, str, str], ...] = (
    (r"GET", r"/(products|orders|customers)/deleted", "read_{kind}"),
    (r"GET", r"/brands", "read_brands"),
    (r"GET", r"/(profile|latest-stats)", "read_store_profile"),
    (r"GET", r"/(products|categories|categoriesByPath|classes)\b.*", "read_catalog"),
    (r"POST", r"/(products|categories|products/\{\w+\}/combinations)", "create_catalog"),
    (r"(POST|PUT|DELETE)", r"/(products|categories)\b.*", "update_catalog"),
    (r"GET", r"/(orders|customers)\b.*", "read_{kind}"),
    (r"POST", r"/(orders|customers)", "create_{kind}"),
    (r"(PUT|DELETE)", r"/(orders|customers)\b.*", "update_{kind}"),
)
KINDS = {"products": "catalog"}


def needed(method: str, path: str) -> str | None:
    """The scope of an operation; ``path`` is its template below the store. None: none of its own (a batch)."""
    for methods, pattern, scope in SCOPES:
        found = re.fullmatch(pattern, path)
        if found and re.fullmatch(methods, method):
            kind = found[1] if found.groups() else ""
            return scope.format(kind=KINDS.get(kind, kind))
    return None
