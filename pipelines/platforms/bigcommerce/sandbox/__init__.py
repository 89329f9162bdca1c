"""A BigCommerce store as a state machine, for tests, the demo and rehearsals. See README.md.

It imports nothing of the client, the extract or the write of this platform.
"""

from pipelines.platforms.bigcommerce.sandbox.machine import BigCommerceSandbox, create

__all__ = ["BigCommerceSandbox", "create"]
