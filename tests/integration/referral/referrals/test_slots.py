"""Slots: the last one is given once, and who takes one already needs no other."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import text

from services.referral.store.policy import shipped_policy
from services.referral.store.referrals import used_slots
from tests.integration.referral.referrals.police_side import PoliceSide
from tests.integration.referral.referrals.records import intake, local, participant, record

pytestmark = pytest.mark.integration

DAY = local("2026-03-01 23:30").date()


async def taken(police: PoliceSide, used: int) -> None:
    async with police.consumer.begin() as connection:
        await connection.execute(
            text(
                "insert into own.capacity (programme, used, at) values ('allegheny', :used, now())"
                " on conflict (programme) do update set used = :used"
            ),
            {"used": used},
        )


PEOPLE = (
    {"last": "Fablewright", "first": "Bo", "birth_date": "1980-01-11"},
    {"last": "Otherfiction", "first": "Marisol", "birth_date": "1991-07-23"},
    {"last": "Quillsample", "first": "Darnell", "birth_date": "1966-11-02"},
)


async def test_the_last_slot_is_given_once_before_anybody_counts_again(police: PoliceSide) -> None:
    policy = shipped_policy().on(DAY)
    slots = policy.slots_per_coordinator.arrest_diversion * policy.coordinators_on(DAY)
    await taken(police, slots - 1)
    states = [(await police.refer(record(person=one)))[0].state for one in PEOPLE]
    assert states == ["approved", "waitlisted", "waitlisted"]
    async with police.consuming() as tx:
        assert await used_slots(tx, police.settings.programme) == slots


async def test_a_count_agrees_with_the_slots_that_were_taken(police: PoliceSide) -> None:
    await police.refer(*(record(person=one) for one in PEOPLE))
    async with police.consuming() as tx:
        before = await used_slots(tx, police.settings.programme)
    await police.tick("slots")
    async with police.consuming() as tx:
        assert await used_slots(tx, police.settings.programme) == before == 3


@pytest.mark.parametrize("ori", ["PAPPD0000", "PALEAD025"])
async def test_a_participant_referred_again_while_all_is_full_waits_as_a_stranger_does_and_needs_no_slot(
    police: PoliceSide, ori: str
) -> None:
    (made,) = await police.refer(record())
    done = local("2026-03-20 10:00")
    await police.deliver(intake(made.referral_id, made.person_id, done), participant(made.person_id), now=done)
    await taken(police, 100_000)
    by = "officer" if ori == "PAPPD0000" else "community_partner"
    later = {"occurred_at": local("2026-06-01 10:00"), "ori": ori, "referred_by": by}
    again, stranger = await police.refer(
        record(**later), record(**later, source_record_id="other", person=PEOPLE[0]), scope=f"agency:{ori}"
    )
    # Whoever refers learns nothing by it.
    assert (again.person_id, again.state, stranger.state) == (made.person_id, "waitlisted", "waitlisted")
    await police.tick("slots", now=local("2026-06-01 11:00"))
    states = await police.rows("select referral_id, state, first_state, due_on from own.referral")
    told = {row["referral_id"]: (row["state"], row["first_state"], row["due_on"]) for row in states}
    assert told[again.referral_id] == ("approved", "waitlisted", date(2026, 7, 1))
    assert told[stranger.referral_id][0] == "waitlisted"
    async with police.consuming() as tx:
        assert await used_slots(tx, police.settings.programme) == 1
    async with police.browser("agency_supervisor") as sergeant, police.browser("supervisor") as supervisor:
        theirs, whole = [await who.get("/decisions?view=waitlist") for who in (sergeant, supervisor)]
    assert PEOPLE[0]["last"] in whole.text
    assert PEOPLE[0]["last"] not in theirs.text
