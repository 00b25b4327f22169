"""`lead replay SERVICE --from-beginning`: rebuild what a service copied, from the log."""

from __future__ import annotations

import asyncio
import importlib
import socket
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from shared.runtime.cli.answers import fail, settings_of, show

if TYPE_CHECKING:
    from shared.messaging import Handlers


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(replay)


def replay(
    service: Annotated[str, typer.Argument(help="referral, intake, casework or metrics")],
    from_beginning: Annotated[bool, typer.Option("--from-beginning", help="say that you mean it")] = False,
    into: Annotated[
        str | None, typer.Option(metavar="EMPTY_DB", help="an empty database; nothing else is touched")
    ] = None,
) -> None:
    """Rebuild the schema `copied`; in place the service must rest (`lead stop SERVICE`)."""
    from shared.messaging import replay as replaying
    from shared.runtime import migrations
    from shared.runtime.keys import KeyFileError, Keyring

    if not from_beginning:
        raise typer.BadParameter("a replay starts at the log's beginning: say --from-beginning", param_hint="replay")
    settings, handlers = settings_of(service), handlers_of(service)
    if not into and _lives(settings.port):
        fail(f"{service} runs: let it rest first (`lead stop {service}`), or replay --into an empty database.")

    async def run() -> replaying.Replayed:
        if into:
            await migrations.upgrade(settings.model_copy(update={"database_name": into}))
        keys = Keyring.load(service, settings.secrets_dir)
        return await replaying.replay(settings, keys, handlers, into=into, progress=_progress)

    try:
        done = asyncio.run(run())
    except (replaying.ReplayError, KeyFileError, migrations.MigrationError) as error:
        fail(str(error))
    except Exception as error:
        code = getattr(error, "sqlstate", "") or getattr(getattr(error, "orig", None), "sqlstate", "")
        if code == "3D000":
            fail(f"there is no database {into}: make it with `lead db create {service} {into}`")
        raise
    show({"service": service, "into": into, **asdict(done)})


def handlers_of(service: str) -> Handlers:
    """The handlers of a service, found by its name. Ends with a usage error for an unknown one."""
    from shared.runtime.settings import SERVICES

    if service not in SERVICES:
        raise typer.BadParameter(f"expected one of {', '.join(SERVICES)}", param_hint="SERVICE")
    found: Handlers = importlib.import_module(f"services.{service}.app").service.handlers
    return found


def _lives(port: int) -> bool:
    with socket.socket() as asked:
        return asked.connect_ex(("127.0.0.1", port)) == 0


def _progress(done: int, total: int) -> None:
    if sys.stderr.isatty():
        print(f"\rreplayed {done} of {total} records", end="\n" if done >= total else "", file=sys.stderr, flush=True)
