"""A mapping is checked when it is registered, versioned with its source, and each batch is read by its own version."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.referral.arrests.records import arrest
from tests.integration.referral.feed_side import FeedSide

pytestmark = pytest.mark.integration

MAPPING: dict[str, Any] = {
    "key": ["Number"],
    "columns": {"Number": "case_no", "When": "arrested_at", "Age": "person.age", "Charge": "charge.text"},
}
FILE = b"Number,When,Age,Sex,Charge\n1,1/3/2024,30,F,3929 Retail Theft\n2,1/4/2024,31,M,5503 Disorderly Conduct\n"


def registration(mapping: Any, format: str = "mapped_csv") -> dict[str, Any]:
    return {"agency": "PAPPD0000", "format": format, "mapping": mapping}


async def put(feeds: FeedSide, mapping: Any, format: str = "mapped_csv") -> Any:
    async with feeds.client() as http:
        return await http.put("/api/sources/mapped", json=registration(mapping, format))


async def send(feeds: FeedSide, content: bytes = FILE) -> str:
    async with feeds.client() as http:
        answer = await http.post("/api/sources/mapped/files", content=content)
    return str(answer.json()["batch_id"])


async def test_a_bad_mapping_lists_every_fault_and_registers_nothing(feeds: FeedSide) -> None:
    wrong = {**MAPPING, "columns": {"When": "arrested_at", "Charge": "charge.text"}, "dates": {"When": ["%d/%m"]}}
    answer = await put(feeds, wrong)
    assert answer.status_code == 422
    assert {error["field"] for error in answer.json()["errors"]} == {"mapping.columns", "mapping.dates.When"}
    assert (await put(feeds, None)).json()["errors"][0]["field"] == "mapping"
    assert (await put(feeds, MAPPING, "wprdc_arrests")).status_code == 422
    assert await feeds.rows("select 1 from own.feed_source") == []


async def test_a_file_is_read_by_its_mapping_and_a_new_mapping_reads_it_anew(feeds: FeedSide) -> None:
    assert (await put(feeds, MAPPING)).json()["mapping_version"] == 1
    first = await feeds.ingest("mapped", FILE)
    assert (first["status"], first["accepted"]) == ("applied", 2)
    same = await send(feeds)
    assert (await feeds.batch(same))["accepted"] == 2

    with_sex = {**MAPPING, "columns": {**MAPPING["columns"], "Sex": "person.sex"}}
    assert (await put(feeds, with_sex)).json()["mapping_version"] == 2
    assert await send(feeds) != same
    again = await feeds.ingest("mapped", FILE)
    assert (again["status"], again["replaced"]) == ("applied", 2)
    assert {fact["demographics"]["sex"] for fact in (await feeds.outbox())[2:]} == {"F", "M"}


async def test_a_batch_is_read_by_the_mapping_it_came_in_under(feeds: FeedSide) -> None:
    await put(feeds, MAPPING)
    batch_id = await send(feeds)
    await put(feeds, {**MAPPING, "columns": {**MAPPING["columns"], "Missing": "person.sex"}})
    await feeds.work()
    batch = await feeds.batch(batch_id)
    assert (batch["status"], batch["accepted"]) == ("applied", 2)


async def test_a_file_refused_under_one_mapping_is_replayed_under_the_mended_one(feeds: FeedSide) -> None:
    await put(feeds, {**MAPPING, "columns": {**MAPPING["columns"], "Missing": "person.sex"}})
    refused = await feeds.ingest("mapped", FILE)
    assert (refused["status"], refused["error"]["code"]) == ("refused", "E_HEADER")
    await put(feeds, MAPPING)
    batch_id = (await feeds.rows("select batch_id from own.batch"))[0]["batch_id"]
    async with feeds.client() as http:
        replayed = (await http.post(f"/api/batches/{batch_id}/replay")).json()["batch_id"]
    await feeds.work()
    assert (await feeds.batch(replayed))["accepted"] == 2


async def test_the_header_of_a_refused_file_is_not_kept_it_may_be_a_person(feeds: FeedSide) -> None:
    await put(feeds, MAPPING)
    await feeds.ingest("mapped", b"1,Sampleton,Marlow\n2,Sampleton,Marlow\n")
    for text in await feeds.everything("own.batch"):
        assert "Sampleton" not in text


async def test_records_sent_by_http_are_not_replayed_as_a_file(feeds: FeedSide) -> None:
    async with feeds.client() as http:
        batch_id = (await http.post("/api/arrests", json=arrest("1"))).json()["batch_id"]
        assert (await http.post(f"/api/batches/{batch_id}/replay")).status_code == 409


async def test_a_template_file_links_people_and_joins_their_charges(feeds: FeedSide) -> None:
    await feeds.register("ours", "lead_csv")
    head = "ori,case_no,arrest_no,arrest_date,last,first,dob,statute,description\n"
    one = "PAPPD0000,C1,{},1/3/2024,Sampleton,Marlow,5/17/1990,{}\n"
    content = head + one.format(1, "3929,Retail Theft") + one.format(2, "5503,Disorderly Conduct")
    content += one.format(1, "5505,Public Drunkenness")
    batch = await feeds.ingest("ours", content.encode())
    assert (batch["rows"], batch["accepted"], batch["other"]) == (3, 2, 1)
    facts = await feeds.outbox()
    assert sorted(len(fact["charges"]) for fact in facts) == [1, 2]
    assert len({fact["person_id"] for fact in facts}) == 1
    assert all(fact["linkable"] for fact in facts)
