"""The person index: what records said of people, sealed, found by HMACs of the blocks they share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import orjson

from services.referral.domain.identity.blocks import MOST_MEMBERS, block_keys
from services.referral.domain.identity.matching import Known
from services.referral.domain.identity.traits import Identity, Traits
from shared.messaging import Tx
from shared.runtime.ids import uuid7
from shared.runtime.keys import Keyring

COLUMN: Final = "own.person_identity.said"
HOMES_LOCK: Final = 0x4C4541440004
"""Held shared by whoever links, alone by whoever moves merged people."""
_BLOCK_LOCKS: Final = 0x1DE7
_BUCKETS: Final = 1024
"""Blocks are locked by bucket: a large file then takes a bounded number of the server's locks."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An identity to keep in the index, with its blocks."""

    identity: Identity
    traits: Traits
    tokens: frozenset[int]

    @classmethod
    def of(cls, keys: Keyring, identity: Identity) -> Entry:
        traits = Traits.of(identity)
        return cls(identity, traits, tokens(keys, traits))


def tokens(keys: Keyring, traits: Traits) -> frozenset[int]:
    """The blind tokens of a record's blocks, as 64-bit numbers."""
    return frozenset(
        int.from_bytes(keys.blind("person:block", key)[:8], "big", signed=True) for key in block_keys(traits)
    )


async def lock(tx: Tx, wanted: Iterable[int]) -> None:
    """Wait for whoever links by one of these blocks now, and hold merged people still. Sorted, so that two callers
    cannot wait crosswise."""
    await tx.execute(
        """
        select pg_advisory_xact_lock_shared(:homes),
          (select count(pg_advisory_xact_lock(:class, n)) from
            (select n from unnest(cast(:numbers as int[])) as n order by n) as o)
        """,
        {"homes": HOMES_LOCK, "class": _BLOCK_LOCKS, "numbers": sorted({token % _BUCKETS for token in wanted})},
    )


async def size(tx: Tx) -> int:
    """About how many identities are known, as the server last counted: enough for a prior."""
    found = await tx.value("select reltuples from pg_class where oid = cast('own.person_identity' as regclass)")
    return max(0, int(found or 0))


async def members(tx: Tx, wanted: Sequence[int]) -> dict[int, list[UUID]]:
    """The identities in each block; a block with over MOST_MEMBERS is left out."""
    if not wanted:
        return {}
    rows = await tx.rows(
        """
        select w.token, array_agg(m.identity_id) as members
        from unnest(cast(:tokens as bigint[])) as w(token)
        cross join lateral (
          select b.identity_id from own.person_block b where b.token = w.token limit :most + 1) as m
        group by w.token having count(*) <= :most
        """,
        {"tokens": list(wanted), "most": MOST_MEMBERS},
    )
    return {row["token"]: row["members"] for row in rows}


async def opened(tx: Tx, identity_ids: Iterable[UUID]) -> dict[UUID, Known]:
    """Identities, opened for comparison."""
    ids = list(identity_ids)
    if not ids:
        return {}
    rows = await tx.execute(
        "select identity_id, person_id, home_id, said from own.person_identity"
        " where identity_id = any(cast(:ids as uuid[]))",
        {"ids": ids},
    )
    return {row[0]: Known(row[0], row[1], row[2], _traits(tx.keys, row[0], row[3])) for row in map(tuple, rows)}


def identity(keys: Keyring, identity_id: UUID, said: bytes) -> Identity:
    """An identity as it was said, for a person to look at."""
    return Identity.model_validate(orjson.loads(keys.open("ID", COLUMN, identity_id, said))["said"])


def _traits(keys: Keyring, identity_id: UUID, said: bytes) -> Traits:
    return Traits.unpacked(orjson.loads(keys.open("ID", COLUMN, identity_id, said))["traits"])


def known(entry: Entry, person_id: UUID, home_id: UUID) -> Known:
    """An entry as known of a person from now on."""
    return Known(uuid7(), person_id, home_id, entry.traits)


async def add(tx: Tx, rows: Sequence[tuple[Entry, Known]]) -> None:
    """Keep what was said of people with its blocks; what was said before changes nothing."""
    if not rows:
        return
    blocks = [(token, one.identity_id) for entry, one in rows for token in entry.tokens]
    await tx.execute(
        """
        with added as (
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


def _columns(keys: Keyring, rows: Sequence[tuple[Entry, Known]]) -> dict[str, list[object]]:
    said = [
        orjson.dumps({"traits": entry.traits.packed(), "said": entry.identity.model_dump(mode="json")})
        for entry, _ in rows
    ]
    return {
        "ids": [one.identity_id for _, one in rows],
        "people": [one.person_id for _, one in rows],
        "homes": [one.home_id for _, one in rows],
        "macs": [keys.blind("person:identity", text.decode()) for text in said],
        "said": [keys.seal("ID", COLUMN, one.identity_id, text) for (_, one), text in zip(rows, said, strict=True)],
    }
