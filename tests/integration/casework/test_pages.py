"""What coordinators and supervisors see and do, through the pages' own addresses and forms."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import UUID

import httpx
import pytest

from shared.contracts import ReferralCreated
from shared.runtime.ids import uuid7
from shared.web import csrf
from tests.integration.casework.desk import Casework
from tests.integration.casework.facts import (
    DAY,
    NOW,
    arrest,
    assessment,
    charge,
    consent,
    contact,
    intake,
    merge,
    profile,
    referral,
    status,
)

pytestmark = pytest.mark.integration


async def someone(casework: Casework, first: str = "June", last: str = "Testwell") -> ReferralCreated:
    """A participant with their name, charge, goal and consent."""
    made = referral(uuid7())
    await casework.deliver(
        made,
        profile(made.person_id, first, last),
        intake(made),
        charge(made, "relinquished"),
        assessment(made, "A door that locks."),
        consent(made.person_id),
        status(made.person_id),
    )
    return made


async def post(browser: httpx.AsyncClient, page: str, path: str, **fields: str) -> httpx.Response:
    """Send a form of a page, with the token the page carries."""
    found = re.search(r'name="csrf-token" content="([^"]+)"', (await browser.get(page)).text)
    assert found
    return await browser.post(path, data={csrf.FIELD: found[1], **fields})


async def take_on(browser: httpx.AsyncClient, person: UUID, **fields: str) -> httpx.Response:
    return await post(
        browser,
        f"/participants/{person}",
        f"/participants/{person}/assignments",
        **({"assignment_id": str(uuid7())} | fields),
    )


async def test_the_participants_page_says_the_charge_is_given_up_for_good(casework: Casework) -> None:
    made = await someone(casework)
    await casework.deliver(arrest(made.person_id, NOW - 300 * DAY))
    async with casework.browser() as robin:
        page = (await robin.get(f"/participants/{made.person_id}")).text
    assert "June Testwell" in page
    assert "Retail theft" in page
    assert "Given up for good" in page
    assert "relinquished" not in page.lower()
    assert "Arrested in Rankin: defiant trespass" in page
    assert 'aria-label="Alerts"' not in page
    assert "in LEAD or not" in page


async def test_goals_and_notes_are_for_the_care_team(casework: Casework) -> None:
    made = await someone(casework)
    async with casework.browser() as robin, casework.browser("supervisor") as dana:
        address = f"/participants/{made.person_id}"
        assert "A door that locks." not in (await robin.get(address)).text
        assert "A door that locks." in (await dana.get(address)).text
        assert (await take_on(robin, made.person_id)).status_code == 303
        assert "A door that locks." in (await robin.get(address)).text


async def test_an_arrest_after_the_referral_day_is_an_alert_until_it_is_seen(casework: Casework) -> None:
    made = await someone(casework)
    async with casework.browser() as robin:
        await take_on(robin, made.person_id)
        later = arrest(made.person_id, NOW - 1 * DAY, warrant_only=True)
        await casework.deliver(later, arrest(made.person_id, made.occurred_at + timedelta(minutes=1)))
        today = (await robin.get("/")).text
        assert today.count("on a warrant only. No new charge.") == 1
        assert "On a warrant only, no new charge." in (await robin.get(f"/participants/{made.person_id}")).text
        assert (await post(robin, "/", f"/alerts/{later.arrest_id}/seen")).status_code == 303
        assert "on a warrant only" not in (await robin.get("/")).text
        await casework.deliver(later.void(2, NOW, "error"))
        assert "warrant only" not in (await robin.get(f"/participants/{made.person_id}")).text


async def test_a_contact_logged_in_the_page_is_published_without_its_note(casework: Casework) -> None:
    made = await someone(casework)
    address = f"/participants/{made.person_id}"
    fields = {
        "contact_id": str(uuid7()), "pid": str(made.person_id), "outcome": "reached", "mode": "office",
        "minutes": "45", "at": (NOW - 2 * DAY).isoformat(), "next": "3d", "nextwhat": "Check the ID arrived",
        "needs": "housing", "service": "connected:housing", "note": "June likes the tea.",
    }  # fmt: skip
    async with casework.browser() as robin:
        await take_on(robin, made.person_id)
        answer = await post(robin, address, "/contacts", **fields)
        assert answer.status_code == 303
        page = (await robin.get(answer.headers["location"])).text
        again = await post(robin, address, "/contacts", **fields)
        assert again.status_code == 303
    assert "Reached at the office, 45 minutes" in page
    assert "June likes the tea." in page
    (said,) = await casework.published("contact-logged")
    assert said["services"] == [{"kind": "housing", "step": "connected"}]
    assert "tea" not in str(said)
    assert (await casework.published("participant-status-changed"))[-1]["engaged"] is True


async def test_our_contact_back_from_the_topic_is_not_doubled(casework: Casework) -> None:
    made = await someone(casework)
    fields = {"contact_id": str(uuid7()), "pid": str(made.person_id), "outcome": "reached"}
    async with casework.browser() as robin:
        await post(robin, "/", "/contacts", **fields)
        (own,) = await casework.rows("select contact_id, worker, at, recorded_at from own.contact")
        before = await casework.published()
        await casework.deliver(contact(made.person_id, stage="casework", **own))
        page = (await robin.get(f"/participants/{made.person_id}")).text
    assert page.count("Reached on the street") == 1
    assert await casework.published() == before


async def test_a_form_with_errors_comes_back_whole(casework: Casework) -> None:
    made = await someone(casework)
    async with casework.browser() as robin:
        fields = {
            "contact_id": str(uuid7()),
            "pid": str(made.person_id),
            "note": "half a thought",
            "at": "2999-01-01T00:00",
        }
        answer = await post(robin, "/", "/contacts", **fields)
    assert answer.status_code == 422
    assert "Choose what happened." in answer.text
    assert "This time is in the future." in answer.text
    assert "half a thought" in answer.text
    assert fields["contact_id"] in answer.text
    assert await casework.published("contact-logged") == []


async def test_undo_withdraws_the_contact_and_what_followed_from_it(casework: Casework) -> None:
    made = await someone(casework)
    fields = {"contact_id": str(uuid7()), "pid": str(made.person_id), "outcome": "reached"}
    async with casework.browser() as robin, casework.browser("supervisor") as dana:
        await post(robin, "/", "/contacts", **fields)
        other = await post(dana, "/", f"/contacts/{fields['contact_id']}/void")
        assert other.status_code == 404
        assert (await post(robin, "/", f"/contacts/{fields['contact_id']}/void")).status_code == 303
    assert [c["action"] for c in await casework.published("contact-logged")] == ["record", "void"]
    assert [s["engaged"] for s in await casework.published("participant-status-changed")] == [False, True, False]


async def test_search_finds_by_sound_start_number_and_birth_date(casework: Casework) -> None:
    made = await someone(casework, "Jon", "Smythwell")
    await someone(casework, "Otis", "Mockridge")
    async with casework.browser() as robin:
        for query in ("John Smithwell", "smyth", "1990-02-03", str(made.person_id)[-8:]):
            assert "Jon Smythwell" in (await robin.get("/participants", params={"q": query})).text, query
        nobody = (await robin.get("/participants", params={"q": "Smythwell Otis"})).text
        assert "No one matches" in nobody


async def test_filters_live_in_the_address(casework: Casework) -> None:
    await someone(casework)
    waiting = referral(uuid7(), municipality="Rankin")
    await casework.deliver(waiting, profile(waiting.person_id, "Wren", "Placeholder"))
    async with casework.browser() as robin:
        page = (await robin.get("/participants?status=waiting&town=Rankin")).text
        assert "Wren Placeholder" in page
        assert "June Testwell" not in page
        part = (await robin.get("/participants?status=waiting", headers={"HX-Request": "true"})).text
        assert "<html" not in part
        assert "Wren Placeholder" in part


async def test_today_ranks_the_intake_due_soonest_first(casework: Casework) -> None:
    for first, days in (("Marlow", 1), ("Pella", 5), ("Cosmo", 15)):
        made = referral(uuid7(), intake_due_on=(NOW + days * DAY).date())
        await casework.deliver(made, profile(made.person_id, first, "Sampleton"))
    async with casework.browser() as robin:
        page = (await robin.get("/")).text
    urgent = page[page.index("Can’t wait") : page.index("Waiting for intake</h2>")]
    assert re.findall(r"(Marlow|Pella|Cosmo) Sampleton</a>", urgent) == ["Marlow", "Pella"]
    assert "Not reached yet" in urgent


async def test_someone_whose_referral_has_not_come_is_said_to_wait_for_it(casework: Casework) -> None:
    made = referral(uuid7())
    await casework.deliver(intake(made))
    async with casework.browser() as robin:
        page = (await robin.get(f"/participants/{made.person_id}")).text
    assert "Waiting for the referral" in page


async def test_people_who_are_not_shown_are_not_found(casework: Casework) -> None:
    hidden = referral(uuid7(), decision="ineligible")
    await casework.deliver(hidden, arrest(hidden.person_id))
    async with casework.browser() as robin:
        one = await robin.get(f"/participants/{hidden.person_id}")
        other = await robin.get(f"/participants/{uuid7()}")
        assert (one.status_code, other.status_code) == (404, 404)
        fields = {"contact_id": str(uuid7()), "pid": str(hidden.person_id), "outcome": "reached"}
        assert (await post(robin, "/", "/contacts", **fields)).status_code == 422


async def test_a_person_merged_away_leads_to_who_they_are_today(casework: Casework) -> None:
    june, juniper = await someone(casework), await someone(casework, "Juniper")
    await casework.deliver(merge(june.person_id, juniper.person_id))
    async with casework.browser() as robin:
        answer = await robin.get(f"/participants/{juniper.person_id}")
    assert answer.headers["location"] == f"/participants/{june.person_id}"


async def test_the_guard_at_25_holds_for_coordinators_and_gives_way_to_a_reason(casework: Casework) -> None:
    people = [await someone(casework, f"Kit{n}") for n in range(26)]
    async with casework.browser() as robin, casework.browser("supervisor") as dana:
        for made in people[:25]:
            assert (await take_on(robin, made.person_id)).status_code == 303
        refused = await take_on(robin, people[25].person_id)
        assert refused.status_code == 422
        assert "This caseload is at 25." in refused.text
        (held,) = {row["worker"] for row in await casework.rows("select worker from own.assignment")}
        given = await take_on(dana, people[25].person_id, worker=held, reason="They know each other.")
        assert given.status_code == 303
        assert "26" in (await dana.get("/board")).text
    assert len(await casework.published("assignment-changed")) == 26


async def test_a_new_coordinator_ends_the_one_before_at_the_same_moment(casework: Casework) -> None:
    made = await someone(casework)
    at = (NOW - 2 * DAY).isoformat()
    async with casework.browser() as robin, casework.browser("supervisor") as dana:
        await take_on(robin, made.person_id)
        await take_on(dana, made.person_id, at=at)
        assert (await robin.get("/board")).status_code == 404
    first, ended, second = await casework.published("assignment-changed")
    assert (first["assignment_id"], ended["version"]) == (ended["assignment_id"], 2)
    assert ended["to"] is not None
    assert second["from"] <= second["recorded_at"]


async def test_statuses_follow_the_table(casework: Casework) -> None:
    made = await someone(casework)
    path = f"/participants/{made.person_id}"

    async def record(browser: httpx.AsyncClient, said: str) -> int:
        answer = await post(browser, path, f"{path}/statuses", change_id=str(uuid7()), status=said)
        return answer.status_code

    async with casework.browser() as robin, casework.browser("supervisor") as dana:
        assert await record(robin, "inactive") == 422
        assert await record(robin, "deceased") == 422
        assert await record(robin, "in_the_wind") == 303
        assert await record(dana, "deceased") == 303
        assert await record(dana, "moved") == 422
    said = [s["status"] for s in await casework.published("participant-status-changed")]
    assert said == ["active", "in_the_wind", "deceased"]


async def test_a_charge_the_referral_does_not_name_is_called_by_its_statute(casework: Casework) -> None:
    made = referral(uuid7(), charges=[])
    await casework.deliver(made, charge(made))
    async with casework.browser() as robin:
        page = (await robin.get(f"/participants/{made.person_id}")).text
    assert "Statute 18 3929" in page
    assert "Held: an intake by" in page
