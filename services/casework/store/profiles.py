"""Who a person is: sealed, and found again through keyed hashes of the words of their names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from services.casework.domain.names import indexed
from services.casework.store.copies import share_homes
from services.casework.store.sealed import PROFILE
from shared.contracts import PersonProfile
from shared.messaging import Fact, Tx

BLIND = "name"


async def keep(tx: Tx, facts: Sequence[Fact[PersonProfile]]) -> None:
    """Write the newest profiles and their search words; forget those voided or erased."""
    people = [UUID(fact.fact_id) for fact in facts]
    await share_homes(tx)
    await tx.execute("delete from copied.name_token where person_id = any(cast(:p as uuid[]))", {"p": people})
    await tx.execute(
        "delete from copied.profile where person_id = any(cast(:p as uuid[]))",
        {"p": [UUID(fact.fact_id) for fact in facts if fact.event is None]},
    )
    profiles = [fact.event for fact in facts if fact.event is not None]
    if profiles:
        await _write(tx, profiles)
        await _index(tx, profiles)


async def _write(tx: Tx, profiles: Sequence[PersonProfile]) -> None:
    await tx.execute(
        """
        insert into copied.profile (person_id, home_id, programme, sealed)
        select n.person_id, coalesce(h.home_id, n.person_id), :programme, n.sealed
        from unnest(cast(:people as uuid[]), cast(:sealed as bytea[])) as n(person_id, sealed)
        left join copied.home h on h.person_id = n.person_id
        order by n.person_id
        on conflict (person_id) do update set home_id = excluded.home_id, sealed = excluded.sealed
        """,
        {
            "programme": tx.settings.programme,
            "people": [p.person_id for p in profiles],
            "sealed": [tx.keys.seal("ID", PROFILE, p.person_id, p.encode()) for p in profiles],
        },
    )


async def _index(tx: Tx, profiles: Sequence[PersonProfile]) -> None:
    tokens = [(p.person_id, tx.keys.blind(BLIND, token)) for p in profiles for token in sorted(indexed(p))]
    if not tokens:
        return
    await tx.execute(
        """
        insert into copied.name_token (person_id, home_id, programme, token)
        select n.person_id, coalesce(h.home_id, n.person_id), :programme, n.token
        from unnest(cast(:people as uuid[]), cast(:tokens as bytea[])) as n(person_id, token)
        left join copied.home h on h.person_id = n.person_id
        order by n.person_id, n.token
        on conflict do nothing
        """,
        {
            "programme": tx.settings.programme,
            "people": [person for person, _ in tokens],
            "tokens": [token for _, token in tokens],
        },
    )


async def of(tx: Tx, homes: Sequence[UUID]) -> Mapping[UUID, PersonProfile]:
    """The profile of each person today; where two were merged, the survivor's."""
    rows = await tx.rows(
        """
        select distinct on (home_id) home_id, person_id, sealed from copied.profile
        where home_id = any(cast(:homes as uuid[]))
        order by home_id, person_id = home_id desc, person_id
        """,
        {"homes": list(homes)},
    )
    return {
        row["home_id"]: PersonProfile.model_validate_json(tx.keys.open("ID", PROFILE, row["person_id"], row["sealed"]))
        for row in rows
    }
