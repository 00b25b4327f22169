"""Writing one row of our own, whose columns say whose it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.intake.domain.record import Record
from shared.messaging import Tx

WHOSE = ("person_id", "home_id", "programme", "municipality", "agency_ori")


def whose(row: Record) -> dict[str, Any]:
    """Person, home and tenant of a row, for the rows that follow from it."""
    return {name: row[name] for name in WHOSE}


async def insert(tx: Tx, table: str, values: Mapping[str, Any]) -> None:
    """Insert a row; the names in `values` are the code's own, never a form's."""
    names = ", ".join(values)
    places = ", ".join(f":{name}" for name in values)
    await tx.execute(f"insert into {table} ({names}) values ({places})", dict(values))  # noqa: S608
