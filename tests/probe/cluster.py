"""A broker and a database of their own that can be stopped, killed and started again, and workers on them."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import tempfile
import time
import uuid
from pathlib import Path

from confluent_kafka.admin import NewTopic
from pydantic import SecretStr

from deploy.local import broker as embedded_broker
from deploy.local import databases, places, postgres
from deploy.local.child import Child, StartError
from deploy.local.local_secrets import LocalSecrets
from shared.runtime.settings import Settings, load
from tests.integration.stack import free_port
from tests.probe import service

ROOT = Path(__file__).parents[2]
TOPICS = {"contact-logged": 12, "status-recorded": 12, "assessment-recorded": 12, "person-merged": 12,
          "participant-status-changed": 12, "assignment-changed": 12, "survey-recorded": 3,
          "disclosure-recorded": 12, "erasure-recorded": 3}  # fmt: skip


class Cluster:
    """Use as a context manager: everything it started ends with it."""

    def __init__(self) -> None:
        self.home = places.open_home(Path(tempfile.mkdtemp(prefix="lead-c-", dir="/tmp")))
        self.secrets = LocalSecrets.make(self.home)
        self.port = free_port(pair=True)
        self.url = ""
        self.workers: list[Child] = []

    def __enter__(self) -> Cluster:
        postgres.initialise(self.home, self.secrets)
        self.start_database()
        asyncio.run(databases.provision(self.url, self.secrets))
        self.start_broker()
        return self

    def __exit__(self, *_: object) -> None:
        for child in (*self.workers, self.kafka, self.postgres):
            child.ask_to_stop()
        for child in (*self.workers, self.kafka, self.postgres):
            child.stop()
        places.forget(self.home)
        shutil.rmtree(self.home, ignore_errors=True)

    def start_broker(self) -> None:
        self.kafka, self.broker = embedded_broker.start(self.home, self.port, self.secrets)

    def start_database(self) -> None:
        """Start the server; after a kill, wait for what is left of the old one to end."""
        deadline = time.monotonic() + 60
        while True:
            try:
                self.postgres, self.url = postgres.start(self.home, self.secrets)
                return
            except StartError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.5)

    async def fresh(self, name: str) -> Settings:
        """The probe service with a new database and new topics."""
        database = f"{name}_{uuid.uuid4().hex[:8]}"
        admin = await postgres.connect(self.url, self.secrets.postgres_password)
        await databases.create_database(admin, database, "casework")
        await admin.close()
        prefix = f"{database}."
        settings = load(
            "casework",
            environment={},
            home=self.home,
            database=self.url,
            database_name=database,
            kafka_bootstrap=self.broker.bootstrap,
            kafka_username=self.broker.username,
            kafka_password=SecretStr(self.broker.password),
            secrets_dir=self.home / "secrets" / "casework",
            topic_prefix=prefix,
        )
        await service.migrate(settings)
        new = [NewTopic(prefix + topic, partitions, 1) for topic, partitions in TOPICS.items()]
        for made in self.broker.admin.create_topics(new).values():
            made.result(60)
        return settings

    def start_worker(self, settings: Settings, number: int) -> Child:
        """One process of the probe service: consumer and relay."""
        child = Child(
            f"worker-{number}",
            [sys.executable, "-m", "tests.probe.worker"],
            log=self.home / "logs" / f"worker-{number}.log",
            environment={**os.environ, **environment(settings), "PYTHONPATH": str(ROOT)},
        )
        self.workers.append(child)
        return child


def environment(settings: Settings) -> dict[str, str]:
    """The settings of a worker, as its environment."""
    return {
        "LEAD_HOME": str(settings.home),
        "LEAD_DATABASE": settings.database,
        "LEAD_DATABASE_NAME": settings.database_name,
        "LEAD_KAFKA_BOOTSTRAP": settings.kafka_bootstrap,
        "LEAD_KAFKA_USERNAME": settings.kafka_username,
        "LEAD_KAFKA_PASSWORD": settings.broker_password,
        "LEAD_SECRETS_DIR": str(settings.secrets_dir),
        "LEAD_TOPIC_PREFIX": settings.topic_prefix,
    }
