"""The generator and its own ledger: what was sent, and what must therefore stand in the database at the end."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from uuid import UUID

from shared.contracts import ContactLogged
from shared.runtime.keys import Keyring
from tests.probe.facts import NOON, Raw, contact, raw, raw_tombstone

_SEND_AGAIN = 0.1
_POISON = 0.01
_BREAKS_A_RULE = 0.005


@dataclass
class Ledger:
    """`winner` of a fact is its highest (version, erased) with the minutes of that version, None if withdrawn."""

    winner: dict[UUID, tuple[int, bool, int | None]] = field(default_factory=dict)
    poison: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    sent: int = 0
    duplicates: int = 0

    def note(self, fact: ContactLogged, version: int, *, erased: bool = False, minutes: int | None = None) -> None:
        known = self.winner.get(fact.contact_id)
        if known is None or (version, erased) > known[:2]:
            self.winner[fact.contact_id] = (version, erased, minutes)

    @property
    def standing(self) -> dict[UUID, tuple[int, int]]:
        """contact -> (version, minutes) of those that are neither withdrawn, erased nor refused."""
        return {
            contact_id: (version, minutes)
            for contact_id, (version, erased, minutes) in self.winner.items()
            if not erased and minutes is not None and str(contact_id) not in self.refused
        }


def records(seed: int, more: Callable[[], bool], keys: Keyring, ledger: Ledger) -> Iterator[Raw]:
    """Records for as long as there shall be `more`, noted in the ledger as they are made.

    Versions in any order, early voids, tombstones, duplicates, poison, and facts that break a rule."""
    chance = random.Random(seed)
    people = [UUID(int=chance.getrandbits(128), version=4) for _ in range(2000)]
    recent: list[Raw] = []
    while more():
        made = list(_one_fact(chance, people, keys, ledger))
        if chance.random() < _POISON:
            made.append(_poison(chance, made[0], ledger))
        chance.shuffle(made)
        for record in made:
            ledger.sent += 1
            yield record
            recent.append(record)
            if chance.random() < _SEND_AGAIN:
                ledger.sent += 1
                ledger.duplicates += 1
                yield chance.choice(recent)
        del recent[:-500]


def _one_fact(chance: random.Random, people: list[UUID], keys: Keyring, ledger: Ledger) -> Iterator[Raw]:
    contact_id = UUID(int=chance.getrandbits(128), version=4)
    minutes = chance.choice([5, 10, 20, 45])
    fact = contact(chance.choice(people), contact_id=contact_id, minutes=minutes)
    if chance.random() < _BREAKS_A_RULE:
        refused = fact.model_copy(update={"minutes": 13})
        ledger.refused.add(fact.fact_id)
        ledger.note(refused, 1, minutes=13)
        yield raw(refused, keys)
        return
    ledger.note(fact, 1, minutes=minutes)
    yield raw(fact, keys)
    last = 1
    for version in range(2, 2 + chance.choice([0, 0, 0, 1, 1, 2, 3])):
        minutes, last = chance.choice([6, 11, 21, 46]), version
        newer = fact.model_copy(update={"version": version, "minutes": minutes, "action": "replace"})
        ledger.note(fact, version, minutes=minutes)
        yield raw(newer, keys)
    if chance.random() < 0.08:
        last += 1
        ledger.note(fact, last)
        yield raw(fact.void(last, NOON, "error"), keys)
    if chance.random() < 0.04:
        erased = chance.randint(1, last)
        ledger.note(fact, erased, erased=True)
        yield raw_tombstone(fact, erased)


def _poison(chance: random.Random, good: Raw, ledger: Ledger) -> Raw:
    mark = f"poison-{len(ledger.poison)}"
    ledger.poison.add(mark)
    said = mark.encode()
    bad_header = (("x", b"\xff\xfe"), ("mark", said))
    return chance.choice(
        [
            replace(good, value=b"{ not json " + said, headers=bad_header),
            replace(good, value=b'{"contact_id": "' + said + b'"}'),
            replace(good, key=said, value=good.value or b"{}", headers=bad_header),
            replace(good, value=None, headers=bad_header),
        ]
    )
