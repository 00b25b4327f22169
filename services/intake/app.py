"""Wiring of intake: its handlers, timers and pages."""

from __future__ import annotations

from services.intake import pages
from services.intake.handlers import handlers
from services.intake.timers import timers
from shared.runtime.service import Service

service = Service(name="intake", handlers=handlers, routers=pages.routers, templates=pages.TEMPLATES, timers=timers)
