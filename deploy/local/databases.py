"""Roles and databases of the four services, on the embedded server or any other given by URL."""

from __future__ import annotations

from pathlib import Path

import asyncpg

from deploy.local.local_secrets import LocalSecrets, database_roles
from deploy.local.postgres import connect
from shared.runtime.settings import SERVICES, local_database


async def provision(url: str, secrets: LocalSecrets) -> list[str]:
    """Make what is missing: roles with their passwords, and databases. What was made."""
    made: list[str] = []
    admin = await connect(url, secrets.postgres_password)
    try:
        present = {row["rolname"] for row in await admin.fetch("select rolname from pg_roles")}
        for service in SERVICES:
            made += await _roles(admin, service, secrets, present)
        databases = {row["datname"] for row in await admin.fetch("select datname from pg_database")}
        for service in SERVICES:
            if f"lead_{service}" not in databases:
                await create_database(admin, f"lead_{service}", service)
                made.append(f"lead_{service}")
    finally:
        await admin.close()
    return made


async def create_database(admin: asyncpg.Connection, name: str, service: str, template: str | None = None) -> None:
    """A database of one service: its owner owns it, and only this service's roles may connect."""
    copied = f" template {template} strategy file_copy" if template else ""
    await admin.execute(f'create database "{name}" owner lead_{service}_owner{copied}')
    logins = ", ".join(f"lead_{service}_{role}" for role in database_roles(service))
    await admin.execute(f'revoke all on database "{name}" from public')
    await admin.execute(f'grant connect on database "{name}" to {logins}')


async def create_on(home: Path, service: str, name: str) -> None:
    """A database of this name on the server that runs for a home folder; one that is there stays."""
    admin = await connect(local_database(home), LocalSecrets(home / "secrets").postgres_password)
    try:
        if not await admin.fetchval("select 1 from pg_database where datname = $1", name):
            await create_database(admin, name, service)
    finally:
        await admin.close()


async def _roles(admin: asyncpg.Connection, service: str, secrets: LocalSecrets, present: set[str]) -> list[str]:
    owner = f"lead_{service}_owner"
    made = []
    if owner not in present:
        await admin.execute(f"create role {owner} nologin")
        made.append(owner)
    for role in database_roles(service):
        name = f"lead_{service}_{role}"
        if name in present:
            continue
        password = secrets.read(f"{service}/database-{role}-password").replace("'", "''")
        await admin.execute(f"create role {name} login password '{password}'")
        if role == "migrate":
            await admin.execute(f"grant {owner} to {name}")
        made.append(name)
    return made
