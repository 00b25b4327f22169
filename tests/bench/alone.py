"""One service's database on a PostgreSQL of its own, for a measurement; both are gone afterwards."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.local import databases, places, postgres
from deploy.local.local_secrets import LocalSecrets
from shared.runtime import migrations
from shared.runtime.keys import Keyring
from shared.runtime.settings import Settings, load

REPORTS = Path(".local/reports")


@dataclass(frozen=True)
class Alone:
    """A migrated, empty database of a service."""

    settings: Settings
    keys: Keyring
    url: str
    password: str

    async def admin(self) -> Any:
        """A connection that no role's limits bind."""
        return await postgres.connect(self.url, self.password, self.settings.database_name)


@contextmanager
def alone(service: str) -> Iterator[Alone]:
    """A new server with the roles of all services and this one's database."""
    with tempfile.TemporaryDirectory(prefix="lead-b-", dir="/tmp", ignore_cleanup_errors=True) as folder:
        home = places.open_home(Path(folder))
        secrets = LocalSecrets.make(home)
        postgres.initialise(home, secrets)
        server, url = postgres.start(home, secrets)
        try:
            settings = load(service, home=home, database=url, demo=True)
            asyncio.run(_prepare(settings, secrets, url))
            yield Alone(settings, Keyring.load(service, settings.secrets_dir), url, secrets.postgres_password)
        finally:
            server.stop()
            places.forget(home)


async def _prepare(settings: Settings, secrets: LocalSecrets, url: str) -> None:
    await databases.provision(url, secrets)
    await migrations.upgrade(settings)


def report(name: str, found: dict[str, Any], *, measured: float, bound: float, unit: str) -> None:
    """Print what was found and whether it is within its bound; keep it in `.local/reports`."""
    REPORTS.mkdir(parents=True, exist_ok=True)
    text = json.dumps(found, indent=1)
    (REPORTS / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    print(text)
    print("within the bound" if measured <= bound else f"OVER the bound of {bound:g} {unit}")
