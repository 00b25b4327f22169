"""The person index: what records said of people, sealed, found by HMACs of the blocks they share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import orjson

from services.referral.domain.identity.blocks import MOST_MEMBERS, block_keys
from services.referral.domain.identity.matching import Known
from services.referral.domain.identity.traits import Identity, Traits
from shared.messaging import Tx
from shared.runtime.keys import Keyring

COLUMN: Final = "own.person_identity.said"
TRAITS_COLUMN: Final = "own.person_block.traits"
MOST_TRAITS: Final = 1200
"""Bytes of sealed traits that a block holds of a member, at most: an index has no room for every address."""
HOMES_LOCK: Final = 0x4C4541440004
"""Held shared by whoever links, alone by whoever moves merged people."""
BLOCKS_TOGETHER: Final = 250
"""Blocks read at once: each gives up to MOST_MEMBERS rows with traits, and whoever is in several comes with each."""
MOST_HOLDERS: Final = 10
"""An address or telephone that more people gave is a shelter's, a hospital's, a worker's: it tells nobody apart."""
_BLOCK_LOCKS: Final = 0x1DE7
_BUCKETS: Final = 1024
"""Blocks are locked by bucket: a large file then takes a bounded number of the server's locks."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An identity to keep in the index, with its blocks; `places`: addresses and telephones by token, to count by."""

    identity: Identity
    traits: Traits
    tokens: frozenset[int]
    places: Mapping[int, str]

    @classmethod
    def of(cls, keys: Keyring, identity: Identity) -> Entry:
        traits = Traits.of(identity)
        places = {_token(keys, "person:place", place): place for place in traits.addresses | traits.phones}
        return cls(identity, traits, tokens(keys, traits), places)


@dataclass(frozen=True, slots=True)
class Around:
    """What linking must know beside the candidates: about how many identities are known, as the server last counted
    (a prior needs no more), and which places so many people gave that they say nothing of one: a shelter's address."""

    people: int
    crowded: frozenset[int]

    def said_alone(self, entry: Entry) -> Traits:
        """The traits of an entry without crowded places."""
        return entry.traits.without({place for token, place in entry.places.items() if token in self.crowded})


@dataclass(frozen=True, slots=True)
class New:
    """An entry as known of a person from now on; `made`: the person is new as well."""

    entry: Entry
    known: Known
    made: bool
    municipality: str | None
    agency_ori: str | None


def tokens(keys: Keyring, traits: Traits) -> frozenset[int]:
    """The blind tokens of a record's blocks, as 64-bit numbers."""
    return frozenset(_token(keys, "person:block", key) for key in block_keys(traits))


def _token(keys: Keyring, purpose: str, text: str) -> int:
    return int.from_bytes(keys.blind(purpose, text)[:8], "big", signed=True)


async def lock(tx: Tx, entries: Sequence[Entry]) -> Around:
    """Wait for whoever links by one of the entries' blocks now, and hold merged people still. Sorted, so that two
    callers cannot wait crosswise."""
    wanted = {token for entry in entries for token in entry.tokens}
    (found,) = await tx.fetch(
        """
        select (select reltuples from pg_class where oid = cast('own.person_identity' as regclass)) as people,
          (select array_agg(p.token) from unnest(cast(:places as bigint[])) as p(token) cross join lateral (
            select count(distinct b.person_id) as n from (
              select person_id from own.person_block where token = p.token limit :read) as b) as c
            where c.n > :most) as crowded
        from (select pg_advisory_xact_lock_shared(:homes)) as held,
          (select count(pg_advisory_xact_lock(:class, n)) from
            (select n from unnest(cast(:numbers as int[])) as n order by n) as o) as locked
        """,
        {
            "homes": HOMES_LOCK,
            "class": _BLOCK_LOCKS,
            "numbers": sorted({token % _BUCKETS for token in wanted}),
            "places": sorted({token for entry in entries for token in entry.places}),
            "most": MOST_HOLDERS,
            "read": MOST_MEMBERS,
        },
    )
    return Around(max(0, int(found["people"] or 0)), frozenset(found["crowded"] or ()))


async def hold_homes(tx: Tx) -> None:
    """Keep merged people from moving until this transaction ends: whoever writes a home it has read does this first,
    or the row would stay at a home that nobody has any more."""
    await tx.execute("select pg_advisory_xact_lock_shared(:lock)", {"lock": HOMES_LOCK})


async def lock_homes(tx: Tx) -> None:
    """Wait until nobody links, and let nobody link until this transaction ends."""
    await tx.execute("select pg_advisory_xact_lock(:lock)", {"lock": HOMES_LOCK})


async def homes_of(tx: Tx, people: Sequence[UUID]) -> dict[UUID, UUID]:
    """Who each of these people is today; those who were erased are left out."""
    rows = await tx.rows(
        "select person_id, home_id from own.person where person_id = any(cast(:people as uuid[]))",
        {"people": list(people)},
    )
    return {row["person_id"]: row["home_id"] for row in rows}


async def candidates(tx: Tx, wanted: Sequence[int]) -> dict[int, list[Known]]:
    """Who is in each of these blocks, opened for comparison. A block with over MOST_MEMBERS is skipped."""
    members: dict[UUID, Known] = {}
    blocks: defaultdict[int, list[Known]] = defaultdict(list)
    for start in range(0, len(wanted), BLOCKS_TOGETHER):
        await _read(tx, wanted[start : start + BLOCKS_TOGETHER], members, blocks)
    return blocks


