"""The small service on a real PostgreSQL: its database, its application, and people signed in to it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import asyncpg
import httpx
from fastapi import FastAPI

from deploy.local import databases, places, postgres
from deploy.local.child import Child
from deploy.local.local_secrets import LocalSecrets
from shared.messaging import Transactions
from shared.runtime.database import Database
from shared.runtime.keys import Keyring
from shared.runtime.migrations import upgrade
from shared.runtime.settings import Settings, load
from shared.web.app import create_app
from tests.integration.web.demo import pages

ROOT = Path(__file__).parent
ORIGIN = "http://127.0.0.1:8103"
MARLOW = UUID("00000000-0000-7000-8000-000000000001")
ELSEWHERE = UUID("00000000-0000-7000-8000-0000000000ff")


@dataclass
class Demo:
    """One small service while the tests run."""

    settings: Settings
    secrets: LocalSecrets
    url: str
    web: Database
    sealer: Database
    app: FastAPI

    async def admin(self) -> asyncpg.Connection:
        """A superuser's connection, which no role's limits bind."""
        return await postgres.connect(self.url, self.secrets.postgres_password, "lead_casework")

    def client(self, app: object = None, **headers: str) -> httpx.AsyncClient:
        """A browser without a session, on this machine."""
        transport = httpx.ASGITransport(app or self.app, raise_app_exceptions=False)  # type: ignore[arg-type]
        return httpx.AsyncClient(transport=transport, base_url=ORIGIN, headers={"Origin": ORIGIN, **headers})

    async def signed_in(self, persona: str, app: object = None) -> httpx.AsyncClient:
        """A browser in which this demo person has signed in."""
        browser = self.client(app)
        answer = await browser.post("/sign-in/demo", data={"persona": persona})
        assert answer.status_code == 303, answer.text
        return browser

    def transactions(self, role: str = "web") -> Transactions:
        database = self.web if role == "web" else self.sealer
        return transactions_of(database, self.settings)


def transactions_of(database: Database, settings: Settings) -> Transactions:
    return Transactions(database, keys=Keyring.for_tests("casework"), settings=settings)


@dataclass
class Server:
    """PostgreSQL with the roles and databases of all services, in a folder of its own."""

    home: Path
    secrets: LocalSecrets
    url: str
    process: Child

    @classmethod
    def start(cls, folder: Path) -> Server:
        home = places.open_home(folder)
        secrets = LocalSecrets.make(home)
        postgres.initialise(home, secrets)
        process, url = postgres.start(home, secrets)
        return cls(home, secrets, url, process)


async def start(server: Server) -> Demo:
    """Migrate, and put in thirty people of ours and one of another programme."""
    await databases.provision(server.url, server.secrets)
    settings = load("casework", home=server.home, database=server.url, demo=True)
    await upgrade(settings, root=ROOT)
    web, sealer = (Database(settings.database_url(role)) for role in ("web", "sealer"))
    app = create_app(
        service="casework",
        settings=settings,
        transactions=transactions_of(web, settings),
        routers=[pages.router],
    )
    demo = Demo(settings, server.secrets, server.url, web, sealer, app)
    await _people(demo)
    return demo


async def _people(demo: Demo) -> None:
    admin = await demo.admin()
    ours = [(UUID(int=MARLOW.int + place), f"Marlow Sampleton {place:02}", "allegheny") for place in range(30)]
    await admin.executemany(
        "insert into own.pebble (person_id, name, programme) values ($1, $2, $3)",
        [*ours, (ELSEWHERE, "Vesper Fictus", "elsewhere")],
    )
    await admin.close()
