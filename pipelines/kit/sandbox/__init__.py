"""What every sandbox of a platform is made of: a state machine, faults, a clock, a server, a transport.

A platform's sandbox subclasses ``Machine`` and imports from here only, never from its own client.
"""

from pipelines.kit.sandbox.clock import Clock
from pipelines.kit.sandbox.deeds import NotDone, deed
from pipelines.kit.sandbox.faults import Faults
from pipelines.kit.sandbox.machine import Call, Machine, QuotaState, locked, route
from pipelines.kit.sandbox.server import Running, run_foreground, save, serve
from pipelines.kit.sandbox.transport import InProcessAdapter
from pipelines.kit.sandbox.types import Request, Response, from_json, to_json

__all__ = [
    "Call",
    "Clock",
    "Faults",
    "InProcessAdapter",
    "Machine",
    "NotDone",
    "QuotaState",
    "Request",
    "Response",
    "Running",
    "deed",
    "from_json",
    "locked",
    "route",
    "run_foreground",
    "save",
    "serve",
    "to_json",
]
