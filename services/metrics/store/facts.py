"""Facts into their tables: one set-based statement per batch, whatever its size.

A fact row is a pure function of the newest version of its fact. A void keeps its ids and no content. Every
person whose facts changed, before or after, is queued to be counted again.
"""

# ruff: noqa: S608 - table and column names come from kinds.py, values are always parameters
from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, TypeVar
from zoneinfo import ZoneInfo

from shared.contracts import Event
from shared.messaging import Fact, Tx

E = TypeVar("E", bound=Event)


@dataclass(frozen=True)
class Calendar:
    """Civil days of the jurisdiction."""

    zone: ZoneInfo

    def day(self, moment: datetime) -> date:
        return moment.astimezone(self.zone).date()

    def day_or_none(self, moment: datetime | None) -> date | None:
        return None if moment is None else self.day(moment)


@dataclass(frozen=True)
class Kind(Generic[E]):
    """A fact table: its columns with their PostgreSQL types, and how an event fills them."""

    event: type[E]
    table: str
    columns: dict[str, str]
    row: Callable[[E, Calendar], tuple[Any, ...]]
    fact_id: str = "uuid"

    @property
    def of_person(self) -> bool:
        return self.event.by_person

    def types(self) -> dict[str, str]:
        """Every column of a row in order, with its type."""
        types = {"fact_id": self.fact_id, "version": "int", "voided": "boolean", "recorded_at": "timestamptz"}
        if self.of_person:
            types["person_key"] = "bytea"
        return types | self.columns


def person_key(tx: Tx, fact: Fact[Any]) -> bytes | None:
    """The pseudonym of whom the fact is published about."""
    body = fact.event or fact.void
    person_id = getattr(body, "person_id", None) or fact.person_id
    return tx.keys.person_key(person_id) if person_id else None


async def keep(tx: Tx, kind: Kind[E], facts: Sequence[Fact[E]]) -> None:
    """Store the newest versions of a batch's facts; erase the tombstoned ones."""
    rows = [row for fact in facts if (row := _row(tx, kind, fact)) is not None]
    if rows:
        columns = [list(column) for column in zip(*rows, strict=True)]
        await tx.execute(upsert_sql(kind), dict(zip(kind.types(), columns, strict=True)))
    gone = [fact for fact in facts if fact.erase]
    if gone:
        await tx.execute(erase_sql(kind), {"ids": [f.fact_id for f in gone], "versions": [f.version for f in gone]})


def _row(tx: Tx, kind: Kind[E], fact: Fact[E]) -> tuple[Any, ...] | None:
    body = fact.event or fact.void
    if body is None:
        return None
    head: tuple[Any, ...] = (fact.fact_id, fact.version, fact.event is None, body.recorded_at)
    if kind.of_person:
        head = (*head, person_key(tx, fact))
    if fact.event is None:
        return (*head, *([None] * len(kind.columns)))
    return (*head, *kind.row(fact.event, Calendar(ZoneInfo(tx.settings.timezone))))


def upsert_sql(kind: Kind[Any]) -> str:
    """Insert or replace where the version is higher, and queue the people before and after."""
    types = kind.types()
    names = ", ".join(types)
    arrays = ", ".join(f"cast(:{name} as {sql_type}[])" for name, sql_type in types.items())
    sets = ", ".join(f"{name} = excluded.{name}" for name in types if name != "fact_id")
    stored = f"""
        insert into {kind.table} as known ({names})
        select {names} from incoming order by fact_id
        on conflict (fact_id) do update set {sets} where excluded.version > known.version"""
    incoming = f"with incoming as (select * from unnest({arrays}) as t ({names}))"
    if not kind.of_person:
        return f"{incoming} {stored}"
    return f"""{incoming},
        before as (select known.person_key from {kind.table} known join incoming using (fact_id)),
        stored as ({stored} returning person_key)
        insert into copied.dirty (person_key)
        select person_key from stored
        union select person_key from before"""


def erase_sql(kind: Kind[Any]) -> str:
    """Delete facts up to the tombstone's version, and queue their people."""
    delete = f"""
        delete from {kind.table} known
        using unnest(cast(:ids as {kind.fact_id}[]), cast(:versions as int[])) as gone (fact_id, version)
        where known.fact_id = gone.fact_id and known.version <= gone.version"""
    if not kind.of_person:
        return delete
    return f"""
        with erased as ({delete} returning known.person_key)
        insert into copied.dirty (person_key) select distinct person_key from erased"""
