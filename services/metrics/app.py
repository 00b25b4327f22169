"""Metrics, wired: nothing but the parts and their names."""

from __future__ import annotations

from services.metrics import api
from services.metrics.handlers import handlers
from services.metrics.pages import programme, public
from services.metrics.timers import timers
from shared.runtime.service import Service

service = Service(
    name="metrics",
    handlers=handlers,
    routers=[programme.router, api.operator_router],
    timers=timers,
    public_routers=[public.router, api.router],
)
