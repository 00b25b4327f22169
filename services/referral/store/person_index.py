"""The person index: what records said of people, sealed, found by HMACs of the blocks they share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
HOMES_LOCK: Final = 0x4C4541440004
"""Held shared by whoever links, alone by whoever moves merged people."""
_HEAD: Final = len('{"traits":')
_NEXT: Final = b',"said":'
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
    found = await tx.row(
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
    if found is None:
        raise LookupError("own.person_identity")
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


async def candidates(tx: Tx, wanted: Sequence[int]) -> list[tuple[Known, list[int]]]:
    """Everyone in these blocks, opened for comparison, with the blocks they are in. A block with over MOST_MEMBERS
    is skipped."""
    if not wanted:
        return []
    rows = await tx.execute(
        """
        with block as (
          select w.token, m.ids from unnest(cast(:tokens as bigint[])) as w(token)
          cross join lateral (
            select array_agg(b.identity_id) as ids from (
              select identity_id from own.person_block where token = w.token limit :most + 1) as b) as m
          where cardinality(m.ids) <= :most),
        member as (
          select identity_id, array_agg(token) as tokens from block cross join lateral unnest(ids) as identity_id
          group by identity_id)
        select i.identity_id, i.person_id, i.home_id, i.said, m.tokens
        from member m join own.person_identity i using (identity_id)
        """,
        {"tokens": list(wanted), "most": MOST_MEMBERS},
    )
    opened = tx.keys.opener("ID", COLUMN)
    # Not one by one: asking for each row costs as much as opening it.
    found: Sequence[Any] = rows.all()
    return [
        (Known(identity_id, person_id, home_id, _packed(opened(identity_id, said))), blocks)
        for identity_id, person_id, home_id, said, blocks in found
    ]


def _packed(said: bytes) -> list[Any]:
    """The packed traits of what `add` sealed. They stand first: what is behind them is for a person's eyes, and not
    read here. In JSON a quote within a text is escaped, so the name of the next field stands nowhere else.
    """
    packed: list[Any] = orjson.loads(said[_HEAD : said.index(_NEXT)])
    return packed


def identity(keys: Keyring, identity_id: UUID, said: bytes) -> Identity:
    """An identity as it was said, for a person to look at."""
    return Identity.model_validate(orjson.loads(keys.open("ID", COLUMN, identity_id, said))["said"])


async def add(tx: Tx, rows: Sequence[New]) -> None:
    """Make people that are new, and keep what was said with its blocks; what was said before changes nothing."""
    if not rows:
        return
    blocks = [(token, row.known.identity_id) for row in rows for token in (*row.entry.tokens, *row.entry.places)]
    await tx.execute(
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
          returning identity_id, person_id)
        insert into own.person_block (token, identity_id, person_id)
        select b.token, a.identity_id, a.person_id
        from unnest(cast(:tokens as bigint[]), cast(:owners as uuid[])) as b(token, identity_id)
        join added a using (identity_id)
        order by b.token, a.identity_id
        """,
        {
            "programme": tx.settings.programme,
            "now": tx.now,
            **_columns(tx.keys, rows),
            "tokens": [token for token, _ in blocks],
            "owners": [owner for _, owner in blocks],
        },
    )


def _columns(keys: Keyring, rows: Sequence[New]) -> dict[str, list[object]]:
    made = [row for row in rows if row.made]
    # Without a block nobody can be found by it, so that there is nothing to keep.
    kept = [row for row in rows if row.entry.tokens]
    said = [
        orjson.dumps({"traits": row.entry.traits.packed(), "said": row.entry.identity.model_dump(mode="json")})
        for row in kept
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
