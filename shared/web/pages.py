"""A router whose every route says whom it is for. Without `access=` the module does not even import."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from fastapi import APIRouter
from starlette.responses import HTMLResponse

from shared.web.access import Access
from shared.web.gate import GatedRoute
from shared.web.policy import policy

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])
FORM_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Declared:
    """One route and its settled declaration, for tests and documentation."""

    method: str
    path: str
    access: Access
    machine: bool


class Pages(APIRouter):
    """Routes of one service: `get` and `post` are pages for people, `api_*` are for machines."""

    def __init__(
        self, service: str, *, templates: Path | None = None, scripts: tuple[str, ...] = (), **settings: Any
    ) -> None:
        """`scripts`: files under static that every page of the service loads, besides app.js."""
        super().__init__(**settings)
        self.service = service
        self.templates = templates
        self.scripts = scripts
        self.declared: list[Declared] = []

    def get(self, path: str, *, access: Access, **settings: Any) -> Callable[[Endpoint], Endpoint]:  # type: ignore[override]
        """A page, or under HX-Request a part of it."""
        return self._page("GET", path, access, settings)

    def post(self, path: str, *, access: Access, **settings: Any) -> Callable[[Endpoint], Endpoint]:  # type: ignore[override]
        """A form. Session token and origin are checked before the route runs."""
        settings.setdefault("max_body_size", FORM_BYTES)
        return self._page("POST", path, access, settings)

    def api_get(self, path: str, *, access: Access, **settings: Any) -> Callable[[Endpoint], Endpoint]:
        """JSON for machines; failures are problem documents."""
        return self._declare("GET", path, access, machine=True, settings=settings)

    def api_post(self, path: str, *, access: Access, **settings: Any) -> Callable[[Endpoint], Endpoint]:
        return self._declare("POST", path, access, machine=True, settings=settings)

    def api_put(self, path: str, *, access: Access, **settings: Any) -> Callable[[Endpoint], Endpoint]:
        return self._declare("PUT", path, access, machine=True, settings=settings)

    def api_delete(self, path: str, *, access: Access, **settings: Any) -> Callable[[Endpoint], Endpoint]:
        return self._declare("DELETE", path, access, machine=True, settings=settings)

    def _page(self, method: str, path: str, access: Access, settings: dict[str, Any]) -> Callable[[Endpoint], Endpoint]:
        settings.setdefault("response_class", HTMLResponse)
        settings.setdefault("response_model", None)
        settings.setdefault("include_in_schema", False)
        return self._declare(method, path, access, machine=False, settings=settings)

    def _declare(
        self, method: str, path: str, access: Access, *, machine: bool, settings: dict[str, Any]
    ) -> Callable[[Endpoint], Endpoint]:
        where = f"{method} {self.service}{path}"
        settled = policy().settle(self.service, access, where)
        route = type("Route", (GatedRoute,), {"access": settled, "machine": machine})
        self.declared.append(Declared(method, path, settled, machine))

        def add(endpoint: Endpoint) -> Endpoint:
            self.add_api_route(path, endpoint, methods=[method], route_class_override=route, **settings)
            return endpoint

        return add
