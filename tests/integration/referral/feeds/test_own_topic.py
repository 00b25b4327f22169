"""An agency writes records into its own topic: they become what the same records become by HTTP."""

from __future__ import annotations

import secrets
from typing import Any
from uuid import uuid4

import orjson
import pytest
from aiokafka.errors import TopicAuthorizationFailedError
from structlog.testing import capture_logs

from services.referral.feeds import sent_records
from services.referral.feeds.sent_records import Message
from services.referral.feeds.storing import Storing
from services.referral.feeds.topic_ids import TopicIds
from shared.contracts.topics import agency_principal, topics, topics_file
from shared.messaging import Transactions
from shared.runtime import topics as broker_topics
from shared.runtime.topics import TopicsError
from tests.integration.referral.arrests.records import arrest
from tests.integration.referral.feed_side import FeedSide
from tests.integration.referral.feeds.agency_side import Agency, reading, until
from tests.integration.referral.feeds.alarms import raised
from tests.integration.referral.referrals.records import record
from tests.integration.stack import Stack

pytestmark = pytest.mark.integration
_OF_THE_TEST = {"person_id", "recorded_at", "key"}


def ori() -> str:
    """An agency that no other test on this broker has."""
    return f"PAT{secrets.token_hex(3).upper()}"


def three(agency: str) -> list[dict[str, Any]]:
    names = ("Sampleton", "Examplar", "Fictive")
    return [
        arrest(f"T-{number}", ori=agency, person={"last": name, "first": f"Marlow{number}"})
        for number, name in enumerate(names)
    ]


def referral(number: str, **changes: Any) -> dict[str, Any]:
    """One canonical referral as an agency's own system would send it."""
    sent: dict[str, Any] = record(source_record_id=number, **changes).model_dump(mode="json", exclude_none=True)
    return sent


async def taken(feeds: FeedSide, agency: str, status: str = "applied") -> list[dict[str, Any]]:
    await feeds.work()
    return await feeds.rows(
        f"select * from own.batch where agency_ori = '{agency}' and status = '{status}' order by batch_id"
    )


