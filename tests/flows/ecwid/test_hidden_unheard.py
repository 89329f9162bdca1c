"""A product that was hid without the store saying so is shown again once the till sells it again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.flows.ecwid.conftest import named

MUG = "mug,Mug,<p>Clay</p>,Acme,Kitchen,clay,true,Title,Default Title,MUG-1,12,9.50,3.00,,,,350"
CAP = "cap,Cap,<p>Wool</p>,Acme,Hats,wool,true,Title,Default Title,CAP-1,3,15.00,5.00,,,,80"


@pytest.mark.rule("S000-37")
@pytest.mark.parametrize("lost", ["F2", "F3", "F6"])
@pytest.mark.parametrize("between", [True, False])
def test_a_product_nobody_heard_was_hidden_does_not_stay_hidden_for_ever(
    make_shop: Callable[..., Any], lost: str, between: bool
) -> None:
    world = make_shop(MUG, CAP, on_hidden_update="keep_hidden")
    world.sync()
    world.till.deactivate("MUG-1")
    world.store.faults.script(lost, method="PUT", path="/products")
    world.sync()
    if between:
        world.sync()
    world.till.activate("MUG-1")
    for _ in range(2):
        world.sync()
    assert named(world, "Mug")["enabled"] is True
    world.forget()
    world.sync(full=True)
    assert world.sent() == []
