"""Keeping a faithful copy of other services' facts, many at a time.

A `Copy` says which table holds a kind of fact and where each column comes from. Writing a batch is two
statements whatever its size: one lock that keeps a merge from passing between, one upsert from `unnest`.
"""

# ruff: noqa: S608 - table and column names are constants of this package, values are always parameters

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Generic, TypeVar
from uuid import UUID

import orjson

from shared.contracts import Event
from shared.messaging import Fact, Tx

E = TypeVar("E", bound=Event)
Value = Callable[[E], object]

HOMES_LOCK = 0x484F4D45
"""Held shared by everyone who writes a row's home, exclusively while a merge re-homes rows."""

PERSON = {"person_id": "uuid", "programme": "text", "municipality": "text", "agency_ori": "text"}


@dataclass(frozen=True)
class Copy(Generic[E]):
    """One table of copied facts. `columns`: name -> (SQL type, where the value comes from)."""

    table: str
    key: str
    columns: Mapping[str, tuple[str, Value[E]]]
    key_type: str = "uuid"
    about_person: bool = True
    municipality: Value[E] = field(default=lambda event: None)
    agency: Value[E] = field(default=lambda event: None)

    async def keep(self, tx: Tx, facts: Sequence[Fact[E]]) -> None:
        """Write what was recorded, delete what was voided or erased."""
        events = [fact.event for fact in facts if fact.event is not None]
        gone = [self._key_of(fact) for fact in facts if fact.event is None]
        if events:
            if self.about_person:
                await share_homes(tx)
            await tx.execute(self._upsert, self._lists(tx, events))
        if gone:
            await tx.execute(self._delete, {"keys": gone})

    def _key_of(self, fact: Fact[E]) -> object:
        return UUID(fact.fact_id) if self.key_type == "uuid" else fact.fact_id

    def _lists(self, tx: Tx, events: Sequence[E]) -> dict[str, list[object]]:
        lists: dict[str, list[object]] = {self.key: [getattr(e, self.key) for e in events]}
        if self.about_person:
            lists["person_id"] = [getattr(e, "person_id") for e in events]  # noqa: B009
            lists["programme"] = [tx.settings.programme] * len(events)
            lists["municipality"] = [self.municipality(e) for e in events]
            lists["agency_ori"] = [self.agency(e) for e in events]
        for name, (kind, value) in self.columns.items():
            values = [value(e) for e in events]
            lists[name] = [_json(v) for v in values] if kind == "jsonb" else values
        return lists

    @cached_property
    def _types(self) -> dict[str, str]:
        person = PERSON if self.about_person else {}
        return {self.key: self.key_type} | person | {name: kind for name, (kind, _) in self.columns.items()}

    @cached_property
    def _upsert(self) -> str:
        types = self._types
        arrays = ", ".join(f"cast(:{n} as {'text' if k == 'jsonb' else k}[])" for n, k in types.items())
        read = [f"cast(r.{n} as jsonb)" if k == "jsonb" else f"r.{n}" for n, k in types.items()]
        names = list(types)
        join = ""
        if self.about_person:
            names.append("home_id")
            read.append("coalesce(h.home_id, r.person_id)")
            join = "left join copied.home h on h.person_id = r.person_id"
        changes = ", ".join(f"{n} = excluded.{n}" for n in names if n != self.key)
        return (
            f"insert into {self.table} ({', '.join(names)}) select {', '.join(read)} "
            f"from unnest({arrays}) as r({', '.join(types)}) {join} order by r.{self.key} "
            f"on conflict ({self.key}) do update set {changes}"
        )

    @cached_property
    def _delete(self) -> str:
        return f"delete from {self.table} where {self.key} = any(cast(:keys as {self.key_type}[]))"


async def share_homes(tx: Tx) -> None:
    """Until this transaction ends no merge changes anyone's home."""
    await tx.execute("select pg_advisory_xact_lock_shared(:lock)", {"lock": HOMES_LOCK})


async def lock_people(tx: Tx, people: set[UUID]) -> None:
    """Wait for, then keep out, other transactions that work out something anew for the same people."""
    keys = sorted({int.from_bytes(person.bytes[8:], signed=True) for person in people})
    await tx.execute("select pg_advisory_xact_lock(key) from unnest(cast(:keys as bigint[])) as key", {"keys": keys})


def _json(value: Any) -> str:
    return orjson.dumps(value, default=_plain).decode()


def _plain(value: Any) -> object:
    return value.model_dump(mode="json", by_alias=True, exclude_none=True)
