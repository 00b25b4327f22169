"""Changes come from our own pages only: a token bound to the session, and the browser's own word.

The token is an HMAC of the session id, so nothing is stored. Besides it the browser must say that the
request starts on this origin, by Origin or Sec-Fetch-Site; a script that posts forms sends Origin too.
"""

from __future__ import annotations

import hashlib
import hmac
from urllib.parse import urlsplit

from starlette.requests import Request

FIELD = "csrf"
HEADER = "X-CSRF-Token"


def token(session_id: str) -> str:
    """The token that forms of this session carry."""
    return hmac.new(session_id.encode(), b"csrf", hashlib.sha256).hexdigest()


async def comes_from_us(request: Request, session_id: str, own_origin: str) -> bool:
    """Whether a change carries this session's token and starts on our own origin."""
    if not same_origin(request, own_origin):
        return False
    given = request.headers.get(HEADER)
    if given is None:
        given = str((await request.form()).get(FIELD, ""))
    return hmac.compare_digest(given.encode(), token(session_id).encode())


def same_origin(request: Request, own_origin: str) -> bool:
    """By Sec-Fetch-Site where the browser sends it, else by Origin; one of them must be there.

    Our pages send no referrer, and then browsers say `Origin: null` of a form, so null decides nothing.
    """
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if origin not in {None, "null", own_origin, f"{request.url.scheme}://{request.url.netloc}"}:
        return False
    return site == "same-origin" if site is not None else origin not in {None, "null"}


def cross_site(request: Request) -> bool:
    """Whether a browser says that the request starts on a foreign page (another port is not foreign)."""
    return request.headers.get("sec-fetch-site") == "cross-site"


def origin_of(url: str) -> str:
    """`https://host:port` of an address."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
