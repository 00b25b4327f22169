"""The screening queue and the charge ledger by their pages."""

from __future__ import annotations

import asyncio
import re

import httpx
import pytest

from tests.integration.referral.feeds.agency_side import until
from tests.integration.referral.referrals.police_side import PoliceSide
from tests.integration.referral.referrals.records import answered, intake, local, record

pytestmark = pytest.mark.integration


def token(page: httpx.Response) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert found
    return found[1]


async def test_a_supervisor_approves_what_waits_and_the_clock_starts_when_it_was_decided(police: PoliceSide) -> None:
    (made,) = await police.refer(record(complainant="unknown"))
    async with police.browser("supervisor") as supervisor:
        page = await supervisor.get("/decisions")
        assert "Marlow Sampleton" in page.text
        assert "The store or victim has not been asked yet." in page.text
        form = {"csrf": token(page), "act": "approve", "reason": "eligible_after_review", "at": "2026-03-20T10:00"}
        assert (await supervisor.post(f"/decisions/{made.referral_id}", data=form)).status_code == 303
        again = await supervisor.post(f"/decisions/{made.referral_id}", data=form)
        assert again.status_code == 409
        assert "Marlow Sampleton" not in (await supervisor.get("/decisions")).text
    told = await police.published("referral-decided")
    assert (told[0]["decision"], told[0]["decided_by_role"], told[0]["intake_due_on"]) == (
        "approved",
        "supervisor",
        "2026-04-03",
    )


async def test_a_decision_without_a_reason_is_not_taken(police: PoliceSide) -> None:
    (made,) = await police.refer(record(complainant="unknown"))
    async with police.browser("supervisor") as supervisor:
        page = await supervisor.get("/decisions")
        for reason in ({}, {"reason": "MarlowSampleton"}):
            form = {"csrf": token(page), "act": "approve"} | reason
            answer = await supervisor.post(f"/decisions/{made.referral_id}", data=form)
            assert answer.status_code == 422
            assert "Choose the reason" in answer.text
    assert await police.published("referral-decided") == []


@pytest.mark.parametrize(
    ("changes", "may"),
    [
        ({"place": {"municipality": "Pittsburgh", "zone": "3"}}, True),
        ({"person": {"last": "Youngfiction", "first": "Ada", "birth_date": "2010-01-01"}}, False),
        ({"charges": [{"text": "2701 Simple Assault"}]}, False),
    ],
)
async def test_an_override_is_a_supervisors_but_not_for_minors_or_excluded_charges(
    police: PoliceSide, changes: dict[str, object], may: bool
) -> None:
    (made,) = await police.refer(record(**changes))
    async with police.browser("supervisor") as supervisor:
        page = await supervisor.get("/decisions", params={"view": "ineligible"})
        assert ("Approve all the same" in page.text) is may
        form = {"csrf": token(page), "act": "approve", "reason": "eligible_after_review"}
        answer = await supervisor.post(f"/decisions/{made.referral_id}", data=form)
    assert answer.status_code == (303 if may else 409)


async def test_a_refusal_tells_the_agency_nothing_of_what_became_of_its_referral(police: PoliceSide) -> None:
    (done,) = await police.refer(record())
    (no,) = await police.refer(
        record(complainant="unknown", person={"last": "Otherfiction", "first": "Bo", "birth_date": "1980-01-01"})
    )
    await police.deliver(intake(done.referral_id, done.person_id, local("2026-03-20 10:00")))
    await police.deliver(answered(no.referral_id, no.person_id, "declined", local("2026-03-05 10:00")))
    said = set()
    async with police.browser("agency_supervisor") as sergeant:
        csrf = token(await sergeant.get("/decisions"))
        for made in (done, no):
            for act in ("withdraw", "approve", "void"):
                form = {"csrf": csrf, "act": act, "reason": "urgent_need"}
                answer = await sergeant.post(f"/decisions/{made.referral_id}", data=form)
                assert answer.status_code == 409
                said |= set(re.findall(r"[^<>]*cannot[^<>]*", answer.text))
                assert not re.search("intake complete|declined|approved", answer.text)
    assert len(said) == 1, said


async def test_an_agency_supervisor_sees_only_the_own_agencys(police: PoliceSide) -> None:
    other = record(ori="PALEAD001", complainant="unknown", place={"municipality": "Springdale Township"})
    await police.refer(other, scope="agency:PALEAD001")
    async with police.browser("agency_supervisor") as sergeant:
        assert "Sampleton" not in (await sergeant.get("/decisions", params={"view": "ineligible"})).text


