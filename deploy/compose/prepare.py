"""Bring the containers' PostgreSQL and Kafka to what this release needs; run before the services, and again at will."""

from __future__ import annotations

import asyncio

from deploy.compose.secrets import HOME
from deploy.local.databases import provision
from deploy.local.local_secrets import LocalSecrets
from shared.contracts.topics import topics
from shared.runtime import migrations, settings
from shared.runtime import topics as broker_topics


def main() -> None:
    secrets = LocalSecrets(HOME / "secrets")
    first = settings.load(settings.SERVICES[0])
    for made in asyncio.run(provision(first.database, secrets)):
        print(f"made {made}")
    for service in settings.SERVICES:
        applied = asyncio.run(migrations.upgrade(settings.load(service)))
        print(f"{service}: {', '.join(applied) or 'up to date'}")
    broker = broker_topics.Broker(first.kafka_bootstrap, "admin", secrets.kafka_password, mechanism="PLAIN")
    passwords = {service: secrets.read(f"{service}/kafka-password") for service in settings.SERVICES}
    # `lead publish` and `lead consume` sign in as everybody does.
    passwords["admin"] = secrets.kafka_password
    changed = broker_topics.apply(broker, topics().values(), passwords)
    print(f"topics, users and grants: {len(changed)} changes")


if __name__ == "__main__":
    main()
