"""`/health/live`, `/health/ready` and `/metrics` of a process, whatever roles it has."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from prometheus_client import REGISTRY, exposition
from prometheus_client.openmetrics import exposition as openmetrics
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

Check = Callable[[], Awaitable[Mapping[str, Any] | None]]
"""Returns details or None when well; raises `Unready` with a word, or anything else, when not."""
_SECONDS_PER_CHECK = 3.0


class Unready(Exception):
    """A dependency is not ready; the code says why, and nothing else."""

    def __init__(self, code: str, **details: Any) -> None:
        super().__init__(code)
        self.code = code
        self.details = details


@dataclass
class Health:
    """What a process needs in order to be of use, each asked by name."""

    service: str
    role: str
    checks: dict[str, Check] = field(default_factory=dict)

    def add(self, name: str, check: Check) -> None:
        self.checks[name] = check

    async def report(self) -> tuple[bool, dict[str, Any]]:
        """Whether all is well, and the state of each dependency."""
        names = list(self.checks)
        states = await asyncio.gather(*(self._ask(self.checks[name]) for name in names))
        well = all(state["state"] == "ok" for state in states)
        return well, {
            "status": "ready" if well else "not ready",
            "service": self.service,
            "role": self.role,
            "dependencies": dict(zip(names, states, strict=True)),
        }

    async def _ask(self, check: Check) -> dict[str, Any]:
        try:
            async with asyncio.timeout(_SECONDS_PER_CHECK):
                return {"state": "ok", **(await check() or {})}
        except Unready as error:
            return {"state": error.code, **error.details}
        except TimeoutError:
            return {"state": "no answer"}
        except Exception as error:
            return {"state": "failed", "error": type(error).__name__}

    def routes(self) -> list[Route]:
        """The three addresses every process answers, signed in or not: they tell nothing about anyone."""

        async def live(_request: Request) -> Response:
            return JSONResponse({"status": "live", "service": self.service, "role": self.role})

        async def ready(_request: Request) -> Response:
            well, report = await self.report()
            return JSONResponse(report, 200 if well else 503)

        return [Route("/health/live", live), Route("/health/ready", ready), Route("/metrics", metrics)]


async def metrics(request: Request) -> Response:
    """Prometheus text, or OpenMetrics when the scraper asks for it."""
    wanted = request.headers.get("accept", "")
    if "application/openmetrics-text" in wanted:
        text: bytes = openmetrics.generate_latest(REGISTRY)  # type: ignore[no-untyped-call]
        return Response(text, media_type=openmetrics.CONTENT_TYPE_LATEST)
    return Response(exposition.generate_latest(REGISTRY), media_type=exposition.CONTENT_TYPE_LATEST)
