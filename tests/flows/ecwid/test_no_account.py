"""A store that is not there is a mistake of the merchants file, in a run too: no record failed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pipelines.kit.errors import MistakeInFiles
from tests.flows.conftest import MUG


def test_a_wrong_number_of_the_store_is_told_as_a_mistake_of_the_file_and_nothing_is_written(
    make_shop: Callable[..., Any],
) -> None:
    world = make_shop(MUG)
    world.sync()
    world.till.edit_product("MUG-1", price=7)
    world.keys["ecwid"]["store_id"] = 77
    world.forget()
    with pytest.raises(MistakeInFiles, match=r"no account.*found STORE_NOT_FOUND.*`store_id`"):
        world.sync()
    assert world.sent() == []
    world.keys["ecwid"]["store_id"] = 1003
    world.sync()
    assert [float(one["price"]) for one in map(world.store.product_record, world.store.shelves.products.values())] == [
        7
    ]
