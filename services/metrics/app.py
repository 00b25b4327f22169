"""Metrics, wired: nothing but the parts and their names."""

from __future__ import annotations

from shared.runtime.service import Service

from services.metrics import api
from services.metrics.handlers import handlers
from services.metrics.pages import programme, public
from services.metrics.timers import timers

service = Service(
    name="metrics",
    handlers=handlers,
    routers=[public.router, programme.router, api.router],
    timers=timers,
)
