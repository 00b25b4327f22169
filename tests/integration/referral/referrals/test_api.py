"""Referrals by machine: an agency's key, its own referrals, and nothing that tells of intake without consent."""

from __future__ import annotations

import base64
from typing import Any
from uuid import UUID

import pytest

from shared.contracts.topics import read_by, topics
from shared.messaging import freshness
from shared.messaging.freshness import Beat
from tests.integration.referral.referrals.police_side import PoliceSide
from tests.integration.referral.referrals.records import intake, local, participant, police_consent, record

pytestmark = pytest.mark.integration


def body(**changes: Any) -> dict[str, Any]:
    return record(**changes).model_dump(mode="json", exclude_none=True)


async def test_one_and_many_are_taken_with_an_answer_for_each(police: PoliceSide) -> None:
    async with police.machine(await police.key()) as machine:
        one = await machine.post("/api/referrals", json=body(source_record_id="A"))
        many = await machine.post(
            "/api/referrals", json=[body(source_record_id="A"), body(source_record_id="B", offer="declined")]
        )
    assert (one.status_code, many.status_code) == (202, 202)
    assert [(r["source_record_id"], r["result"], r.get("decision")) for r in many.json()["results"]] == [
        ("A", "duplicate", None),
        ("B", "created", "declined"),
    ]
    assert one.json()["results"][0]["referral_id"] == many.json()["results"][0]["referral_id"]


async def test_every_fault_of_every_record_is_listed_and_nothing_is_taken(police: PoliceSide) -> None:
    wrong = body() | {"zzz": 1, "pathway": "teleport"}
    empty = body(charges=[], person={"sex": "F"}, occurred_at="2999-01-01T00:00:00Z")
    foreign = body(ori="PALEAD001")
    async with police.machine(await police.key()) as machine:
        answer = await machine.post("/api/referrals", json=[body(), wrong, empty, foreign])
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    fields = {error["field"] for error in answer.json()["errors"]}
    assert fields == {"1.pathway", "1.zzz", "2.person", "2.charges", "2.occurred_at", "3.ori"}
    assert "Sampleton" not in answer.text
    assert await police.published() == []


async def test_an_idempotency_key_is_answered_twice_and_done_once(police: PoliceSide) -> None:
    async with police.machine(await police.key()) as machine:
        answers = [
            await machine.post("/api/referrals", json=body(source_record_id="I"), headers={"Idempotency-Key": "k1"})
            for _ in range(2)
        ]
        other = await machine.post("/api/referrals", json=body(source_record_id="J"), headers={"Idempotency-Key": "k1"})
    assert answers[0].json() == answers[1].json()
    assert answers[0].json()["results"][0]["result"] == "created"
    assert other.status_code == 409
    assert len(await police.published("referral-created")) == 1


@pytest.mark.parametrize("sent", ["", "[]", "{", "3", "[" + ",".join(["{}"] * 1001) + "]"])
async def test_what_is_no_list_of_referrals_is_refused_in_words(police: PoliceSide, sent: str) -> None:
    async with police.machine(await police.key()) as machine:
        answer = await machine.post("/api/referrals", content=sent)
    assert answer.status_code in {400, 422}
    assert answer.json()["errors"]


async def test_without_consent_an_agency_reads_received_whatever_happened(police: PoliceSide) -> None:
    async with police.machine(await police.key()) as machine:
        sent = await machine.post("/api/referrals", json=body())
        referral_id = sent.json()["results"][0]["referral_id"]
        before = (await machine.get(f"/api/referrals/{referral_id}")).json()
        await _beat(police)
        (row,) = await police.rows("select person_id from own.referral")
        await police.deliver(
            intake(referral_id, row["person_id"], local("2026-03-20 10:00")),
            participant(row["person_id"], engaged=True),
        )
        after = (await machine.get(f"/api/referrals/{referral_id}")).json()
        listed = (await machine.get("/api/referrals", params={"updated_since": "2026-03-01T00:00:00Z"})).json()
    assert before == after == listed["referrals"][0]
    assert set(after) == {"referral_id", "status", "at"}
    assert after["status"] == "received"
    assert await police.published("disclosure-recorded") == []


