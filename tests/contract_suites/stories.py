"""Random but valid facts about a few people, as all services together could have published them."""

from __future__ import annotations

import random
from dataclasses import replace
from functools import cache
from uuid import UUID

from hypothesis import HealthCheck, Phase, given, settings

from shared.contracts import CONTRACTS, ErasureRecorded, Event
from shared.contracts.topics import topics
from shared.runtime.keys import Keyring
from tests.contracts.samples import facts
from tests.probe.facts import NOON, Raw, raw, raw_tombstone

PEOPLE = [UUID(int=number, version=4) for number in range(101, 105)]
REFERRALS = [UUID(int=number, version=4) for number in range(201, 204)]
ERASED = UUID(int=401, version=4)
_ELSEWHERE = [UUID(int=number, version=4) for number in range(301, 306)]
_SHARED = {"person_id": PEOPLE, "referral_id": REFERRALS, "survivor_id": PEOPLE, "absorbed_id": _ELSEWHERE}


def story(names: tuple[str, ...], keys: Keyring, *, per_topic: int = 4) -> list[Raw]:
    """Records of these topics: facts with later versions, some voided, some erased; each with its offset."""
    records: list[Raw] = []
    for topic in names:
        source = f"/{topics()[topic].write[0]}"
        drawn = samples(topic)
        for number in range(per_topic):
            fact = about_someone(drawn[number], number)
            records.append(raw(fact, keys, source=source))
            if number == 1:
                newer = about_someone(drawn[per_topic], number, version=2)
                newer = newer.model_copy(update={name: getattr(fact, name) for name in fact.key})
                records.append(raw(newer, keys, source=source))
            if number == 2:
                records.append(raw(fact.void(2, NOON, "error"), keys, source=source))
            if number == 3:
                records.append(raw_tombstone(fact, 1))
    return [replace(record, offset=offset) for offset, record in enumerate(records)]


@cache
def samples(topic: str, count: int = 8) -> list[Event]:
    """Valid facts of a topic with different ids, always the same ones."""
    found: dict[str, Event] = {}

    @settings(
        max_examples=60, derandomize=True, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(facts(topic))
    def gather(fact: Event) -> None:
        found.setdefault(fact.fact_id, fact)

    gather()
    # The first ones drawn are the plainest.
    return list(found.values())[-count:]


def about_someone(fact: Event, number: int, *, version: int = 1) -> Event:
    """The fact, about one of a few people and referrals, so that facts of different topics meet."""
    change: dict[str, object] = {"version": version, "action": "record" if version == 1 else "replace"}
    for name, choices in _SHARED.items():
        if getattr(fact, name, None) is not None and name not in fact.key:
            change[name] = choices[number % len(choices)]
    if isinstance(fact, ErasureRecorded):
        # Whoever is erased has no facts left: their owners withdraw them as well.
        change["person_id"] = ERASED
    return CONTRACTS[fact.topic].model_validate({**fact.model_dump(), **change})


def shuffled(records: list[Raw], seed: int) -> list[list[Raw]]:
    """The records with duplicates in another order, cut into batches."""
    chance = random.Random(seed)
    mixed = records + chance.choices(records, k=len(records) // 3)
    chance.shuffle(mixed)
    batches = []
    while mixed:
        size = chance.randint(1, 12)
        batches.append(mixed[:size])
        del mixed[:size]
    return batches
