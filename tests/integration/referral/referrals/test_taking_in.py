"""A referral comes in, and what is told of it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.integration.referral.referrals.police_side import PoliceSide
from tests.integration.referral.referrals.records import record

pytestmark = pytest.mark.integration


async def test_an_eligible_referral_is_approved_its_charge_held_and_its_person_told(police: PoliceSide) -> None:
    (made,) = await police.refer(record())
    assert (made.result, made.state) == ("created", "approved")
    told = await police.published()
    assert [fact["topic"] for fact in told] == ["referral-created", "charge-decided", "person-profile"]
    created, charge, profile = told
    assert (created["decision"], created["intake_due_on"]) == ("approved", "2026-03-31")
    assert created["demographics"]["age"] == 35
    assert (charge["state"], charge["by"], charge["statute"]) == ("held", "rule", "35 § 780-113 §§ A16")
    assert charge["charge_id"] == created["charges"][0]["charge_id"]
    assert profile["names"] == [{"last": "Sampleton", "first": "Marlow"}]
    assert [phone["number"] for phone in profile["phones"]] == ["412-555-0101"]


@pytest.mark.parametrize(
    ("changes", "decision", "held", "profile"),
    [
        ({"person": {"last": "Youngfiction", "first": "Ada", "birth_date": "2008-03-02"}}, "ineligible", 0, 0),
        ({"charges": [{"text": "13(a)(16) Possession / 2701 Simple Assault"}]}, "ineligible", 0, 0),
        ({"offer": "declined"}, "declined", 0, 0),
        ({"complainant": "unknown"}, "pending", 1, 1),
        ({"offer": "not_yet_made"}, "pending", 0, 1),
        ({"place": {"municipality": "Pittsburgh"}}, "pending", 1, 1),
        ({"place": {"municipality": "Rankin"}}, "ineligible", 0, 0),
        ({"pathway": "social_contact", "charges": [], "attestation": "record"}, "pending", 0, 1),
    ],
)
async def test_what_is_held_and_whose_identity_leaves_follows_from_the_decision(
    police: PoliceSide, changes: dict[str, Any], decision: str, held: int, profile: int
) -> None:
    (made,) = await police.refer(record(**changes))
    assert made.state == decision
    assert len(await police.published("charge-decided")) == held
    assert len(await police.published("person-profile")) == profile


async def test_the_same_record_again_makes_nothing_and_other_content_changes_nothing(police: PoliceSide) -> None:
    sent = record(source_record_id="R-1")
    (first,) = await police.refer(sent)
    before = await police.published()
    (again,) = await police.refer(sent)
    (other,) = await police.refer(record(source_record_id="R-1", complainant="declines"))
    assert (again.referral_id, again.result, other.result) == (first.referral_id, "duplicate", "differs")
    assert await police.published() == before


async def test_sent_twice_at_the_same_moment_it_is_made_once(police: PoliceSide) -> None:
    sent = record(source_record_id="R-2")
    answers = await asyncio.gather(*(police.refer(sent) for _ in range(4)))
    assert sorted(made.result for (made,) in answers) == ["created", "duplicate", "duplicate", "duplicate"]
    assert len(await police.published("referral-created")) == 1


async def test_the_same_person_referred_twice_is_one_person_with_two_charges_and_one_profile(
    police: PoliceSide,
) -> None:
    await police.refer(record())
    await police.refer(record())
    created = await police.published("referral-created")
    assert len({fact["person_id"] for fact in created}) == 1
    assert len(await police.published("charge-decided")) == 2
    assert len(await police.published("person-profile")) == 1


async def test_a_new_phone_is_told_as_a_new_version_that_keeps_the_old(police: PoliceSide) -> None:
    await police.refer(record())
    typed = {"last": "Sampleton", "first": "Marlow", "birth_date": "1990-05-05", "phones": ["412-555-0102"]}
    await police.refer(record(person=typed, occurred_at="2026-03-05T12:00:00-05:00"))
    profile = (await police.published("person-profile"))[-1]
    assert (profile["version"], profile["action"]) == (2, "replace")
    assert [phone["number"] for phone in profile["phones"]] == ["412-555-0102", "412-555-0101"]


async def test_a_thousand_referrals_take_a_fixed_number_of_statements(police: PoliceSide) -> None:
    def person(number: int) -> dict[str, Any]:
        return {"last": f"Sampleton{number}", "first": "Marlow", "birth_date": "1990-05-05"}

    counts = []
    for size in (2, 200):
        async with police.statements(police.web) as sent:
            await police.refer(*(record(person=person(size * 1000 + n)) for n in range(size)))
        counts.append(len(sent))
    assert counts[0] == counts[1]
    assert counts[1] <= 22


async def test_another_agency_and_no_scope_see_nothing_of_it(police: PoliceSide) -> None:
    await police.refer(record())
    for table in ("referral", "charge", "charge_step", "profile"):
        for scope, expected in (("agency:PAPPD0000", 1), ("agency:PALEAD001", 0), ("", 0)):
            assert await _seen(police, table, scope) == expected, (table, scope)


@pytest.mark.parametrize(
    ("typed", "told", "decision"),
    [
        ({"municipality": "city of pittsburgh", "zone": "Zone 1"}, ("Pittsburgh", "1"), "approved"),
        ({"municipality": "Pittsburgh", "zone": "by the river"}, ("Pittsburgh", None), "pending"),
        ({"municipality": "Pittsburgh", "zone": "Ada"}, ("Pittsburgh", None), "pending"),
        ({"municipality": "Home of Marlow Sampleton", "zone": "1"}, ("unlisted", None), "ineligible"),
    ],
)
async def test_a_place_is_told_by_the_name_the_policy_knows_and_what_was_typed_stays_sealed(
    police: PoliceSide, typed: dict[str, str], told: tuple[str, str | None], decision: str
) -> None:
    await police.refer(record(place=typed))
    (fact,) = await police.published("referral-created")
    assert ((fact["municipality"], fact.get("zone")), fact["decision"]) == (told, decision)
    async with police.browser("supervisor") as supervisor:
        page = await supervisor.get("/decisions", params={"view": "waiting" if decision == "pending" else decision})
    if decision != "approved":
        assert typed["municipality"] in page.text


async def test_no_name_phone_place_or_case_number_leaves_or_stays_readable(police: PoliceSide) -> None:
    canary = {"last": "Zzcanarylast", "first": "Zzcanaryfirst", "birth_date": "1990-05-05", "phones": ["555-7788991"]}
    place = {"municipality": "Pittsburgh", "zone": "1", "text": "Zzcanaryplace"}
    await police.refer(
        record(person=canary, place=place, case_no="Zzcanarycase", charges=[{"text": "5503 Zzcanarycharge"}]),
        record(person=canary, place=place, offer="declined", case_no="Zzcanarycase"),
        record(person=canary, place={"municipality": "Home of Zzcanaryhome", "zone": "Zzcanaryzone"}),
        record(
            person=canary,
            place=place | {"zone": "b. Zzcanaryborn"},
            charges=[
                {"title": "Zzcanarytitle", "section": "3929", "grade": "Zzcanary", "description": "x"},
                {"text": "2701 x", "title": "555-7788991"},
            ],
        ),
    )
    everything = await police.outbox_bytes()
    for row in await police.rows(
        "select r::text as row from own.referral r union all select c::text from own.charge c"
    ):
        everything += row["row"].encode()
    for word in (b"Zzcanary", b"555-7788991"):
        assert word not in everything
        assert word.hex().encode() not in everything


async def _seen(police: PoliceSide, table: str, scope: str) -> int:
    from sqlalchemy import text

    async with police.web.begin() as connection:
        await connection.execute(text("select set_config('lead.scope', :scope, true)"), {"scope": scope})
        found = await connection.execute(text(f"select count(*) from own.{table}"))
        return int(found.scalar_one())
