"""An eCom (E-Series) store as a state machine, for tests, the demo and rehearsals. See README.md above.

It imports nothing of the client, the extract or the write of this platform.
"""

from pipelines.platforms.ecwid.sandbox.machine import EcwidSandbox, create
from pipelines.platforms.ecwid.sandbox.stock_routes import OutOfStock

__all__ = ["EcwidSandbox", "OutOfStock", "create"]
