"""A county of fictional people, as many as wanted: names as frequent as real ones, loaded into the index in bulk."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import orjson

from services.referral.domain.identity.matching import Known
from services.referral.domain.identity.traits import Identity
from services.referral.store.identity_weights import current_weights
from services.referral.store.person_index import COLUMN, Entry, members
from shared.runtime.keys import Keyring

_ONSETS = [
    "b", "br", "c", "ch", "cl", "d", "dr", "f", "fl", "g", "gr", "h", "j", "k", "l", "m", "n", "p", "ph", "qu", "r",
    "s", "sh", "sl", "st", "t", "th", "tr", "v", "w", "y", "z",
]  # fmt: skip
_VOWELS = ["a", "e", "i", "o", "u", "ai", "ea", "ee", "ie", "oo"]
_ENDS = ["n", "r", "l", "s", "t", "m", "d", "ck", "nd", "rt", "lls", "x"]
_FIRST_BIRTH = date(1936, 1, 1)
_DAYS = 72 * 365
_CHUNK = 20_000


class County:
    """Draws people. Surnames as often as in the U.S. Census, made-up rare ones for the rest; given names by Zipf."""

    def __init__(self, seed: int = 1) -> None:
        self._chance = random.Random(seed)
        self._given = [self._made(2) for _ in range(1500)]
        self._given_shares = [1 / (rank + 12) for rank in range(len(self._given))]
        listed = current_weights().surnames.listed
        self._surnames = list(listed)
        self._surname_shares = list(listed.values())
        self._listed = sum(self._surname_shares)

    def people(self, count: int) -> Iterator[Identity]:
        """So many people; two may be alike."""
        while count > 0:
            size = min(count, _CHUNK)
            given = self._chance.choices(self._given, self._given_shares, k=size)
            surnames = self._chance.choices(self._surnames, self._surname_shares, k=size)
            for first, last in zip(given, surnames, strict=True):
                rare = self._chance.random() > self._listed
                yield Identity(
                    last=self._made(3) if rare else last.title(),
                    first=first,
                    birth_date=_FIRST_BIRTH + timedelta(days=self._chance.randrange(_DAYS)),
                    addresses=[f"{self._chance.randrange(1, 9999)} {self._made(2)} St"],
                    phones=[f"412555{self._chance.randrange(10_000):04}"] if self._chance.random() < 0.5 else [],
                )
            count -= size

    def misspelt(self, identity: Identity) -> Identity:
        """The same person with one letter of the surname wrong."""
        at = self._chance.randrange(1, len(identity.last))
        wrong = identity.last[:at] + self._chance.choice("aeiourstln") + identity.last[at + 1 :]
        return identity.model_copy(update={"last": wrong})

    def _made(self, syllables: int) -> str:
        chance = self._chance
        body = "".join(chance.choice(_ONSETS) + chance.choice(_VOWELS) for _ in range(syllables - 1))
        return (body + chance.choice(_ONSETS) + chance.choice(_VOWELS) + chance.choice(_ENDS)).title()


async def load(admin: Any, keys: Keyring, people: Iterator[Identity]) -> int:
    """Put people straight into the index's tables, as linking would have left them; how many there are."""
    await admin.execute("alter table own.person_block drop constraint person_block_pkey")
    await admin.execute("drop index own.person_block_person")
    count = 0
    while chunk := [identity for _, identity in zip(range(_CHUNK), people, strict=False)]:
        count += len(chunk)
        await _load(admin, keys, [(uuid4(), uuid4(), Entry.of(keys, identity)) for identity in chunk])
    await admin.execute("set maintenance_work_mem = '1GB'")
    await admin.execute(
        "alter table own.person_block add primary key (token, identity_id) include (person_id, home_id, traits)"
    )
    await admin.execute("create index person_block_person on own.person_block (person_id)")
    for table in ("own.person", "own.person_identity", "own.person_block"):
        await admin.execute(f"vacuum analyze {table}")
    return count


async def _load(admin: Any, keys: Keyring, chunk: list[tuple[UUID, UUID, Entry]]) -> None:
    now, programme = datetime.now(UTC), "allegheny"

    def said(identity_id: UUID, entry: Entry) -> tuple[bytes, bytes]:
        text = orjson.dumps({"traits": entry.traits.packed(), "said": entry.identity.model_dump(mode="json")})
        return keys.blind("person:identity", text.decode()), keys.seal("ID", COLUMN, identity_id, text)

    for table, columns, rows in (
        (
            "person",
            ("person_id", "home_id", "programme", "linkable", "created_at"),
            [(person, person, programme, True, now) for person, _, _ in chunk],
        ),
        (
            "person_identity",
            ("identity_id", "person_id", "home_id", "programme", "content_mac", "said", "recorded_at"),
            [(one, person, person, programme, *said(one, entry), now) for person, one, entry in chunk],
        ),
        (
            "person_block",
            ("token", "identity_id", "traits", "person_id", "home_id"),
            [
                (*member, person, person)
                for person, one, entry in chunk
                for member in members(keys, Known(one, person, person, entry.traits.packed()), entry)
            ],
        ),
    ):
        await admin.copy_records_to_table(table, schema_name="own", columns=columns, records=rows)