async def test_the_prosecutor_sees_the_clock_and_why_and_decides_with_a_reason(police: PoliceSide) -> None:
    await police.refer(record())
    await police.tick("due-days", local("2026-04-01 06:00"))
    (charge,) = await police.rows("select charge_id from own.charge")
    async with police.browser("prosecutor") as prosecutor:
        page = await prosecutor.get("/charges")
        assert "The due day ended and no intake on time is known" in page.text
        assert "Nothing is filed unless you decide it" in page.text
        address, csrf = f"/charges/{charge['charge_id']}", token(page)
        bare = await prosecutor.post(address, data={"csrf": csrf, "act": "file"})
        assert (bare.status_code, "Choose the reason" in bare.text) == (422, True)
        assert '<option value="file" selected>' in bare.text
        done = await prosecutor.post(address, data={"csrf": csrf, "act": "not_file", "reason": "evidence"})
        assert done.status_code == 303
        held = await prosecutor.post(address, data={"csrf": csrf, "act": "end_hold", "reason": "evidence"})
        assert held.status_code == 409
        decided = await prosecutor.get("/charges", params={"view": "decided"})
    assert "Decided by the prosecutor. The evidence." in decided.text
    newest = (await police.published("charge-decided"))[-1]
    assert (newest["state"], newest["by"], newest["version"]) == ("not_filed", "prosecutor", 3)


async def test_a_charge_given_up_says_so_and_offers_nothing_to_undo_it(police: PoliceSide) -> None:
    (made,) = await police.refer(record())
    (row,) = await police.rows("select person_id from own.referral")
    await police.deliver(intake(made.referral_id, row["person_id"], local("2026-03-20 10:00")))
    async with police.browser("prosecutor") as prosecutor:
        page = await prosecutor.get("/charges", params={"view": "given_up"})
    assert "so the rule gave the charge up" in page.text
    assert "Record the decision" not in page.text


async def test_moving_the_due_day_holds_the_charge_again(police: PoliceSide) -> None:
    await police.refer(record(occurred_at="2026-10-20T12:00:00-04:00"))
    await police.tick("due-days")
    (charge,) = await police.rows("select charge_id, state from own.charge")
    assert charge["state"] == "eligible_to_file"
    async with police.browser("prosecutor") as prosecutor:
        page = await prosecutor.get("/charges")
        form = {"csrf": token(page), "act": "extend", "reason": "intake_delayed"}
        address = f"/charges/{charge['charge_id']}"
        assert (await prosecutor.post(address, data=form)).status_code == 422
        assert (await prosecutor.post(address, data=form | {"due_on": "2026-11-01"})).status_code == 409
        assert (await prosecutor.post(address, data=form | {"due_on": "2999-01-01"})).status_code == 303
    assert [fact["state"] for fact in await police.published("charge-decided")] == ["held", "eligible_to_file", "held"]
    assert (await police.published("referral-decided"))[-1]["decision"] == "reopened"


async def test_who_waits_to_decide_on_a_charge_does_not_hold_it_meanwhile(police: PoliceSide) -> None:
    """All lock the referral before its charge: the other way round, the due-day rule and a prosecutor would block
    each other."""
    (made,) = await police.refer(record())
    (charge,) = await police.rows("select charge_id from own.charge")
    async with police.browser("prosecutor") as prosecutor, police.consuming() as other:
        page = await prosecutor.get("/charges")
        await other.execute("select 1 from own.referral where referral_id = :id for update", {"id": made.referral_id})
        form = {"csrf": token(page), "act": "extend", "reason": "intake_delayed", "due_on": "2999-01-01"}
        sent = asyncio.create_task(prosecutor.post(f"/charges/{charge['charge_id']}", data=form))
        await until(lambda: _waiting(police))
        await other.execute("select 1 from own.charge for update nowait")
        await other.connection.rollback()
        assert (await sent).status_code == 303


async def _waiting(police: PoliceSide) -> list[dict[str, object]]:
    return await police.rows("select 1 from pg_locks where not granted and locktype = 'transactionid'")


@pytest.mark.parametrize("path", ["/decisions", "/charges"])
async def test_officers_see_neither_desk(police: PoliceSide, path: str) -> None:
    async with police.browser("officer") as officer:
        assert (await officer.get(path)).status_code == 404


async def test_the_ledger_is_paged_and_what_is_due_soon_stands_in_a_view_of_its_own(police: PoliceSide) -> None:
    await police.refer(*(record(source_record_id=f"paged-{n}") for n in range(30)))
    async with police.browser("prosecutor") as prosecutor:
        first = await prosecutor.get("/charges")
        second = await prosecutor.get("/charges", params={"page": "2"})
        soon = await prosecutor.get("/charges", params={"view": "soon"})
    assert (first.text.count('class="card"'), second.text.count('class="card"')) == (25, 5)
    assert "1 to 25 of 30" in first.text
    # The encounters are long past: every due day has come.
    assert "1 to 25 of 30" in soon.text


async def test_a_certificate_is_for_what_was_given_up_and_for_nothing_else(police: PoliceSide) -> None:
    (made,) = await police.refer(record())
    async with police.browser("prosecutor") as prosecutor:
        ledger = await prosecutor.get("/charges")
        charge = re.search(r'action="/charges/([0-9a-f-]{36})"', ledger.text)
        assert charge
        paper = f"/charges/{charge[1]}/certificate"
        assert (await prosecutor.get(paper)).status_code == 404
        await police.deliver(intake(made.referral_id, made.person_id, local("2026-03-20 12:00")))
        printed = await prosecutor.get(paper)
    assert "given up for good" in printed.text
    assert "Marlow Sampleton" in printed.text
    assert "35 § 780-113" in printed.text
    async with police.browser("officer") as officer:
        assert (await officer.get(paper)).status_code == 404
