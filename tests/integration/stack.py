"""A real broker and a real database for a test session, with fresh databases for each test that asks."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import tempfile
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deploy.local import broker as embedded_broker
from deploy.local import databases, places, postgres
from deploy.local.child import Child, StartError
from deploy.local.local_secrets import LocalSecrets
from shared.contracts.topics import topics
from shared.runtime import migrations
from shared.runtime import topics as broker_topics
from shared.runtime.settings import SERVICES, Settings, load
from shared.runtime.topics import Broker


@dataclass
class Stack:
    """What runs, and how to reach it. Databases made for tests are dropped with the stack."""

    home: Path
    database: str
    secrets: LocalSecrets
    broker: Broker
    children: dict[str, Child]
    own_home: Path
    """Where what this session started has its files: `home`, unless the database server is shared."""
    templates: dict[str, str] = field(default_factory=dict)

    def settings(self, service: str, **given: Any) -> Settings:
        """Settings of a service against this stack; its own database unless `database_name` is given."""
        return load(
            service,
            environment={},
            **{
                "home": self.home,
                "database": self.database,
                "kafka_bootstrap": self.broker.bootstrap,
                "secrets_dir": self.home / "secrets" / service,
                "demo": True,
                **given,
            },
        )

    async def fresh_database(self, service: str, *, migrated: bool = True, **given: Any) -> Settings:
        """A new database of the service, migrated, that nobody else uses."""
        template = await self._template(service) if migrated else None
        name = f"t_{service}_{uuid.uuid4().hex[:12]}"
        admin = await self.administrator()
        try:
            await databases.create_database(admin, name, service, template)
        finally:
            await admin.close()
        return self.settings(service, database_name=name, **given)

    async def drop_database(self, settings: Settings) -> None:
        admin = await self.administrator()
        try:
            await admin.execute(f"drop database if exists {settings.database_name} with (force)")
        finally:
            await admin.close()

    async def administrator(self, database: str = "postgres") -> Any:
        """A connection of the server's superuser: for looking, and for what only it may do."""
        return await postgres.connect(self.database, self.secrets.postgres_password, database)

    def kill_broker(self) -> None:
        """As by `kill -9`; it refuses connections when this returns. Start it again before the test ends."""
        self.children["kafka"].kill()
        while _listens(self._broker_port):
            time.sleep(0.01)

    def start_broker(self) -> None:
        """Start it where it was, with what it held."""
        self.children["kafka"], _ = embedded_broker.start(self.own_home, self._broker_port, self.secrets)

    @contextmanager
    def hanging_broker(self) -> Iterator[None]:
        """It keeps its connections and does nothing, as a machine that swaps."""
        (java,) = (
            Path(f"/proc/{self.children['kafka'].pid}/task/{self.children['kafka'].pid}/children").read_text().split()
        )
        os.kill(int(java), signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(int(java), signal.SIGCONT)

    def kill_database(self) -> None:
        """As by `kill -9` of the whole server. Start it again before the test ends."""
        assert "postgres" in self.children, "the database server is shared: LEAD_TEST_HOME"
        self.children["postgres"].kill()

    def start_database(self) -> None:
        """Start it where it was; after a kill, once what is left of the old one has ended."""
        deadline = time.monotonic() + 60
        while True:
            try:
                self.children["postgres"], url = postgres.start(self.own_home, self.secrets)
                break
            except StartError:
                assert time.monotonic() < deadline, "the old server does not end"
                time.sleep(0.2)
        assert url == self.database, "its clients know it by another address"

    @property
    def _broker_port(self) -> int:
        return int(self.broker.bootstrap.rpartition(":")[2])

    async def _template(self, service: str) -> str:
        """The migrated database that fresh ones are copied from; migrations run once per session."""
        if service not in self.templates:
            blank = await self.fresh_database(service, migrated=False)
            await migrations.upgrade(blank)
            self.templates[service] = blank.database_name
        return self.templates[service]


def running() -> Iterator[Stack]:
    """Start broker and database at once, hand the stack over, and leave no process behind.

    `LEAD_TEST_HOME` names a home whose database server already runs: it is used, and only the broker started.
    """
    shared_home = os.environ.get("LEAD_TEST_HOME")
    home = places.open_home(Path(tempfile.mkdtemp(prefix="lead-t-", dir="/tmp")))
    secrets = LocalSecrets.make(Path(shared_home) if shared_home else home)
    children: dict[str, Child] = {}

    def database() -> str:
        if shared_home:
            return (Path(shared_home) / "postgres.url").read_text().strip()
        postgres.initialise(home, secrets)
        children["postgres"], url = postgres.start(home, secrets)
        asyncio.run(databases.provision(url, secrets))
        return url

    def broker() -> Broker:
        children["kafka"], reached = embedded_broker.start(home, free_port(pair=True), secrets)
        passwords = {name: secrets.read(f"{name}/kafka-password") for name in SERVICES}
        broker_topics.apply(reached, topics().values(), passwords)
        return reached

    try:
        with ThreadPoolExecutor(2) as pool:
            reached, url = pool.submit(broker), pool.submit(database)
            where = Path(shared_home) if shared_home else home
            stack = Stack(where, url.result(), secrets, reached.result(), children, home)
        yield stack
    finally:
        for child in children.values():
            child.ask_to_stop()
        for child in children.values():
            child.stop()
        if not shared_home:
            places.forget(home)
        shutil.rmtree(home, ignore_errors=True)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_port(*, pair: bool = False) -> int:
    """A port nobody listens on; with `pair`, the next one is free as well."""
    while True:
        with socket.socket() as first:
            first.bind(("127.0.0.1", 0))
            port: int = first.getsockname()[1]
            if not pair:
                return port
            with socket.socket() as second:
                try:
                    second.bind(("127.0.0.1", port + 1))
                except (OSError, OverflowError):
                    continue
                return port
