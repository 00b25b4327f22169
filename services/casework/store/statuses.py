"""The statuses casework published, and who is a participant today."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from services.casework.domain.participation import Change
from shared.contracts import ParticipantStatusChanged
from shared.messaging import Tx


async def published(tx: Tx, people: Iterable[UUID]) -> Mapping[UUID, dict[UUID, ParticipantStatusChanged]]:
    """Every status ever published of these people, by change id."""
    rows = await tx.rows(
        "select person_id, change_id, status, since, engaged, version, recorded_at from own.status_change"
        " where person_id = any(cast(:people as uuid[]))",
        {"people": list(people)},
    )
    found: dict[UUID, dict[UUID, ParticipantStatusChanged]] = defaultdict(dict)
    for row in rows:
        found[row["person_id"]][row["change_id"]] = ParticipantStatusChanged(**row)
    return found


async def write_changes(tx: Tx, facts: Sequence[ParticipantStatusChanged], grounds: Mapping[UUID, UUID]) -> None:
    """Keep what is about to be published."""
    await tx.execute(
        """
        insert into own.status_change (change_id, person_id, home_id, programme, ground_id, status, since,
                                       engaged, version, recorded_at)
        select n.change_id, n.person_id, coalesce(h.home_id, n.person_id), :programme, n.ground_id, n.status,
               n.since, n.engaged, n.version, :now
        from unnest(cast(:ids as uuid[]), cast(:people as uuid[]), cast(:grounds as uuid[]),
                    cast(:statuses as text[]), cast(:sinces as timestamptz[]), cast(:engaged as boolean[]),
                    cast(:versions as integer[]))
             as n(change_id, person_id, ground_id, status, since, engaged, version)
        left join copied.home h on h.person_id = n.person_id
        order by n.change_id
        on conflict (change_id) do update set status = excluded.status, since = excluded.since,
            engaged = excluded.engaged, version = excluded.version, recorded_at = excluded.recorded_at
        """,
        {
            "programme": tx.settings.programme,
            "now": tx.now,
            "ids": [f.change_id for f in facts],
            "people": [f.person_id for f in facts],
            "grounds": [grounds.get(f.change_id, f.change_id) for f in facts],
            "statuses": [f.status for f in facts],
            "sinces": [f.since for f in facts],
            "engaged": [f.engaged for f in facts],
            "versions": [f.version for f in facts],
        },
    )


async def write_participants(
    tx: Tx,
    statuses: Mapping[UUID, Sequence[Change]],
    known: Mapping[UUID, Mapping[UUID, ParticipantStatusChanged]],
) -> None:
    """The newest status of each; `void` for those whose only intake was voided."""
    rows: list[tuple[UUID, str, datetime, datetime, bool]] = []
    for person, changes in statuses.items():
        if changes:
            last = changes[-1]
            rows.append((person, last.status, last.since, changes[0].since, any(c.engaged for c in changes)))
        elif known[person]:
            since = min(fact.since for fact in known[person].values())
            rows.append((person, "void", since, since, False))
    people, now, since_, enrolled, engaged = zip(*rows, strict=True)
    await tx.execute(
        """
        insert into own.participant (person_id, home_id, programme, status, since, enrolled_at, engaged)
        select n.person_id, coalesce(h.home_id, n.person_id), :programme, n.status, n.since, n.enrolled_at,
               n.engaged
        from unnest(cast(:people as uuid[]), cast(:statuses as text[]), cast(:sinces as timestamptz[]),
                    cast(:enrolled as timestamptz[]), cast(:engaged as boolean[]))
             as n(person_id, status, since, enrolled_at, engaged)
        left join copied.home h on h.person_id = n.person_id
        order by n.person_id
        on conflict (person_id) do update set status = excluded.status, since = excluded.since,
            enrolled_at = excluded.enrolled_at, engaged = excluded.engaged
        """,
        {
            "programme": tx.settings.programme,
            "people": list(people),
            "statuses": list(now),
            "sinces": list(since_),
            "enrolled": list(enrolled),
            "engaged": list(engaged),
        },
    )
