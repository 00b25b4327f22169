"""Times as people here say them, over the change to daylight saving time too."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from shared.web.localtime import LocalTime, counted

TIMES = LocalTime(ZoneInfo("America/New_York"))
NOW = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)
TODAY = date(2026, 11, 24)


def test_a_day_says_its_year_only_when_it_is_another() -> None:
    assert TIMES.day(date(2026, 11, 24), TODAY) == "Tue Nov 24"
    assert TIMES.day(date(2025, 3, 3), TODAY) == "Mon Mar 3, 2025"
    assert TIMES.day(None) == ""


def test_a_time_belongs_to_the_civil_day_here() -> None:
    late = datetime(2026, 11, 25, 3, 30, tzinfo=UTC)
    assert TIMES.moment(late, TODAY) == "Tue Nov 24, 10:30 pm"


@pytest.mark.parametrize(("hour", "said"), [(5, "12:05 am"), (14, "9:05 am"), (17, "12:05 pm"), (22, "5:05 pm")])
def test_clock(hour: int, said: str) -> None:
    assert TIMES.clock(datetime(2026, 11, 24, hour, 5, tzinfo=UTC)) == said


@pytest.mark.parametrize(
    ("before", "said"),
    [
        (timedelta(seconds=20), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(minutes=59), "59 minutes ago"),
        (timedelta(hours=8), "8 hours ago"),
        (timedelta(hours=10), "yesterday"),
        (timedelta(days=34), "34 days ago"),
        (timedelta(days=-1), "tomorrow"),
        (timedelta(days=-3), "in 3 days"),
    ],
)
def test_ago_counts_civil_days(before: timedelta, said: str) -> None:
    assert TIMES.ago(NOW - before, NOW) == said


def test_days_over_the_change_of_the_clocks_are_still_days() -> None:
    assert TIMES.ago(date(2026, 10, 31), datetime(2026, 11, 2, 5, 30, tzinfo=UTC)) == "2 days ago"


def test_what_an_input_shows_is_what_it_gives_back() -> None:
    assert TIMES.read_field(TIMES.field(NOW)) == NOW
    with pytest.raises(ValueError):
        TIMES.read_field("yesterday")


def test_counted() -> None:
    assert [counted(n, "person", "people") for n in (0, 1, 1204)] == ["0 people", "1 person", "1,204 people"]
