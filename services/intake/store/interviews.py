"""Interviews: started, finished, corrected, voided. A finished one is `intake-completed`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import orjson
from sqlalchemy import RowMapping

from services.intake.domain.finish import earliest
from services.intake.domain.instrument import Instrument
from services.intake.store import parts
from services.intake.store.rows import insert, whose
from shared.contracts import IntakeCompleted
from shared.contracts.codes import Demographics
from shared.contracts.envelope import VoidReason
from shared.messaging import Tx
from shared.runtime.ids import uuid7

SHARING, REASON = "own.interview.sharing", "own.interview.reason"


@dataclass(frozen=True)
class Finished:
    """What finishing adds to an interview."""

    completed_at: datetime
    reason: str
    minutes: int
    worker: str
    worker_name: str
    contact_id: UUID
    first_contact_at: datetime | None
    demographics: Demographics | None


async def of_referral(tx: Tx, referral_id: UUID, *, for_change: bool = False) -> RowMapping | None:
    """The interview of a referral that is not voided; locked when it is to be changed."""
    query = "select * from own.interview where referral_id = :id and state <> 'voided'"
    return await tx.row(f"{query} for update" if for_change else query, {"id": referral_id})


async def voided(tx: Tx, referral_id: UUID) -> int:
    """How many interviews of a referral were voided."""
    found = await tx.value(
        "select count(*) from own.interview where referral_id = :id and state = 'voided'", {"id": referral_id}
    )
    return int(found or 0)


async def start(
    tx: Tx, referral: RowMapping, instrument: Instrument, kind: Literal["full", "update"], language: str
) -> UUID:
    """A new interview with two empty parts. It keeps this version of the instrument to its end."""
    intake_id = uuid7()
    row = {
        "intake_id": intake_id,
        "referral_id": referral["referral_id"],
        "kind": kind,
        "instrument": instrument.instrument,
        "instrument_version": instrument.version,
        "language": language,
        "state": "open",
        "started_at": tx.now,
        "recorded_at": tx.now,
        **whose(referral),
    }
    await insert(tx, "own.interview", row)
    await parts.start(tx, row)
    return intake_id


async def set_language(tx: Tx, intake_id: UUID, language: str) -> None:
    await tx.execute(
        "update own.interview set language = :language where intake_id = :id", {"language": language, "id": intake_id}
    )


async def keep_sharing(tx: Tx, intake_id: UUID, sharing: Mapping[str, str]) -> None:
    """Keep what is answered of the release so far, sealed as a draft: nothing is consent until it is signed."""
    sealed = tx.keys.seal("DRAFT", SHARING, intake_id, orjson.dumps(dict(sharing)))
    await tx.execute(
        "update own.interview set sharing = :sharing, sharing_version = sharing_version + 1 where intake_id = :id",
        {"sharing": sealed, "id": intake_id},
    )


def sharing(tx: Tx, interview: RowMapping) -> dict[str, str]:
    """The draft that `keep_sharing` kept."""
    if interview["sharing"] is None:
        return {}
    draft: dict[str, str] = orjson.loads(
        tx.keys.open("DRAFT", SHARING, interview["intake_id"], bytes(interview["sharing"]))
    )
    return draft


async def finish(tx: Tx, interview: RowMapping, done: Finished) -> None:
    """Close the interview and publish it. The draft of the release goes: what was signed stands by itself."""
    await _write(
        tx,
        interview["intake_id"],
        {
            "state": "finished",
            "completed_at": done.completed_at,
            "earliest_completed_at": earliest(interview["earliest_completed_at"], done.completed_at),
            "reason": _sealed(tx, interview["intake_id"], done.reason),
            "minutes": done.minutes,
            "worker": done.worker,
            "worker_name": done.worker_name,
            "contact_id": done.contact_id,
            "first_contact_at": done.first_contact_at,
            "demographics": done.demographics.model_dump_json() if done.demographics else None,
            "sharing": None,
        },
    )


async def correct(tx: Tx, interview: RowMapping, completed_at: datetime, reason: str) -> None:
    """Say anew when it ended. The earliest end of all versions still decides the charge."""
    await _write(
        tx,
        interview["intake_id"],
        {
            "completed_at": completed_at,
            "earliest_completed_at": earliest(interview["earliest_completed_at"], completed_at),
            "reason": _sealed(tx, interview["intake_id"], reason),
        },
    )


async def void(tx: Tx, interview: RowMapping, why: VoidReason, reason: str) -> None:
    """Withdraw an intake. Its void keeps the earliest end: a charge given up stays given up."""
    row = await tx.row(
        "update own.interview set state = 'voided', reason = :reason, version = version + 1, recorded_at = :now "
        "where intake_id = :id returning *",
        {"reason": _sealed(tx, interview["intake_id"], reason), "now": tx.now, "id": interview["intake_id"]},
    )
    if row is not None:
        tx.publish(event(row).void(row["version"], tx.now, why))


async def _write(tx: Tx, intake_id: UUID, changes: Mapping[str, Any]) -> None:
    places = ", ".join(f"{name} = :{name}" for name in changes)
    row = await tx.row(
        f"update own.interview set {places}, version = version + 1, recorded_at = :now "  # noqa: S608
        "where intake_id = :id returning *",
        {**changes, "now": tx.now, "id": intake_id},
    )
    if row is not None:
        tx.publish(event(row))


def event(row: RowMapping) -> IntakeCompleted:
    """The fact of a finished interview (rule 5: both parts make the intake)."""
    return IntakeCompleted.model_validate(
        {name: row[name] for name in IntakeCompleted.model_fields if name in row}
        | {
            "action": "record" if row["version"] == 1 else "replace",
            "immediate_needs_done": True,
            "full_assessment_done": True,
            "demographics_self_reported": row["demographics"],
        }
    )


def _sealed(tx: Tx, intake_id: UUID, reason: str) -> bytes | None:
    return tx.keys.seal("TXT", REASON, intake_id, reason) if reason else None
