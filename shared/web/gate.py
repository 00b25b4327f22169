"""The gate that every route passes: who asks, may they, in which rows, and what the audit keeps of it.

One request is one transaction. It begins without a scope (no tenant's row is visible), finds the actor,
takes the actor's scope, runs the route, writes the audit row and commits; only then is the answer sent.
A refusal rolls all of that back and leaves an audit row of its own.
"""

from __future__ import annotations

import gzip
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from contextlib import aclosing
from datetime import datetime
from typing import Any, ClassVar

import structlog
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from shared.messaging import Tx
from shared.messaging.faults import away, code_of, collided, place
from shared.web import answers, doorkeeper
from shared.web.access import Access
from shared.web.audit import Entry
from shared.web.desk import OpenDesk
from shared.web.problems import Busy, Refusal
from shared.web.site import Site, site_of

Handler = Callable[[Request], Awaitable[Response]]
WORTH_PACKING = 1024
TRIES = 4
_log = structlog.get_logger("lead.web")


class RepeatableRequest(Request):
    """A request that knows whether it can be answered anew from its beginning."""

    begun: bool = False

    async def stream(self) -> AsyncGenerator[bytes, None]:
        """The body in pieces. From the first on it is gone, unless somebody keeps it."""
        self.begun = True
        async with aclosing(super().stream()) as pieces:
            async for piece in pieces:
                yield piece

    @property
    def can_repeat(self) -> bool:
        """Whether the body is untouched or still here whole: a file on its way to the database is neither."""
        kept = hasattr(self, "_body") or (
            self._form is not None and not any(isinstance(value, UploadFile) for value in self._form.values())
        )
        return kept or not self.begun


class GatedRoute(APIRoute):
    """A route with its declaration. Pages makes one subclass for each route."""

    access: ClassVar[Access]
    machine: ClassVar[bool]

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        inner = super().get_route_handler()

        async def handle(request: Request) -> Response:
            return await self._handle(RepeatableRequest(request.scope, request.receive), inner)

        return handle

    async def _handle(self, request: RepeatableRequest, inner: Handler) -> Response:
        site = site_of(request)
        for tries_left in reversed(range(TRIES)):
            entry = Entry(action=f"{request.method} {self.path_format}", purpose=self.access.purpose)
            try:
                return _packed(request, await self._work(request, inner, site, entry))
            except (Refusal, RequestValidationError, HTTPException) as failure:
                return await self._refuse(request, site, entry, failure)
            except Exception as error:
                # Two requests that want the same rows in another order: one was taken back whole, so it is done anew.
                if collided(error) and tries_left and request.can_repeat:
                    continue
                if not away(error) and not collided(error):
                    raise
                _log.warning("the database could not serve a request", error=code_of(error), at=place(error))
                return answers.answer(request, site, Busy(), machine=self.machine)
        raise AssertionError("unreachable")

    async def _work(self, request: Request, inner: Handler, site: Site, entry: Entry) -> Response:
        access = self.access
        async with site.transactions.begin() as tx:
            session_id = await doorkeeper.admit(request, site, tx, access, entry, machine=self.machine)
            await _take_scope(tx, entry.actor.scope)
            desk = OpenDesk(request, site, tx, entry.actor, access, entry, session_id)
            if not self.machine and not desk.partial:
                desk.stale = await _stale(site, tx, entry)
            request.state.desk = desk
            response = await inner(request)
            if self._leaves_a_trace(site, entry):
                self._say_classes(entry)
                await entry.write(tx, request)
        return response

    def _leaves_a_trace(self, site: Site, entry: Entry) -> bool:
        return entry.kept or bool(self.access.writes) or site.policy.personal(self.access.classes)

    def _say_classes(self, entry: Entry) -> None:
        """A route that did not say what it touched is taken to have touched all it declares."""
        if not entry.reads and not entry.writes:
            entry.reads = sorted(self.access.read_classes)
            entry.writes = sorted(self.access.write_classes) if entry.outcome == "done" else []

    async def _refuse(self, request: Request, site: Site, entry: Entry, failure: answers.Failure) -> Response:
        entry.outcome = failure.outcome if isinstance(failure, Refusal) else "invalid"
        if entry.actor.known and self._leaves_a_trace(site, entry):
            entry.reads, entry.writes, entry.changes = [], [], []
            async with site.transactions.begin() as tx:
                await entry.write(tx, request)
        return answers.answer(request, site, failure, machine=self.machine)


async def _take_scope(tx: Tx, scope: str) -> None:
    await tx.execute("select set_config('lead.scope', :scope, true)", {"scope": scope})


async def _stale(site: Site, tx: Tx, entry: Entry) -> dict[str, datetime]:
    """The services this one listens to and has not heard of for over 45 s, with since when."""
    if not entry.actor.known:
        return {}
    heard = {owner: await tx.stale_since(owner) for owner in site.follows}
    return {owner: since for owner, since in heard.items() if since is not None}


def _packed(request: Request, response: Response) -> Response:
    """The answer compressed, unless a foreign page asked for it.

    Compression tells secrets by size to whoever can make a browser ask many times (BREACH); such requests
    come from another site, and browsers say so.
    """
    body = getattr(response, "body", b"")
    foreign = request.headers.get("sec-fetch-site", "none") not in {"same-origin", "none"}
    if foreign or len(body) < WORTH_PACKING or "gzip" not in request.headers.get("accept-encoding", ""):
        return response
    response.body = gzip.compress(body, compresslevel=5)
    response.headers["Content-Length"] = str(len(response.body))
    response.headers["Content-Encoding"] = "gzip"
    response.headers.add_vary_header("Accept-Encoding")
    return response
