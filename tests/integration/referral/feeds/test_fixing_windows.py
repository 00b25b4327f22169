"""Rows put right of files that declare days complete: what a person put right is there, whatever comes after."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.referral.feed_side import FeedSide
from tests.integration.referral.feeds.sending import counts, decide, register, send, warnings
from tests.integration.referral.feeds.test_declared import JANUARY
from tests.integration.referral.feeds.test_fixing_rows import OTHERS, fix, linked
from tests.integration.referral.feeds.test_order import replay, states
from tests.unit.referral.feeds.feed_files import ORI, row, template

pytestmark = pytest.mark.integration

BAD = row(case_no="B-1", arrest_date="someday", description="Theft of a sign")


async def put_right(feeds: FeedSide, batch: dict[str, Any]) -> dict[str, Any]:
    """The row that does not say its day is put right in the page; the newest batch that this made."""
    page = f"/feeds/own/{batch['batch_id']}"
    async with feeds.signed_in("agency_supervisor") as http:
        assert (await fix(http, page, "someday", "1/3/2024")).status_code == 303
    await feeds.work()
    return (await linked(feeds, page))[-1]


async def test_a_row_put_right_while_its_window_waits_is_not_voided_by_it(feeds: FeedSide) -> None:
    await register(feeds, "fable", "lead_csv", ORI)
    await send(feeds, "fable", template(*OTHERS, row(case_no="B-1"), row(case_no="B-2")))
    held = await send(feeds, "fable", template(*OTHERS, BAD), **JANUARY)
    assert (held["status"], held["error"]["missing"][0]["missing"]) == ("held", 2)
    assert counts(await put_right(feeds, held)) == {"replaced": 1}
    # B-2 stands for nobody's word: it is left out.
    assert counts(await decide(feeds, held, "apply")) == {"duplicates": 40, "voided": 1, "rejected": 1}
    assert await states(feeds) == {"live": 41, "void": 1}


async def test_a_bad_row_that_comes_every_night_is_put_right_every_night_and_stays(feeds: FeedSide) -> None:
    await register(feeds, "fable", "lead_csv", ORI)
    monday = await send(feeds, "fable", template(*OTHERS, BAD), **JANUARY)
    assert counts(await put_right(feeds, monday)) == {"accepted": 1}
    tuesday = await send(feeds, "fable", template(*OTHERS, row(case_no="N-1"), BAD), **JANUARY)
    assert tuesday["status"] == "held"
    assert counts(await put_right(feeds, tuesday)) == {"duplicates": 1}
    applied = await decide(feeds, tuesday, "apply")
    assert counts(applied) == {"accepted": 1, "duplicates": 40, "rejected": 1}
    # Nor by reading the file again.
    assert counts(await replay(feeds, applied)) == {"duplicates": 41, "rejected": 1}
    assert await states(feeds) == {"live": 42}


async def test_a_window_read_again_still_voids_what_only_its_first_reading_said(feeds: FeedSide) -> None:
    mapping: dict[str, Any] = {
        "key": ["Case"],
        "columns": {"At": "arrested_at", "Charge": "charge.section", "Sex": "person.sex"},
    }
    await register(feeds, "fable", "mapped_csv", ORI, mapping=mapping)
    rows = [b"%d,C%d,2024-01-03T10:00:00,5503,F\n" % (n, n) for n in range(3)]
    content = b"".join([b"Number,Case,At,Charge,Sex\n", *rows])
    await send(feeds, "fable", content)
    batch = await send(feeds, "fable", content + b"\n", **JANUARY)
    assert batch["duplicates"] == 3
    await register(feeds, "fable", "mapped_csv", ORI, mapping=mapping | {"key": ["Number"]})
    again = await replay(feeds, batch)
    assert again["error"]["missing"] == [{"agency": ORI, "missing": 3, "known": 3}]
    await decide(feeds, again, "apply")
    assert await states(feeds) == {"live": 3, "void": 3}


async def test_a_row_of_an_older_file_that_the_newer_one_rejected_too_can_be_put_right(feeds: FeedSide) -> None:
    await register(feeds, "fable", "lead_csv", ORI)
    monday = await send(feeds, "fable", template(*OTHERS, BAD), **JANUARY)
    tuesday = await send(feeds, "fable", template(*OTHERS, row(case_no="N-1"), BAD), **JANUARY)
    assert (monday["status"], tuesday["status"]) == ("applied", "applied")
    assert counts(await put_right(feeds, monday)) == {"accepted": 1}
    assert await states(feeds) == {"live": 42}


async def test_a_row_put_right_that_changed_nothing_is_said_on_its_page(feeds: FeedSide) -> None:
    await register(feeds, "fable", "lead_csv", ORI)
    monday = await send(feeds, "fable", template(*OTHERS, BAD), **JANUARY)
    await send(feeds, "fable", template(*OTHERS, row(case_no="N-1")), **JANUARY)
    mended = await put_right(feeds, monday)
    assert (counts(mended), warnings(mended)["W_OLDER"]) == ({"other": 1}, 1)
    async with feeds.signed_in("agency_supervisor") as http:
        shown = (await http.get(f"/feeds/own/{monday['batch_id']}/fix")).text
    assert "1 row that was sent again changed nothing" in shown
    assert "applied: 1 row changed nothing" in shown
    assert "No row waits for you" not in shown