def facts(outbox: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found = [{name: value for name, value in fact.items() if name not in _OF_THE_TEST} for fact in outbox]
    return sorted(found, key=lambda fact: str(fact["arrest_id"]))


async def test_the_same_records_by_http_add_nothing_to_those_by_the_topic(stack: Stack, feeds: FeedSide) -> None:
    agency = Agency(stack, ori())
    await agency.connect(feeds)
    async with reading(feeds):
        one, *others = three(agency.ori)
        await agency.write(one, others)
        await until(lambda: taken(feeds, agency.ori))
    first = await feeds.outbox()
    assert len(first) == 3
    async with feeds.client(await feeds.key(agency.ori)) as http:
        answer = await http.post("/api/arrests", json=three(agency.ori))
    assert answer.status_code == 202
    batch = await until(lambda: settled(feeds, answer.json()["batch_id"]))
    assert (batch["accepted"], batch["duplicates"]) == (0, 3)
    assert await feeds.outbox() == first
    assert {one["arrest_id"] for one in answer.json()["results"]} == {fact["arrest_id"] for fact in first}


async def settled(feeds: FeedSide, batch_id: str) -> dict[str, Any] | None:
    await feeds.work()
    batch = await feeds.batch(batch_id)
    return batch if batch["status"] == "applied" else None


async def test_a_bad_record_is_a_reject_and_its_neighbours_pass(stack: Stack, feeds: FeedSide) -> None:
    agency = Agency(stack, ori())
    await agency.connect(feeds)
    foreign = arrest("T-9", ori="PAPPD0000")
    async with reading(feeds):
        await agency.write(three(agency.ori)[0], b"{", [foreign, 7], {**three(agency.ori)[1], "Sampleton": 1}, b"")
        (batch,) = await until(lambda: taken(feeds, agency.ori))
    assert (batch["rows"], batch["accepted"], batch["rejected"]) == (6, 1, 5)
    async with feeds.client(await feeds.key(agency.ori)) as http:
        rejects = (await http.get(f"/api/batches/{batch['batch_id']}/rejects")).json()
    assert [(one["line"], one["column"], one["code"]) for one in rejects] == [
        (2, None, "E_JSON"),
        (3, "0.ori", "E_ORI_FORBIDDEN"),
        (3, "1.", "E_JSON"),
        (4, "?", "E_CODE"),
        (5, None, "E_JSON"),
    ]
    assert not any("Sampleton" in one["reason"] for one in rejects)
    assert {fact["agency_ori"] for fact in await feeds.outbox()} == {agency.ori}


async def test_names_of_unknown_fields_are_quoted_nowhere(stack: Stack, feeds: FeedSide) -> None:
    """Whoever builds records by hand may write a person's name where a field's belongs."""
    agency = Agency(stack, ori())
    await agency.connect(feeds)
    hidden = {"Marlow.Sampleton": 1}
    async with reading(feeds):
        await agency.write(
            [
                arrest("T-1", ori=agency.ori, person={"last": "Fictive", **hidden}),
                {**referral("R-1", ori=agency.ori), **hidden},
            ]
        )
        await until(lambda: feeds.rows("select * from own.batch_reject offset 1"))
    rejects = await feeds.rows("select column_name, code, reason from own.batch_reject order by column_name")
    assert [(one["column_name"], one["code"]) for one in rejects] == [("0.person.?", "E_CODE"), ("1.?", "E_CODE")]
    assert {one["reason"].partition(": ")[2] for one in rejects} == {"a field of this name is unknown"}
    assert not any(name in str(rejects) for name in ("Marlow", "Sampleton"))


async def test_what_is_delivered_again_adds_nothing_not_even_a_batch(stack: Stack, feeds: FeedSide) -> None:
    agency = Agency(stack, ori())
    await agency.connect(feeds)
    async with reading(feeds):
        (offset, *_) = await agency.write(*three(agency.ori), referral("R-1", ori=agency.ori))
        await until(lambda: taken(feeds, agency.ori))
    before = (await feeds.outbox(), await feeds.outbox("referral-created"), await taken(feeds, agency.ori))
    assert len(before[0]) == 3
    assert len(before[1]) == 1
    await agency.deliver_again(feeds, offset)
    async with reading(feeds):
        await agency.write(arrest("T-NEW", ori=agency.ori))
        await until(lambda: more_than(feeds, 3))
    assert (await feeds.outbox())[:3] == before[0]
    assert await feeds.outbox("referral-created") == before[1]
    assert len(await taken(feeds, agency.ori)) == len(before[2]) + 1


async def more_than(feeds: FeedSide, number: int) -> bool:
    await feeds.work()
    return len(await feeds.outbox()) > number


async def test_a_referral_that_fails_for_good_is_told_by_code_and_place_and_its_neighbour_is_taken(
    stack: Stack, feeds: FeedSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = sent_records.refer

    async def refer(tx: Any, entries: Any, *given: Any, **named: Any) -> Any:
        if any(entry.record.source_record_id == "R-BAD" for entry in entries):
            raise ValueError("Sampleton")
        return await real(tx, entries, *given, **named)

    monkeypatch.setattr(sent_records, "refer", refer)
    agency = Agency(stack, ori())
    await agency.connect(feeds)
    async with reading(feeds):
        with capture_logs() as lines:
            await agency.write([referral(number, ori=agency.ori) for number in ("R-1", "R-BAD", "R-2")])
            (batch,) = await until(lambda: taken(feeds, agency.ori))
    assert (batch["accepted"], batch["rejected"]) == (2, 1)
    (told,) = [line for line in lines if line["log_level"] == "error"]
    assert (told["error"], told["agency_ori"]) == ("ValueError", agency.ori)
    assert told["at"].startswith("services/referral/feeds/sent_records.py:")
    assert "Sampleton" not in str(lines)


async def test_processes_that_come_and_go_share_the_topics_and_take_each_record_once(
    stack: Stack, feeds: FeedSide
) -> None:
    agencies = [Agency(stack, ori()) for _ in range(4)]
    for agency in agencies:
        await agency.connect(feeds)

    async def write(name: str) -> None:
        for agency in agencies:
            await agency.write(*(arrest(f"{name}-{n}", ori=agency.ori) for n in range(3)))

    async with reading(feeds):
        await write("ONE")
        await until(lambda: more_than(feeds, 0))
        async with reading(feeds):
            await write("TWO")
            await until(lambda: more_than(feeds, 12))
            await write("THREE")
        await write("FOUR")
        await until(lambda: more_than(feeds, 47), 60)
    assert [(fact["version"], fact["action"]) for fact in await feeds.outbox()] == [(1, "record")] * 48
    (sums,) = await feeds.rows("select sum(rows)::int as rows, sum(duplicates)::int as twice from own.batch")
    assert sums == {"rows": 48, "twice": 0}


async def test_a_topic_made_anew_is_read_from_its_first_record_however_long_it_is(
    stack: Stack, feeds: FeedSide
) -> None:
    """Read while it happens: neither the reader's place nor the database's may be taken for one in the new topic."""
    agency = Agency(stack, ori())
    await agency.connect(feeds)
    async with reading(feeds):
        await agency.write(*(arrest(f"OLD-{n}", ori=agency.ori) for n in range(2)))
        await until(lambda: more_than(feeds, 1))
        agency.make_anew()
        await agency.write(*(arrest(f"NEW-{n}", ori=agency.ori) for n in range(5)))
        await until(lambda: more_than(feeds, 6))
    assert [(fact["version"], fact["action"]) for fact in await feeds.outbox()] == [(1, "record")] * 7
    (held,) = await feeds.rows("select next_offset, generation from own.agency_topic")
    assert held == {"next_offset": 5, "generation": 2}


async def test_what_an_owner_of_before_still_tries_to_store_changes_nothing(stack: Stack, feeds: FeedSide) -> None:
    """Its retry comes late: the new owner has stored more of the topic, or the topic was made anew."""
    agency = Agency(stack, ori())
    await agency.connect(feeds)
    broker = TopicIds(feeds.settings)
    storing = Storing(Transactions(feeds.consumer, feeds.keys, feeds.settings), broker)
    first, second = (
        Message(n, orjson.dumps(arrest("A-1", ori=agency.ori, disposition=disposition)))
        for n, disposition in enumerate(("arrested", "cited"))
    )
    topic_id = (await broker.of([agency.topic]))[agency.topic]
    assert await storing.store(agency.ori, agency.topic, [first, second], topic_id)
    await feeds.work()
    before = await feeds.rows("select next_offset, generation, topic_id from own.agency_topic")
    assert await storing.store(agency.ori, agency.topic, [first], topic_id)
    assert not await storing.store(agency.ori, agency.topic, [first], uuid4())
    await feeds.work()
    assert await feeds.rows("select next_offset, generation, topic_id from own.agency_topic") == before
    assert [fact["disposition"] for fact in await feeds.outbox()] == ["cited"]


async def test_a_database_restored_from_a_backup_gets_what_it_had_not_yet(stack: Stack, feeds: FeedSide) -> None:
    """The group's offsets are ahead of it: reading begins where the database ends."""
    agency = Agency(stack, ori())
    await agency.connect(feeds)
    async with reading(feeds):
        await agency.write(*three(agency.ori))
        await until(lambda: more_than(feeds, 2))
    connection = await stack.administrator(feeds.settings.database_name)
    for table in ("own.arrest", "own.raw_record", "own.outbox", "own.batch_reject", "own.batch"):
        await connection.execute(f"delete from {table}")
    await connection.execute("update own.agency_topic set next_offset = 0")
    await connection.close()
    async with reading(feeds):
        await until(lambda: more_than(feeds, 2))


async def test_an_agency_whose_records_cannot_be_stored_keeps_no_other_waiting(stack: Stack, feeds: FeedSide) -> None:
    """A fault that may pass, of one agency: it is put off and seen, and goes on by itself when the fault is over."""
    stuck, other = Agency(stack, ori()), Agency(stack, ori())
    await stuck.connect(feeds)
    await other.connect(feeds)
    holder = await stack.administrator(feeds.settings.database_name)
    try:
        async with holder.transaction():
            await holder.execute("select from own.agency_topic where agency_ori = $1 for update", stuck.ori)
            async with reading(feeds):
                await stuck.write(arrest("A-1", ori=stuck.ori))
                await until(lambda: is_true(raised("LeadAgencyTopicStands")))
                await other.write(arrest("A-1", ori=other.ori))
                await until(lambda: more_than(feeds, 0))
            assert {fact["agency_ori"] for fact in await feeds.outbox()} == {other.ori}
    finally:
        await holder.close()
    async with reading(feeds):
        await until(lambda: more_than(feeds, 1))
        await until(lambda: is_true(not raised("LeadAgencyTopicStands")))


async def is_true(value: bool) -> bool:
    return value


async def test_a_referral_by_the_topic_is_taken_once_and_never_changed(stack: Stack, feeds: FeedSide) -> None:
    agency = Agency(stack, ori())
    await agency.connect(feeds)
    sent = referral("R-1", ori=agency.ori)
    async with reading(feeds):
        await agency.write([sent, sent, {**sent, "case_no": "another"}, referral("R-2", ori="PAPPD0000")])
        (batch,) = await until(lambda: taken(feeds, agency.ori))
    assert (batch["rows"], batch["accepted"], batch["duplicates"], batch["rejected"]) == (4, 1, 1, 2)
    codes = {one["code"]: one["count"] for one in batch["reject_codes"]}
    assert codes == {"E_KEY": 1, "E_ORI_FORBIDDEN": 1}
    assert len(await feeds.outbox("referral-created")) == 1


async def test_an_agency_that_connects_while_it_runs_is_read_and_one_without_topics_harms_nobody(
    stack: Stack, feeds: FeedSide
) -> None:
    first = Agency(stack, ori())
    await first.connect(feeds)
    async with reading(feeds):
        await first.write(arrest("A-1", ori=first.ori))
        await until(lambda: more_than(feeds, 0))
        nowhere = Agency.__new__(Agency)
        nowhere.ori = ori()
        await nowhere.connect(feeds)
        second = Agency(stack, ori())
        await second.connect(feeds)
        await second.write(arrest("A-1", ori=second.ori))
        await first.write(arrest("A-2", ori=first.ori))
        await until(lambda: more_than(feeds, 2))
        await until(lambda: is_true(raised("LeadAgencyTopicMissing")))
        broker_topics.connect_agency(stack.broker, nowhere.ori, "unused")
        await until(lambda: is_true(not raised("LeadAgencyTopicMissing")))


async def test_an_agency_writes_to_no_other_agencys_topic(stack: Stack) -> None:
    one, other = Agency(stack, ori()), Agency(stack, ori())
    with pytest.raises(TopicAuthorizationFailedError):
        await one.write({}, topic=other.topic)


async def test_a_password_is_set_only_where_it_comes_to_be_told(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command fails half-way: run again, it still has a password to tell."""
    agency = ori()
    with monkeypatch.context() as patched:

        def never(_done: object) -> None:
            raise TopicsError("the broker did not take over what it was given")

        patched.setattr(broker_topics, "_until", never)
        with pytest.raises(TopicsError):
            broker_topics.connect_agency(stack.broker, agency, "lost")
    assert broker_topics.connect_agency(stack.broker, agency, "told")
    assert not broker_topics.connect_agency(stack.broker, agency, "another")


async def test_a_password_that_may_be_set_and_was_not_told_is_made_anew_on_request(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    agency, real = ori(), broker_topics._apply_users

    def lost(*given: Any) -> None:
        real(*given)
        raise TimeoutError

    with monkeypatch.context() as patched:
        patched.setattr(broker_topics, "_apply_users", lost)
        with pytest.raises(TopicsError, match="--rotate"):
            broker_topics.connect_agency(stack.broker, agency, "lost")
    assert broker_topics.connect_agency(stack.broker, agency, "told", rotate=True)


async def test_bringing_the_broker_to_the_file_leaves_connected_agencies_alone(stack: Stack) -> None:
    agency = Agency(stack, ori())
    passwords = {name: stack.secrets.read(f"{name}/kafka-password") for name in topics_file().services()}
    broker_topics.apply(stack.broker, topics().values(), passwords)
    assert await agency.write(b"{}") == [0]
    assert not broker_topics.connect_agency(stack.broker, agency.ori, "unused")
    assert await agency.write(b"{}") == [1]
    held = {
        (name, operation)
        for who, kind, name, operation in broker_topics.present_grants(stack.broker)
        if who == agency_principal(agency.ori) and kind == "topic" and operation != "DESCRIBE"
    }
    assert held == {(agency.topic, "WRITE"), (agency.topic.replace("records", "status"), "READ")}
