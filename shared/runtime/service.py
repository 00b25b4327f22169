"""Puts a service's process together: web application, consumer, timers, relay. The only place that starts things."""

from __future__ import annotations

import argparse
import asyncio
import ipaddress
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any, Protocol

import structlog
import uvicorn
from fastapi import APIRouter
from starlette.applications import Starlette
from starlette.routing import Match
from starlette.types import ASGIApp

from shared.messaging import Handlers, Timers, Transactions
from shared.messaging.consumer import Consumer
from shared.messaging.progress import Health as Part
from shared.messaging.relay import Relay
from shared.messaging.timekeeper import Timekeeper
from shared.runtime import logging, migrations
from shared.runtime.database import Database
from shared.runtime.health import Health, Unready
from shared.runtime.keyfile import KeyFileError
from shared.runtime.keys import Keyring
from shared.runtime.migrations import MigrationError
from shared.runtime.sealing import Sealer
from shared.runtime.settings import Role, Settings, SettingsError, load
from shared.runtime.tracing import Traced
from shared.web import app as web
from shared.web.policy import Link

_HAND_OVER = 0.001
_log = structlog.get_logger("lead.service")
_FIRST_ANSWER_SECONDS = 60.0
_GRACE_SECONDS = 15


class Runs(Protocol):
    """A part that works until it is cancelled, and tells how it is."""

    async def run(self) -> None: ...

    def health(self) -> Part: ...


@dataclass(frozen=True)
class Service:
    """What a service is made of; its `app.py` says it, and nothing else does."""

    name: str
    handlers: Handlers
    routers: Sequence[APIRouter]
    timers: Timers
    public_routers: Sequence[APIRouter] = ()
    """Routers that read by the `public` database role; metrics' dashboard has them."""
    templates: Any = None
    nav: Sequence[Link] = ()
    own_parts: Mapping[str, Callable[[Settings, Transactions], Runs]] = field(default_factory=dict)
    """Further parts of the consumer role, by name, made with its transactions."""
    lasting_parts: Mapping[str, Callable[[Settings, Transactions], Runs]] = field(default_factory=dict)
    """Parts that a consumer's and a relay's process both run, so that they outlive either; one of them leads."""


def main(service: Service) -> None:
    """Run the service as the command line and the environment say; ends the process."""
    parser = argparse.ArgumentParser(prog=f"python -m services.{service.name}", description=f"LEAD {service.name}")
    parser.add_argument("--role", choices=["all", "web", "consumer", "relay", "public"])
    asked = parser.parse_args()
    try:
        settings = load(service.name, **({"role": asked.role} if asked.role else {}))
        _refuse_open_demo(settings)
        logging.configure(settings.service, settings.role, settings.log_level)
        # While a file is read in a thread, pages and the database are answered within this time.
        sys.setswitchinterval(_HAND_OVER)
        asyncio.run(_Process(service, settings).run())
    except (SettingsError, KeyFileError, MigrationError) as error:
        print(f"{service.name} cannot start.\n{error}", file=sys.stderr)
        sys.exit(1)


