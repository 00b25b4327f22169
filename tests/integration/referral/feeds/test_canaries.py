"""What people type stays sealed: no table, fact or log holds it in clear."""

from __future__ import annotations

import pytest

from tests.integration.referral.arrests.records import arrest
from tests.integration.referral.feed_side import FeedSide
from tests.integration.referral.feeds.test_small_files import file, row

pytestmark = pytest.mark.integration


async def test_no_text_of_a_record_stands_in_any_table_fact_or_log(
    feeds: FeedSide, capfd: pytest.CaptureFixture[str]
) -> None:
    canary = "Quetzalcanary"
    record = arrest(
        f"{canary}1",
        case_no=f"{canary}2",
        place={"text": f"{canary}3", "municipality": f"{canary}4", "zone": f"{canary}5"},
        person={
            "last": f"{canary}6", "first": f"{canary}7", "middle": f"{canary}8", "suffix": f"{canary}9",
            "preferred_name": f"{canary}10", "sid": f"{canary}11", "otn": f"{canary}12", "phones": [f"{canary}13"],
            "addresses": [f"{canary}14"],
        },
        charges=[
            {"text": f"3929({canary}15) {canary}16"},
            {"title": f"{canary}7"[:16], "section": f"{canary}18", "description": f"{canary}19", "grade": "canary20",
             "nibrs": f"{canary}"},
        ],
    )  # fmt: skip
    async with feeds.client() as http:
        sent = await http.post("/api/arrests", json=record, headers={"Idempotency-Key": "k"})
        assert sent.status_code == 202, sent.text
        refused = await http.post("/api/arrests", json={**record, "disposition": f"{canary}21", "action": canary})
        assert refused.status_code == 422
        assert canary not in refused.text
    await feeds.register("demo")
    content = file(
        *[row(n, offense=f"3929({canary}22) {canary}23", place=f"{canary}24") for n in range(1, 9)],
        f"{canary}25,{canary}26,{canary}27,{canary}28,{canary}29,1/3/2024,{canary}30,{canary}31,{canary}32,,",
        row(10, day=f"{canary}33"),
    )
    batch = await feeds.ingest("demo", content)
    assert (batch["status"], batch["accepted"], batch["rejected"]) == ("applied", 9, 1)
    await feeds.work()
    assert len(await feeds.outbox()) == 10

    needle = canary.lower().encode()
    tables = await feeds.rows(
        "select quote_ident(schemaname) || '.' || quote_ident(tablename) as name from pg_tables"
        " where schemaname in ('own', 'copied')"
    )
    checked = 0
    for table in tables:
        for text in await feeds.everything(table["name"]):
            checked += 1
            assert needle.decode() not in text.lower(), table["name"]
            assert needle.hex() not in text.lower(), table["name"]
    assert checked > 30
    out, err = capfd.readouterr()
    assert needle.decode() not in (out + err).lower()
