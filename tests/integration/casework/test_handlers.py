"""What consumed facts do to casework's rows and to what it publishes."""

from __future__ import annotations

from uuid import UUID

import pytest

from shared.runtime.ids import now, uuid7
from tests.integration.casework.desk import Casework
from tests.integration.casework.facts import (
    DAY,
    NOW,
    arrest,
    contact,
    decision,
    intake,
    merge,
    profile,
    referral,
)

pytestmark = pytest.mark.integration
STATUS = "participant-status-changed"


async def test_the_first_intake_makes_a_participant_and_says_so_once(casework: Casework) -> None:
    person = uuid7()
    first = referral(person)
    done = intake(first)
    await casework.deliver(first, done)
    await casework.deliver(intake(first, NOW - 2 * DAY, kind="update"), done)
    (said,) = await casework.published(STATUS)
    assert (said["status"], said["engaged"], UUID(said["person_id"])) == ("active", False, person)
    (row,) = await casework.rows("select * from own.participant")
    assert (row["status"], row["enrolled_at"]) == ("active", done.completed_at)


async def test_an_intake_before_its_referral_already_enrolls(casework: Casework) -> None:
    first = referral(uuid7())
    await casework.deliver(intake(first))
    assert await casework.seen_by_web("select status from own.person_line") == [{"status": "active"}]


async def test_voiding_the_only_intake_leaves_no_status(casework: Casework) -> None:
    done = intake(referral(uuid7()))
    await casework.deliver(done)
    await casework.deliver(done.void(2, now(), "error"))
    assert [s["status"] for s in await casework.published(STATUS)] == ["active", "void"]
    assert await casework.seen_by_web("select * from own.person_line") == []


async def test_voiding_one_of_two_intakes_keeps_the_participant(casework: Casework) -> None:
    first = referral(uuid7())
    one, two = intake(first, NOW - 5 * DAY), intake(first, NOW - 2 * DAY)
    await casework.deliver(one, two)
    await casework.deliver(one.void(2, now(), "error"))
    (row,) = await casework.rows("select status, enrolled_at from own.participant")
    assert row == {"status": "active", "enrolled_at": two.completed_at}


async def test_the_first_contact_after_intake_makes_engaged_true_by_a_replace(casework: Casework) -> None:
    first = referral(uuid7())
    await casework.deliver(first, contact(first.person_id, NOW - 6 * DAY), intake(first))
    await casework.deliver(contact(first.person_id, NOW - 2 * DAY, outcome="attempted"))
    await casework.deliver(contact(first.person_id, NOW - 1 * DAY))
    said = await casework.published(STATUS)
    assert [(s["engaged"], s["action"], s["version"]) for s in said] == [(False, "record", 1), (True, "replace", 2)]
    assert said[0]["change_id"] == said[1]["change_id"]


async def test_a_contact_that_arrives_before_the_intake_counts_when_it_comes(casework: Casework) -> None:
    first = referral(uuid7())
    await casework.deliver(contact(first.person_id, NOW - 1 * DAY))
    await casework.deliver(intake(first))
    (said,) = await casework.published(STATUS)
    assert said["engaged"] is True


async def test_the_same_facts_again_publish_nothing(casework: Casework) -> None:
    first = referral(uuid7())
    facts = (first, intake(first), contact(first.person_id), arrest(first.person_id))
    await casework.deliver(*facts)
    before = await casework.published()
    await casework.deliver(*reversed(facts))
    assert await casework.published() == before


async def test_the_highest_decision_is_the_state_even_when_it_comes_first(casework: Casework) -> None:
    first = referral(uuid7(), decision="pending", intake_due_on=None)
    later = decision(first, "expired", 2)
    await casework.deliver(later, decision(first, "approved", 1, intake_due_on=(NOW + DAY).date()))
    await casework.deliver(first)
    (row,) = await casework.rows("select state, due_on, live from copied.referral")
    assert row == {"state": "expired", "due_on": (NOW + DAY).date(), "live": True}
    await casework.deliver(later.void(2, now(), "error"))
    (row,) = await casework.rows("select state from copied.referral")
    assert row == {"state": "approved"}


async def test_only_people_with_a_live_referral_are_shown(casework: Casework) -> None:
    for screened, later, offer, shown in (
        ("approved", None, "accepted", True),
        ("pending", None, "not_yet_made", True),
        ("ineligible", None, "accepted", False),
        ("declined", None, "declined", False),
        ("approved", "declined", "accepted", True),
        ("approved", "void", "accepted", False),
        ("ineligible", "approved", "accepted", True),
    ):
        first = referral(uuid7(), decision=screened, offer=offer)
        await casework.deliver(first, arrest(first.person_id), *([decision(first, later)] if later else []))
        for table in ("copied.referral", "copied.arrest", "own.person_line"):
            seen = await casework.seen_by_web(f"select 1 from {table} where home_id = '{first.person_id}'")
            assert bool(seen) is shown, (table, screened, later, offer)


async def test_arrests_of_others_wait_unseen_and_appear_with_their_referral(casework: Casework) -> None:
    person = uuid7()
    await casework.deliver(arrest(person), arrest(uuid7()))
    assert await casework.seen_by_web("select * from copied.arrest") == []
    await casework.deliver(referral(person))
    assert len(await casework.seen_by_web("select * from copied.arrest")) == 1


async def test_no_scope_and_another_programmes_scope_see_nothing(casework: Casework) -> None:
    first = referral(uuid7())
    await casework.deliver(first, intake(first), profile(first.person_id))
    for scope in ("", "programme:elsewhere", "agency:PA0000000"):
        assert await casework.seen_by_web("select * from own.person_line", scope) == []
        assert await casework.seen_by_web("select * from copied.profile", scope) == []


async def test_a_merge_rehomes_and_its_undoing_is_exact(casework: Casework) -> None:
    june, juniper = uuid7(), uuid7()
    first, second = referral(june), referral(juniper)
    await casework.deliver(first, second, intake(first), intake(second), profile(juniper))
    before = await casework.rows("select person_id, home_id from copied.referral order by 1")
    joined = merge(june, juniper)
    await casework.deliver(joined)
    await casework.deliver(contact(juniper))
    homes = await casework.rows(
        "select home_id from copied.referral union select home_id from own.participant"
        " union select home_id from copied.contact union select home_id from copied.name_token"
    )
    assert homes == [{"home_id": june}]
    await casework.deliver(joined.model_copy(update={"undone": True, "version": 2}))
    assert await casework.rows("select person_id, home_id from copied.referral order by 1") == before
    assert await casework.rows("select person_id, home_id from copied.contact") == [
        {"person_id": juniper, "home_id": juniper}
    ]
