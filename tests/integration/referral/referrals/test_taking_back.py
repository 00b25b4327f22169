"""Withdrawn by the referrer, entered in error, let through by the prosecutor, and the order of the waiting list."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from tests.integration.referral.referrals.police_side import PoliceSide
from tests.integration.referral.referrals.records import record
from tests.integration.referral.referrals.test_form import held
from tests.integration.referral.referrals.test_kept import TYPED, form_of

pytestmark = pytest.mark.integration

ASSAULT = [{"text": "2701 Simple Assault"}, {"text": "13(a)(16) Possession of controlled substance"}]


async def state(police: PoliceSide, referral_id: UUID) -> str:
    (row,) = await police.rows("select state from own.referral where referral_id = :id", id=referral_id)
    return str(row["state"])


async def decide(police: PoliceSide, persona: str, path: str, **form: str) -> int:
    async with police.browser(persona) as browser:
        csrf = (await browser.get("/sign-in/token")).text
        return (await browser.post(path, data={"csrf": csrf} | form)).status_code


async def full(police: PoliceSide) -> None:
    """Every slot is taken."""
    async with police.consumer.begin() as connection:
        await connection.execute(
            text(
                "insert into own.capacity (programme, used, at) values ('allegheny', 100000, now())"
                " on conflict (programme) do update set used = 100000"
            )
        )


async def test_the_agency_takes_a_referral_back_on_its_day_and_the_charge_is_theirs_again(police: PoliceSide) -> None:
    (made,) = await police.refer(record(occurred_at=datetime.now(UTC) - timedelta(hours=1)))
    async with police.browser("agency_supervisor") as sergeant:
        address = f"/refer/sent/{made.referral_id}"
        assert "Withdraw it" in (await sergeant.get(address)).text
        csrf, _ = await form_of(sergeant)
        assert (await sergeant.post(f"{address}/withdraw", data={"csrf": csrf})).status_code == 303
        assert "Your agency took it back" in (await sergeant.get(address)).text
        assert (await sergeant.post(f"{address}/withdraw", data={"csrf": csrf})).status_code == 409
    assert [one["decision"] for one in await police.published("referral-decided")] == ["withdrawn"]
    assert [one["state"] for one in await police.published("charge-decided")] == ["held", "eligible_to_file"]


async def test_an_approved_referral_of_another_day_is_not_taken_back(police: PoliceSide) -> None:
    (made,) = await police.refer(record())
    async with police.consumer.begin() as connection:
        await connection.execute(text("update own.referral set received_at = received_at - interval '2 days'"))
    path = f"/refer/sent/{made.referral_id}/withdraw"
    assert await decide(police, "agency_supervisor", path) == 409
    assert await state(police, made.referral_id) == "approved"


async def test_an_officer_has_no_such_button(police: PoliceSide) -> None:
    (made,) = await police.refer(record())
    async with police.browser() as officer:
        assert "Withdraw" not in (await officer.get(f"/refer/sent/{made.referral_id}")).text
    assert await decide(police, "officer", f"/refer/sent/{made.referral_id}/withdraw") == 404


async def test_a_supervisor_marks_one_as_entered_in_error_and_it_stays_so(police: PoliceSide) -> None:
    (made,) = await police.refer(record())
    async with police.browser("supervisor") as supervisor:
        page = await supervisor.get("/decisions", params={"view": "open"})
    assert "It was entered in error" in page.text
    assert await decide(police, "supervisor", f"/decisions/{made.referral_id}", act="void") == 303
    assert await decide(police, "supervisor", f"/decisions/{made.referral_id}", act="void") == 409
    assert await state(police, made.referral_id) == "void"
    assert [one["decision"] for one in await police.published("referral-decided")] == ["void"]


async def test_an_agency_does_not_see_what_is_in_progress(police: PoliceSide) -> None:
    await police.refer(record())
    async with police.browser("agency_supervisor") as sergeant:
        page = await sergeant.get("/decisions", params={"view": "open"})
    assert "In progress" not in page.text
    assert "Sampleton" not in page.text
    (made,) = await police.refer(record(complainant="unknown"))
    assert await decide(police, "agency_supervisor", f"/decisions/{made.referral_id}", act="void") == 409


async def test_the_prosecutor_alone_lets_a_referral_through_despite_a_charge(police: PoliceSide) -> None:
    (made,) = await police.refer(record(charges=ASSAULT))
    assert await state(police, made.referral_id) == "ineligible"
    path = f"/decisions/{made.referral_id}"
    assert await decide(police, "supervisor", path, act="approve", reason="eligible_after_review") == 409
    async with police.browser("prosecutor") as prosecutor:
        assert "Marlow Sampleton" in (await prosecutor.get("/charges/excluded")).text
    path = f"/charges/excluded/{made.referral_id}"
    assert await decide(police, "prosecutor", path, act="approve", reason="fits_despite_charge") == 303
    (decided,) = await police.published("referral-decided")
    assert (decided["decision"], decided["overridden"], decided["decided_by_role"]) == ("approved", True, "prosecutor")
    # Example 15: the possession is held, the assault is in no ledger.
    assert [(one["state"], one["statute"]) for one in await police.published("charge-decided")] == [
        ("held", "35 § 780-113 §§ A16")
    ]


async def test_the_prosecutor_sees_only_what_is_theirs_to_let_through(police: PoliceSide) -> None:
    await police.refer(record(place={"municipality": "Pittsburgh", "zone": "3"}))
    async with police.browser("prosecutor") as prosecutor:
        assert "Sampleton" not in (await prosecutor.get("/charges/excluded")).text


async def test_the_waiting_list_goes_in_its_order_and_out_of_it_only_with_a_reason(police: PoliceSide) -> None:
    await full(police)
    later, first = await police.refer(
        record(occurred_at="2026-03-04T12:00:00-05:00", person={"last": "Laterfiction", "birth_date": "1981-01-01"}),
        record(person={"last": "Firstfiction", "first": "Al", "birth_date": "1980-01-01"}),
    )
    assert await state(police, first.referral_id) == "waitlisted"
    async with police.browser("supervisor") as supervisor:
        page = (await supervisor.get("/decisions", params={"view": "waitlist"})).text
    assert page.index("Firstfiction") < page.index("Laterfiction")
    assert "Waiting list, place 1" in page
    assert "100000 of 600 slots are taken" in page
    path = f"/decisions/{later.referral_id}"
    assert await decide(police, "supervisor", path, act="approve", reason="head_of_list", view="waitlist") == 422
    assert await decide(police, "supervisor", path, act="approve", reason="urgent_need") == 303
    path = f"/decisions/{first.referral_id}"
    assert await decide(police, "supervisor", path, act="approve", reason="head_of_list") == 303


async def test_a_new_form_begins_with_the_place_of_the_officers_last_referral(police: PoliceSide) -> None:
    async with police.browser() as officer:
        first = held((await officer.get("/refer")).text)
        assert first["zone"] == ""
        await officer.post("/refer", data=first | TYPED | {"zone": "2", "step": "3"})
        assert held((await officer.get("/refer")).text)["zone"] == "2"
    async with police.browser("agency_supervisor") as sergeant:
        assert held((await sergeant.get("/refer")).text)["zone"] == ""
