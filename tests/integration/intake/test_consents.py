"""The consent ledger: granted, taken back at once, over after its last day."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from shared.runtime.ids import uuid7
from tests.integration.intake import facts, interviewing
from tests.integration.intake.desk import Intake, send


async def consented(intake: Intake, **answers: str) -> UUID:
    """A person who answered the release in their intake."""
    one = facts.referral(uuid7())
    await intake.deliver(one, facts.profile(one.person_id))
    async with intake.browser() as client:
        await interviewing.whole(client, one.referral_id, signature="Marlow Sampleton", **answers)
    return one.person_id


async def test_a_consent_taken_back_is_published_at_once(intake: Intake) -> None:
    person = await consented(intake, share_police="yes")
    (granted,) = await intake.published("consent-recorded")
    async with intake.browser() as client:
        path = f"/people/{person}/consents/{granted['consent_id']}/revoke"
        assert (await send(client, path, how="written")).status_code == 303
        assert (await send(client, path, how="written")).status_code == 303
        assert "Nothing may be shared" in (await client.get(f"/people/{person}/consents")).text
    facts_of_it = await intake.published("consent-recorded")
    assert [(fact["version"], fact["state"]) for fact in facts_of_it] == [(1, "granted"), (2, "revoked")]


async def test_a_consent_holds_to_the_end_of_its_last_day(intake: Intake) -> None:
    """Acceptance 27 of the programme."""
    await consented(intake, share_police="yes")
    (granted,) = await intake.published("consent-recorded")
    last = date.fromisoformat(granted["expires_on"])
    zone = ZoneInfo("America/New_York")
    await intake.tick(datetime(last.year, last.month, last.day, 23, 59, 59, tzinfo=zone).astimezone(UTC))
    assert len(await intake.published("consent-recorded")) == 1
    after = datetime.fromtimestamp(
        datetime(last.year, last.month, last.day, 23, 59, 59, tzinfo=zone).timestamp() + 1, UTC
    )
    await intake.tick(after)
    await intake.tick(after)
    assert [fact["state"] for fact in await intake.published("consent-recorded")] == ["granted", "expired"]


async def test_a_newer_answer_ends_the_older_one(intake: Intake) -> None:
    person = await consented(intake, share_police="yes", share_provider="yes")
    async with intake.browser() as client:
        page = f"/people/{person}/consents"
        answer = await send(client, page, share_police="yes", share_provider="no", signature="Marlow Sampleton")
        assert answer.status_code == 303
        unsigned = await send(client, page, share_police="yes")
        assert unsigned.status_code == 422
    said = [(fact["recipient_class"], fact["state"]) for fact in await intake.published("consent-recorded")]
    assert sorted(said[2:]) == [
        ("police", "expired"),
        ("police", "granted"),
        ("provider", "declined"),
        ("provider", "revoked"),
    ]


async def test_health_statuses_wait_for_a_consent_for_evaluation(intake: Intake) -> None:
    person = await consented(intake, share_evaluation="no")
    domains = {fact["domain"] for fact in await intake.published("status-recorded")}
    assert not domains & {"substance_use", "wellbeing"}
    async with intake.browser() as client:
        await send(client, f"/people/{person}/consents", share_evaluation="yes", signature="Marlow Sampleton")
    held = {fact["domain"]: fact["value"] for fact in await intake.published("status-recorded")}
    assert held["substance_use"] == "want_help"
    assert held["wellbeing"] == "not_asked"


async def test_a_coordinator_opens_the_consents_of_assigned_people_only(intake: Intake) -> None:
    person = await consented(intake, share_police="yes")
    async with intake.browser("coordinator") as client:
        assert (await client.get(f"/people/{person}/consents")).status_code == 404
        await intake.deliver(facts.assignment(person, await intake.worker("coordinator")))
        assert (await client.get(f"/people/{person}/consents")).status_code == 200
        assert (await client.get("/")).status_code == 404


async def test_the_signature_is_sealed(intake: Intake) -> None:
    await consented(intake, share_police="yes")
    (row,) = await intake.rows("select signature from own.consent")
    assert b"Sampleton" not in row["signature"]
