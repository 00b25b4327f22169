"""The rules about data that only a migrated server can show, each also shown to fail when it is broken."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from shared.runtime.settings import SERVICES, Settings
from tests.integration.stack import Stack

pytestmark = pytest.mark.integration


@pytest.fixture(params=SERVICES)
async def service(request: pytest.FixtureRequest, stack: Stack) -> AsyncIterator[Settings]:
    settings = await stack.fresh_database(request.param)
    yield settings
    await stack.drop_database(settings)


@pytest.fixture
async def admin(stack: Stack, service: Settings) -> AsyncIterator[Any]:
    connection = await stack.administrator(service.database_name)
    yield connection
    await connection.close()


async def tables_elsewhere(admin: Any) -> list[str]:
    """A service's tables are of two kinds, by schema name."""
    rows = await admin.fetch(
        "select schemaname || '.' || tablename from pg_tables"
        " where schemaname not in ('own', 'copied', 'pg_catalog', 'information_schema')"
    )
    return [row[0] for row in rows]


async def strangers(admin: Any, service: str) -> list[str]:
    """Roles of other services that may connect to this database, or hold any right on a table in it."""
    rows = await admin.fetch(
        "select rolname from pg_roles where rolname like 'lead\\_%' and rolname not like $1"
        " and (has_database_privilege(rolname, current_database(), 'connect') or exists ("
        "   select from information_schema.role_table_grants g where g.grantee = rolname))",
        f"lead\\_{service}\\_%",
    )
    return [row[0] for row in rows]


async def mighty_logins(admin: Any) -> list[str]:
    """No login role owns a table, is superuser or passes by row-level security."""
    rows = await admin.fetch(
        "select rolname from pg_roles r where rolcanlogin and rolname like 'lead\\_%' and (rolsuper or rolbypassrls"
        " or exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace"
        "            where c.relowner = r.oid and n.nspname in ('own', 'copied')))"
    )
    return [row[0] for row in rows]


async def unprotected(admin: Any) -> list[str]:
    """Every table forces row-level security, Alembic's own bookkeeping apart."""
    rows = await admin.fetch(
        "select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace"
        " where n.nspname in ('own', 'copied') and c.relkind in ('r', 'p') and not c.relispartition"
        " and c.relname <> 'alembic_version' and not (c.relrowsecurity and c.relforcerowsecurity)"
    )
    return [row[0] for row in rows]


async def open_views(admin: Any) -> list[str]:
    """A plain view would show rows its owner sees: each is security_invoker, and none is materialised."""
    rows = await admin.fetch(
        "select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace"
        " where n.nspname in ('own', 'copied') and (c.relkind = 'm' or (c.relkind = 'v'"
        " and not coalesce(c.reloptions, '{}') && array['security_invoker=true', 'security_invoker=on']))"
    )
    return [row[0] for row in rows]


async def people_in_clear(admin: Any) -> list[str]:
    """Metrics never holds a person_id."""
    rows = await admin.fetch(
        "select table_schema || '.' || table_name from information_schema.columns"
        " where column_name = 'person_id' and table_schema in ('own', 'copied')"
        " and table_name not in ('waiting', 'audit')"
    )
    return [row[0] for row in rows]


async def test_tables_stand_in_own_or_copied(admin: Any) -> None:
    assert await tables_elsewhere(admin) == []
    await admin.execute("create table public.leftover (x int)")
    assert await tables_elsewhere(admin) == ["public.leftover"]


async def test_no_role_of_another_service_has_a_right_here(admin: Any, service: Settings) -> None:
    assert await strangers(admin, service.service) == []
    other = next(name for name in SERVICES if name != service.service)
    await admin.execute(f"grant connect on database {service.database_name} to lead_{other}_web")
    assert await strangers(admin, service.service) == [f"lead_{other}_web"]


async def test_no_login_role_owns_or_passes_by(admin: Any, service: Settings) -> None:
    assert await mighty_logins(admin) == []
    await admin.execute(f"alter table own.outbox owner to lead_{service.service}_web")
    assert await mighty_logins(admin) == [f"lead_{service.service}_web"]


async def test_every_table_forces_row_level_security(admin: Any) -> None:
    assert await unprotected(admin) == []
    await admin.execute("alter table own.outbox no force row level security")
    assert await unprotected(admin) == ["own.outbox"]


async def test_no_view_passes_by_row_level_security(admin: Any) -> None:
    assert await open_views(admin) == []
    await admin.execute("create view own.everything as select * from own.outbox")
    assert await open_views(admin) == ["own.everything"]


async def test_metrics_holds_no_person_id(admin: Any, service: Settings) -> None:
    if service.service == "metrics":
        assert await people_in_clear(admin) == []
    await admin.execute("create table copied.leaky (person_id uuid)")
    assert "copied.leaky" in await people_in_clear(admin)


async def test_a_row_about_a_person_remembers_who_it_was_published_under(admin: Any, service: Settings) -> None:
    """For unmerge: `person_id` as published, `home_id` who it is about today."""
    rows = await admin.fetch(
        "select a.table_schema || '.' || a.table_name from information_schema.columns a"
        " join pg_tables t on (t.schemaname, t.tablename) = (a.table_schema, a.table_name)"
        " where a.column_name = 'home_id' and a.table_schema in ('own', 'copied') and not exists ("
        "   select from information_schema.columns b where b.column_name = 'person_id'"
        "   and (b.table_schema, b.table_name) = (a.table_schema, a.table_name))"
    )
    assert [row[0] for row in rows] == []
