"""A picture of which the store did not say whether it came is shown once, and not twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.flows.ecwid.conftest import named

FRAME = """frame,Frame,<p>Oak</p>,Acme,Home,oak,true,Title,Default Title,FR-1,1,9.50,3.00,https://img.example.test/1.jpg,1,,
frame,,,,,,,,,,,,,https://img.example.test/2.jpg,2,,
frame,,,,,,,,,,,,,https://img.example.test/3.jpg,3,,"""


def shown(world: Any) -> int:
    return len(named(world, "Frame")["media"]["images"])


@pytest.mark.invariant("I-17")
@pytest.mark.parametrize("fault", ["F2", "F3", "F4", "F6"])
@pytest.mark.parametrize("kind", ["image", "gallery"])
def test_a_picture_whose_answer_was_lost_while_its_product_was_made_is_not_shown_twice(
    make_shop: Callable[..., Any], fault: str, kind: str
) -> None:
    world = make_shop(FRAME)
    world.store.faults.script(fault, method="POST", path=f"/{kind}")
    world.sync()
    for _ in range(2):
        world.sync()
        assert shown(world) == 3
    world.store.add_image_to(named(world, "Frame")["id"], "https://img.example.test/own.jpg")
    world.forget()
    world.sync(full=True)
    assert world.sent() == []