class _Process:
    """One process of a service, in one event loop."""

    def __init__(self, service: Service, settings: Settings) -> None:
        self.service = service
        self.settings = settings
        self.keys = Keyring.load(settings.service, settings.secrets_dir)
        self.health = Health(settings.service, settings.role)
        self.parts: dict[str, Runs] = {}
        self._databases: dict[str, Database] = {}

    async def run(self) -> None:
        """Serve until SIGTERM or SIGINT, then finish what is under way."""
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        await self._migrate()
        server = _Server(self._application(), self.settings)
        self._assemble()
        async with AsyncExitStack() as stack:
            for database in self._databases.values():
                stack.push_async_callback(database.close)
            tasks = [asyncio.create_task(part.run(), name=name) for name, part in self.parts.items()]
            web_task = asyncio.create_task(server.serve(), name="web")
            stopped = asyncio.create_task(stop.wait(), name="stop")
            _log.info("started", port=self.settings.port)
            done, _ = await asyncio.wait([*tasks, web_task, stopped], return_when=asyncio.FIRST_COMPLETED)
            server.should_exit = True
            for task in tasks:
                task.cancel()
            results = await asyncio.gather(*tasks, web_task, return_exceptions=True)
        failed = [r for r in results if isinstance(r, Exception)]
        for error in failed:
            _log.error("a part ended by itself", exc_info=error)
        _log.info("stopped")
        if failed or stopped not in done:
            sys.exit(1)

    def _has(self, *roles: Role) -> bool:
        return self.settings.role in ("all", *roles)

    async def _migrate(self) -> None:
        """A process of all roles brings its own database up to date; split roles wait for `lead db migrate`."""
        deadline = asyncio.get_running_loop().time() + _FIRST_ANSWER_SECONDS
        while self.settings.role == "all":
            try:
                applied = await migrations.upgrade(self.settings)
                if applied:
                    _log.info("database migrated", revisions=applied)
                return
            except MigrationError:
                raise
            except Exception as error:
                if asyncio.get_running_loop().time() > deadline:
                    raise
                _log.warning("the database does not answer yet", exc_info=error)
                await asyncio.sleep(0.5)

    def _transactions(self, role: str) -> Transactions:
        if role not in self._databases:
            database = Database(self.settings.database_url(role), self.settings.database_pool)
            self._databases[role] = database
            self.health.add(f"database-{role}", database.ready)
        handlers = self.service.handlers if role == "consumer" else None
        return Transactions(self._databases[role], self.keys, self.settings, handlers)

    def _application(self) -> ASGIApp:
        """The pages of this process's roles; every process answers health and metrics."""
        probes = Starlette(routes=[*self.health.routes()])
        apps: list[ASGIApp] = []
        if self._has("public") and self.service.public_routers:
            apps.append(self._pages(self.service.public_routers, "public"))
        if self._has("web"):
            apps.append(self._pages(self.service.routers, "web"))
        return Traced(_Chosen(probes, apps))

    def _pages(self, routers: Sequence[APIRouter], role: str) -> Any:
        return web.create_app(
            service=self.service.name,
            settings=self.settings,
            transactions=self._transactions(role),
            routers=routers,
            nav=self.service.nav,
            signs_in=role == "web",
        )

    def _assemble(self) -> None:
        if self._has("consumer"):
            work, handlers = self._transactions("consumer"), self.service.handlers
            if handlers.topics:
                self._part("consumer", Consumer(self.settings, work, handlers))
            if len(self.service.timers):
                self._part("timers", Timekeeper(self.settings, work, self.service.timers, handlers))
            for name, make in self.service.own_parts.items():
                self._part(name, make(self.settings, work))
            self._part("sealer", Sealer(self._transactions("sealer")))
        if self._has("relay"):
            self._part("relay", Relay(self.settings))
        if self._has("consumer", "relay"):
            for name, make in self.service.lasting_parts.items():
                self._part(
                    name, make(self.settings, self._transactions("consumer" if self._has("consumer") else "relay"))
                )

    def _part(self, name: str, part: Runs) -> None:
        self.parts[name] = part

        async def check() -> dict[str, Any]:
            state = part.health()
            if not state.ok:
                raise Unready(state.state, **state.detail)
            return {"activity": state.state, **state.detail}

        self.health.add(name, check)


class _Chosen:
    """Probes first, then the first application that has the address; the last one answers what nobody has."""

    def __init__(self, probes: Starlette, apps: Sequence[Any]) -> None:
        self._apps = [probes, *apps]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._apps[-1](scope, receive, send)
            return
        for app in self._apps[:-1]:
            if any(route.matches(scope)[0] is Match.FULL for route in app.router.routes if _has_own_address(route)):
                await app(scope, receive, send)
                return
        await self._apps[-1](scope, receive, send)


def _has_own_address(route: Any) -> bool:
    """Mounted files and sign-in stand in every application; they do not make it the one that is meant."""
    return not str(getattr(route, "path", "")).startswith(("/static", "/sign", "/openapi"))


class _Server(uvicorn.Server):
    """uvicorn without its own signal handling and logging."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                host=settings.host,
                port=settings.port,
                log_config=None,
                access_log=False,
                lifespan="off",
                server_header=False,
                date_header=True,
                timeout_graceful_shutdown=_GRACE_SECONDS,
                proxy_headers=False,
            )
        )

    def install_signal_handlers(self) -> None:
        """The process listens to signals, for all its parts."""

    def capture_signals(self) -> Any:
        """As above; newer releases of uvicorn ask here."""
        from contextlib import nullcontext

        return nullcontext()


def _refuse_open_demo(settings: Settings) -> None:
    """Demo personas sign anyone in: never beyond this machine."""
    try:
        loopback = ipaddress.ip_address(settings.host).is_loopback
    except ValueError:
        loopback = settings.host == "localhost"
    if settings.demo and not loopback:
        raise SettingsError(f"LEAD_DEMO: demo personas are for 127.0.0.1 only, and LEAD_HOST is {settings.host!r}")


__all__ = ["Service", "main"]
