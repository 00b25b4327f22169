"""One service's web side while it runs: what every request needs, kept on the application."""

from __future__ import annotations

from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from starlette.requests import Request

from shared.messaging import Transactions
from shared.runtime.settings import Settings
from shared.web.policy import Link, Policy
from shared.web.rate import Buckets
from shared.web.render import Renderer


@dataclass
class Site:
    """The parts of one service's web application."""

    service: str
    settings: Settings
    transactions: Transactions
    policy: Policy
    renderer: Renderer
    links: tuple[Link, ...]
    follows: tuple[str, ...] = ()
    signs_in: bool = True
    buckets: Buckets = field(default_factory=Buckets)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.settings.timezone)

    @property
    def secure(self) -> bool:
        """Whether pages are served by HTTPS: always, but for the demo on this machine."""
        return not self.settings.demo

    @property
    def cookie(self) -> str:
        """Ports share cookies, so that the name carries the service."""
        return f"__Host-lead-{self.service}" if self.secure else f"lead-{self.service}"

    def home(self, role: str) -> str:
        """The first page of a role: its path in this service, else its address in another; `/start` if it has none."""
        own = [link for link in self.links if link.shown_to(role) and link.roles != "*"]
        for link in own:
            if link.service == self.service:
                return link.path
        return self.renderer.url(own[0].service, own[0].path) if own else "/start"


def site_of(request: Request) -> Site:
    site: Site = request.app.state.site
    return site
