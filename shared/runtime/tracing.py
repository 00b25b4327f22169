"""W3C trace context: taken from a request, kept in the context, carried on by the facts it causes.

Only the OpenTelemetry API is used, so that any SDK a county installs sees the spans; without one the
context still flows, from request to outbox to handler.
"""

from __future__ import annotations

import os
import re

from opentelemetry import context, trace
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags
from starlette.types import ASGIApp, Receive, Scope, Send
from structlog.contextvars import bound_contextvars

_TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")


def span_of(traceparent: str | None) -> SpanContext:
    """The caller's span, or the first of a new trace when there is none or it is malformed."""
    found = _TRACEPARENT.fullmatch(traceparent or "")
    if found and int(found[1], 16) and int(found[2], 16):
        return SpanContext(int(found[1], 16), int(found[2], 16), True, TraceFlags(int(found[3], 16)))
    made = int.from_bytes(os.urandom(16)) or 1, int.from_bytes(os.urandom(8)) or 1
    return SpanContext(*made, False, TraceFlags(1))


class Traced:
    """ASGI middleware: the request's trace is the current one while it runs, and its id stands in each log line."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        said = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"traceparent"), None)
        span = span_of(said)
        token = context.attach(trace.set_span_in_context(NonRecordingSpan(span)))
        try:
            with bound_contextvars(trace_id=f"{span.trace_id:032x}"):
                await self.app(scope, receive, send)
        finally:
            context.detach(token)
