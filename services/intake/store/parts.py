"""The sealed answers of the two parts of an interview. One person writes a part at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import RowMapping

from services.intake.domain.answers import Entry, Sheet, Value
from services.intake.domain.record import Record
from services.intake.store.rows import insert, whose
from shared.messaging import Tx
from shared.runtime.ids import uuid7

SHEET = "own.interview_part.sheet"
HOLD = timedelta(minutes=30)
"""How long a part stays with its writer after their last save."""


@dataclass(frozen=True)
class SavedPart:
    """One part as it stands."""

    part_id: UUID
    number: int
    sheet: Sheet
    row_version: int
    writer: str | None
    writer_name: str | None
    writing_since: datetime | None
    saved_at: datetime | None
    done_at: datetime | None

    def held_by_other(self, worker: str, now: datetime) -> bool:
        """Someone else writes it: they saved less than half an hour ago and are not done."""
        if self.writer in (None, worker) or self.done_at is not None or self.saved_at is None:
            return False
        return now - self.saved_at < HOLD


async def start(tx: Tx, interview: Record) -> None:
    """The two empty parts of a new interview."""
    for number in (1, 2):
        part_id = uuid7()
        values = {"part_id": part_id, "intake_id": interview["intake_id"], "part": number}
        sealed = _seal(tx, part_id, Sheet())
        await insert(tx, "own.interview_part", {**values, "sheet": sealed, **whose(interview)})


async def parts(tx: Tx, intake_id: UUID, *, for_change: bool = False) -> tuple[SavedPart, SavedPart]:
    """Both parts, opened; locked against others when they are to be changed."""
    query = "select * from own.interview_part where intake_id = :id order by part"
    rows = await tx.rows(f"{query} for update" if for_change else query, {"id": intake_id})
    first, second = (_opened(tx, row) for row in rows)
    return first, second


async def save(
    tx: Tx, part: SavedPart, changes: Mapping[str, Value], worker: str, name: str, done_at: datetime | None
) -> SavedPart:
    """Write answers into a locked part. Saving a finished part again does not move when it ended."""
    version = part.row_version + 1
    for question_id, value in changes.items():
        part.sheet.note(question_id, Entry(since=version, value=value, by=worker, at=tx.now.isoformat()))
    new_writer = part.writer != worker
    row = await tx.row(
        """
        update own.interview_part
        set sheet = :sheet, row_version = :version, writer = :worker, writer_name = :name, saved_at = :now,
            writing_since = case when :new_writer then :now else writing_since end,
            done_at = coalesce(:done_at, done_at)
        where part_id = :id returning *
        """,
        {
            "sheet": _seal(tx, part.part_id, part.sheet),
            "version": version,
            "worker": worker,
            "name": name,
            "now": tx.now,
            "new_writer": new_writer,
            "done_at": done_at,
            "id": part.part_id,
        },
    )
    return _opened(tx, row) if row is not None else part


async def keep_lost(tx: Tx, part: SavedPart, values: Mapping[str, Value], worker: str) -> None:
    """Keep in the history what someone typed and could not save, so that nothing typed is lost."""
    for question_id, value in values.items():
        if part.sheet.lost(question_id, worker) == value:
            continue
        part.sheet.note(
            question_id, Entry(since=part.row_version, value=value, by=worker, at=tx.now.isoformat(), kept=True)
        )
    await tx.execute(
        "update own.interview_part set sheet = :sheet where part_id = :id",
        {"sheet": _seal(tx, part.part_id, part.sheet), "id": part.part_id},
    )


async def hand_to(tx: Tx, part: SavedPart, worker: str, name: str) -> None:
    """Let another person write a part; what was saved stays."""
    await tx.execute(
        "update own.interview_part set writer = :worker, writer_name = :name, writing_since = :now, saved_at = :now "
        "where part_id = :id",
        {"worker": worker, "name": name, "now": tx.now, "id": part.part_id},
    )


def _seal(tx: Tx, part_id: UUID, sheet: Sheet) -> bytes:
    return tx.keys.seal("CLI", SHEET, part_id, sheet.model_dump_json())


def _opened(tx: Tx, row: RowMapping) -> SavedPart:
    plain = tx.keys.open("CLI", SHEET, row["part_id"], bytes(row["sheet"]))
    return SavedPart(
        part_id=row["part_id"],
        number=row["part"],
        sheet=Sheet.model_validate_json(plain),
        row_version=row["row_version"],
        writer=row["writer"],
        writer_name=row["writer_name"],
        writing_since=row["writing_since"],
        saved_at=row["saved_at"],
        done_at=row["done_at"],
    )
