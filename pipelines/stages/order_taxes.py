"""Taxes of recorded lines: one that still fits is kept, one the till has deleted is replaced. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from pipelines.kit.documents import Line


def kept(recorded: Iterable[Line], due: Iterable[Line], living: frozenset[str]) -> tuple[list[Line], list[Line]]:
    """Both sides of a delta, so that a tax alone, of the same rate, returns and sells nothing anew (I-31).

    A recorded tax stays with its line while the till has it and the line is taxed as it was; else the line is given
    back under the tax it would have now, as a till takes no line with a tax it does not have.
    """
    now = {line.key: line for line in due}
    before = {line.key: line for line in recorded}
    spare = next((line.tax_id for line in now.values() if line.tax_id in living), min(living, default=""))
    for key, line in before.items():
        other = now.get(key)
        if line.tax_id not in living:
            before[key] = replace(line, tax_id=other.tax_id if other else spare)
        elif other is not None and other.tax * line.total == line.tax * other.total:
            now[key] = replace(other, tax_id=line.tax_id)
    return list(before.values()), list(now.values())
