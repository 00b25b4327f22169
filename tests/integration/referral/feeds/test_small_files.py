"""Files made up for one rule each: rejects, held batches, agencies, and what may be seen of them."""

from __future__ import annotations

import pytest

from tests.integration.referral.feed_side import FeedSide

pytestmark = pytest.mark.integration

HEADER = "PK,CCR,AGE,GENDER,RACE,ARRESTTIME,OFFENSES,INCIDENTLOCATION,INCIDENTZONE,X,Y"


def file(*rows: str) -> bytes:
    return "\n".join([HEADER, *rows, ""]).encode()


def row(number: int, *, day: str = "1/3/2024", offense: str = "5503 Disorderly Conduct", place: str = "x") -> str:
    return f"{number},C{number},30,F,B,{day},{offense},{place},2,-79.9,40.4"


async def test_counts_always_add_up(feeds: FeedSide) -> None:
    await feeds.register("demo")
    rows = [row(n) for n in range(1, 9)]
    batch = await feeds.ingest("demo", file(*rows, row(1, offense="3929 Retail Theft"), row(2), "", row(9, day="x")))
    assert batch["status"] == "applied"
    counts = {name: batch[name] for name in ("accepted", "replaced", "voided", "duplicates", "rejected", "other")}
    assert counts == {"accepted": 8, "replaced": 0, "voided": 0, "duplicates": 1, "rejected": 1, "other": 2}
    assert batch["rows"] == sum(counts.values()) == 12
    assert {fact["charges"][0]["section"] for fact in await feeds.outbox()} == {"5503", "3929"}


async def test_too_many_rejects_hold_a_batch_until_a_person_decides(feeds: FeedSide) -> None:
    await feeds.register("demo")
    held = await feeds.ingest("demo", file(row(1), row(2, day="x")))
    assert (held["status"], held["error"]["code"]) == ("held", "E_REJECTS")
    assert await feeds.outbox() == []
    async with feeds.client() as http:
        assert (await http.post(f"/api/batches/{held['batch_id']}/apply")).status_code == 202
        await feeds.work()
        assert (await feeds.batch(held["batch_id"]))["status"] == "applied"
        assert (await http.post(f"/api/batches/{held['batch_id']}/discard")).status_code == 409
    assert len(await feeds.outbox()) == 1

    other = await feeds.ingest("demo", file(row(3), row(4, day="x")))
    async with feeds.client() as http:
        assert (await http.post(f"/api/batches/{other['batch_id']}/discard")).status_code == 202
    await feeds.work()
    assert (await feeds.batch(other["batch_id"]))["status"] == "refused"
    assert len(await feeds.outbox()) == 1
    assert len(await feeds.rows("select 1 from own.raw_record")) == 1


async def test_rejects_show_codes_to_the_county_and_rows_to_the_agency_alone(feeds: FeedSide) -> None:
    await feeds.register("demo")
    batch = await feeds.ingest("demo", file(*[row(n) for n in range(1, 9)], row(9, day="Marlow", place="=1+1")))
    key, foreign = await feeds.key("PAPPD0000"), await feeds.key("PALEAD025")
    url = batch["rejects_url"]
    async with feeds.client() as county, feeds.client(key) as agency, feeds.client(foreign) as other:
        (masked,) = (await county.get(url)).json()
        assert (masked["line"], masked["column"], masked["code"], masked["raw"]) == (10, "ARRESTTIME", "E_DATE", None)
        (shown,) = (await agency.get(url)).json()
        assert "Marlow" in shown["raw"]
        mended = (await agency.get(url, params={"format": "csv"})).text
        assert mended.splitlines()[0] == f"{HEADER},lead_line,lead_column,lead_code,lead_reason"
        assert "'=1+1" in mended
        assert "-79.9" in mended
        assert (await other.get(url)).status_code == 404
    again = await feeds.ingest("demo", mended.replace("Marlow", "1/4/2024").encode())
    assert (again["status"], again["accepted"]) == ("applied", 1)


