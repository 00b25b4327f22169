"""What a finished interview says, published: the sealed assessments and the baseline of each status."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from sqlalchemy import RowMapping

from services.intake.domain.answers import Value
from services.intake.domain.instrument import Instrument
from services.intake.domain.outcome import SENSITIVE, Findings, baselines, findings
from services.intake.domain.record import Record
from services.intake.store.rows import insert, whose
from shared.contracts import AssessmentRecorded, StatusRecorded
from shared.contracts.envelope import VoidReason
from shared.messaging import Tx
from shared.runtime.ids import uuid7

VALUE = "own.baseline.value"


async def record(
    tx: Tx,
    interview: RowMapping,
    instrument: Instrument,
    answers: Mapping[str, Value],
    on: date,
    consents: Mapping[str, UUID],
) -> None:
    """Publish the assessments and the statuses of `on`, those of health only under consent for evaluation."""
    for found in findings(instrument, answers):
        await _assessment(tx, interview, instrument, found, list(consents.values()))
    for one in baselines(instrument, answers):
        status_id = uuid7()
        row = {
            "status_id": status_id,
            "intake_id": interview["intake_id"],
            "domain": one.domain,
            "value": tx.keys.seal("CLI", VALUE, status_id, one.value),
            "from_on": on,
            "asked": one.asked,
            "instrument": f"{instrument.instrument}-{instrument.version}",
            "published": one.domain not in SENSITIVE or "evaluation" in consents,
            "version": 1,
            **whose(interview),
        }
        await insert(tx, "own.baseline", row)
        if row["published"]:
            tx.publish(_status(tx, row, interview["kind"]))


async def publish_held(tx: Tx, home_id: UUID) -> None:
    """The statuses that waited for a consent for evaluation, once it is given."""
    rows = await tx.rows(
        "update own.baseline b set published = true from own.interview i "
        "where b.home_id = :home and not b.published and i.intake_id = b.intake_id and i.state = 'finished' "
        "returning b.*, i.kind",
        {"home": home_id},
    )
    tx.publish(*(_status(tx, row, row["kind"]) for row in rows))


async def void(tx: Tx, intake_id: UUID, why: VoidReason) -> None:
    """Withdraw the assessments and statuses of a voided intake."""
    told = await tx.rows(
        "update own.assessment set version = version + 1 where intake_id = :id returning *", {"id": intake_id}
    )
    for row in told:
        empty = {"instrument": "voided", "instrument_version": 1, "answers": {}}
        fact = AssessmentRecorded.model_validate({**row, **empty, "recorded_at": tx.now})
        tx.publish(fact.void(row["version"], tx.now, why))
    said = await tx.rows(
        "update own.baseline set version = version + 1 where intake_id = :id and published returning *",
        {"id": intake_id},
    )
    for row in said:
        tx.publish(_status(tx, row, "full").void(row["version"], tx.now, why))


async def _assessment(
    tx: Tx, interview: RowMapping, instrument: Instrument, found: Findings, consent_ids: list[UUID]
) -> None:
    row = {
        "assessment_id": uuid7(),
        "intake_id": interview["intake_id"],
        "referral_id": interview["referral_id"],
        "part2": found.part2,
        "version": 1,
        **whose(interview),
    }
    await insert(tx, "own.assessment", row)
    tx.publish(
        AssessmentRecorded.model_validate(
            {
                **row,
                "recorded_at": tx.now,
                "instrument": instrument.instrument,
                "instrument_version": instrument.version,
                "answers": found.answers,
                "needs": list(found.needs),
                "goals_in_own_words": list(found.goals),
                "consent_ids": consent_ids,
            }
        )
    )


def _status(tx: Tx, row: Record, kind: str) -> StatusRecorded:
    return StatusRecorded.model_validate(
        {
            "status_id": row["status_id"],
            "person_id": row["person_id"],
            "version": row["version"],
            "action": "record" if row["version"] == 1 else "replace",
            "recorded_at": tx.now,
            "domain": row["domain"],
            "value": tx.keys.open("CLI", VALUE, row["status_id"], bytes(row["value"])).decode(),
            "from": row["from_on"],
            "timepoint": "baseline" if kind == "full" else "other",
            "instrument": row["instrument"],
            "asked": row["asked"],
        }
    )
