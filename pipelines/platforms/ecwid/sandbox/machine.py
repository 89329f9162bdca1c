"""The sandbox store as one machine: every group of operations, the merchant's hands, the seeding."""

from __future__ import annotations

from pipelines.kit.sandbox import Clock, Faults
from pipelines.platforms.ecwid.sandbox.batches import BatchRoutes
from pipelines.platforms.ecwid.sandbox.orders.shoppers import Shoppers
from pipelines.platforms.ecwid.sandbox.seeding import Seeding


class EcwidSandbox(Seeding, Shoppers, BatchRoutes):
    """An eCom (E-Series) store; see the README above this folder for what it does and where each fact is from."""


def create(
    seed: int = 0, clock: Clock | None = None, token: str | None = None, faults: Faults | None = None
) -> EcwidSandbox:
    """An empty store. Any token is taken unless ``token`` says which."""
    return EcwidSandbox(seed, clock, token, faults)