async def test_under_a_live_consent_it_is_told_with_the_notice_and_accounted_for(police: PoliceSide) -> None:
    await _beat(police)
    async with police.machine(await police.key()) as machine:
        sent = await machine.post("/api/referrals", json=body())
        address = f"/api/referrals/{sent.json()['results'][0]['referral_id']}"
        (row,) = await police.rows("select person_id, referral_id from own.referral")
        consent = police_consent(row["person_id"])
        await police.deliver(intake(row["referral_id"], row["person_id"], local("2026-03-20 10:00")), consent)
        told = (await machine.get(address)).json()
        await police.deliver(participant(row["person_id"], engaged=True))
        engaged = (await machine.get(address)).json()
        await police.deliver(participant(row["person_id"], "moved").model_copy(update={"since": local("2026-05-01")}))
        closed = (await machine.get(address)).json()
        revoked = consent.model_copy(update={"state": "revoked", "version": 2, "action": "replace"})
        await police.deliver(revoked)
        after = (await machine.get(address)).json()
    assert (told["status"], told["consent_id"]) == ("intake_completed", str(consent.consent_id))
    assert "42 CFR" in told["notice"]
    assert (engaged["status"], closed["status"], after["status"]) == ("engaged", "closed", "received")
    disclosed = await police.published("disclosure-recorded")
    assert [fact["recipient_id"] for fact in disclosed] == ["PAPPD0000"] * 3


async def test_example_26_after_a_revocation_the_agency_learns_nothing_and_the_person_stays_active(
    police: PoliceSide,
) -> None:
    await _beat(police)
    async with police.machine(await police.key()) as machine:
        sent = await machine.post("/api/referrals", json=body())
        address = f"/api/referrals/{sent.json()['results'][0]['referral_id']}"
        (row,) = await police.rows("select person_id, referral_id from own.referral")
        consent = police_consent(row["person_id"])
        await police.deliver(intake(row["referral_id"], row["person_id"], local("2026-03-20 10:00")), consent)
        await police.deliver(participant(row["person_id"], engaged=True))
        assert (await machine.get(address)).json()["status"] == "engaged"
        revoked = {"state": "revoked", "version": 2, "action": "replace", "recorded_at": local("2026-06-01 09:00")}
        await police.deliver(consent.model_copy(update=revoked))
        told = (await machine.get(address)).json()
        await police.deliver(participant(row["person_id"], "moved"))
        later = (await machine.get(address)).json()
    assert told == later
    assert (told["status"], set(told)) == ("received", {"referral_id", "status", "at"})
    statuses = await police.rows("select status from copied.participant_status order by since, version")
    assert "active" in {one["status"] for one in statuses}


async def test_a_silent_intake_closes_what_consent_had_opened(police: PoliceSide) -> None:
    async with police.machine(await police.key()) as machine:
        sent = await machine.post("/api/referrals", json=body())
        (row,) = await police.rows("select person_id, referral_id from own.referral")
        await police.deliver(
            intake(row["referral_id"], row["person_id"], local("2026-03-20 10:00")), police_consent(row["person_id"])
        )
        told = await machine.get(f"/api/referrals/{sent.json()['results'][0]['referral_id']}")
    assert told.json()["status"] == "received"


async def test_another_agency_finds_nothing_and_a_status_key_cannot_send(police: PoliceSide) -> None:
    async with police.machine(await police.key()) as machine:
        sent = await machine.post("/api/referrals", json=body())
    referral_id = sent.json()["results"][0]["referral_id"]
    async with police.machine(await police.key("PALEAD001")) as stranger:
        assert (await stranger.get(f"/api/referrals/{referral_id}")).status_code == 404
        assert (await stranger.get("/api/referrals")).json()["referrals"] == []
    async with police.machine(await police.key(scopes=("status",))) as reader:
        assert (await reader.post("/api/referrals", json=body())).status_code == 403


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-03-01T00:00:00"])
async def test_a_cursor_that_nobody_gave_out_is_refused(police: PoliceSide, at: str) -> None:
    made_up = base64.urlsafe_b64encode(f"{at}|{UUID(int=0)}".encode()).decode()
    async with police.machine(await police.key()) as machine:
        answer = await machine.get("/api/referrals", params={"cursor": made_up})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "cursor")


async def test_pages_of_referrals_follow_the_cursor(police: PoliceSide) -> None:
    people = [{"last": f"Sampleton{n}", "first": "Marlow", "birth_date": "1990-05-05"} for n in range(201)]
    async with police.machine(await police.key()) as machine:
        await machine.post("/api/referrals", json=[body(person=one) for one in people])
        first = (await machine.get("/api/referrals")).json()
        second = (await machine.get("/api/referrals", params={"cursor": first["next"]})).json()
        wrong = await machine.get("/api/referrals", params={"cursor": "zzz"})
    assert (len(first["referrals"]), len(second["referrals"]), second["next"]) == (200, 1, None)
    assert wrong.status_code == 422


async def _beat(police: PoliceSide) -> None:
    """Intake has been heard of just now, on everything this service reads of it."""
    async with police.consuming() as tx:
        await freshness.note(
            tx.connection,
            [
                Beat("intake", name, partition, tx.now)
                for name in read_by("referral")
                for partition in range(topics()[name].partitions)
            ],
        )
