"""`lead dead-letters list|show|replay|discard SERVICE`: what could not be applied, and what becomes of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from shared.runtime.cli.answers import fail, settings_of, show
from shared.runtime.cli.rebuilding import handlers_of

if TYPE_CHECKING:
    from shared.messaging import Transactions

app = typer.Typer(help="Records that a service could not apply.", no_args_is_help=True)
ServiceName = Annotated[str, typer.Argument(metavar="SERVICE", help="referral, intake, casework or metrics")]
Letter = Annotated[str, typer.Argument(metavar="ID", help="topic/partition/offset")]


@app.command("list")
def list_(
    service: ServiceName,
    all_: Annotated[bool, typer.Option("--all", help="those that are settled as well")] = False,
) -> None:
    """List the open ones, oldest first, one JSON object a line."""
    from shared.messaging import dead_letters

    for letter in _run(service, lambda work: dead_letters.letters(work, state=None if all_ else "open")):
        show(letter)


@app.command("show")
def show_one(
    service: ServiceName,
    letter: Letter,
    content: Annotated[bool, typer.Option("--content", help="with its values, which may identify a person")] = False,
) -> None:
    """Show one with its reason."""
    from shared.messaging import dead_letters

    show(_run(service, lambda work: dead_letters.show(work, letter, content=content)))


@app.command()
def replay(service: ServiceName, letter: Letter) -> None:
    """Apply one again, after its cause was mended; exit 1 if it fails again."""
    from shared.messaging import dead_letters

    outcome = _run(service, lambda work: dead_letters.replay(work, letter))
    show({"id": letter, "outcome": outcome})
    if outcome == "failed":
        fail(f"It failed again; the new reason: lead dead-letters show {service} {letter}")


@app.command()
def discard(service: ServiceName, letter: Letter) -> None:
    """Give one up: its content is removed, its place and reason stay."""
    from shared.messaging import dead_letters

    _run(service, lambda work: dead_letters.discard(work, letter))
    show({"id": letter, "outcome": "discarded"})


def _run(service: str, work: Callable[[Transactions], Awaitable[Any]]) -> Any:
    from sqlalchemy.exc import DBAPIError

    from shared.messaging import Transactions
    from shared.messaging.dead_letters import NoSuchLetter
    from shared.runtime.database import Database
    from shared.runtime.keys import KeyFileError, Keyring

    settings, handlers = settings_of(service), handlers_of(service)

    async def run() -> Any:
        database = Database(settings.database_url("consumer"), pool_size=1)
        try:
            keys = Keyring.load(service, settings.secrets_dir)
            return await work(Transactions(database, keys, settings, handlers))
        finally:
            await database.close()

    try:
        return asyncio.run(run())
    except (NoSuchLetter, KeyFileError) as error:
        fail(str(error))
    except (DBAPIError, OSError) as error:
        fail(f"the database of {service} does not answer ({type(error).__name__}): see `lead status`")
