"""People: found in the index, or new. Only referral mints a person_id.

A name, birth date or number is never stored in clear: the index holds sealed identities and HMACs of their blocks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import Final, NamedTuple
from uuid import UUID

from services.referral.domain.identity.heeding import Heeded, heed
from services.referral.domain.identity.matching import Known, match
from services.referral.domain.identity.possible import Possible, Word
from services.referral.domain.identity.traits import Identity
from services.referral.store import person_index, person_merges, person_reviews
from services.referral.store.identity_weights import current_weights
from services.referral.store.person_index import Around, Entry, New
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
    """A record to link. `before`: whom (as of today) an earlier version of the same record was about. `word`: what
    somebody who met them said of who it is."""

    identity: Identity
    before: UUID | None = None
    municipality: str | None = None
    agency_ori: str | None = None
    word: Word | None = None


async def find_or_create(tx: Tx, identities: Sequence[Identity], words: Sequence[Word | None] = ()) -> list[Person]:
    """The person of each identity, in order: known, or new. An identity that no rule may link gives a new person.
    `words`: for each, what somebody who met them said of who it is.

    Concurrent callers wait for each other where their blocks meet, so one person is made once.
    """
    return await link(tx, [Record(one, word=word) for one, word in zip_longest(identities, words)])


async def link(tx: Tx, records: Sequence[Record]) -> list[Person]:
    """`find_or_create` for records of feeds. A few statements for every PAGE of records."""
    if not records:
        return []
    entries = [Entry.of(tx.keys, record.identity) for record in records]
    around = await person_index.lock(tx, entries)
    found: list[Person] = []
    for start in range(0, len(records), PAGE):
        page = _Page(tx, around)
        found += await page.link(records[start : start + PAGE], entries[start : start + PAGE])
    return found


async def known_home(tx: Tx, identity: Identity) -> UUID | None:
    """Who an identity would be linked to, if anyone; nothing is stored."""
    entry = Entry.of(tx.keys, identity)
    around = await person_index.lock(tx, [entry])
    blocks = await person_index.candidates(tx, sorted(entry.tokens))
    candidates = {known.identity_id: known for block in blocks.values() for known in block}.values()
    found = match(around.said_alone(entry), candidates, current_weights(), around.people).found
    return found.home_id if found else None


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


class _Page:
    """One page of records, linked in order: what a record says of its person counts for those behind it."""

    def __init__(self, tx: Tx, around: Around) -> None:
        self._tx = tx
        self._around = around
        self._blocks: defaultdict[int, list[Known]] = defaultdict(list)

    async def link(self, records: Sequence[Record], entries: Sequence[Entry]) -> list[Person]:
        tx = self._tx
        wanted = sorted({token for entry in entries for token in entry.tokens})
        self._blocks.update(await person_index.candidates(tx, wanted))
        new: list[New] = []
        raised: list[Raised] = []
        for record, entry in zip(records, entries, strict=True):
            found = await self._found(record, entry)
            known = self._learn(entry, found)
            new.append(New(entry, known, found.found is None, record.municipality, record.agency_ori))
            raised += [Raised(known, question) for question in found.questions]
            if record.word is not None:
                raised += await self._as_said(record.word, known, found)
        await person_index.add(tx, new)
        await person_reviews.ask(tx, raised)
        return [Person(one.known.person_id, one.known.home_id) for one in new]

    async def _found(self, record: Record, entry: Entry) -> Heeded:
        candidates, weights = self._candidates(entry), current_weights()
        said, people = self._around.said_alone(entry), self._around.people
        word = await self._today(record.word) if record.word else None
        if word is not None:
            return heed(said, candidates, weights, people, word)
        found = match(said, candidates, weights, people, before=record.before)
        return Heeded(found.found, found.questions)

    async def _today(self, word: Word) -> Word | None:
        """The word, about who its people are today; None if nobody of them is here any more."""
        meant = [*([word.them] if word.them else []), *word.others]
        homes = await person_index.homes_of(self._tx, [one.known.person_id for one in meant])

        def here(one: Possible) -> Possible:
            return replace(one, known=one.known._replace(home_id=homes[one.known.person_id]))

        them = here(word.them) if word.them and word.them.known.person_id in homes else None
        others = tuple(here(one) for one in word.others if one.known.person_id in homes)
        return replace(word, them=them, others=others) if them or others else None

    async def _as_said(self, word: Word, known: Known, found: Heeded) -> list[Raised]:
        """Carry out what was said, and remember it as a person's answer."""
        merge_id = None
        if found.join is not None:
            one, other = found.join.known.home_id, known.person_id
            merge_id = await person_merges.merge(self._tx, one, other, word.by, word.agency_ori)
        return [
            Raised(known, one.question, one.state, word.by, merge_id if one.state == "same" else None)
            for one in found.answered
        ]

    def _candidates(self, entry: Entry) -> Collection[Known]:
        return {known.identity_id: known for token in entry.tokens for known in self._blocks[token]}.values()

    def _learn(self, entry: Entry, heeded: Heeded) -> Known:
        found = heeded.found
        person_id = found.person_id if found else uuid7()
        home_id = found.home_id if found else heeded.join.known.home_id if heeded.join else person_id
        known = Known(uuid7(), person_id, home_id, entry.traits.packed())
        for token in entry.tokens:
            self._blocks[token].append(known)
        return known
