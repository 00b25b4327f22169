"""Stored snapshots: what was published, when, and from what was known. A snapshot is never changed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

import orjson

from services.metrics.domain.figure import Figure
from services.metrics.domain.figures import figures
from services.metrics.domain.intervals import Interval
from services.metrics.domain.windows import WINDOWS
from services.metrics.store.cells import read_counts
from services.metrics.store.registry import definitions
from shared.messaging import Tx
from shared.runtime.ids import uuid7

Cause = Literal["monthly", "operator", "demo"]


@dataclass(frozen=True)
class Snapshot:
    """One frozen publication. `notes` are warnings that hold for all of it."""

    snapshot_id: UUID
    as_of: date
    known_at: datetime
    kind: str
    definitions_version: int
    notes: dict[str, Any]
    hash: str


_NEWEST = "select * from own.snapshot order by known_at desc, snapshot_id desc limit 1"
_BY_DAY = "select * from own.snapshot where as_of = :as_of order by known_at desc, snapshot_id desc limit 1"
_ALL = "select * from own.snapshot order by known_at desc, snapshot_id desc limit 240"
_INSERT = """
    insert into own.snapshot (snapshot_id, as_of, known_at, kind, definitions_version, notes, hash)
    values (:snapshot_id, :as_of, :known_at, :kind, :definitions_version, cast(:notes as jsonb), :hash)
"""
_INSERT_VALUES = """
    insert into own.snapshot_value
    select cast(:snapshot_id as uuid), place, definition, definition_version, labels, unit, value, numerator,
           denominator, low, high, method, level, suppressed, reason, sentence
    from jsonb_to_recordset(cast(:rows as jsonb)) as row (
        place int, definition text, definition_version int, labels jsonb, unit text, value float8,
        numerator bigint, denominator bigint, low float8, high float8, method text, level float8,
        suppressed boolean, reason text, sentence text)
"""
_VALUES = "select * from own.snapshot_value where snapshot_id = :snapshot_id order by place"


async def freeze(tx: Tx, as_of: date, kind: Cause) -> Snapshot:
    """Publish every figure as of a day, from what is known now. The same content again is not stored twice."""
    counts = await read_counts(tx, as_of)
    published = figures(counts, definitions(), "published")
    rows = [_row(place, figure) for place, figure in enumerate(published)]
    selected = any(counts.tally("any", window, "full").selected for window in WINDOWS)
    notes = {"selection_warning": selected}
    digest = hashlib.sha256(orjson.dumps([notes, rows], option=orjson.OPT_SORT_KEYS)).hexdigest()
    last = await newest(tx)
    if last is not None and last.hash == digest and last.as_of == as_of:
        return last
    made = Snapshot(uuid7(), as_of, tx.now, kind, definitions().version, notes, digest)
    await tx.execute(
        _INSERT,
        {
            "snapshot_id": made.snapshot_id,
            "as_of": as_of,
            "known_at": made.known_at,
            "kind": kind,
            "definitions_version": made.definitions_version,
            "notes": orjson.dumps(notes).decode(),
            "hash": digest,
        },
    )
    await tx.execute(_INSERT_VALUES, {"snapshot_id": made.snapshot_id, "rows": orjson.dumps(rows).decode()})
    return made


async def newest(tx: Tx, as_of: date | None = None) -> Snapshot | None:
    """The newest snapshot, or the newest one of a day."""
    row = await tx.row(_NEWEST) if as_of is None else await tx.row(_BY_DAY, {"as_of": as_of})
    return Snapshot(**row) if row else None


async def snapshots(tx: Tx) -> list[Snapshot]:
    """Every snapshot of the last twenty years of months, newest first."""
    return [Snapshot(**row) for row in await tx.rows(_ALL)]


async def published(tx: Tx, snapshot: Snapshot) -> list[Figure]:
    """The figures of a snapshot, as they were published."""
    rows = await tx.rows(_VALUES, {"snapshot_id": snapshot.snapshot_id})
    return [_figure(row, snapshot.as_of) for row in rows]


def _row(place: int, figure: Figure) -> dict[str, Any]:
    interval = figure.interval
    return {
        "place": place,
        "definition": figure.definition,
        "definition_version": figure.definition_version,
        "labels": figure.labels,
        "unit": figure.unit,
        "value": figure.value,
        "numerator": figure.numerator,
        "denominator": figure.denominator,
        "low": interval.low if interval else None,
        "high": interval.high if interval else None,
        "method": interval.method if interval else None,
        "level": interval.level if interval else None,
        "suppressed": figure.suppressed,
        "reason": figure.reason,
        "sentence": figure.sentence,
    }


def _figure(row: Any, as_of: date) -> Figure:
    interval = None
    if row["low"] is not None:
        interval = Interval(low=row["low"], high=row["high"], method=row["method"], level=row["level"])
    names = (
        "definition", "definition_version", "labels", "unit", "value", "numerator", "denominator", "suppressed",
        "reason", "sentence",
    )  # fmt: skip
    return Figure(interval=interval, as_of=as_of, **{name: row[name] for name in names})


def find(among: Sequence[Figure], definition: str, **labels: str) -> Figure | None:
    """The figure with these labels, if it is among them."""
    return next((f for f in among if f.definition == definition and f.labels == labels), None)
