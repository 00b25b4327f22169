"""Whom an officer calls: by zone and hour, and always somebody."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from services.referral.domain.on_call import OnCall, Rota, alike
from services.referral.store.policy import shipped_policy

ROTA = (
    OnCall.model_validate(
        {"name": "Day Fictional", "phone": "+14125550151", "zones": ["2"], "from": "08:00", "to": "20:00"}
    ),
    OnCall.model_validate({"name": "Night Fictional", "phone": "+14125550152", "from": "20:00", "to": "06:00"}),
)


@pytest.mark.parametrize(
    ("zone", "at", "name"),
    [
        ("2", "08:00", "Day Fictional"),
        ("2", "19:59", "Day Fictional"),
        ("2", "20:00", "Night Fictional"),
        ("1", "12:00", "Robin Makebelieve"),
        (None, "12:00", "Robin Makebelieve"),
        ("1", "23:30", "Night Fictional"),
        ("1", "05:59", "Night Fictional"),
        ("1", "06:00", "Robin Makebelieve"),
    ],
)
def test_the_first_who_answers_there_and_then_is_called(zone: str | None, at: str, name: str) -> None:
    version = shipped_policy().versions[-1].model_copy(update={"on_call_rota": ROTA})
    assert version.rota.on_call_for(zone, datetime.fromisoformat(f"2026-03-02T{at}")).name == name


def test_without_a_rota_the_one_who_always_answers_is_called() -> None:
    found = shipped_policy().versions[-1].rota.on_call_for("1", datetime(2026, 3, 2, 3))
    assert (found.name, found.said, found.backup_said) == ("Robin Makebelieve", "412-555-0142", "412-555-0143")


# With weekdays and dates ------------------------------------------------------------------------------------------


def entry(**changes: Any) -> OnCall:
    return OnCall.model_validate({"name": "Pat Fictional", "phone": "+14125550153"} | changes)


@pytest.mark.parametrize(
    ("at", "on"),
    [
        ("2026-03-06T19:59", False),  # Friday
        ("2026-03-06T20:00", True),
        ("2026-03-07T05:59", True),  # the night of Friday
        ("2026-03-07T06:00", False),
        ("2026-03-07T20:00", False),  # Saturday
        ("2026-03-06T03:00", False),  # the night of Thursday
    ],
)
def test_a_night_belongs_to_the_day_it_begins_on(at: str, on: bool) -> None:
    friday = entry(**{"from": "20:00", "to": "06:00", "weekdays": [5]})
    assert friday.answers("1", datetime.fromisoformat(at)) is on


@pytest.mark.parametrize(
    ("at", "on"), [("2026-12-23T23:59", False), ("2026-12-24T00:00", True), ("2026-12-26T23:59", True)]
)
def test_dates_are_days_of_the_calendar_both_included(at: str, on: bool) -> None:
    holidays = entry(from_day="2026-12-24", to_day="2026-12-26")
    assert holidays.answers(None, datetime.fromisoformat(at)) is on
    assert not holidays.answers(None, datetime(2026, 12, 27))


def test_who_stands_in_goes_before_who_always_does_and_a_zone_before_everywhere() -> None:
    always = shipped_policy().versions[-1].always
    standing, zone = entry(name="Standing"), entry(name="Zone two", zones=["2"])
    month = entry(name="The month", from_day="2026-03-01", to_day="2026-03-31")
    day = entry(name="The day", from_day="2026-03-02", to_day="2026-03-02")
    rota = Rota.ranked([standing, zone, month, day], always)
    for at, number, name in (
        (datetime(2026, 3, 2, 9), "2", "The day"),
        (datetime(2026, 3, 3, 9), "2", "The month"),
        (datetime(2026, 4, 3, 9), "2", "Zone two"),
        (datetime(2026, 4, 3, 9), "1", "Standing"),
    ):
        assert rota.on_call_for(number, at).name == name


def test_a_day_shows_its_gap_and_who_answers_at_once_with_the_same_right() -> None:
    always = shipped_policy().versions[-1].always
    one, other = (entry(name=name, **{"from": "08:00", "to": "20:00"}) for name in ("One", "Other"))
    spans = Rota.ranked([one, other], always).day("1", date(2026, 3, 2))
    assert [(f"{span.start:%H:%M}", span.who.name, len(span.others), span.gap) for span in spans] == [
        ("00:00", "Robin Makebelieve", 0, True),
        ("08:00", "One", 1, False),
        ("20:00", "Robin Makebelieve", 0, True),
    ]


def test_zones_in_which_the_same_people_answer_stand_together() -> None:
    rota = Rota.ranked([entry(zones=["2"])], shipped_policy().versions[-1].always)
    assert [zones for zones, _ in alike(rota, ["1", "2", "3", None], date(2026, 3, 2))] == [["1", "3", None], ["2"]]


NEW_YORK = ZoneInfo("America/New_York")
moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)).map(lambda at: at.replace(tzinfo=UTC))
clocks = st.times().map(lambda at: at.replace(minute=at.minute // 15 * 15, second=0, microsecond=0))
entries = st.builds(
    lambda start, end, days, zones: entry(name=f"{start}-{end}", weekdays=days, zones=zones, from_=start, to=end),
    clocks,
    clocks,
    st.frozensets(st.integers(1, 7)),
    st.frozensets(st.sampled_from(["1", "2"])),
)


@given(moments, clocks, clocks)
@example(datetime(2026, 3, 8, 6, 59, tzinfo=UTC), time(2, 30), time(14))  # clocks go forward at 7:00 UTC
@example(datetime(2026, 3, 8, 7, 0, tzinfo=UTC), time(2, 30), time(14))
@example(datetime(2026, 11, 1, 5, 30, tzinfo=UTC), time(1, 30), time(14))  # and back at 6:00 UTC
@example(datetime(2026, 11, 1, 6, 30, tzinfo=UTC), time(1, 30), time(14))
def test_day_and_night_hand_over_without_a_gap_or_an_overlap_whatever_clocks_do(
    moment: datetime, start: time, end: time
) -> None:
    assume(start != end)
    at = moment.astimezone(NEW_YORK)
    day, night = entry(from_=start, to=end), entry(from_=end, to=start)
    assert day.answers("1", at) != night.answers("1", at)


@given(st.lists(entries, max_size=5), moments, st.sampled_from(["1", "2", "3", None]))
def test_the_table_of_a_day_says_whom_the_officer_calls_at_every_moment(
    listed: list[OnCall], moment: datetime, zone: str | None
) -> None:
    rota = Rota.ranked(listed, shipped_policy().versions[-1].always)
    at = moment.astimezone(NEW_YORK)
    spans = rota.day(zone, at.date())
    midnight = datetime.combine(at.date(), time())
    assert spans[0].start == midnight
    assert spans[-1].end == midnight + timedelta(days=1)
    assert all(one.end == other.start for one, other in pairwise(spans))
    (now,) = [span for span in spans if span.start <= at.replace(tzinfo=None) < span.end]
    assert now.who == rota.on_call_for(zone, at)
