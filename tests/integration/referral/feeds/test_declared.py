"""What a sender declares of a file: complete days, a number of rows; and volumes that drop."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.integration.conftest import FreshDatabase
from tests.integration.referral.feed_side import FeedSide
from tests.integration.referral.feeds.sending import counts, decide, register, send, warnings
from tests.integration.referral.feeds.test_four_ways import lead
from tests.integration.service_process import ServiceProcess
from tests.integration.stack import Stack
from tests.shared_data import shared_data
from tests.unit.referral.feeds.nibrs_files import flat, level7

pytestmark = pytest.mark.integration

HEADER = "PK,CCR,AGE,GENDER,RACE,ARRESTTIME,OFFENSES,INCIDENTLOCATION,INCIDENTZONE,X,Y"
JANUARY = {"complete_from": "2024-01-01", "complete_to": "2024-01-31"}


def file(*numbers: int, day: str = "1/3/2024", more: str = "") -> bytes:
    rows = [f"{n},C{n},30,F,B,{day},5503 Disorderly Conduct,x,2,0,0" for n in numbers]
    return "\n".join([HEADER, *rows, more]).encode()


@pytest.fixture
async def hundred(feeds: FeedSide) -> FeedSide:
    """A hundred arrests of January, and one of February."""
    await register(feeds, "own", "wprdc_arrests", "PASAMPLE1")
    await send(feeds, "own", file(*range(1, 101)))
    await send(feeds, "own", file(101, day="2/1/2024"))
    return feeds


async def test_what_a_complete_window_leaves_out_is_voided_and_nothing_outside_it(hundred: FeedSide) -> None:
    fewer = file(*range(1, 99))
    assert counts(await send(hundred, "own", fewer)) == {"duplicates": 98}
    batch = await send(hundred, "own", fewer, **JANUARY)
    assert (batch["status"], batch["complete"]) == ("applied", ["2024-01-01", "2024-01-31"])
    assert counts(batch) == {"duplicates": 98, "voided": 2}
    facts = await hundred.outbox()
    assert [(fact["action"], fact["version"]) for fact in facts[101:]] == [("void", 2), ("void", 2)]
    again = await send(hundred, "own", file(*range(1, 101)), **JANUARY)
    assert counts(again) == {"accepted": 2, "duplicates": 98}
    assert [(fact["action"], fact["version"]) for fact in (await hundred.outbox())[103:]] == [("record", 3)] * 2


async def test_over_two_percent_missing_waits_for_a_person(hundred: FeedSide) -> None:
    fewer = file(*range(1, 98))
    held = await send(hundred, "own", fewer, **JANUARY)
    assert (held["status"], held["error"]["code"]) == ("held", "E_MISSING")
    assert "3 of 100" in held["error"]["reason"]
    assert len(await hundred.outbox()) == 101
    assert (await decide(hundred, held, "discard"))["status"] == "refused"
    assert len(await hundred.outbox()) == 101
    once_more = await send(hundred, "own", fewer + b"\n", **JANUARY)
    assert once_more["status"] == "held"
    applied = await decide(hundred, once_more, "apply")
    assert counts(applied) == {"duplicates": 97, "voided": 3, "other": 1}
    assert [fact["action"] for fact in (await hundred.outbox())[101:]] == ["void"] * 3


async def test_a_rejected_row_may_be_the_missing_one_so_a_person_looks(hundred: FeedSide) -> None:
    batch = await send(
        hundred, "own", file(*range(1, 100), more="100,C,30,F,B,never,5503 Disorderly,x,2,0,0"), **JANUARY
    )
    assert (batch["status"], batch["error"]["code"], batch["rejected"]) == ("held", "E_MISSING", 1)
    assert len(await hundred.outbox()) == 101


async def test_a_window_needs_both_days_in_order(hundred: FeedSide) -> None:
    async with hundred.client() as http:
        for declared in ({"complete_from": "2024-01-01"}, {"complete_from": "2024-02-01", "complete_to": "2024-01-01"}):
            answer = await http.post("/api/sources/own/files", content=file(1), params=declared)
            assert answer.status_code == 422, answer.text


async def test_the_same_bytes_with_another_declaration_are_another_batch(hundred: FeedSide) -> None:
    plain = await send(hundred, "own", file(1))
    declared = await send(hundred, "own", file(1), complete_from="2030-01-01", complete_to="2030-01-31")
    assert plain["batch_id"] != declared["batch_id"]
    assert counts(declared) == {"duplicates": 1}


async def test_a_count_that_is_off_refuses_the_file(feeds: FeedSide) -> None:
    await register(feeds, "state", "nibrs_flat", "per-record")
    batch = await send(feeds, "state", flat(level7("A1"), level7("A2")), rows=3)
    assert (batch["status"], batch["error"]["code"], batch["rows"]) == ("refused", "E_TRUNCATED", 2)
    assert (await feeds.outbox(), await feeds.rows("select 1 from own.raw_record")) == ([], [])
    fine = await send(feeds, "state", flat(level7("A1"), level7("A2")), rows=2)
    assert counts(fine) == {"accepted": 2}
    assert (await send(feeds, "state", flat(level7("A1"), level7("A2")), rows=2))["batch_id"] == fine["batch_id"]


async def test_half_the_usual_volume_is_worth_a_warning(feeds: FeedSide) -> None:
    await register(feeds, "state", "nibrs_flat", "per-record")
    for day in range(1, 9):
        batch = await send(feeds, "state", flat(*[level7(f"D{day}-{n}") for n in range(10)]))
        assert warnings(batch) == {}
    assert warnings(await send(feeds, "state", flat(*[level7(f"E{n}") for n in range(5)]))) == {}
    assert warnings(await send(feeds, "state", flat(*[level7(f"F{n}") for n in range(4)]))) == {"W_VOLUME": 1}


async def test_the_real_file_without_97_rows_voids_them_only_if_declared_complete(feeds: FeedSide) -> None:
    content = shared_data("wprdc/wprdc_arrests_2019.csv").read_bytes()
    await register(feeds, "wprdc", "wprdc_arrests", "PAPPD0000")
    await send(feeds, "wprdc", content)
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    key = rows[0].index("PK")

    def without(divisor: int) -> bytes:
        out = io.StringIO()
        csv.writer(out).writerows([rows[0], *(row for row in rows[1:] if int(row[key]) % divisor)])
        return out.getvalue().encode()

    window = {"complete_from": "2019-01-01", "complete_to": "2019-10-17"}
    assert counts(await send(feeds, "wprdc", without(100))) == {"duplicates": 7964}
    batch = await send(feeds, "wprdc", without(100), **window)
    assert counts(batch) == {"duplicates": 7964, "voided": 97}
    held = await send(feeds, "wprdc", without(20), **window)
    assert (held["status"], held["error"]["code"]) == ("held", "E_MISSING")
    assert len(await feeds.outbox()) == 8061 + 97


async def test_a_file_is_declared_on_the_command_line(
    stack: Stack,
    fresh_database: FreshDatabase,
    service_process: Callable[..., ServiceProcess],
    tmp_path: Path,
) -> None:
    settings = await fresh_database("referral")
    feeds = FeedSide(settings, stack.administrator)
    web = await asyncio.to_thread(service_process, settings, "web")

    async def ingest(name: str, content: bytes, *flags: str) -> tuple[int, dict[str, Any]]:
        (tmp_path / name).write_bytes(content)
        done = await asyncio.to_thread(lead, stack, web, "ingest", "own", str(tmp_path / name), *flags)
        if done.returncode:
            return done.returncode, {}
        await feeds.work()
        return 0, await feeds.batch(orjson.loads(done.stdout)["batch_id"])

    try:
        await register(feeds, "own", "wprdc_arrests", "PASAMPLE1")
        days = ("--complete-from", "2024-01-01", "--complete-to", "2024-01-31")
        assert counts((await ingest("all.csv", file(*range(1, 101))))[1]) == {"accepted": 100}
        _, fewer = await ingest("fewer.csv", file(*range(1, 100)), *days, "--rows", "99")
        assert (fewer["complete"], counts(fewer)) == (["2024-01-01", "2024-01-31"], {"duplicates": 99, "voided": 1})
        _, cut = await ingest("cut.csv", file(*range(1, 51)), *days, "--rows", "99")
        assert (cut["status"], cut["error"]["code"]) == ("refused", "E_TRUNCATED")
        for wrong in (days[:2], ("--rows", "-1"), ("--complete-from", "January", *days[2:])):
            assert await ingest("wrong.csv", file(1), *wrong) == (2, {})
        backwards = await ingest("wrong.csv", file(1), "--complete-from", "2024-02-01", *days[2:])
        assert backwards == (1, {})
    finally:
        await feeds.close()
