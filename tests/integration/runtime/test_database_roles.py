"""What each database role may do, asked of the real server."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from shared.runtime import migrations
from shared.runtime.database import Database
from shared.runtime.scope import scope
from shared.runtime.settings import Settings
from tests.integration.conftest import FreshDatabase

MIGRATION = '''
from alembic import op
from shared.runtime.tables import create_schemas, grant, protect

revision = "0001"
down_revision = None

def upgrade():
    create_schemas("casework")
    op.execute("""
        create table own.visit (id int primary key, programme text not null, municipality text, agency_ori text);
        create table own.setting (name text primary key)
    """)
    for table in ("own.visit", "own.setting"):
        grant(table, web="select, insert", consumer="select, insert, update, delete")
    protect("own.visit")
    protect("own.setting", tenant=False)
'''


@pytest.fixture
async def settings(fresh_database: FreshDatabase, tmp_path) -> Settings:
    found = await fresh_database("casework", migrated=False)
    versions = tmp_path / "services" / "casework" / "store" / "migrations" / "versions"
    versions.mkdir(parents=True)
    (versions / "0001_first.py").write_text(MIGRATION)
    assert await migrations.upgrade(found, tmp_path) == ["0001"]
    assert await migrations.upgrade(found, tmp_path) == []
    assert await migrations.check(found, tmp_path) == ("0001", "0001")
    return found


async def _seen(database: Database, said: str | None) -> list[int]:
    async with database.begin() as connection:
        if said is not None:
            await connection.execute(text("select set_config('lead.scope', :scope, true)"), {"scope": said})
        return list((await connection.execute(text("select id from own.visit order by id"))).scalars())


async def test_a_web_role_sees_the_rows_of_its_scope_and_none_without(settings: Settings) -> None:
    consumer, web = Database(settings.database_url("consumer")), Database(settings.database_url("web"))
    async with consumer.begin() as connection:
        await connection.exec_driver_sql(
            "insert into own.visit values (1, 'allegheny', 'Mt. Lebanon', 'PAPPD0000'), (2, 'allegheny', null, null),"
            " (3, 'elsewhere', 'Rankin', 'PA0020000')"
        )
    try:
        assert await _seen(consumer, None) == [1, 2, 3]
        assert await _seen(web, None) == []
        assert await _seen(web, "") == []
        assert await _seen(web, scope(programmes=("allegheny",))) == [1, 2]
        assert await _seen(web, scope(agencies=("PAPPD0000",))) == [1]
        assert await _seen(web, scope(municipalities=("Mt. Lebanon", "Rankin"))) == [1, 3]
        assert await _seen(web, None) == [], "a scope must not stay in the pooled session"
    finally:
        await consumer.close()
        await web.close()


async def test_a_web_role_cannot_write_outside_its_scope(settings: Settings) -> None:
    web = Database(settings.database_url("web"))
    insert = "insert into own.visit values (9, 'elsewhere', null, null)"
    async with web.connect() as connection:
        await connection.exec_driver_sql("select set_config('lead.scope', 'programme:allegheny', true)")
        with pytest.raises(DBAPIError, match="row-level security"):
            await connection.exec_driver_sql(insert)
    await web.close()


@pytest.mark.parametrize("role", ["web", "consumer", "relay", "sealer"])
async def test_no_serving_role_can_change_tables_or_become_the_owner(settings: Settings, role: str) -> None:
    database = Database(settings.database_url(role))
    for statement in (
        "set role lead_casework_owner",
        "alter table own.visit disable row level security",
        "create table own.extra (id int)",
        "truncate own.visit",
    ):
        with pytest.raises(DBAPIError):
            async with database.begin() as connection:
                await connection.exec_driver_sql(statement)
    await database.close()


async def test_a_role_of_one_service_cannot_open_the_database_of_another(settings: Settings, stack) -> None:
    other = stack.settings("intake", database_name=settings.database_name)
    database = Database(other.database_url("web"))
    with pytest.raises((DBAPIError, OSError, PermissionError, Exception), match="permission denied"):
        await database.ready()
    await database.close()
