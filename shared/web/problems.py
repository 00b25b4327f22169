"""What can go wrong in a request, as types. How each is said to people and machines: answers.py."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


class Refusal(Exception):
    """A request that ends without its effect; its transaction is rolled back."""

    status = 400
    outcome = "refused"
    headers: Mapping[str, str] = {}


class NotFound(Refusal):
    """It does not exist, or this reader may not know that it does: the answer is the same, byte by byte."""

    status = 404
    outcome = "not_found"


class Conflict(Refusal):
    """Somebody else was first. The message says who or what, and what to do now."""

    status = 409
    outcome = "conflict"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Busy(Refusal):
    """The database is away, or too many want the same rows. The same request may succeed in a moment."""

    status = 503
    outcome = "busy"
    headers: Mapping[str, str] = {"Retry-After": "2"}


class Forged(Refusal):
    """A change that did not come from our own page: no session token, or another origin."""

    status = 403


class Problem(Refusal):
    """An answer for machines by RFC 9457. `errors` lists every fault as {field, reason}, never a value."""

    def __init__(
        self,
        status: int,
        title: str,
        *,
        detail: str = "",
        errors: Sequence[Mapping[str, object]] = (),
        headers: Mapping[str, str] | None = None,
        code: str = "",
    ) -> None:
        super().__init__(title)
        self.status = status
        self.title = title
        self.detail = detail
        self.errors = list(errors)
        self.headers = headers or {}
        self.code = code

    def body(self) -> dict[str, object]:
        """The problem document."""
        kind = f"/problems/{self.code}" if self.code else "about:blank"
        body: dict[str, object] = {"type": kind, "title": self.title, "status": self.status}
        if self.detail:
            body["detail"] = self.detail
        if self.errors:
            body["errors"] = self.errors
        return body
