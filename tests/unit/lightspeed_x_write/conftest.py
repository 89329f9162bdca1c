"""The till every test of this folder starts from."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from requests.adapters import BaseAdapter

from .desk import Desk


@pytest.fixture
def desk(validated: Callable[..., BaseAdapter]) -> Desk:
    return Desk(validated)
