"""The till every test of this folder starts from."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from requests.adapters import BaseAdapter

from .booth import Booth


@pytest.fixture
def booth(validated: Callable[..., BaseAdapter]) -> Booth:
    return Booth(validated)
