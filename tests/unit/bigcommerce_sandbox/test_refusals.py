"""Every refusal the platform documents can be met, and a refused call changes nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pipelines.kit.sandbox import from_json, to_json

from .shop import Shop, cases, prepared

REFUSED = cases("calls_refused")


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case["name"])
def test_a_call_the_platform_refuses_is_refused_and_changes_nothing(shop: Shop, case: dict[str, Any]) -> None:
    request = prepared(shop, case)
    before = to_json(shop.machine.dump()["state"]["products"])
    response = shop.machine.handle(request)
    answer = from_json(response.body)
    assert response.status == case["status"], answer
    assert set(case.get("fields", [])) <= set(answer["errors"] if case.get("fields") else [])
    assert case.get("says", "") in json.dumps(answer, default=str)
    if not case.get("saves"):
        assert to_json(shop.machine.dump()["state"]["products"]) == before


def test_every_error_status_the_fact_sheet_names_can_be_reached() -> None:
    assert {400, 401, 404, 405, 406, 409, 413, 415, 422, 207} <= {case["status"] for case in REFUSED}
