"""Arrests with names, sent by an agency's own system."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.referral.arrests.records import PITTSBURGH, arrest
from tests.integration.referral.feed_side import FeedSide

pytestmark = pytest.mark.integration


async def send(feeds: FeedSide, *records: Any, key: str | None = None, **headers: str) -> Any:
    async with feeds.client(key) as http:
        return await http.post("/api/arrests", json=list(records), headers=headers)


async def test_an_arrest_is_stored_answered_linked_and_told(feeds: FeedSide) -> None:
    answer = await send(feeds, arrest("A-1"))
    assert answer.status_code == 202, answer.text
    (result,) = answer.json()["results"]
    assert (result["source_record_id"], result["result"]) == ("A-1", "stored")
    assert await feeds.outbox() == []
    async with feeds.client() as http:
        waiting = await http.get(f"/api/arrests/{result['arrest_id']}")
    assert waiting.json() == {"arrest_id": result["arrest_id"], "status": "received"}

    await feeds.work()
    (fact,) = await feeds.outbox()
    assert fact["arrest_id"] == fact["key"] == result["arrest_id"]
    assert (fact["linkable"], fact["municipality"], fact["zone"], fact["source"]) == (True, "Pittsburgh", "2", "api")
    assert (fact["version"], fact["action"], fact["divertible"]) == (1, "record", "yes")
    assert fact["demographics"]["age"] == 35
    (coverage,) = await feeds.outbox("feed-coverage")
    assert (coverage["covered_from"], coverage["covered_through"]) == ("2026-02-20", "2026-02-20")

    async with feeds.client() as http:
        shown = (await http.get(f"/api/arrests/{result['arrest_id']}")).json()
    (charge,) = shown["charges"]
    assert (charge["label"], charge["eligibility"], charge["grade"]) == ("Retail theft", "Y", "M2")
    assert charge["reason"] == "Retail theft: listed; merchant must agree"
    assert shown["crosswalk_reviewed"] is False
    assert "person_id" not in shown


async def test_a_correction_replaces_a_repeat_is_nothing_and_a_void_withdraws(feeds: FeedSide) -> None:
    for record in (
        arrest("A-1"),
        arrest("A-1"),
        arrest("A-1", disposition="cited"),
        arrest("A-1", action="void", charges=[]),
        arrest("A-1", action="void", charges=[]),
        arrest("A-1"),
    ):
        assert (await send(feeds, record)).status_code == 202
        await feeds.work()
    facts = await feeds.outbox()
    assert [(fact["version"], fact["action"]) for fact in facts] == [
        (1, "record"),
        (2, "replace"),
        (3, "void"),
        (4, "record"),
    ]
    assert len({fact["person_id"] for fact in facts}) == 1
    assert "charges" not in facts[2]


async def test_of_one_key_twice_in_a_request_the_last_counts(feeds: FeedSide) -> None:
    answer = await send(feeds, arrest("A-1"), arrest("A-1", disposition="cited"), arrest("A-2"))
    await feeds.work()
    assert [fact["disposition"] for fact in await feeds.outbox()] == ["cited", "arrested"]
    batch = await feeds.batch(answer.json()["batch_id"])
    assert (batch["rows"], batch["accepted"], batch["other"]) == (3, 2, 1)
    assert {"code": "W_KEY_TWICE", "count": 1} in batch["warnings"]


async def test_a_request_sent_twice_under_one_key_is_done_once(feeds: FeedSide) -> None:
    first = await send(feeds, arrest("A-1"), **{"Idempotency-Key": "k1"})
    again = await send(feeds, arrest("A-1"), **{"Idempotency-Key": "k1"})
    assert again.json() == first.json()
    other = await send(feeds, arrest("A-2"), **{"Idempotency-Key": "k1"})
    assert other.status_code == 409
    await feeds.work()
    assert len(await feeds.outbox()) == 1


async def test_every_fault_of_every_record_is_listed_and_nothing_is_stored(feeds: FeedSide) -> None:
    answer = await send(
        feeds,
        arrest("A-1"),
        arrest("A-2", disposition="Marlow", charges=[]),
        arrest("", arrested_at="soon", person={"birth_date": "Sampleton"}, extra=1),
        arrest("A-4", arrested_at="2999-01-01T00:00:00Z", charges=[{}]),
        {**arrest("A-5"), "ori": None},
    )
    assert answer.status_code == 422
    assert {error["field"] for error in answer.json()["errors"]} == {
        "1.disposition",
        "2.source_record_id",
        "2.arrested_at",
        "2.person.birth_date",
        "2.extra",
        "3.arrested_at",
        "3.charges.0",
        "4.ori",
    }
    assert "Marlow" not in answer.text
    assert "Sampleton" not in answer.text
    await feeds.work()
    assert await feeds.outbox() == []


@pytest.mark.parametrize("body", [b"{", b"[]", b"3", b"[" + b"3," * 1001 + b"3]"])
async def test_a_body_that_is_no_list_of_records_is_a_problem(feeds: FeedSide, body: bytes) -> None:
    async with feeds.client() as http:
        answer = await http.post("/api/arrests", content=body)
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == "application/problem+json"


async def test_an_agencys_key_sends_and_sees_its_own_only(feeds: FeedSide) -> None:
    own, other = await feeds.key(PITTSBURGH), await feeds.key("PALEAD025")
    answer = await send(feeds, {**arrest("A-1"), "ori": None}, key=own)
    assert answer.status_code == 202, answer.text
    refused = await send(feeds, arrest("A-2"), key=other)
    assert refused.status_code == 422
    assert refused.json()["errors"] == [
        {"field": "0.ori", "reason": "E_ORI_FORBIDDEN: this key belongs to another agency"}
    ]
    await feeds.work()
    path = f"/api/arrests/{answer.json()['results'][0]['arrest_id']}"
    nowhere = "/api/arrests/00000000-0000-8000-8000-000000000000"
    async with feeds.client(own) as mine, feeds.client(other) as theirs:
        assert (await mine.get(path)).status_code == 200
        forbidden, missing = await theirs.get(path), await theirs.get(nowhere)
        assert (forbidden.status_code, forbidden.content) == (404, missing.content)
        batch = f"/api/batches/{answer.json()['batch_id']}"
        assert (await mine.get(batch)).status_code == 200
        assert (await theirs.get(batch)).status_code == 404


async def test_a_fault_of_ours_holds_its_batch_and_the_next_passes(
    feeds: FeedSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = (await send(feeds, arrest("A-1"))).json()["batch_id"]
    good = (await send(feeds, arrest("A-2"))).json()["batch_id"]
    from services.referral.feeds import worker

    whole = worker.apply

    async def fails(tx: Any, batch: Any) -> None:
        await whole(tx, batch)
        if str(batch.batch_id) == bad:
            raise RuntimeError("Marlow Sampleton")

    monkeypatch.setattr(worker, "apply", fails)
    await feeds.work()
    assert [fact["key"] for fact in await feeds.outbox()] != []
    assert (await feeds.batch(bad))["status"] == "held"
    assert (await feeds.batch(good))["status"] == "applied"
    assert len(await feeds.outbox()) == 1
    monkeypatch.setattr(worker, "apply", whole)
    async with feeds.client() as http:
        assert (await http.post(f"/api/batches/{bad}/apply")).status_code == 202
    await feeds.work()
    assert (await feeds.batch(bad))["status"] == "applied"
    assert len(await feeds.outbox()) == 2


@pytest.mark.parametrize("depth", [65, 300])
async def test_a_record_nested_too_deep_is_refused_as_any_other_fault(feeds: FeedSide, depth: int) -> None:
    deep = b"[" * depth + b"]" * depth
    async with feeds.client() as http:
        answer = await http.post("/api/arrests", content=b'[{"person": ' + deep + b"}]")
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"] == [{"field": "0.", "reason": "E_JSON: it nests deeper than 64"}]
