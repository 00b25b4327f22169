"""Each service's own Alembic history, run as the migrate role which becomes the owner."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.migration import MigrationContext, RevisionStep
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from alembic.script.revision import ResolutionError
from sqlalchemy import Connection, event
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool
from sqlalchemy.util import await_only

from shared.runtime.settings import Settings

_LOCK = 0x4C454144
"""One migration at a time in a database, however many processes start at once."""


class MigrationError(Exception):
    """The database and the code disagree; the message says how, and what to run."""


async def upgrade(settings: Settings, root: Path | None = None) -> list[str]:
    """Bring the service's database to the newest revision; the revisions that were applied."""
    script = _script(settings.service, root)
    engine = create_async_engine(settings.database_url("migrate"), poolclass=NullPool)
    event.listen(engine.sync_engine, "do_execute", _whole_scripts)
    try:
        async with engine.begin() as connection:
            await _become_owner(connection, settings.service)
            return await connection.run_sync(_upgrade, script)
    finally:
        await engine.dispose()


async def check(settings: Settings, root: Path | None = None) -> tuple[str | None, str | None]:
    """(revision of the database, newest revision of the code); equal when nothing is to be done."""
    script = _script(settings.service, root)
    engine = create_async_engine(settings.database_url("migrate"), poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            await _become_owner(connection, settings.service)
            return await connection.run_sync(_revision), script.get_current_head()
    finally:
        await engine.dispose()


def _script(service: str, root: Path | None) -> ScriptDirectory:
    folder = (root or Path(__file__).parents[2]) / "services" / service / "store" / "migrations"
    if not (folder / "versions").is_dir():
        raise MigrationError(f"{service} has no migrations: expected {folder / 'versions'}")
    config = Config()
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return ScriptDirectory.from_config(config)


async def _become_owner(connection: AsyncConnection, service: str) -> None:
    await connection.exec_driver_sql(f"select pg_advisory_xact_lock({_LOCK})")
    await connection.exec_driver_sql(f"set local role lead_{service}_owner")
    await connection.exec_driver_sql(f"set local lead.service = '{service}'")
    await connection.exec_driver_sql("create schema if not exists own")


def _upgrade(connection: Connection, script: ScriptDirectory) -> list[str]:
    applied: list[str] = []

    def steps(revision: Any, _context: MigrationContext) -> list[RevisionStep]:
        try:
            found = script._upgrade_revs("head", revision)
        except ResolutionError:
            raise MigrationError(
                f"the database is at revision {revision}, which this release does not know: run a newer one"
            ) from None
        applied.extend(step.revision.revision for step in found)
        return found

    with EnvironmentContext(Config(), script, fn=steps) as environment:
        environment.configure(connection=connection, version_table_schema="own")
        with environment.begin_transaction():
            environment.run_migrations()
    return applied


def _revision(connection: Connection) -> str | None:
    context = MigrationContext.configure(connection, opts={"version_table_schema": "own"})
    return context.get_current_revision()


def _whole_scripts(cursor: Any, statement: str, parameters: Any, _context: Any) -> bool:
    """Run a text of several commands by the simple protocol; a prepared statement takes only one."""
    if parameters or ";" not in statement.rstrip().rstrip(";"):
        return False
    adapted = cursor._adapt_connection
    if adapted._transaction is None:
        await_only(adapted._start_transaction())
    await_only(adapted._connection.execute(statement))
    return True
