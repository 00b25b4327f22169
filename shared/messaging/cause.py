"""What caused a fact: the W3C trace and the correlation id that its headers carry on."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass

from opentelemetry import trace
from structlog.contextvars import get_contextvars

_TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-[0-9a-f]{16}-([0-9a-f]{2})")


@dataclass(frozen=True)
class Cause:
    """Both values are ids, made by this system, and say nothing about a person."""

    traceparent: str
    correlation_id: str


def child_of(traceparent: str | None, correlation_id: str | None) -> Cause:
    """A new span in the trace of `traceparent`; a new trace when it is absent or malformed."""
    found = _TRACEPARENT.fullmatch(traceparent or "")
    trace_id, flags = found.groups() if found else (os.urandom(16).hex(), "01")
    return Cause(f"00-{trace_id}-{os.urandom(8).hex()}-{flags}", correlation_id or trace_id)


def current() -> Cause:
    """The request or job that runs now: its span if tracing is on, its request id if it has one."""
    span = trace.get_current_span().get_span_context()
    request_id = get_contextvars().get("request_id")
    parent = f"00-{span.trace_id:032x}-{span.span_id:016x}-{span.trace_flags:02x}" if span.is_valid else None
    return child_of(parent, str(request_id) if request_id else None)
