"""The real file of 8,061 arrests: every count of the design, and nothing twice."""

from __future__ import annotations

import csv
import io
import time
from collections import Counter

import pytest

from tests.integration.referral.feed_side import FeedSide
from tests.shared_data import shared_data

pytestmark = pytest.mark.integration
FILE = "wprdc/wprdc_arrests_2019.csv"
COUNTS = ("rows", "accepted", "replaced", "voided", "duplicates", "rejected", "other")


def real(name: str) -> bytes:
    return shared_data(name).read_bytes()


def counts(batch: dict[str, object]) -> tuple[object, ...]:
    return tuple(batch[name] for name in COUNTS)


async def test_the_real_file_gives_the_designs_counts_and_every_re_send_gives_nothing_new(feeds: FeedSide) -> None:
    content = real(FILE)
    await feeds.register("wprdc")
    began = time.monotonic()
    first = await feeds.ingest("wprdc", content)
    print(f"8,061 arrests sent and applied in {time.monotonic() - began:.2f} s")
    assert first["status"] == "applied", first
    assert counts(first) == (8061, 8061, 0, 0, 0, 0, 0)
    warnings = {one["code"]: one["count"] for one in first["warnings"]}
    assert warnings == {"W_COURT_BLOCK": 2019, "W_GEO_ZERO": 1137, "W_TWIN": 123}

    facts = await feeds.outbox()
    assert len({fact["key"] for fact in facts}) == len(facts) == 8061
    assert sum(len(fact["charges"]) for fact in facts) == 19163
    assert Counter(fact["divertible"] for fact in facts) == {"yes": 1605, "review": 1008, "no": 5448}
    assert len({fact["person_id"] for fact in facts}) == 8061
    assert len({fact["case_key"] for fact in facts}) == 6786
    assert not any(fact["linkable"] for fact in facts)
    assert Counter(fact.get("municipality") for fact in facts) == {"Pittsburgh": 8010, None: 51}

    again = await feeds.ingest("wprdc", content)
    assert again == first

    began = time.monotonic()
    async with feeds.client() as http:
        replayed = await http.post(f"/api/batches/{first['batch_id']}/replay")
    await feeds.work()
    linked = await feeds.batch(replayed.json()["batch_id"])
    print(f"replayed in {time.monotonic() - began:.2f} s")
    assert counts(linked) == (8061, 0, 0, 0, 8061, 0, 0)
    assert linked["replay_of"] == first["batch_id"]

    turned = io.StringIO()
    csv.writer(turned, lineterminator="\r\n").writerows(row[::-1] for row in csv.reader(_lines(content)))
    assert counts(await feeds.ingest("wprdc", turned.getvalue().encode())) == (8061, 0, 0, 0, 8061, 0, 0)
    assert len(await feeds.outbox()) == 8061


async def test_a_new_charge_replaces_and_absence_deletes_nothing(feeds: FeedSide) -> None:
    content = real(FILE)
    await feeds.register("wprdc")
    await feeds.ingest("wprdc", content)
    rows = list(csv.DictReader(_lines(content)))

    fewer = [row for row in rows if int(row["PK"]) % 100]
    assert len(rows) - len(fewer) == 97
    batch = await feeds.ingest("wprdc", _file(fewer))
    assert (batch["voided"], batch["duplicates"]) == (0, 7964)

    for row in rows:
        if int(row["PK"]) % 20 == 0:
            row["OFFENSES"] += " / 5505 Public Drunkenness"
    batch = await feeds.ingest("wprdc", _file(rows))
    assert (batch["replaced"], batch["duplicates"]) == (493, 7568)
    facts = await feeds.outbox()
    assert Counter(fact["action"] for fact in facts) == {"record": 8061, "replace": 493}
    before = {fact["key"]: fact["divertible"] for fact in facts if fact["version"] == 1}
    turned = [f for f in facts if f["version"] == 2 and (before[f["key"]], f["divertible"]) == ("no", "yes")]
    assert len(turned) == 4


@pytest.mark.parametrize(
    ("file", "format", "rows", "faults"),
    [
        ("truncated_arrest_data_2023-08-17.csv", "wprdc_arrests", 5, [(5, "E_COLUMNS"), (6, "E_TRUNCATED")]),
        (
            "truncated_non_traffic_citations_2023-08-17.csv",
            "wprdc_citations",
            6,
            [(6, "E_COLUMNS"), (7, "E_TRUNCATED")],
        ),
        ("wprdc_blotter_30day_2023-11.csv", "wprdc_arrests", 0, [(1, "E_HEADER")]),
    ],
)
async def test_a_file_that_was_cut_is_refused_whole(
    feeds: FeedSide, file: str, format: str, rows: int, faults: list[tuple[int, str]]
) -> None:
    await feeds.register("wprdc", format)
    batch = await feeds.ingest("wprdc", real(f"wprdc/{file}"))
    assert (batch["status"], batch["rows"], batch["accepted"]) == ("refused", rows, 0)
    assert [(fault["line"], fault["code"]) for fault in batch["error"]["faults"]] == faults
    assert await feeds.outbox() == []
    assert await feeds.rows("select 1 from own.raw_record union all select 1 from own.arrest") == []


async def test_the_real_citations_are_all_accepted(feeds: FeedSide) -> None:
    await feeds.register("citations", "wprdc_citations")
    batch = await feeds.ingest("citations", real("wprdc/wprdc_non_traffic_citations.csv"))
    assert counts(batch) == (16295, 16295, 0, 0, 0, 0, 0)
    assert {"code": "W_AGE", "count": 31} in batch["warnings"]
    facts = await feeds.outbox()
    assert sum(len(fact["charges"]) for fact in facts) == 16295
    assert Counter(fact["divertible"] for fact in facts) == {"yes": 6996, "review": 9250, "no": 49}
    assert sum("age" not in fact["demographics"] for fact in facts) == 72 + 31


def _lines(content: bytes) -> io.StringIO:
    return io.StringIO(content.decode("utf-8-sig"), newline="")


def _file(rows: list[dict[str, str]]) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, rows[0].keys())
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()
