"""Wires casework together; nothing else."""

from __future__ import annotations

from services.casework.handlers import handlers
from services.casework.pages import router
from shared.messaging import Timers
from shared.runtime.service import Service
from shared.web import Link

service = Service(
    name="casework",
    handlers=handlers,
    routers=[router],
    timers=Timers("casework"),
    nav=[Link(service="casework", path="/board", text="Board", roles="supervisor")],
)
