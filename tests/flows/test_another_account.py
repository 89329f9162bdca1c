"""Links of one shop are never used on another (S001-51)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pipelines.kit.errors import MistakeInFiles
from pipelines.stages import same_accounts
from tests.flows.conftest import MUG


@pytest.mark.rule("S001-51")
def test_another_store_under_the_same_name_is_refused_before_anything_is_written(
    make_world: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    world = make_world(MUG)
    world.begin()
    world.till.edit_product("MUG-1", price=7)
    world.forget()
    facts = world.store.store_facts()
    with monkeypatch.context() as patch:
        patch.setattr(world.store, "store_facts", lambda: {**facts, "id": "other1"})
        patch.setattr(same_accounts, "_called", lambda _, platform: f"another address of {platform}")
        with pytest.raises(MistakeInFiles, match=r"account of bigcommerce.*found other1; expected abc123"):
            world.sync()
    assert world.sent() == []
    world.sync()
    assert world.sent() != []
