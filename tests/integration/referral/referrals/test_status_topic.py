"""What an agency reads on its own status topic: its own referrals, and beyond `received` only under consent."""

from __future__ import annotations

import asyncio
import sys
from contextlib import ExitStack
from typing import Any

import pytest
from confluent_kafka import KafkaException
from sqlalchemy import event as sql_event

from services.referral.feeds.now_or_never import Message, NowOrNever
from shared.runtime.database import Database
from tests.integration.referral.feeds.alarms import raised
from tests.integration.referral.referrals.police_side import PoliceSide
from tests.integration.referral.referrals.records import intake, local, participant, police_consent
from tests.integration.referral.referrals.status_side import Side, beat, engaged, sending

pytestmark = pytest.mark.integration


async def test_without_a_release_an_agency_reads_received_once_whatever_happens(side: Side) -> None:
    made = await side.refer()
    (first,) = await side.look()
    await side.police.deliver(
        intake(made.referral_id, made.person_id, local("2026-03-20 10:00")), participant(made.person_id, engaged=True)
    )
    assert await side.look() == [first]
    assert (first["key"], first["status"]) == (str(made.referral_id), "received")
    assert set(first) == {"key", "id", "referral_id", "status", "at"}
    assert await side.police.published("disclosure-recorded") == []


async def test_under_a_release_each_change_is_told_once_with_notice_and_accounted_for(side: Side) -> None:
    made = await side.refer()
    await side.look()
    consent = police_consent(made.person_id)
    await side.police.deliver(intake(made.referral_id, made.person_id, local("2026-03-20 10:00")), consent)
    await side.look()
    await side.police.deliver(participant(made.person_id, engaged=True))
    told = await side.look()
    assert await side.look() == told
    assert [one["status"] for one in told] == ["received", "intake_completed", "engaged"]
    assert all(one["consent_id"] == str(consent.consent_id) and one["notice"] for one in told[1:])
    assert str(made.person_id) not in str(told)
    accounted = await side.police.published("disclosure-recorded")
    assert [(one["form"], one["recipient_id"]) for one in accounted] == [("event", side.ori)] * 2


async def test_a_release_that_is_revoked_takes_the_status_back(side: Side) -> None:
    _, consent = await engaged(side)
    assert [one["status"] for one in await side.look()] == ["engaged"]
    await side.police.deliver(consent.model_copy(update={"state": "revoked", "version": 2}))
    assert [one["status"] for one in await side.look()] == ["engaged", "received"]
    assert len(await side.police.published("disclosure-recorded")) == 1


async def test_a_silent_intake_takes_the_status_back_until_it_is_heard_again(side: Side) -> None:
    await engaged(side)
    await side.look()
    await silence(side.police)
    assert [one["status"] for one in await side.look()] == ["engaged", "received"]
    await beat(side.police)
    assert [one["status"] for one in await side.look()] == ["engaged", "received", "engaged"]


async def silence(police: PoliceSide) -> None:
    """The newest beat of intake is 50 s old."""
    async with police.consuming() as tx:
        await tx.execute("update copied.freshness set beat_at = beat_at - interval '50 s'")


async def test_a_status_that_the_broker_did_not_take_in_time_never_leaves_after_its_release_is_revoked(
    side: Side,
) -> None:
    """The broker dies when the status is on its way, the release is revoked, then the broker is back."""
    _, consent = await engaged(side)

    class Dies(NowOrNever):
        def put(self, message: Message) -> None:
            side.stack.kill_broker()
            super().put(message)

    dying = Dies(side.police.settings, seconds=2)
    try:
        await side.publisher.once(dying)
        assert raised("LeadAgencyStatusStands")
        assert len(await side.police.published("disclosure-recorded")) == 1
        with pytest.raises(KafkaException):
            await side.publisher.once(dying)
        await side.police.deliver(consent.model_copy(update={"state": "revoked", "version": 2}))
    finally:
        await asyncio.to_thread(side.stack.start_broker)
    dying.put = super(Dies, dying).put  # type: ignore[method-assign]
    # The first only asks whether the broker has read what it might still hold.
    assert [one["status"] for one in await side.look(3, dying)] == ["received"]
    assert not raised("LeadAgencyStatusStands")
    dying.close()


@pytest.mark.skipif(sys.platform != "linux", reason="finds the broker's process in /proc")
async def test_nothing_is_judged_for_a_broker_that_hangs_and_the_last_word_is_the_right_one(side: Side) -> None:
    """What stood in its socket when it hung can be taken back by nobody: it arrives, and before what is true."""
    _, consent = await engaged(side)

    class Hangs(NowOrNever):
        def put(self, message: Message) -> None:
            hanging.enter_context(side.stack.hanging_broker())
            super().put(message)

    sender, hanging = Hangs(side.police.settings, seconds=2), ExitStack()
    with hanging:
        await side.publisher.once(sender)
        assert raised("LeadAgencyStatusStands")
        await side.police.deliver(consent.model_copy(update={"state": "revoked", "version": 2}))
        with pytest.raises(KafkaException):
            await side.publisher.once(sender)
    sender.put = super(Hangs, sender).put  # type: ignore[method-assign]
    await side.publisher.once(sender)
    told = [one["status"] for one in await side.look(sender=sender)]
    assert told in (["engaged", "received"], ["received"])
    sender.close()


async def test_a_refused_topic_keeps_no_other_agency_waiting(side: Side) -> None:
    other = Side(side.stack, side.police)
    await other.connect()
    with side.refused():
        await side.refer()
        await other.refer()
        async with sending(side.police, seconds=1) as sender:
            assert await side.look(sender=sender) == []
        assert [one["status"] for one in await other.read()] == ["received"]


async def test_more_agencies_than_connections_are_told_in_one_look(side: Side) -> None:
    """A look holds one connection at a time, and none on the way to the broker: others need them."""
    sides = [side] + [Side(side.stack, side.police) for _ in range(7)]
    for one in sides[1:]:
        await one.connect()
    for one in sides:
        await one.refer()
    held = most_connections(side.police.consumer)
    await side.look()
    for one in sides:
        assert [told["status"] for told in await one.read()] == ["received"]
    assert held == [1]


def most_connections(database: Database) -> list[int]:
    """The most connections of a role that were in use at once, from now on."""
    pool: Any = database.engine.sync_engine.pool
    most = [0]

    def note(*_: Any) -> None:
        most[0] = max(most[0], pool.checkedout())

    sql_event.listen(pool, "checkout", note)
    return most


async def test_an_agency_reads_of_no_other_agencys_referrals(side: Side) -> None:
    other = Side(side.stack, side.police)
    await other.connect()
    made, _ = await engaged(other)
    assert await side.look() == []
    assert {one["referral_id"] for one in await other.read()} == {str(made.referral_id)}
