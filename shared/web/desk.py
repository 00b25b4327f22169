"""What a route works at: one transaction, the one who asks, and the ways to answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Annotated, Any, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import Depends
from markupsafe import Markup
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from shared.messaging import Tx
from shared.web import audit, csrf
from shared.web.access import Access, AccessError
from shared.web.actor import Actor
from shared.web.policy import Link
from shared.web.site import Site


@dataclass
class OpenDesk:
    """One request's desk. Its transaction and audit row are committed before the answer is sent."""

    request: Request
    site: Site
    tx: Tx
    actor: Actor
    access: Access
    entry: audit.Entry
    session_id: str = ""
    stale: Mapping[str, datetime] = field(default_factory=dict)
    typed: FormData | None = None

    @property
    def now(self) -> datetime:
        """The request's moment, UTC."""
        return self.tx.now

    @property
    def zone(self) -> ZoneInfo:
        return self.site.zone

    @property
    def today(self) -> date:
        """The civil day here."""
        return self.now.astimezone(self.zone).date()

    @property
    def partial(self) -> bool:
        """Whether the page asks for a part of itself."""
        headers = self.request.headers
        return "hx-request" in headers and "hx-history-restore-request" not in headers

    def local_time(self, text: str) -> datetime:
        """A time as a datetime-local field gives it, aware. Raises ValueError."""
        return self.site.renderer.times.read_field(text)

    async def form(self) -> FormData:
        """What was sent; `invalid` gives it back to the page."""
        self.typed = await self.request.form()
        return self.typed

    # Audit -------------------------------------------------------------------------------------------

    def saw(
        self,
        people: Iterable[audit.PersonId],
        *,
        classes: str = "",
        fields: Iterable[str] = (),
        consent_id: UUID | None = None,
    ) -> None:
        """Say whose data this answer shows; `classes` narrows what the route declares it reads."""
        self.entry.about(people)
        self.entry.reads += self._declared(classes, self.access.read_classes)
        self.entry.fields += fields
        self.entry.consent_id = consent_id or self.entry.consent_id

    def changed(
        self,
        action: str,
        people: Iterable[audit.PersonId],
        *,
        classes: str = "",
        before: Mapping[str, object] | None = None,
        after: Mapping[str, object] | None = None,
    ) -> None:
        """Say what this request changed. Values before and after go in as HMACs, by field."""
        self.entry.about(people)
        self.entry.writes += self._declared(classes, self.access.write_classes)
        old, new = before or {}, after or {}
        names = list(dict.fromkeys([*old, *new]))
        self.entry.fields += names
        for name in names or [""]:
            change = {"action": action}
            if name:
                change["field"] = name
            if name in old:
                change["before"] = audit.fingerprint(self.tx, old[name])
            if name in new:
                change["after"] = audit.fingerprint(self.tx, new[name])
            self.entry.changes.append(change)

    @staticmethod
    def _declared(classes: str, allowed: frozenset[str]) -> list[str]:
        named = classes.split()
        if set(named) - allowed:
            raise AccessError(f"the route declares {sorted(allowed)}, and touched {sorted(named)}")
        return named or sorted(allowed)

    # Answers -----------------------------------------------------------------------------------------

    def page(self, template: str, *, fragment: str | None = None, status: int = 200, **values: Any) -> HTMLResponse:
        """A page; or, when a page asks for a part of itself, its block (or template) `fragment`."""
        context = self._frame() | values
        renderer = self.site.renderer
        if fragment and self.partial:
            body = renderer.fragment(template, fragment, context)
        else:
            body = renderer.page(template, context)
        return HTMLResponse(body, status_code=status)

    def invalid(
        self,
        template: str,
        *,
        errors: Mapping[str, str],
        fragment: str | None = None,
        status: int = 422,
        **values: Any,
    ) -> HTMLResponse:
        """The form again, with what was typed still in it and each field's error."""
        self.entry.outcome = "invalid"
        values.setdefault("typed", self.typed or {})
        return self.page(template, fragment=fragment, status=status, errors=errors, **values)

    def redirect(self, path: str, status: int = 303) -> Response:
        """On to another page of this service; for other services make a link (the CSP stops form hops)."""
        if not path.startswith("/") or path.startswith(("//", "/\\")):
            raise ValueError("redirect only to a path of this service")
        if self.partial:
            return Response(status_code=200, headers={"HX-Redirect": path})
        return RedirectResponse(path, status_code=status)

    def _frame(self) -> dict[str, Any]:
        """What base.html and every form need."""
        token = csrf.token(self.session_id) if self.session_id else ""
        hidden = Markup('<input type="hidden" name="{}" value="{}">').format(csrf.FIELD, token)
        return {
            "desk": self,
            "actor": self.actor,
            "role_title": self._role_title(),
            "now": self.now,
            "today": self.today,
            "path": self.request.url.path,
            "nav": self._links(),
            "home": self.site.home(self.actor.role) if self.actor.known else "/",
            "csrf": lambda: hidden,
            "csrf_token": token,
            "errors": {},
            "typed": {},
            "stale": self.stale,
            "request_id": self.request.state.request_id,
        }

    def _role_title(self) -> str:
        role = self.site.policy.roles.get(self.actor.role)
        return role.title if role else ""

    def _links(self) -> list[Link]:
        return [link for link in self.site.links if link.shown_to(self.actor.role)]


def _at_desk(request: Request) -> OpenDesk:
    return cast(OpenDesk, request.state.desk)


Desk = Annotated[OpenDesk, Depends(_at_desk)]
"""The parameter of a route: `async def participant(desk: Desk, person_id: UUID) -> Response`."""
