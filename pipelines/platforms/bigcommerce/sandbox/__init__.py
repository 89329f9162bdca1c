"""A BigCommerce store as a state machine, for tests, the demo and rehearsals. See README.md.

It imports nothing of the client, the extract or the write of this platform.
"""

from pipelines.platforms.bigcommerce.sandbox.machine import BigCommerceSandbox, create
from pipelines.platforms.bigcommerce.sandbox.orders.stock import OutOfStock

__all__ = ["BigCommerceSandbox", "OutOfStock", "create"]
