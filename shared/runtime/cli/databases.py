"""`lead db migrate|check`."""

from __future__ import annotations

import asyncio
import importlib
import re
from typing import Annotated

import typer

from shared.runtime.cli.answers import fail, home, settings_of, show
from shared.runtime.settings import SERVICES

app = typer.Typer(help="The databases of the services.", no_args_is_help=True)
Services = Annotated[list[str] | None, typer.Argument(help="services; all of them when none is named")]


@app.command()
def migrate(services: Services = None) -> None:
    """Bring databases to the newest revision; safe to run at any time and by several at once."""
    from shared.runtime import migrations

    for service in services or SERVICES:
        try:
            applied = asyncio.run(migrations.upgrade(settings_of(service)))
        except (migrations.MigrationError, OSError) as error:
            fail(f"{service}: {error}")
        show({"service": service, "applied": applied})


@app.command()
def create(service: str, name: str) -> None:
    """Make an empty database of a service on the local server, for a replay or a restore."""
    if service not in SERVICES or not re.fullmatch(r"[a-z][a-z0-9_]{0,62}", name):
        raise typer.BadParameter("expected a service, and a name of small letters, digits and _")
    try:
        local = importlib.import_module("deploy.local.databases")
    except ImportError:
        fail("only the local run makes databases: ask the administrator of this server for one")
    asyncio.run(local.create_on(home(), service, name))
    show({"service": service, "database": name})


@app.command()
def check(services: Services = None) -> None:
    """Show each database's revision and the code's; exit 1 when they differ."""
    from shared.runtime import migrations

    well = True
    for service in services or SERVICES:
        try:
            database, code = asyncio.run(migrations.check(settings_of(service)))
        except (migrations.MigrationError, OSError) as error:
            fail(f"{service}: {error}")
        show({"service": service, "database": database, "code": code, "current": database == code})
        well = well and database == code
    raise typer.Exit(0 if well else 1)
