"""The outermost layer: request id, security headers on every answer, and the 500 that tells nothing.

It stands around the whole application, so that errors, redirects and static files carry the headers too.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Mapping

import structlog
from prometheus_client import Histogram
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.runtime.ids import uuid7
from shared.web import answers
from shared.web.site import Site

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
HSTS = "max-age=31536000; includeSubDomains"

SECONDS = Histogram(
    "lead_web_seconds",
    "Time to answer a request, by route template",
    ["method", "route", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
log = structlog.get_logger("lead.web")


class Envelope:
    """ASGI middleware around one service's pages."""

    def __init__(self, app: ASGIApp, site: Site) -> None:
        self.app = app
        self.site = site
        self.headers: Mapping[str, str] = HEADERS | ({"Strict-Transport-Security": HSTS} if site.secure else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = uuid7()
        scope.setdefault("state", {})["request_id"] = request_id
        began = time.perf_counter()
        status = 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers[name] = value
                headers["X-Request-Id"] = str(request_id)
                headers.setdefault("Cache-Control", "no-store")
                if headers.get("content-type", "").startswith("text/html"):
                    headers.add_vary_header("HX-Request")
            await send(message)

        try:
            await self.app(scope, receive, send_with_headers)
        except Exception as error:
            log.error("request failed", request_id=str(request_id), error=type(error).__name__, at=where(error))
            if status:
                raise
            response = answers.failed(Request(scope, receive), self.site)
            await response(scope, receive, send_with_headers)
        finally:
            route = getattr(scope.get("route"), "path_format", "none")
            SECONDS.labels(scope["method"], route, str(status)).observe(time.perf_counter() - began)


def where(error: BaseException) -> list[str]:
    """File, line and function of each frame; never the message, which may repeat what a person typed."""
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)]
