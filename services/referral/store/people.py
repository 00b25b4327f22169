"""People: found by the blind index, or new. Only referral mints a person_id.

A name, birth date or state id is never stored in clear: the index holds HMACs of normalised texts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from services.referral.domain.identity_match import SID, Candidate, Identity, choose, match_texts
from shared.messaging import Tx
from shared.runtime.ids import uuid7

__all__ = ["Identity", "Tokens", "find_or_create", "link", "tokens"]

Tokens = Mapping[str, bytes]
"""A record's blind-index tokens by kind; empty for a record that is never linked."""


@dataclass(frozen=True)
class _Known:
    people: dict[tuple[str, bytes], list[UUID]]
    sids: dict[UUID, frozenset[bytes]]


def tokens(tx: Tx, identity: Identity) -> dict[str, bytes]:
    """The blind-index tokens of an identity."""
    return {kind: tx.keys.blind(f"person:{kind}", text) for kind, text in match_texts(identity).items()}


async def find_or_create(tx: Tx, identities: Sequence[Identity]) -> list[UUID]:
    """The person of each identity, in order: the one with an equal state id, or equal name and birth date, or new.

    Concurrent callers wait for each other where their tokens meet, so one person is made once.
    An identity without state id, and without name or birth date, always gives a new person.
    """
    return await link(tx, [tokens(tx, identity) for identity in identities])


async def link(
    tx: Tx,
    records: Sequence[Tokens],
    *,
    municipality: str | None = None,
    agency_ori: str | None = None,
) -> list[UUID]:
    """`find_or_create` for records whose tokens are made already."""
    wanted = sorted({(kind, token) for record in records for kind, token in record.items()})
    await _lock(tx, wanted)
    known = await _known(tx, wanted)
    chosen: list[UUID] = []
    made: list[UUID] = []
    rows: list[tuple[str, bytes, UUID]] = []
    for record in records:
        person_id = _choose(record, known)
        if person_id is None:
            person_id = uuid7()
            made.append(person_id)
        chosen.append(person_id)
        rows += [(kind, token, person_id) for kind, token in record.items()]
        _learn(record, person_id, known)
    await add_people(tx, [(person_id, True, municipality, agency_ori) for person_id in made])
    await _add_tokens(tx, sorted(set(rows)))
    return chosen


async def add_people(tx: Tx, people: Sequence[tuple[UUID, bool, str | None, str | None]]) -> None:
    """Make people that may exist already: (person_id, linkable, municipality, agency_ori)."""
    if not people:
        return
    await tx.execute(
        """
        insert into own.person (person_id, home_id, programme, municipality, agency_ori, linkable, created_at)
        select p.id, p.id, :programme, p.municipality, p.agency_ori, p.linkable, :now
        from unnest(cast(:ids as uuid[]), cast(:linkable as boolean[]), cast(:municipalities as text[]),
                    cast(:oris as text[])) as p(id, linkable, municipality, agency_ori)
        order by p.id
        on conflict (person_id) do nothing
        """,
        {
            "programme": tx.settings.programme,
            "now": tx.now,
            "ids": [one[0] for one in people],
            "linkable": [one[1] for one in people],
            "municipalities": [one[2] for one in people],
            "oris": [one[3] for one in people],
        },
    )


def _choose(record: Tokens, known: _Known) -> UUID | None:
    candidates = [
        Candidate(person_id, kind, known.sids.get(person_id, frozenset()))
        for kind, token in record.items()
        for person_id in known.people.get((kind, token), [])
    ]
    return choose(record.get(SID), candidates)


def _learn(record: Tokens, person_id: UUID, known: _Known) -> None:
    """What this record says of its person counts for the records behind it."""
    for kind, token in record.items():
        people = known.people.setdefault((kind, token), [])
        if person_id not in people:
            people.append(person_id)
        if kind == SID:
            known.sids[person_id] = known.sids.get(person_id, frozenset()) | {token}


async def _lock(tx: Tx, wanted: Sequence[tuple[str, bytes]]) -> None:
    """Wait for whoever links by one of these tokens now. Sorted, so that two callers cannot wait crosswise."""
    if wanted:
        numbers = sorted({int.from_bytes(token[:8], "big", signed=True) for _, token in wanted})
        await tx.execute(
            "select pg_advisory_xact_lock(n) from (select unnest(cast(:numbers as bigint[])) as n order by 1) as o",
            {"numbers": numbers},
        )


async def _known(tx: Tx, wanted: Sequence[tuple[str, bytes]]) -> _Known:
    """Everybody with one of these tokens, where they live now, with all state ids known of them."""
    if not wanted:
        return _Known({}, {})
    rows = await tx.rows(
        """
        select t.kind, t.token, t.home_id as person_id
        from unnest(cast(:kinds as text[]), cast(:tokens as bytea[])) as w(kind, token)
        join own.person_token t using (kind, token)
        union
        select s.kind, s.token, s.home_id
        from unnest(cast(:kinds as text[]), cast(:tokens as bytea[])) as w(kind, token)
        join own.person_token t using (kind, token)
        join own.person_token s on s.home_id = t.home_id and s.kind = 'sid'
        """,
        {"kinds": [kind for kind, _ in wanted], "tokens": [token for _, token in wanted]},
    )
    people: dict[tuple[str, bytes], list[UUID]] = {}
    for row in rows:
        people.setdefault((row["kind"], bytes(row["token"])), []).append(row["person_id"])
    sids: dict[UUID, frozenset[bytes]] = {}
    for row in rows:
        if row["kind"] == SID:
            sids[row["person_id"]] = sids.get(row["person_id"], frozenset()) | {bytes(row["token"])}
    return _Known(people, sids)


async def _add_tokens(tx: Tx, rows: Sequence[tuple[str, bytes, UUID]]) -> None:
    if not rows:
        return
    await tx.execute(
        """
        insert into own.person_token (kind, token, person_id, home_id, programme)
        select t.kind, t.token, p.person_id, p.home_id, :programme
        from unnest(cast(:kinds as text[]), cast(:tokens as bytea[]), cast(:people as uuid[]))
          as t(kind, token, person_id)
        join own.person p using (person_id)
        order by t.kind, t.token, p.person_id
        on conflict do nothing
        """,
        {
            "programme": tx.settings.programme,
            "kinds": [row[0] for row in rows],
            "tokens": [row[1] for row in rows],
            "people": [row[2] for row in rows],
        },
    )
