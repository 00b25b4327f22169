"""A feed's delay: the waits between deliveries, the agreed limit, and how all feeds are in one sentence."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from services.referral.domain.feed_health import COUNTS, Past, health
from services.referral.domain.feed_waits import waits
from services.referral.pages.feeds_delay import delay
from services.referral.pages.feeds_state import KEPT, state
from services.referral.store.feed_health import Feed

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
NOTHING = dict.fromkeys(COUNTS, 0)


def days_ago(*days: float) -> list[datetime]:
    return [NOW - timedelta(days=one) for one in days]


def feed(*days: float, status: str = "applied", held: int = 0, to_fix: int = 0) -> Feed:
    past = [Past(at, status, {**NOTHING, "rows": 5}) for at in days_ago(*days)]
    return Feed(
        "fable", None, "lead_csv", 1, None, None, health(past, NOW, NOTHING, NOTHING, held), waits([], NOW), to_fix
    )


def test_waits_are_between_deliveries_and_bursts_are_one() -> None:
    found = waits([*days_ago(1), *days_ago(1.01, 2, 4)], NOW)
    assert [wait.days for wait in found.past] == [2, 1]
    assert found.now == timedelta(days=1)
    assert found.limit == timedelta(days=3)
    assert not found.late


def test_a_feed_is_late_once_twice_its_usual_wait_is_over() -> None:
    assert waits(days_ago(2.1, 3.1, 4.1), NOW).late
    assert not waits(days_ago(1.9, 2.9, 3.9), NOW).late
    assert not waits(days_ago(20, 30), NOW).late


def test_the_drawing_says_its_values_and_stays_in_its_frame() -> None:
    drawn = delay(waits(days_ago(5, 6, 7, 8), NOW))
    assert 'aria-label="Time between 4 deliveries: now 5 days, longest 24 hours, agreed at most 2 days."' in drawn
    assert 'class="limit"' in drawn
    assert 'class="spark risk"' in drawn
    points = re.search(r'points="([^"]+)"', drawn)
    assert points
    assert all(0 <= x <= 132 and 0 <= y <= 30 for x, y in (map(float, one.split(",")) for one in points[1].split()))


def test_nothing_is_drawn_before_there_is_a_wait_to_compare() -> None:
    assert delay(waits([], NOW)) == delay(waits(days_ago(1), NOW)) == ""
    assert 'class="limit"' not in delay(waits(days_ago(1, 2), NOW))


@pytest.mark.parametrize(
    ("feeds", "said"),
    [
        ([feed(1)], "The feed works as usual, and no row needs a person."),
        ([feed(1), feed(1)], "All 2 feeds work as usual, and no row needs a person."),
        ([feed(1), feed(1, to_fix=1)], "Every feed works and 1 row needs a person."),
        ([feed(9, 10, 11), feed(1, status="refused"), feed(1, to_fix=11)],
         "One feed was refused, one is late, and 11 rows need a person."),
        ([feed(1, held=1), feed(1, held=2)], "Two feeds are held for a person."),
        ([feed()] * 12, "12 feeds have sent nothing yet."),
    ],
)  # fmt: skip
def test_the_state_of_all_feeds_is_one_sentence(feeds: list[Feed], said: str) -> None:
    assert state(feeds) == f"{said} {KEPT}"


def test_no_feed_is_said_as_such() -> None:
    assert state([]) == "No feed is registered yet."
