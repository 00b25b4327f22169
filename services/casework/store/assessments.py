"""What a person said in an interview: sealed, opened only for their care team."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import orjson

from services.casework.store.copies import share_homes
from services.casework.store.sealed import ASSESSMENT
from shared.contracts import AssessmentRecorded
from shared.messaging import Fact, Tx


async def keep(tx: Tx, facts: Sequence[Fact[AssessmentRecorded]]) -> None:
    """Write the newest versions; forget those voided or erased."""
    gone = [UUID(fact.fact_id) for fact in facts if fact.event is None]
    if gone:
        await tx.execute("delete from copied.assessment where assessment_id = any(cast(:ids as uuid[]))", {"ids": gone})
    events = [fact.event for fact in facts if fact.event is not None]
    if events:
        await share_homes(tx)
        await _write(tx, events)


async def _write(tx: Tx, events: Sequence[AssessmentRecorded]) -> None:
    await tx.execute(
        """
        insert into copied.assessment (assessment_id, person_id, home_id, programme, referral_id, instrument,
                                       instrument_version, part2, sealed)
        select n.assessment_id, n.person_id, coalesce(h.home_id, n.person_id), :programme, n.referral_id,
               n.instrument, n.instrument_version, n.part2, n.sealed
        from unnest(cast(:ids as uuid[]), cast(:people as uuid[]), cast(:referrals as uuid[]),
                    cast(:instruments as text[]), cast(:versions as integer[]), cast(:part2 as boolean[]),
                    cast(:sealed as bytea[]))
             as n(assessment_id, person_id, referral_id, instrument, instrument_version, part2, sealed)
        left join copied.home h on h.person_id = n.person_id
        order by n.assessment_id
        on conflict (assessment_id) do update set person_id = excluded.person_id, home_id = excluded.home_id,
            referral_id = excluded.referral_id, instrument = excluded.instrument,
            instrument_version = excluded.instrument_version, part2 = excluded.part2,
            sealed = excluded.sealed
        """,
        {
            "programme": tx.settings.programme,
            "ids": [e.assessment_id for e in events],
            "people": [e.person_id for e in events],
            "referrals": [e.referral_id for e in events],
            "instruments": [e.instrument for e in events],
            "versions": [e.instrument_version for e in events],
            "part2": [e.part2 for e in events],
            "sealed": [tx.keys.seal("CLI", ASSESSMENT, e.assessment_id, _content(e)) for e in events],
        },
    )


def _content(event: AssessmentRecorded) -> bytes:
    return orjson.dumps(
        {"answers": event.answers, "needs": event.needs, "goals": event.goals_in_own_words}, default=str
    )


async def goals(tx: Tx, home: UUID) -> list[str]:
    """The person's goals in their own words, as last told."""
    rows = await tx.rows(
        "select assessment_id, sealed from copied.assessment where home_id = :home order by assessment_id desc",
        {"home": home},
    )
    for row in rows:
        told = orjson.loads(tx.keys.open("CLI", ASSESSMENT, row["assessment_id"], row["sealed"]))["goals"]
        if told:
            return list(told)
    return []
