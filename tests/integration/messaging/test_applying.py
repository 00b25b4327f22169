"""What one batch does in its transaction: poison beside good facts, handlers that fail, facts that wait."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

import pytest
from sqlalchemy.exc import DBAPIError

from shared.contracts import AssessmentRecorded, PersonMerged
from shared.messaging.faults import passes
from tests.integration.messaging.conftest import Probe
from tests.probe.facts import NOON, Raw, contact, raw, raw_tombstone

DEAD = 'select topic, "offset", code, reason, state, value from own.dead_letter order by "offset"'


def poison(good: Raw) -> list[Raw]:
    """The same record, spoilt in every way a reader can meet."""
    far = (good.value or b"").replace(b'"version":1', b'"version":3000000000')
    return [
        replace(good, offset=1, value=b"{ not json"),
        replace(good, offset=2, value=b'{"contact_id": 5}'),
        replace(good, offset=3, key=None),
        replace(good, offset=4, key=b"\xff\xfe"),
        replace(good, offset=5, key=b"a\x00b"),
        replace(good, offset=6, key=b"another-id"),
        replace(good, offset=7, value=None, headers=()),
        replace(good, offset=8, value=None, headers=(("version", b"99999999999"),)),
        replace(good, offset=9, headers=(("ce_type", b"lead.beat.v1"), ("ce_time", b"\xff"))),
        replace(good, offset=10, value=far),
        replace(good, offset=11, value=b"\xff" * 40),
        replace(good, offset=12, topic="person-profile", key=b"x", value=b"not sealed"),
    ]  # fmt: skip


async def test_poison_goes_to_dead_letters_with_its_reason_and_its_neighbours_pass(probe: Probe) -> None:
    good = [raw(contact(), probe.keys, offset=100 + n) for n in range(20)]
    bad = poison(raw(contact(), probe.keys))
    done = await probe.apply(*good[:10], *bad, *good[10:])
    assert (done.winners, done.dead) == (20, len(bad))
    letters = await probe.rows(DEAD)
    assert [letter["offset"] for letter in letters] == list(range(1, 13))
    assert {letter["code"] for letter in letters} == {"contract", "key", "version", "beat", "sealed"}
    assert all(letter["reason"] and letter["state"] == "open" for letter in letters)
    await probe.apply(*bad)
    assert len(await probe.rows(DEAD)) == len(bad)


async def test_dead_letters_are_sealed_at_rest(probe: Probe) -> None:
    good = raw(contact(), probe.keys)
    await probe.apply(replace(good, offset=1, value=b'{"name": "Canary Nobody"}'))
    assert b"Canary" not in bytes((await probe.rows(DEAD))[0]["value"])


async def test_header_bytes_that_are_no_text_harm_nobody(probe: Probe) -> None:
    good = raw(contact(), probe.keys)
    odd = replace(good, headers=(*good.headers, ("x", b"\xff\xfe"), ("traceparent", b"\x80"), ("ce_time", b"\xe9")))
    assert (await probe.apply(odd)).winners == 1


async def test_a_fact_that_breaks_a_rule_is_set_aside_and_the_rest_of_the_batch_is_applied(probe: Probe) -> None:
    facts = [raw(contact(minutes=13 if n % 7 == 0 else 20), probe.keys, offset=n) for n in range(40)]
    done = await probe.apply(*facts)
    assert (done.winners, done.dead) == (40, 6)
    assert [row["code"] for row in await probe.rows(DEAD)] == ["thirteen"] * 6
    assert (await probe.rows("select count(*) as n from copied.contact"))[0]["n"] == 34
    assert (await probe.rows("select count(*) as n from own.effect"))[0]["n"] == 34
    outbox = await probe.look("select count(*) as n from own.outbox")
    assert outbox[0]["n"] == 34


async def test_a_fact_that_no_sql_accepts_is_found_by_halving(probe: Probe) -> None:
    facts = [raw(contact(minutes=20), probe.keys, offset=n) for n in range(30)]
    await probe.look("alter table copied.contact add constraint odd check (minutes <> 77)")
    bad = raw(contact(minutes=77), probe.keys, offset=99)
    done = await probe.apply(*facts[:11], bad, *facts[11:])
    assert (done.winners, done.dead) == (31, 1)
    assert [row["code"] for row in await probe.rows(DEAD)] == ["sql-23514"]
    assert (await probe.rows("select count(*) as n from copied.contact"))[0]["n"] == 30


async def test_a_release_half_rolled_out_waits_instead_of_losing_facts(probe: Probe) -> None:
    await probe.look("alter table copied.contact rename to contact_later")
    with pytest.raises(DBAPIError) as raised:
        await probe.apply(raw(contact(), probe.keys))
    assert passes(raised.value)
    await probe.look("alter table copied.contact_later rename to contact")
    assert (await probe.apply(raw(contact(), probe.keys))).dead == 0


def assessment(person: object, **given: object) -> AssessmentRecorded:
    return AssessmentRecorded.model_validate(
        {
            "assessment_id": uuid4(), "person_id": person, "referral_id": uuid4(), "recorded_at": NOON,
            "instrument": "short", "instrument_version": 1, "answers": {"q1": "Canary answer"}, **given,
        }
    )  # fmt: skip


async def test_a_fact_waits_sealed_until_what_it_needs_has_arrived(probe: Probe) -> None:
    person = uuid4()
    early = assessment(person)
    await probe.apply(raw(early, probe.keys, offset=5))
    waiting = await probe.rows("select fact_id, value from copied.waiting")
    assert [row["fact_id"] for row in waiting] == [early.fact_id]
    assert b"Canary" not in bytes(waiting[0]["value"])
    merge = PersonMerged(merge_id=uuid4(), survivor_id=person, absorbed_id=uuid4(), recorded_at=NOON)
    await probe.apply(raw(contact(person), probe.keys), raw(merge, probe.keys))
    assert await probe.rows("select * from copied.waiting") == []
    effects = await probe.rows("select times from own.effect where fact_id = :f", f=early.fact_id)
    assert [row["times"] for row in effects] == [1]


async def test_a_newer_version_or_an_erasure_takes_the_place_of_a_waiting_fact(probe: Probe) -> None:
    person = uuid4()
    early, other = assessment(person), assessment(person)
    await probe.apply(raw(early, probe.keys), raw(other, probe.keys))
    await probe.apply(raw(early.model_copy(update={"version": 2}), probe.keys), raw_tombstone(other, 1))
    waiting = await probe.rows("select fact_id, version from copied.waiting")
    assert waiting == [{"fact_id": early.fact_id, "version": 2}]


async def test_what_is_erased_does_not_live_on_in_a_dead_letter(probe: Probe) -> None:
    fact = contact(minutes=13)
    await probe.apply(raw(fact, probe.keys))
    await probe.apply(raw_tombstone(fact, 1))
    letter = (await probe.rows("select state, value, headers from own.dead_letter"))[0]
    assert letter == {"state": "erased", "value": None, "headers": None}


async def test_beats_say_how_current_a_copy_is(probe: Probe) -> None:
    async with probe.transactions.begin() as tx:
        assert str(await tx.stale_since("intake"))[:4] == "1970"
        owners = [(p, t) for t, n in (("contact-logged", 12),) for p in range(n)]
        beats = [
            Raw(t, p, 1, f"beat-intake-{p}".encode(), b"{}",
                (("ce_type", b"lead.beat.v1"), ("ce_source", b"/intake"), ("ce_time", tx.now.isoformat().encode())))
            for p, t in owners
        ]  # fmt: skip
    assert (await probe.apply(*beats)).beats == 12
    async with probe.transactions.begin() as tx:
        assert await tx.stale_since("intake", "contact-logged") is None
        assert await tx.stale_since("intake") is not None


async def test_the_happy_path_of_a_batch_takes_six_statements(probe: Probe) -> None:
    from sqlalchemy import event

    said: list[str] = []
    engine = probe.transactions.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", lambda *args: said.append(args[2]))
    await probe.apply(*(raw(contact(), probe.keys, offset=n) for n in range(100)))
    # Inbox, copy, count of effects, outbox: the batch's size does not show.
    assert len(said) == 4, said
