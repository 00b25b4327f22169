"""When another source begins to publish: nothing twice, nothing that nobody can correct, nothing lost silently."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.referral.arrests.records import arrest
from tests.integration.referral.feed_side import FeedSide
from tests.integration.referral.feeds.sending import counts, decide, register, send, warnings
from tests.integration.referral.feeds.test_declared import HEADER, JANUARY, file
from tests.unit.referral.feeds.nibrs_files import flat, level7

pytestmark = pytest.mark.integration


async def stand(feeds: FeedSide) -> list[tuple[str, str, int]]:
    """What stands, as (source, state, how many)."""
    rows = await feeds.rows("select source, state, count(*) as n from own.arrest group by 1, 2 order by 1, 2")
    return [(row["source"], row["state"], row["n"]) for row in rows]


def charged(*numbers: int) -> bytes:
    rows = [f"{n},C{n},30,F,B,1/3/2024,2701 Simple Assault,x,2,0,0" for n in numbers]
    return "\n".join([HEADER, *rows, ""]).encode()


async def pushed(feeds: FeedSide, number: str, **more: Any) -> None:
    async with feeds.client(await feeds.key("PASAMPLE1")) as http:
        answer = await http.post("/api/arrests", json=arrest(number, ori="PASAMPLE1", **more))
    assert answer.status_code == 202, answer.text
    await feeds.work()


async def test_a_source_takes_back_and_replaces_what_it_published_whoever_publishes_since(feeds: FeedSide) -> None:
    await register(feeds, "state", "nibrs_flat", "per-record")
    await send(feeds, "state", flat(level7("A1"), level7("A2")))
    await pushed(feeds, "X-1", arrested_at="2024-03-03T22:14:00-05:00")
    batch = await send(
        feeds, "state", flat(level7("A1", action="D"), level7("A2", code="13A"), level7("A9", day="20240305"))
    )
    assert (counts(batch), warnings(batch).get("W_NOT_PRIMARY")) == ({"voided": 1, "replaced": 1, "other": 1}, 1)
    assert await stand(feeds) == [("api", "live", 1), ("state", "live", 1), ("state", "void", 1)]


async def test_a_new_primary_publishes_no_day_a_second_time_and_every_day_that_is_new(feeds: FeedSide) -> None:
    await register(feeds, "a", "wprdc_arrests", "PASAMPLE1")
    await send(feeds, "a", file(1, 2))
    await register(feeds, "b", "wprdc_arrests", "PASAMPLE1", primary=True)
    history = await send(feeds, "b", file(1, 2, more="\n".join(file(3, day="1/9/2024").decode().splitlines()[1:])))
    assert (counts(history), warnings(history)["W_NOT_PRIMARY"]) == ({"accepted": 1, "other": 2}, 2)
    assert history["comparison"] == [{"agency": "PASAMPLE1", "month": "2024-01", "sent": 2, "known": 2}]
    assert counts(await send(feeds, "a", charged(1))) == {"replaced": 1}
    assert await stand(feeds) == [("a", "live", 2), ("b", "live", 1)]
    # A day that nobody published is the new one's; one of the old source's own days goes on being its own.
    assert counts(await send(feeds, "a", file(7, day="2/2/2024"))) == {"other": 1}
    assert counts(await send(feeds, "a", file(8))) == {"accepted": 1}


async def test_whatever_a_record_says_it_does_it_publishes_no_day_a_second_time(feeds: FeedSide) -> None:
    await register(feeds, "state", "nibrs_flat", "per-record")
    await send(feeds, "state", flat(level7("A1")))
    for action in ("record", "replace"):
        await pushed(feeds, f"X-{action}", action=action, arrested_at="2024-01-03T22:14:00-05:00")
    assert await stand(feeds) == [("state", "live", 1)]


async def test_a_source_that_began_to_publish_goes_on_with_its_day(feeds: FeedSide) -> None:
    await register(feeds, "b", "wprdc_arrests", "PASAMPLE1", primary=True)
    for number in (1, 2):
        assert counts(await send(feeds, "b", file(number))) == {"accepted": 1}


async def test_two_feeds_of_one_agency_that_both_publish_share_their_days(feeds: FeedSide) -> None:
    await register(feeds, "arrests", "wprdc_arrests", "PASAMPLE1")
    await register(feeds, "more", "wprdc_arrests", "PASAMPLE1")
    assert counts(await send(feeds, "arrests", file(1))) == {"accepted": 1}
    assert counts(await send(feeds, "more", file(2))) == {"accepted": 1}


async def test_a_source_that_takes_over_stands_in_for_what_was_published_from_that_day_on(feeds: FeedSide) -> None:
    await register(feeds, "a", "wprdc_arrests", "PASAMPLE1")
    await send(feeds, "a", file(1, 2))
    await send(feeds, "a", file(3, 4, day="1/9/2024"))
    await register(feeds, "b", "wprdc_arrests", "PASAMPLE1", primary=True, takes_over_from="2024-01-09")
    everything = file(1, 2, more="\n".join(file(3, 4, 5, day="1/9/2024").decode().splitlines()[1:]))
    batch = await send(feeds, "b", everything)
    assert counts(batch) == {"accepted": 3, "voided": 2, "other": 2}
    assert await stand(feeds) == [("a", "live", 2), ("a", "void", 2), ("b", "live", 3)]
    assert counts(await send(feeds, "a", file(3, 4, day="1/9/2024") + b"\n")) == {"other": 3}
    assert counts(await send(feeds, "b", everything + b"\n")) == {"duplicates": 3, "other": 2}


async def test_a_take_over_with_fewer_arrests_than_stood_waits_for_a_person(feeds: FeedSide) -> None:
    await register(feeds, "a", "wprdc_arrests", "PASAMPLE1")
    await send(feeds, "a", file(*range(1, 11)))
    await register(feeds, "b", "wprdc_arrests", "PASAMPLE1", primary=True, takes_over_from="2024-01-01")
    held = await send(feeds, "b", file(*range(1, 5)))
    assert (held["status"], held["error"]["code"]) == ("held", "E_TAKEOVER")
    assert held["error"]["taken_over"] == [{"before": 10, "told": 4}]
    assert await stand(feeds) == [("a", "live", 10)]
    assert counts(await decide(feeds, held, "apply")) == {"accepted": 4, "voided": 10}


async def test_a_source_that_publishes_no_more_may_still_say_what_it_published_is_incomplete(feeds: FeedSide) -> None:
    await register(feeds, "a", "wprdc_arrests", "PASAMPLE1")
    await send(feeds, "a", file(*range(1, 101)))
    await register(feeds, "b", "wprdc_arrests", "PASAMPLE1", primary=True)
    assert counts(await send(feeds, "a", file(*range(1, 100)), **JANUARY)) == {"duplicates": 99, "voided": 1}
