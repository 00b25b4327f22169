"""Logs as JSON, one object a line, that cannot carry identity.

Our own lines hold a constant event and fields of the allow-list: a field that is not on it is dropped, and
its name counted. An error is told by type and place, never by message, since messages repeat values. Of
libraries, a few are trusted to write their message out; of the others only the template is kept.
"""

from __future__ import annotations

import logging
import sys
import time
import traceback
from collections.abc import MutableMapping
from typing import Any

import orjson
import structlog
from structlog.typing import Processor

_FIELDS = """
    event level logger time service role host port pid request_id correlation_id trace_id span_id
    method route status seconds ms topic partition offset group lag batch size rows facts records events
    count total left done rate fact_id referral_id arrest_id person_id contact_id intake_id consent_id
    charge_id batch_id source_id key_id version revision revisions code state action purpose classes source
    format agency_ori programme error at sqlstate object attempt delay owner job name kind shard leader members
    member since until oldest newest stale signal ready checks suppressed dropped template seal_id snapshot_id
    window seed persona
"""
ALLOWED = frozenset(_FIELDS.split())
TRUSTED = ("lead", "uvicorn.error", "aiokafka", "alembic", "asyncio", "faststream")
"""Libraries whose messages hold addresses, groups, topics and offsets, never a record's content."""
_LONGEST = 300
_BURST, _PERIOD = 5, 10.0

Event = MutableMapping[str, Any]


def configure(service: str, role: str, level: str = "info") -> None:
    """Send all logging of this process to standard output as JSON."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )

    def name_process(_logger: Any, _method: str, event: Event) -> Event:
        event["service"], event["role"] = service, role
        return event

    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            foreign,
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            errors,
            name_process,
            allow,
            _render,
        ],
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(formatter)
    handler.addFilter(RateLimit())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for noisy in ("aiokafka", "uvicorn.access", "sqlalchemy", "httpx", "httpcore", "faststream"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def foreign(_logger: Any, _method: str, event: Event) -> Event:
    """A library's line: its message if it is trusted, else only the template without its arguments."""
    record: logging.LogRecord | None = event.get("_record")
    if event.get("_from_structlog") or record is None:
        return event
    if record.name.split(".")[0] in TRUSTED or record.name in TRUSTED:
        event["event"] = str(event.get("event"))[:_LONGEST]
    else:
        event["event"] = "library message"
        event["template"] = getattr(record, "template", "(no template)")
    return event


def errors(_logger: Any, _method: str, event: Event) -> Event:
    """An exception as its type, its SQLSTATE and the place of each frame."""
    info = event.pop("exc_info", None)
    if info is True:
        info = sys.exc_info()
    error = info if isinstance(info, BaseException) else info[1] if isinstance(info, tuple) else None
    if error is not None:
        event["error"] = type(error).__name__
        event["at"] = [f"{f.filename}:{f.lineno} {f.name}" for f in traceback.extract_tb(error.__traceback__)][-12:]
        state = getattr(getattr(error, "orig", error), "sqlstate", None)
        if state:
            event["sqlstate"] = state
            event["object"] = _object(getattr(error, "orig", error))
    event.pop("exception", None)
    event.pop("stack_info", None)
    return event


def _object(error: object) -> str:
    """The table, column or constraint that PostgreSQL names: the schema's words, never a value."""
    told = getattr(error, "__cause__", None) or error
    names = (getattr(told, name, None) for name in ("table_name", "column_name", "constraint_name"))
    return " ".join(str(name) for name in names if name)


def allow(_logger: Any, _method: str, event: Event) -> Event:
    """Drop every field that is not on the allow-list, and say which."""
    dropped = sorted(name for name in event if name not in ALLOWED and not name.startswith("_"))
    for name in dropped:
        del event[name]
    if dropped:
        event["dropped"] = dropped
    return event


class RateLimit(logging.Filter):
    """At most a few lines of one template in ten seconds: a broker away makes hundreds a second."""

    def __init__(self) -> None:
        super().__init__()
        self._seen: dict[tuple[str, str], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if record.args:
            # The formatter merges template and arguments before any processor runs.
            record.template = str(record.msg)[:_LONGEST]
        if record.name.startswith("lead"):
            return True
        key = (record.name, str(record.msg)[:80])
        began, count = self._seen.get(key, (0.0, 0))
        present = time.monotonic()
        if present - began > _PERIOD:
            self._seen[key] = (present, 1)
            return True
        self._seen[key] = (began, count + 1)
        return count < _BURST


def _render(_logger: Any, _method: str, event: Event) -> str:
    ordered = {"time": event.pop("time", None), "level": event.pop("level", None), "event": event.pop("event", None)}
    return orjson.dumps({**ordered, **event}, default=str).decode()
