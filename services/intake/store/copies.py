"""Keeping a faithful copy of other services' facts, many at a time.

A copied row is a function of its fact's newest version and of the merges that stand, nothing else: no local
time and no serial, so that a replay leads to the same rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import orjson

from shared.contracts import Event
from shared.messaging import Fact, Tx

E = TypeVar("E", bound=Event)

HOMES_LOCK = 0x484F4D45
"""Held shared while rows get their home, alone while a merge moves rows."""


@dataclass(frozen=True)
class Copy(Generic[E]):
    """A table of copied facts: its key column and how an event becomes the other columns."""

    table: str
    key: str
    row: Callable[[Tx, E], Mapping[str, Any]]
    has_home: bool = True
    has_tenant: bool = True

    async def keep(self, tx: Tx, facts: Sequence[Fact[E]]) -> None:
        """Write what was recorded and delete what was voided or erased: at most three statements a batch."""
        rows = [self._row(tx, fact.fact_id, fact.event) for fact in facts if fact.event is not None]
        gone = [fact.fact_id for fact in facts if fact.event is None]
        if rows and self.has_home:
            await tx.execute("select pg_advisory_xact_lock_shared(:lock)", {"lock": HOMES_LOCK})
        if rows:
            await tx.execute(self._upsert(list(rows[0])), {"rows": orjson.dumps(rows, default=_plain).decode()})
        if gone:
            await tx.execute(
                f"delete from {self.table} where cast({self.key} as text) = any(cast(:keys as text[]))",  # noqa: S608
                {"keys": gone},
            )

    def _row(self, tx: Tx, fact_id: str, event: E) -> dict[str, Any]:
        tenant = {"programme": tx.settings.programme, "municipality": None, "agency_ori": None}
        return {self.key: fact_id} | (tenant if self.has_tenant else {}) | dict(self.row(tx, event))

    def _upsert(self, columns: list[str]) -> str:
        read = [f"r.{name}" for name in columns]
        join = ""
        if self.has_home:
            columns = [*columns, "home_id"]
            read.append("coalesce(h.home_id, r.person_id)")
            join = "left join copied.home h on h.person_id = r.person_id"
        changes = ", ".join(f"{name} = excluded.{name}" for name in columns if name != self.key)
        return (
            f"insert into {self.table} ({', '.join(columns)}) select {', '.join(read)} "  # noqa: S608
            f"from jsonb_populate_recordset(null::{self.table}, cast(:rows as jsonb)) r {join} "
            f"order by r.{self.key} on conflict ({self.key}) do update set {changes}"
        )


def _plain(value: Any) -> object:
    """Nested parts of an event, and bytes in PostgreSQL's hex form."""
    if isinstance(value, bytes):
        return "\\x" + value.hex()
    return value.model_dump(mode="json", by_alias=True, exclude_none=True)
