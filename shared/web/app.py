"""The web application of one service, put together: shared.runtime.service calls this and serves it."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from shared.contracts.erasure_recorded import ErasureRecorded
from shared.contracts.topics import read_by, topics
from shared.messaging import Transactions
from shared.runtime.settings import SERVICES, Settings
from shared.web import answers, sign_in
from shared.web.access import AccessError
from shared.web.assets import Static
from shared.web.described import Described
from shared.web.envelope import Envelope
from shared.web.pages import Pages
from shared.web.policy import Link, policy
from shared.web.render import Renderer
from shared.web.site import Site


def create_app(
    *,
    service: str,
    settings: Settings,
    transactions: Transactions,
    routers: Sequence[APIRouter],
    nav: Sequence[Link] = (),
    signs_in: bool = True,
) -> FastAPI:
    """The application of a service: its pages, /static, sign-in, errors and headers.

    `nav` are links that only this service shows, behind those of access.yaml. Without `signs_in` it is for the
    public alone: no session is looked up, and its database role need not see any. Raises AccessError for a router
    that is not Pages: its routes would have no gate.
    """
    pages = [_gated(router) for router in routers]
    site = Site(
        service=service,
        settings=settings,
        transactions=transactions,
        policy=policy(),
        renderer=Renderer(
            [router.templates for router in pages if router.templates],
            zone=ZoneInfo(settings.timezone),
            service=service,
            public_urls=settings.public_urls,
            demo=settings.demo,
            scripts=[script for router in pages for script in router.scripts],
        ),
        links=(*policy().nav, *nav),
        follows=followed(service),
        signs_in=signs_in,
    )
    app = Described(pages, title=f"LEAD {service}", docs_url=None, redoc_url=None)
    app.state.site = site
    app.mount("/static", Static(), name="static")
    for router in [*pages, sign_in.router(service)] if signs_in else pages:
        app.include_router(router)
    _answer_failures(app, site)
    app.add_middleware(Envelope, site=site)
    return app


def followed(service: str) -> tuple[str, ...]:
    """The services whose facts this one copies, so that a page tells when one of them is silent."""
    copied = [name for name in read_by(service) if name != ErasureRecorded.topic]  # confirmations by all, shown nowhere
    owners = {owner for name in copied for owner in topics()[name].write}
    return tuple(name for name in SERVICES if name in owners and name != service)


def _gated(router: APIRouter) -> Pages:
    if not isinstance(router, Pages):
        raise AccessError(f"{router!r}: a service's routes are declared on shared.web.Pages")
    return router


def _answer_failures(app: FastAPI, site: Site) -> None:
    """Failures outside of any route: unknown addresses, wrong methods."""

    async def refuse(request: Request, failure: Exception) -> Response:
        assert isinstance(failure, (HTTPException, RequestValidationError))
        return answers.answer(request, site, failure, machine=answers.for_machine(request))

    app.add_exception_handler(HTTPException, refuse)
    app.add_exception_handler(RequestValidationError, refuse)
