"""Who makes this request: by session cookie for people, by bearer key for machines."""

from __future__ import annotations

import hmac
import re
from typing import NoReturn

from starlette.requests import Request

from shared.messaging import Tx
from shared.runtime import scope as tenancy
from shared.runtime.settings import SettingsError
from shared.web import api_keys, csrf, sessions
from shared.web.access import Access
from shared.web.actor import Actor
from shared.web.audit import Entry
from shared.web.problems import Forged, NotFound, Problem, Refusal
from shared.web.site import Site

CHANGES_NOTHING = frozenset({"GET", "HEAD", "OPTIONS"})
POLLING = "lead-poll"
_KEY_ID = re.compile(r"^lead_([0-9a-f]{12})_")


class SignInNeeded(Refusal):
    """A page for people, and nobody is signed in."""

    status = 401
    outcome = "signed_out"


def client_address(request: Request) -> str:
    return request.client.host if request.client else ""


async def admit(request: Request, site: Site, tx: Tx, access: Access, entry: Entry, *, machine: bool) -> str:
    """Put the actor into the audit entry and give the session id; raise a Refusal if the route is not theirs."""
    presented = request.headers.get("authorization", "") if machine else ""
    if presented:
        entry.actor = await _by_bearer(request, site, tx, access, entry, presented)
        return ""
    session_id = request.cookies.get(site.cookie, "") if site.signs_in else ""
    found = None
    if session_id:
        by_person = POLLING not in request.headers
        found = await sessions.actor_of(tx, site.policy, session_id, by_person=by_person)
    if found is None:
        session_id = ""
        if not access.public:
            raise _key_needed() if machine else SignInNeeded()
    else:
        entry.actor, entry.session_id = found, session_id
    if not access.public:
        if entry.actor.role not in access.role_names:
            raise NotFound
        await _not_forged(request, site, session_id)
    return session_id


async def _not_forged(request: Request, site: Site, session_id: str) -> None:
    if request.method in CHANGES_NOTHING:
        return
    own = csrf.origin_of(site.settings.public_urls.get(site.service, ""))
    if not await csrf.comes_from_us(request, session_id, own):
        raise Forged


async def _by_bearer(request: Request, site: Site, tx: Tx, access: Access, entry: Entry, presented: str) -> Actor:
    secret = presented.removeprefix("Bearer ").strip()
    programme = site.settings.programme
    scope = site.policy.keys.get(access.key)
    if _is_operator(site, secret):
        operator = Actor(
            role="county_it",
            name="operator",
            iss="operator",
            sub="lead",
            programme=programme,
            scope=tenancy.scope(programmes=(programme,)),
        )
        entry.actor = operator
        allowed = scope.operator if scope else access.public or "county_it" in access.role_names
        if not allowed:
            raise NotFound
        return operator
    claimed = _KEY_ID.match(secret)
    if claimed:
        entry.actor = Actor(role="machine", key_id=claimed[1])
    key = None
    if claimed and site.service in _services_with_keys(site):
        key = await api_keys.check(tx, secret, client_address(request))
    if key is None:
        _refuse_key()
    machine = Actor(
        role="machine",
        name="machine",
        key_id=key.key_id,
        agency_ori=key.agency_ori,
        programme=programme,
        scope=tenancy.scope(agencies=(key.agency_ori,)),
    )
    entry.actor = machine
    wait = site.buckets.wait(key.key_id)
    if wait:
        raise Problem(429, "Too many requests", code="rate", headers={"Retry-After": str(wait)})
    if access.public:
        return machine
    if scope is None:
        raise NotFound
    if not scope.agencies or access.key not in key.scopes:
        raise Problem(403, "This key may not do that", detail=f"It needs the scope {access.key}.", code="scope")
    return machine


def _services_with_keys(site: Site) -> set[str]:
    return {name for key in site.policy.keys.values() if key.agencies for name in key.services}


def _is_operator(site: Site, secret: str) -> bool:
    try:
        token = site.settings.operator_token
    except SettingsError:
        return False
    return bool(token) and hmac.compare_digest(secret.encode(), token.encode())


def _key_needed() -> Problem:
    return Problem(
        401,
        "A key is needed",
        detail="Send it as Authorization: Bearer.",
        code="key",
        headers={"WWW-Authenticate": "Bearer"},
    )


def _refuse_key() -> NoReturn:
    raise Problem(
        401,
        "The key is not valid",
        detail="It is unknown, over, revoked, or used from another address.",
        code="key",
        headers={"WWW-Authenticate": 'Bearer error="invalid_token"'},
    )
