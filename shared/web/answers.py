"""Every way a request can fail, said to people (a page or a part of one) and to machines (RFC 9457).

For people: what happened, what is safe, what to do next. Never a value that was sent. A page that does not
exist and one that is not the reader's give the same bytes, so the 404 names nobody and no request.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import orjson
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from shared.web.doorkeeper import SignInNeeded
from shared.web.problems import Conflict, NotFound, Problem, Refusal
from shared.web.site import Site

Failure = Refusal | RequestValidationError | HTTPException


@dataclass(frozen=True)
class Words:
    """What a person reads when something fails."""

    title: str
    happened: str
    safe: str
    next: str


WORDS = {
    400: Words(
        "We could not read that",
        "Your browser sent something this page does not understand.",
        "Nothing was changed.",
        "Go back, reload the page and try again.",
    ),
    403: Words(
        "This form is no longer valid",
        "It was opened before you last signed in, or it was sent from another page.",
        "Nothing was changed.",
        "Go back, copy what you typed, reload the page and send it again.",
    ),
    404: Words(
        "There is nothing here for you",
        "The page does not exist, or it is not yours to open.",
        "Nothing was changed.",
        "Check the link, or go to your first page.",
    ),
    405: Words(
        "That does not work here",
        "This address does not take what your browser sent.",
        "Nothing was changed.",
        "Go to your first page and start again from there.",
    ),
    409: Words(
        "Somebody else was first",
        "This was changed while your page was open.",
        "Their change stands. Yours was not saved.",
        "Go back and reload the page to see both.",
    ),
    413: Words(
        "That is too large",
        "What you sent is larger than this page takes.",
        "Nothing was changed.",
        "Send a smaller file, or fewer at a time.",
    ),
    422: Words(
        "Part of the address is wrong",
        "This page was asked for with a value it does not know.",
        "Nothing was changed.",
        "Go back and choose again.",
    ),
    503: Words(
        "Too busy for a moment",
        "The place where data is kept does not answer right now.",
        "What was saved before is safe. What you just sent was not saved.",
        "Wait a few seconds, then send it again.",
    ),
    500: Words(
        "Something failed on our side",
        "The page could not be made. It is not your fault, and the people who run this were told.",
        "What was saved before is safe. What you just sent was not saved.",
        "Wait a minute, then go back and try again. If it fails again, give the reference to county IT.",
    ),
}


def for_machine(request: Request) -> bool:
    return request.url.path.startswith("/api/")


def answer(request: Request, site: Site, failure: Failure, *, machine: bool) -> Response:
    """The response that says this failure."""
    if isinstance(failure, SignInNeeded) and not machine:
        return to_sign_in(request)
    if isinstance(failure, RequestValidationError) and not machine and _in_path(failure):
        failure = NotFound()
    return problem(request, failure) if machine else page(request, site, failure)


def to_sign_in(request: Request) -> Response:
    """To the sign-in page and, afterwards, back to where the person was.

    A page that asks for a part of itself stays where it is, so that nothing typed is lost: app.js offers to
    sign in beside it.
    """
    if "hx-request" in request.headers:
        return Response(status_code=401)
    here = request.url
    back = here.path + (f"?{here.query}" if here.query else "")
    target = f"/sign-in?return_to={quote(back if request.method == 'GET' else '/', safe='/')}"
    return RedirectResponse(target, status_code=303)


def page(request: Request, site: Site, failure: Failure) -> HTMLResponse:
    """An error page, or an alert when a page asked for a part of itself."""
    status = _status(failure)
    values = _for_people(status, failure)
    if status != 404:
        values["request_id"] = request.state.request_id
    part = "hx-request" in request.headers
    body = site.renderer.page("_failure.html" if part else "failure.html", values)
    return HTMLResponse(body, status_code=status, headers=_headers(failure))


def _for_people(status: int, failure: Failure | None) -> dict[str, Any]:
    words = WORDS.get(status) or (WORDS[500] if status >= 500 else WORDS[400])
    happened = failure.message if isinstance(failure, Conflict) else words.happened
    return {"status": status, "words": words, "happened": happened}


def problem(request: Request, failure: Failure) -> Response:
    """A problem document that lists every fault by field, and repeats no value."""
    if isinstance(failure, Problem):
        found = failure
    elif isinstance(failure, RequestValidationError):
        found = Problem(422, "The record is not valid", errors=faults(failure.errors()), code="invalid")
    elif isinstance(failure, Conflict):
        found = Problem(409, "Conflict", detail=failure.message)
    else:
        status = _status(failure)
        found = Problem(status, "Not found" if status == 404 else _title(status), headers=_headers(failure))
    body = found.body()
    if found.status != 404:
        body["instance"] = f"urn:uuid:{request.state.request_id}"
    return Response(
        orjson.dumps(body, default=str),
        status_code=found.status,
        media_type="application/problem+json",
        headers=dict(found.headers),
    )


def faults(errors: Sequence[Any]) -> list[dict[str, object]]:
    """pydantic's errors as {field, reason}; a reason that could repeat what was sent is said by its type."""
    return [
        {
            "field": ".".join(str(part) for part in error["loc"] if part != "body") or "body",
            "reason": error["type"] if error["type"] in _TELLING else error["msg"],
        }
        for error in errors
    ]


_TELLING = {"value_error", "assertion_error", "json_invalid", "union_tag_invalid"}


def _status(failure: Failure) -> int:
    if isinstance(failure, RequestValidationError):
        return 422
    return failure.status_code if isinstance(failure, HTTPException) else failure.status


def _headers(failure: Failure) -> dict[str, str]:
    return dict(getattr(failure, "headers", None) or {})


def _title(status: int) -> str:
    return {401: "Sign in first", 403: "Refused", 405: "Method not allowed", 413: "Too large", 503: "Busy"}.get(
        status, "Bad request" if status < 500 else "Internal error"
    )


def _in_path(failure: RequestValidationError) -> bool:
    return any(error["loc"] and error["loc"][0] == "path" for error in failure.errors())


def failed(request: Request, site: Site) -> Response:
    """The 500, for people or machines; the reference leads to the log line."""
    if for_machine(request):
        return problem(request, HTTPException(500))
    return page(request, site, HTTPException(500))
