"""A small service with real messaging: it copies contacts, counts every effect, and answers each with a status."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from shared.contracts import AssessmentRecorded, ContactLogged, PersonMerged, StatusRecorded
from shared.messaging import Fact, Handlers, Permanent, Tx, erased, recorded, voided
from shared.runtime import migrations
from shared.runtime.settings import Settings

MIGRATIONS = Path(__file__).parent / "migrations"
_NAMES = UUID("00000000-0000-4000-8000-00000000abcd")
_COUNT = """
    insert into own.effect (fact_id, version, what, times)
    select f, v, w, 1 from unnest(cast(:f as text[]), cast(:v as int[]), cast(:w as text[])) as g (f, v, w)
    on conflict (fact_id, version, what) do update set times = effect.times + 1
"""
_COPY = """
    insert into copied.contact (contact_id, version, person_id, minutes)
    select * from unnest(cast(:id as uuid[]), cast(:version as int[]), cast(:person as uuid[]), cast(:minutes as int[]))
    on conflict (contact_id) do update set version = excluded.version, person_id = excluded.person_id,
        minutes = excluded.minutes, times = contact.times
"""

handlers = Handlers("casework")


async def migrate(settings: Settings) -> None:
    await migrations.upgrade(settings, MIGRATIONS)


@handlers.on(ContactLogged)
async def contact_logged(tx: Tx, facts: Sequence[Fact[ContactLogged]]) -> None:
    for fact in facts:
        if fact.event and fact.event.minutes == 13:
            raise Permanent(fact, "thirteen", "no contact lasts thirteen minutes")
    events = recorded(facts)
    gone = [str(void.fact_id) for void in voided(facts)] + [fact.fact_id for fact in erased(facts)]
    if events:
        await tx.execute(
            _COPY,
            {
                "id": [e.contact_id for e in events],
                "version": [e.version for e in events],
                "person": [e.person_id for e in events],
                "minutes": [e.minutes or 0 for e in events],
            },
        )
        tx.publish(*(answer(event, tx) for event in events))
    if gone:
        await tx.execute("delete from copied.contact where contact_id = any(cast(:gone as uuid[]))", {"gone": gone})
    await count(tx, facts)


@handlers.on(StatusRecorded)
async def status_recorded(tx: Tx, facts: Sequence[Fact[StatusRecorded]]) -> None:
    """What this service published comes back to it: so the way through outbox, relay and inbox is counted."""
    await count(tx, facts)


@handlers.on(AssessmentRecorded)
async def assessment_recorded(tx: Tx, facts: Sequence[Fact[AssessmentRecorded]]) -> None:
    """A sealed topic, whose facts wait for a contact of the person."""
    for fact in facts:
        if fact.event is None:
            continue
        known = await tx.value("select 1 from copied.contact where person_id = :p", {"p": fact.event.person_id})
        if not known:
            await tx.wait(fact, on=f"person {fact.event.person_id}")
        else:
            await count(tx, [fact])


@handlers.on(PersonMerged)
async def person_merged(tx: Tx, facts: Sequence[Fact[PersonMerged]]) -> None:
    for event in recorded(facts):
        await tx.arrived(f"person {event.survivor_id}")
    await count(tx, facts)


def answer(contact: ContactLogged, tx: Tx) -> StatusRecorded:
    """What this service publishes about a contact: one status per contact, of the contact's version."""
    return StatusRecorded(
        status_id=answer_id(contact.contact_id),
        person_id=contact.person_id,
        version=contact.version,
        recorded_at=tx.now,
        domain="housing",
        value=f"m{contact.minutes}",
        from_=contact.at.date(),
        timepoint="other",
        asked=True,
    )


def answer_id(contact_id: object) -> UUID:
    """The id of the answer to a contact."""
    return uuid5(_NAMES, str(contact_id))


async def count(tx: Tx, facts: Sequence[Fact[Any]]) -> None:
    """Note the effect of each fact; `times` over 1 means that something was applied twice."""
    await tx.execute(
        _COUNT,
        {
            "f": [fact.fact_id for fact in facts],
            "v": [fact.version for fact in facts],
            "w": ["erase" if fact.erase else "void" if fact.void else fact.topic for fact in facts],
        },
    )
