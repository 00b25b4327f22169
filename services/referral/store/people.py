"""People: found in the index, or new. Only referral mints a person_id.

A name, birth date or number is never stored in clear: the index holds sealed identities and HMACs of their blocks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple
from uuid import UUID

from services.referral.domain.identity.matching import Known, Match, Question, match
from services.referral.domain.identity.traits import Identity
from services.referral.store import person_index, person_reviews
from services.referral.store.identity_weights import current_weights
from services.referral.store.person_index import Entry
from services.referral.store.person_reviews import Raised
from shared.messaging import Tx
from shared.runtime.ids import uuid7

__all__ = ["Identity", "Person", "Record", "add_people", "find_or_create", "link"]

PAGE: Final = 250
"""Records compared at once: each may meet hundreds of people, which are opened in memory."""


class Person(NamedTuple):
    """Who a record is about: `person_id` as published, `home_id` who that is today, after merges."""

    person_id: UUID
    home_id: UUID


class Record(NamedTuple):
    """A record to link. `before`: whom (as of today) an earlier version of the same record was about."""

    identity: Identity
    before: UUID | None = None
    municipality: str | None = None
    agency_ori: str | None = None


async def find_or_create(tx: Tx, identities: Sequence[Identity]) -> list[Person]:
    """The person of each identity, in order: known, or new. An identity that no rule may link gives a new person.

    Concurrent callers wait for each other where their blocks meet, so one person is made once.
    """
    return await link(tx, [Record(identity) for identity in identities])


async def link(tx: Tx, records: Sequence[Record]) -> list[Person]:
    """`find_or_create` for records of feeds. A fixed number of statements for every PAGE of records."""
    if not records:
        return []
    entries = [Entry.of(tx.keys, record.identity) for record in records]
    await person_index.lock(tx, {token for entry in entries for token in entry.tokens})
    people = await person_index.size(tx)
    found: list[Person] = []
    for start in range(0, len(records), PAGE):
        page = _Page(tx, people)
        found += await page.link(records[start : start + PAGE], entries[start : start + PAGE])
    return found


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


@dataclass(frozen=True, slots=True)
class _Linked:
    record: Record
    entry: Entry
    known: Known
    made: bool
    questions: tuple[Question, ...]


class _Page:
    """One page of records, linked in order: what a record says of its person counts for those behind it."""

    def __init__(self, tx: Tx, people: int) -> None:
        self._tx = tx
        self._people = people
        self._blocks: dict[int, list[UUID]] = {}
        self._known: dict[UUID, Known] = {}

    async def link(self, records: Sequence[Record], entries: Sequence[Entry]) -> list[Person]:
        tx = self._tx
        wanted = sorted({token for entry in entries for token in entry.tokens})
        self._blocks = await person_index.members(tx, wanted)
        self._known = await person_index.opened(tx, {one for block in self._blocks.values() for one in block})
        linked = [self._link(record, entry) for record, entry in zip(records, entries, strict=True)]
        await add_people(tx, [_person(one) for one in linked if one.made])
        await person_index.add(tx, [(one.entry, one.known) for one in linked if one.entry.tokens])
        await person_reviews.ask(tx, [Raised(one.known, question) for one in linked for question in one.questions])
        return [Person(one.known.person_id, one.known.home_id) for one in linked]

    def _link(self, record: Record, entry: Entry) -> _Linked:
        found = self._match(record, entry)
        if found.found:
            known = person_index.known(entry, found.found.person_id, found.found.home_id)
        else:
            person_id = uuid7()
            known = person_index.known(entry, person_id, person_id)
        self._known[known.identity_id] = known
        for token in entry.tokens:
            self._blocks.setdefault(token, []).append(known.identity_id)
        return _Linked(record, entry, known, found.found is None, found.questions)

    def _match(self, record: Record, entry: Entry) -> Match:
        return match(entry.traits, self._candidates(entry), current_weights(), self._people, before=record.before)

    def _candidates(self, entry: Entry) -> Iterator[Known]:
        seen: set[UUID] = set()
        for token in entry.tokens:
            seen.update(self._blocks.get(token, ()))
        return (self._known[one] for one in seen)


def _person(one: _Linked) -> tuple[UUID, bool, str | None, str | None]:
    record = one.record
    return one.known.person_id, one.entry.traits.linkable, record.municipality, record.agency_ori
