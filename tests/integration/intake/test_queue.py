"""The queue: who waits, in which order, with whom."""

from __future__ import annotations

from services.intake.pages import routers
from shared.runtime.ids import uuid7
from tests.integration.intake import facts, interviewing
from tests.integration.intake.desk import Intake, send


async def test_least_time_left_comes_first_and_the_past_stands_below(intake: Intake) -> None:
    names = ("Later", "Sooner", "Social", "Over", "Expired")
    people = {name: uuid7() for name in names}
    today = facts.NOW.date()
    over = facts.referral(people["Over"], intake_due_on=today - 2 * facts.DAY)
    expired = facts.referral(people["Expired"], intake_due_on=today - 3 * facts.DAY)
    await intake.deliver(
        *(facts.profile(person, first=name, last="Sampleton") for name, person in people.items()),
        facts.referral(people["Later"], intake_due_on=today + 12 * facts.DAY),
        facts.referral(people["Sooner"], intake_due_on=today + 2 * facts.DAY),
        facts.social(people["Social"]),
        over,
        expired,
        facts.decision(expired, "expired"),
    )
    async with intake.browser() as client:
        page = (await client.get("/")).text
    places = [page.index(f"{name} Sampleton") for name in ("Sooner", "Later", "Social")]
    assert places == sorted(places)
    below = page.index("Past the deadline (2)")
    assert below > max(places)
    assert min(page.index("Over Sampleton"), page.index("Expired Sampleton")) > below
    assert page.count('class="q-i risk"') == 1
    assert "No deadline" in page


async def test_a_referral_shows_before_its_name_is_known(intake: Intake) -> None:
    one = facts.referral(uuid7())
    await intake.deliver(one)
    async with intake.browser() as client:
        assert "Name not here yet" in (await client.get("/")).text
        await interviewing.whole(client, one.referral_id)


async def test_a_decision_before_its_referral_is_taken_into_account(intake: Intake) -> None:
    one = facts.referral(uuid7(), decision="pending", intake_due_on=None)
    due = (facts.NOW + 5 * facts.DAY).date()
    await intake.deliver(facts.decision(one, "expired", seq=3))
    await intake.deliver(facts.decision(one, "approved", seq=1, intake_due_on=due))
    await intake.deliver(one)
    (row,) = await intake.rows("select state, due_on from copied.referral")
    assert row == {"state": "expired", "due_on": due}


async def test_a_void_decision_takes_its_effect_back(intake: Intake) -> None:
    one = facts.referral(uuid7())
    declined = facts.decision(one, "declined")
    await intake.deliver(one, declined)
    await intake.deliver(declined.void(2, facts.NOW, "error"))
    assert (await intake.rows("select state from copied.referral")) == [{"state": "approved"}]


async def test_only_one_worker_claims_and_the_other_is_told_who(intake: Intake) -> None:
    one = facts.referral(uuid7())
    await intake.deliver(one, facts.profile(one.person_id))
    async with intake.browser() as worker, intake.browser("supervisor") as supervisor:
        assert (await send(worker, f"/referrals/{one.referral_id}/claim")).status_code == 303
        refused = await send(supervisor, f"/referrals/{one.referral_id}/claim")
        assert refused.status_code == 409
        assert "Sam Inventaro already looks after" in refused.text
        assert (await send(supervisor, f"/interviews/{one.referral_id}")).status_code == 409
        taken = await send(supervisor, f"/referrals/{one.referral_id}/claim", reason="Sam is ill")
        assert taken.status_code == 303
        assert "With Dana Pretendsky" in (await worker.get("/")).text
        assert (await send(supervisor, f"/referrals/{one.referral_id}/release")).status_code == 303
        assert "Nobody yet" in (await worker.get("/")).text


