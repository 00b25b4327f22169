"""Templates: a service's own folders, then the shared frame and macros. Everything is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import ChoiceLoader, Environment, FileSystemLoader

from shared.web import assets, drawn
from shared.web.localtime import LocalTime, counted

SHARED = Path(__file__).parent / "templates"


class Renderer:
    """Turns a template and its values into HTML: a whole page, or one block of it."""

    def __init__(
        self,
        folders: Iterable[Path],
        *,
        zone: ZoneInfo,
        service: str,
        public_urls: Mapping[str, str],
        demo: bool,
        scripts: Iterable[str] = (),
    ) -> None:
        self._urls = {name: url.rstrip("/") for name, url in public_urls.items()}
        self._service = service
        loaders = [FileSystemLoader(folder) for folder in [*folders, SHARED]]
        self.environment = Environment(
            loader=ChoiceLoader(loaders), autoescape=True, trim_blocks=True, lstrip_blocks=True
        )
        self.times = LocalTime(zone)
        self.environment.filters.update(
            day=self.times.day,
            clock=self.times.clock,
            moment=self.times.moment,
            ago=self.times.ago,
            field=self.times.field,
            counted=counted,
        )
        self.environment.globals.update(
            asset=assets.address,
            named_by_style=assets.named_by_style,
            url=self.url,
            service=service,
            demo=demo,
            scripts=tuple(scripts),
            clock_pips=drawn.clock,
            clock_tone=drawn.clock_tone,
            meter=drawn.meter,
        )
        # A block rendered alone does not run the template's imports, so the macros are global too.
        self.environment.globals["m"] = self.environment.get_template("_m.html").module

    def url(self, service: str, path: str = "/") -> str:
        """The address of a page, absolute when it is another service's. Raises KeyError for no service."""
        return path if service == self._service else self._urls[service] + path

    def page(self, template: str, values: Mapping[str, Any]) -> str:
        """The whole of a template."""
        return self.environment.get_template(template).render(values)

    def fragment(self, template: str, name: str, values: Mapping[str, Any]) -> str:
        """One block of a template, or another template when `name` ends in `.html`."""
        if name.endswith(".html"):
            return self.page(name, values)
        found = self.environment.get_template(template)
        return "".join(found.blocks[name](found.new_context(dict(values))))