async def test_a_source_is_its_agencys_and_a_change_is_a_new_mapping_version(feeds: FeedSide) -> None:
    key = await feeds.key("PALEAD025")
    async with feeds.client(key) as agency, feeds.client() as county:
        body = {"agency": "PAPPD0000", "format": "wprdc_arrests"}
        assert (await agency.put("/api/sources/theirs", json=body)).status_code == 403
        assert (await county.put("/api/sources/theirs", json=body)).status_code == 201
        assert (await agency.put("/api/sources/theirs", json=body | {"agency": "PALEAD025"})).status_code == 404
        assert (await agency.post("/api/sources/theirs/files", content=file(row(1)))).status_code == 404
        wrong = await county.put("/api/sources/theirs", json={**body, "format": "pdf", "timezone": "Mars"})
        assert {error["field"] for error in wrong.json()["errors"]} == {"format", "timezone"}
        same = await county.put("/api/sources/theirs", json=body)
        assert (same.status_code, same.json()["mapping_version"]) == (200, 1)
        changed = await county.put("/api/sources/theirs", json={**body, "timezone": "America/Chicago"})
        assert changed.json()["mapping_version"] == 2
        assert (await county.post("/api/sources/theirs/files", content=b"")).status_code == 422


async def test_a_multipart_form_and_a_raw_body_are_the_same_file(feeds: FeedSide) -> None:
    await feeds.register("demo")
    content = file(*[row(n) for n in range(1, 4)])
    async with feeds.client() as http:
        raw = await http.post("/api/sources/demo/files", content=content)
        form = await http.post("/api/sources/demo/files", files={"file": ("Marlow Sampleton.csv", content)})
    assert (raw.status_code, form.status_code) == (202, 200)
    assert raw.json() == form.json()


async def test_a_file_of_several_pieces_is_read_as_one(feeds: FeedSide) -> None:
    await feeds.register("demo")
    place = "x" * 390
    content = file(*[row(n, place=place) for n in range(1, 3001)])
    assert len(content) > 1024 * 1024
    batch = await feeds.ingest("demo", content)
    assert (batch["status"], batch["accepted"]) == ("applied", 3000)


async def test_a_row_of_the_future_rejects_itself(feeds: FeedSide) -> None:
    await feeds.register("demo")
    batch = await feeds.ingest("demo", file(*[row(n) for n in range(1, 9)], row(9, day="1/1/2999")))
    assert (batch["accepted"], batch["rejected"]) == (8, 1)


async def test_keys_are_made_listed_and_ended_by_the_operator_alone(feeds: FeedSide) -> None:
    key = await feeds.key("PAPPD0000")
    key_id = key.split("_")[1]
    async with feeds.client() as county, feeds.client(key) as agency:
        listed = (await county.get("/api/keys", params={"agency": "PAPPD0000"})).json()["keys"]
        assert [one["key_id"] for one in listed] == [key_id]
        assert key.split("_")[2] not in str(listed)
        assert (await agency.get("/api/keys")).status_code in (403, 404)
        assert (await county.delete(f"/api/keys/{key_id}")).json() == {"key_id": key_id, "revoked": True}
        assert (await agency.get("/api/batches/00000000-0000-8000-8000-000000000000")).status_code == 401
        assert (await county.delete("/api/keys/0123456789ab")).status_code == 404


async def test_the_console_shows_county_it_feeds_and_counts(feeds: FeedSide) -> None:
    await feeds.register("demo")
    batch = await feeds.ingest("demo", file(*[row(n) for n in range(1, 9)], row(9, day="Marlow")))
    async with feeds.signed_in("county_it") as http:
        page = await http.get("/feeds")
        detail = await http.get(f"/feeds/batches/{batch['batch_id']}")
        missing = await http.get("/feeds/batches/00000000-0000-8000-8000-000000000000")
    assert (page.status_code, detail.status_code, missing.status_code) == (200, 200, 404)
    assert "demo" in page.text
    assert "the date cannot be read" in detail.text
    assert "Marlow" not in page.text + detail.text
    async with feeds.signed_in("officer") as http:
        assert (await http.get("/feeds")).status_code == 404
