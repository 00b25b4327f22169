"""Holding two databases of a service against each other: every row of `copied`, sealed columns opened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.messaging.schema import SEALED as SEALED_BY_MESSAGING
from shared.runtime.database import Database
from shared.runtime.keys import Keyring
from shared.runtime.settings import Settings

_BOOKKEEPING = {"copied.freshness"}
"""When a beat was heard is no fact about anybody. Of the inbox, an erased fact may have left the log."""
_WHERE = {"copied.inbox": "where not erased"}
_TABLES = text("""
    select n.nspname || '.' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = :schema and c.relkind in ('r', 'p') and not c.relispartition order by 1
""")


@dataclass(frozen=True)
class TableDifference:
    """One table: its rows on both sides, how many have no equal on the other, and in which columns."""

    table: str
    rows: tuple[int, int]
    unmatched: tuple[int, int]
    columns: tuple[str, ...]

    @property
    def equal(self) -> bool:
        return self.unmatched == (0, 0)


async def compare(
    one: Settings,
    other: Settings,
    keys: Keyring,
    sealed: Mapping[str, tuple[str, str]],
    *,
    schema: str = "copied",
    without: frozenset[str] = frozenset(),
) -> list[TableDifference]:
    """Every table of a schema in both databases. `sealed` is the service's map: column -> (class, SQL of row id);
    `without` names tables or columns ("schema.table[.column]") that need not be equal."""
    known = {**SEALED_BY_MESSAGING, **sealed}
    left, right = await _content(one, keys, known, schema, without), await _content(other, keys, known, schema, without)
    found = []
    for table in sorted({*left, *right}):
        a, b = left.get(table, Counter()), right.get(table, Counter())
        only_a, only_b = a - b, b - a
        found.append(
            TableDifference(table, (a.total(), b.total()), (only_a.total(), only_b.total()), _differing(only_a, only_b))
        )
    return found


Rows = Counter[tuple[tuple[str, str], ...]]


async def _content(
    settings: Settings, keys: Keyring, sealed: Mapping[str, tuple[str, str]], schema: str, without: frozenset[str]
) -> dict[str, Rows]:
    database = Database(settings.database_url("migrate"), pool_size=1)
    try:
        async with database.begin() as connection:
            await connection.execute(text(f"set local role lead_{settings.service}_owner"))
            tables = (await connection.execute(_TABLES, {"schema": schema})).scalars().all()
            return {
                table: await _rows(connection, keys, table, sealed, without)
                for table in tables
                if table not in _BOOKKEEPING and table not in without
            }
    finally:
        await database.close()


async def _rows(
    connection: AsyncConnection,
    keys: Keyring,
    table: str,
    sealed: Mapping[str, tuple[str, str]],
    without: frozenset[str],
) -> Rows:
    mine = {
        column.rpartition(".")[2]: (klass, row_id, column)
        for column, (klass, row_id) in sealed.items()
        if column.rpartition(".")[0] == table
    }
    ids = "".join(f', ({row_id}) as "id of {name}"' for name, (_, row_id, _) in mine.items())
    query = f"select *{ids} from {table} {_WHERE.get(table, '')}"  # noqa: S608
    rows: Rows = Counter()
    for row in (await connection.execute(text(query))).mappings():
        shown = []
        for name, value in row.items():
            if name.startswith("id of ") or f"{table}.{name}" in without:
                continue
            if name in mine and value is not None:
                klass, _, column = mine[name]
                value = _opened(keys, klass, column, row[f"id of {name}"], bytes(value))
            shown.append((name, repr(value)))
        rows[tuple(shown)] += 1
    return rows


def _opened(keys: Keyring, klass: str, column: str, row_id: Any, value: bytes) -> bytes:
    return keys.open(klass, column, row_id, value)


def _differing(one: Rows, other: Rows) -> tuple[str, ...]:
    """Columns in which the unmatched rows differ, by name only: a value could identify someone."""
    names: set[str] = set()
    for row, near in zip(sorted(one), sorted(other), strict=False):
        names.update(a[0] for a, b in zip(row, near, strict=False) if a != b)
    return tuple(sorted(names))