async def _read(
    tx: Tx, wanted: Sequence[int], members: dict[UUID, Known], blocks: defaultdict[int, list[Known]]
) -> None:
    """Some blocks more; whoever is among `members` already is not opened again."""
    found = await tx.fetch(
        """
        select w.token, m.identity_id, m.person_id, m.home_id, m.traits
        from unnest(cast(:tokens as bigint[])) as w(token)
        cross join lateral (
          select b.*, count(*) over () as members from (
            select identity_id, person_id, home_id, traits from own.person_block
            where token = w.token limit :most + 1) as b) as m
        where m.members <= :most
        """,
        {"tokens": list(wanted), "most": MOST_MEMBERS},
    )
    said = await _said(tx, {row[1] for row in found if row[4] is None and row[1] not in members})
    opened = tx.keys.opener("ID", TRAITS_COLUMN)
    for token, identity_id, person_id, home_id, traits in found:
        known = members.get(identity_id)
        if known is None:
            packed = orjson.loads(opened(identity_id, traits)) if traits is not None else said[identity_id]
            known = members[identity_id] = Known(identity_id, person_id, home_id, packed)
        blocks[token].append(known)


async def _said(tx: Tx, identities: Collection[UUID]) -> dict[UUID, list[Any]]:
    """The packed traits of members whose blocks do not hold them."""
    if not identities:
        return {}
    rows = await tx.rows(
        "select identity_id, said from own.person_identity where identity_id = any(cast(:ids as uuid[]))",
        {"ids": list(identities)},
    )
    opened = tx.keys.opener("ID", COLUMN)
    return {row["identity_id"]: orjson.loads(opened(row["identity_id"], row["said"]))["traits"] for row in rows}


def identity(keys: Keyring, identity_id: UUID, said: bytes) -> Identity:
    """An identity as it was said, for a person to look at."""
    return Identity.model_validate(orjson.loads(keys.open("ID", COLUMN, identity_id, said))["said"])


async def add(tx: Tx, rows: Sequence[New]) -> None:
    """Make people that are new, and keep what was said with its blocks; what was said before changes nothing."""
    if not rows:
        return
    blocks = [block for row in rows for block in members(tx.keys, row.known, row.entry)]
    await tx.fetch(
        """
        with made as (
          insert into own.person (person_id, home_id, programme, municipality, agency_ori, linkable, created_at)
          select p.id, p.home_id, :programme, p.municipality, p.agency_ori, p.linkable, :now
          from unnest(cast(:made as uuid[]), cast(:made_homes as uuid[]), cast(:linkable as boolean[]),
            cast(:municipalities as text[]), cast(:oris as text[])) as p(id, home_id, linkable, municipality,
            agency_ori)),
        added as (
          insert into own.person_identity (identity_id, person_id, home_id, programme, content_mac, said, recorded_at)
          select n.identity_id, n.person_id, n.home_id, :programme, n.mac, n.said, :now
          from unnest(cast(:ids as uuid[]), cast(:people as uuid[]), cast(:homes as uuid[]), cast(:macs as bytea[]),
            cast(:said as bytea[])) as n(identity_id, person_id, home_id, mac, said)
          order by n.person_id, n.mac
          on conflict (person_id, content_mac) do nothing
          returning identity_id, person_id, home_id)
        insert into own.person_block (token, identity_id, person_id, home_id, traits)
        select b.token, a.identity_id, a.person_id, a.home_id, b.traits
        from unnest(cast(:tokens as bigint[]), cast(:owners as uuid[]), cast(:traits as bytea[]))
          as b(token, identity_id, traits)
        join added a using (identity_id)
        order by b.token, a.identity_id
        """,
        {
            "programme": tx.settings.programme,
            "now": tx.now,
            **_columns(tx.keys, rows),
            "tokens": [token for token, _, _ in blocks],
            "owners": [owner for _, owner, _ in blocks],
            "traits": [traits for _, _, traits in blocks],
        },
    )


def members(keys: Keyring, known: Known, entry: Entry) -> list[tuple[int, UUID, bytes | None]]:
    """An entry in its blocks: (token, identity_id, what is compared, sealed). By a place it is only counted."""
    if not entry.tokens:
        # Nobody can be found by it: `add` keeps nothing of it.
        return []
    sealed = keys.seal("ID", TRAITS_COLUMN, known.identity_id, orjson.dumps(known.packed))
    traits = sealed if len(sealed) <= MOST_TRAITS else None
    return [
        *((token, known.identity_id, traits) for token in entry.tokens),
        *((token, known.identity_id, None) for token in entry.places),
    ]


def _columns(keys: Keyring, rows: Sequence[New]) -> dict[str, list[object]]:
    made = [row for row in rows if row.made]
    # Without a block nobody can be found by it, so that there is nothing to keep.
    kept = [row for row in rows if row.entry.tokens]
    said = [
        orjson.dumps({"traits": row.known.packed, "said": row.entry.identity.model_dump(mode="json")}) for row in kept
    ]
    return {
        "made": [row.known.person_id for row in made],
        # At home with whom somebody said they are.
        "made_homes": [row.known.home_id for row in made],
        "linkable": [row.entry.traits.linkable for row in made],
        "municipalities": [row.municipality for row in made],
        "oris": [row.agency_ori for row in made],
        "ids": [row.known.identity_id for row in kept],
        "people": [row.known.person_id for row in kept],
        "homes": [row.known.home_id for row in kept],
        "macs": [keys.blind("person:identity", text.decode()) for text in said],
        "said": [keys.seal("ID", COLUMN, row.known.identity_id, text) for row, text in zip(kept, said, strict=True)],
    }