async def test_answers_open_only_to_who_looks_after_the_person(intake: Intake) -> None:
    one = facts.referral(uuid7())
    await intake.deliver(one, facts.profile(one.person_id))
    async with intake.browser() as worker, intake.browser("supervisor") as supervisor:
        await interviewing.start(worker, one.referral_id)
        await interviewing.save(worker, one.referral_id, 1, q_first_help="My canary words")
        assert "My canary words" in (await worker.get(f"/interviews/{one.referral_id}?part=1")).text
        page = await supervisor.get(f"/interviews/{one.referral_id}?part=1")
        assert "My canary words" not in page.text
        assert "Take over" in page.text


async def test_a_try_is_logged_at_its_own_time_and_the_same_try_twice_is_asked_about(intake: Intake) -> None:
    one = facts.social(uuid7())
    await intake.deliver(one, facts.profile(one.person_id))
    at = (facts.NOW - facts.DAY).isoformat()
    path = f"/referrals/{one.referral_id}/outreach"
    said = {"mode": "phone", "outcome": "attempted", "at": at, "place_hint": "By the canary bridge"}
    async with intake.browser() as client:
        assert (await send(client, path, **said)).status_code == 303
        assert (await send(client, path, **said)).status_code == 422
        assert (await send(client, path, **said, same="no")).status_code == 303
        assert (await send(client, path, **(said | {"at": (facts.NOW + facts.DAY).isoformat()}))).status_code == 422
        assert (await send(client, path, mode="pigeon", outcome="attempted")).status_code == 422
        assert "By the canary bridge" in (await client.get(path)).text
        assert "2 tries" in (await client.get("/")).text
    published = await intake.published("contact-logged")
    assert [(fact["at"], fact["outcome"], fact["stage"]) for fact in published] == [
        (at.replace("+00:00", "Z"), "attempted", "outreach")
    ] * 2
    assert "canary" not in str(published)
    raw = await intake.rows("select place_hint from own.contact")
    assert all(b"canary" not in row["place_hint"] for row in raw)


async def test_a_no_and_a_return_are_told_to_the_referral_service(intake: Intake) -> None:
    one = facts.referral(uuid7())
    await intake.deliver(one, facts.profile(one.person_id))
    async with intake.browser() as client:
        for answer in ("declined", "returned"):
            assert (await send(client, f"/referrals/{one.referral_id}/answer", answer=answer)).status_code == 303
    assert [fact["answer"] for fact in await intake.published("offer-answered")] == ["declined", "returned"]


async def test_who_refused_at_the_scene_is_nobody_s_to_see(intake: Intake) -> None:
    one = facts.referral(uuid7(), offer="declined", decision="declined", intake_due_on=None)
    await intake.deliver(one)
    async with intake.browser() as client:
        assert str(one.referral_id) not in (await client.get("/")).text
        assert (await client.get(f"/interviews/{one.referral_id}")).status_code == 404
        assert (await client.get(f"/interviews/{uuid7()}")).status_code == 404


async def test_an_empty_queue_says_why(intake: Intake) -> None:
    async with intake.browser() as client:
        assert "No one waits" in (await client.get("/")).text


async def test_rows_are_hidden_outside_their_programme(intake: Intake) -> None:
    one = facts.referral(uuid7())
    await intake.deliver(one, facts.charge(one), facts.profile(one.person_id), facts.status(one.person_id))
    async with intake.browser() as client:
        await interviewing.whole(client, one.referral_id, share_police="yes", signature="Marlow")
    tables = await intake.rows(
        "select format('%I.%I', table_schema, table_name) as name from information_schema.columns "
        "where table_schema in ('own', 'copied') and column_name = 'home_id' and table_name <> 'home'"
    )
    assert len(tables) == 15
    for table in tables:
        assert await intake.seen_by_web(f"select 1 from {table['name']}", scope="programme:elsewhere") == []
        assert await intake.seen_by_web(f"select 1 from {table['name']}", scope="") == []


def test_every_route_is_for_named_people() -> None:
    declared = [route for router in routers for route in router.declared]
    assert len(declared) >= 15
    assert all(route.access.roles and route.access.purpose for route in declared)
