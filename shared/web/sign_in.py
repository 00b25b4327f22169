"""Signing in and out. Demo personas sign in by a button, in demo mode and on this machine only."""

from __future__ import annotations

import ipaddress

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from shared.web import csrf, sessions
from shared.web.access import Access
from shared.web.desk import Desk, OpenDesk
from shared.web.pages import Pages
from shared.web.policy import Persona
from shared.web.problems import Forged, NotFound
from shared.web.site import Site

ISSUER = "demo"
_LAST = "lead-persona"
_LOOPBACK_NAMES = {"localhost", "127.0.0.1", "[::1]", "::1"}


def router(service: str) -> Pages:
    """The sign-in routes of a service."""
    pages = Pages(service)

    @pages.get("/sign-in", access=Access(public=True))
    async def sign_in(desk: Desk, return_to: str = "/") -> Response:
        site, request = desk.site, desk.request
        return desk.page(
            "sign_in.html",
            personas=_personas(site) if demo_allowed(site, request) else [],
            titles={name: role.title for name, role in site.policy.roles.items()},
            last=request.cookies.get(_LAST, ""),
            return_to=safe_path(return_to),
        )

    @pages.get("/sign-in/token", access=Access(public=True))
    async def token(desk: Desk) -> Response:
        """The form token of a new session, for a page that was open while the old one ended."""
        if not desk.session_id:
            return Response(status_code=401)
        return PlainTextResponse(csrf.token(desk.session_id))

    @pages.get("/signed-in", access=Access(public=True))
    async def signed_in(desk: Desk) -> Response:
        return desk.page("signed_in.html")

    @pages.post("/sign-in/demo", access=Access(public=True))
    async def sign_in_demo(desk: Desk) -> Response:
        site, request = desk.site, desk.request
        form = await desk.form()
        persona = site.policy.personas.get(str(form.get("persona", "")))
        if persona is None or not demo_allowed(site, request):
            raise NotFound
        if csrf.cross_site(request):
            raise Forged
        return await _welcome(desk, persona, safe_path(str(form.get("return_to") or "/")))

    @pages.post("/sign-out", access=Access(public=True))
    async def sign_out(desk: Desk) -> Response:
        site, request = desk.site, desk.request
        own = csrf.origin_of(site.settings.public_urls.get(site.service, ""))
        if desk.session_id:
            if not await csrf.comes_from_us(request, desk.session_id, own):
                raise Forged
            await sessions.end(desk.tx, desk.session_id)
            desk.entry.kept, desk.entry.action = True, "sign-out"
        response = RedirectResponse("/sign-in", status_code=303)
        response.delete_cookie(site.cookie, secure=site.secure, httponly=True, samesite="lax")
        return response

    @pages.get("/start", access=Access(public=True))
    async def start(desk: Desk) -> Response:
        """The way out of every dead end: the person's first page, or where it is."""
        if not desk.actor.known:
            return desk.redirect("/sign-in")
        home = desk.site.home(desk.actor.role)
        if home.startswith("/") and home != "/start":
            return desk.redirect(home)
        return desk.page("start.html", home=home)

    @pages.get("/", access=Access(public=True))
    async def first_page(desk: Desk) -> Response:
        return desk.redirect("/start")

    return pages


async def _welcome(desk: OpenDesk, persona: Persona, return_to: str) -> Response:
    site = desk.site
    who = sessions.Identity(ISSUER, persona.key, persona.role, persona.name, persona.agency_ori)
    session_id = await sessions.start(
        desk.tx,
        who,
        programme=site.settings.programme,
        replaces=desk.request.cookies.get(site.cookie),
    )
    actor = await sessions.actor_of(desk.tx, site.policy, session_id, by_person=True)
    assert actor is not None
    desk.entry.kept, desk.entry.action = True, "sign-in"
    desk.entry.actor, desk.entry.session_id = actor, session_id
    target = return_to if return_to != "/" else "/start"
    response = RedirectResponse(target, status_code=303)
    response.set_cookie(site.cookie, session_id, path="/", secure=site.secure, httponly=True, samesite="lax")
    response.set_cookie(_LAST, persona.key, path="/", httponly=True, samesite="lax")
    return response


def _personas(site: Site) -> list[Persona]:
    """The demo people who have work in this service."""
    return [
        persona for persona in site.policy.personas.values() if site.policy.roles[persona.role].works_in(site.service)
    ]


def demo_allowed(site: Site, request: Request) -> bool:
    """Demo mode, a caller on this machine, and a name of this machine (a rebound name is foreign)."""
    name = request.headers.get("host", "").rsplit(":", 1)[0] if "host" in request.headers else ""
    address = request.client.host if request.client else ""
    try:
        local = ipaddress.ip_address(address).is_loopback
    except ValueError:
        local = False
    return site.settings.demo and local and name in _LOOPBACK_NAMES


def safe_path(path: str) -> str:
    """A path of this service to return to, or `/`: never another host."""
    fine = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if fine and "\\" not in path else "/"
