"""Wires casework together; nothing else."""

from __future__ import annotations

from shared.runtime.service import Service

from services.casework.handlers import handlers
from services.casework.pages import router
from shared.messaging import Timers

service = Service(
    name="casework",
    handlers=handlers,
    routers=[router],
    templates=None,
    timers=Timers("casework"),
)
