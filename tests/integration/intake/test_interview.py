"""The interview from the queue to what the other services learn of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from shared.runtime.ids import uuid7
from tests.integration.intake import facts, interviewing
from tests.integration.intake.desk import Intake, send

ZONE = ZoneInfo("America/New_York")


async def referred(intake: Intake, **given: object) -> facts.ReferralCreated:
    one = facts.referral(uuid7(), **given)
    await intake.deliver(one, facts.charge(one), facts.profile(one.person_id))
    return one


async def test_an_intake_goes_from_the_queue_to_every_fact_that_follows_from_it(intake: Intake) -> None:
    one = await referred(intake)
    async with intake.browser() as client:
        queue = await client.get("/")
        assert "Marlow Sampleton" in queue.text
        assert "retail theft" in queue.text
        await interviewing.whole(
            client, one.referral_id, share_police="yes", share_evaluation="no", signature="Marlow Sampleton"
        )
        done = await client.get(f"/interviews/{one.referral_id}")
        assert "Marlow is in LEAD" in done.text
        assert "Marlow Sampleton" not in (await client.get("/")).text
    (completed,) = await intake.published("intake-completed")
    assert completed["referral_id"] == str(one.referral_id)
    assert completed["completed_at"] == completed["earliest_completed_at"]
    assert completed["kind"] == "full"
    assert completed["demographics_self_reported"]["race"] == "B"
    consents = {fact["recipient_class"]: fact["state"] for fact in await intake.published("consent-recorded")}
    assert consents == {"police": "granted", "evaluation": "declined"}
    (contact,) = await intake.published("contact-logged")
    assert (contact["stage"], contact["outcome"], contact["at"]) == ("intake", "reached", completed["completed_at"])
    statuses = {fact["domain"]: (fact["value"], fact["asked"]) for fact in await intake.published("status-recorded")}
    assert statuses["housing"] == ("outside", True)
    assert statuses["employment"] == ("not_asked", False)
    assert not statuses.keys() & {"substance_use", "wellbeing"}


async def test_treatment_answers_travel_apart(intake: Intake) -> None:
    one = await referred(intake)
    async with intake.browser() as client:
        await interviewing.whole(client, one.referral_id)
    found = {fact["part2"]: fact for fact in await intake.published("assessment-recorded")}
    assert found[False]["answers"].keys() == {"tonight", "stay", "race", "goal_1"}
    assert found[False]["needs"] == ["shelter", "housing"]
    assert found[False]["goals_in_own_words"] == ["A steady job"]
    assert found[True]["answers"] == {"sick_without": "yes", "use": "want_help"}


async def test_an_intake_written_down_later_keeps_when_it_ended(intake: Intake) -> None:
    one = await referred(intake)
    ended = (facts.NOW - 2 * facts.DAY).astimezone(ZONE).replace(second=0)
    entered = ended.strftime("%Y-%m-%dT%H:%M")
    async with intake.browser() as client:
        await interviewing.start(client, one.referral_id)
        await interviewing.both_parts(client, one.referral_id)
        refused = await interviewing.finish(client, one.referral_id, completed_at=entered)
        assert refused.status_code == 422
        assert "Say why this time differs" in refused.text
        answer = await interviewing.finish(client, one.referral_id, completed_at=entered, completed_reason="No signal")
        assert answer.status_code == 303
    (completed,) = await intake.published("intake-completed")
    assert datetime.fromisoformat(completed["completed_at"]) == ended


async def test_neither_the_future_nor_a_day_before_the_referral_is_taken(intake: Intake) -> None:
    one = await referred(intake)
    async with intake.browser() as client:
        await interviewing.start(client, one.referral_id)
        await interviewing.both_parts(client, one.referral_id)
        for days in (1, -30):
            at = (facts.NOW + timedelta(days=days)).isoformat()
            refused = await interviewing.finish(client, one.referral_id, completed_at=at, completed_reason="x")
            assert refused.status_code == 422
    assert await intake.published("intake-completed") == []


async def test_a_yes_without_a_signature_saves_nothing(intake: Intake) -> None:
    one = await referred(intake)
    async with intake.browser() as client:
        await interviewing.start(client, one.referral_id)
        await interviewing.both_parts(client, one.referral_id)
        refused = await interviewing.finish(client, one.referral_id, share_police="yes")
        assert refused.status_code == 422
        assert "A yes needs a signature" in refused.text
        assert 'id="share_police-yes" value="yes" checked' in refused.text
    assert await intake.published("consent-recorded") == []


async def test_part_one_alone_publishes_nothing(intake: Intake) -> None:
    one = await referred(intake)
    async with intake.browser() as client:
        await interviewing.start(client, one.referral_id)
        await interviewing.save(client, one.referral_id, 1, q_tonight="no", done="yes")
        assert (await interviewing.finish(client, one.referral_id)).status_code == 409
    assert await intake.published("intake-completed") == []


async def test_a_participant_referred_again_gets_the_update(intake: Intake) -> None:
    one = await referred(intake)
    again = facts.referral(one.person_id)
    async with intake.browser() as client:
        await interviewing.whole(client, one.referral_id)
        await intake.deliver(again)
        page = await client.get(f"/interviews/{again.referral_id}")
        assert "15-minute update" in page.text
        await interviewing.start(client, again.referral_id)
        await interviewing.save(client, again.referral_id, 1, q_safe_now="yes", done="yes")
        await interviewing.save(client, again.referral_id, 2, q_stay="own_place", done="yes")
        assert (await interviewing.finish(client, again.referral_id)).status_code == 303
    kinds = [fact["kind"] for fact in await intake.published("intake-completed")]
    assert kinds == ["full", "update"]


async def test_a_supervisor_corrects_and_voids_and_the_earliest_end_stays(intake: Intake) -> None:
    one = await referred(intake)
    async with intake.browser() as client:
        await interviewing.whole(client, one.referral_id)
    (first,) = await intake.published("intake-completed")
    earlier = facts.NOW - facts.DAY
    async with intake.browser("supervisor") as client:
        for at in (earlier, facts.NOW):
            answer = await send(
                client, f"/interviews/{one.referral_id}/correct", completed_at=at.isoformat(), reason="Wrong day"
            )
            assert answer.status_code == 303, answer.text
        answer = await send(client, f"/interviews/{one.referral_id}/void", reason="Wrong person")
        assert answer.status_code == 303, answer.text
        assert "Marlow Sampleton" in (await client.get("/")).text
    versions = await intake.published("intake-completed")
    assert [fact["version"] for fact in versions] == [1, 2, 3, 4]
    assert [fact["action"] for fact in versions] == ["record", "replace", "replace", "void"]
    ends = [datetime.fromisoformat(fact["earliest_completed_at"]) for fact in versions]
    assert ends == [datetime.fromisoformat(first["completed_at"]), earlier, earlier, earlier]
    assert (await intake.published("contact-logged"))[-1]["action"] == "void"
    assert {fact["action"] for fact in (await intake.published("status-recorded"))[5:]} == {"void"}


async def test_an_intake_worker_may_not_void(intake: Intake) -> None:
    one = await referred(intake)
    async with intake.browser() as client:
        await interviewing.whole(client, one.referral_id)
        assert (await send(client, f"/interviews/{one.referral_id}/void", reason="x")).status_code == 404
