"""A fictional year lies in the past, from whatever clock it is asked for, and goes on as the year it began as."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from deploy.simulator.__main__ import yesterday
from deploy.simulator.memory import Memory
from deploy.simulator.year import county


@given(st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)), st.integers(0, 9))
def test_nothing_of_the_year_lies_in_the_future(now: datetime, seed: int) -> None:
    year = county(seed, yesterday(now), people=6, referred=4)
    moments = [arrest.at for story in year.stories for arrest in story.arrests]
    for story in year.stories:
        if story.referral is not None:
            moments += [story.referral.at, *(contact.at for contact in story.referral.contacts)]
            moments += [story.referral.intake.completed_at] if story.referral.intake else []
    assert moments
    assert max(moments) <= now


def test_after_midnight_here_it_may_still_be_the_day_before_there() -> None:
    assert yesterday(datetime(2026, 11, 24, 0, 5, tzinfo=UTC)) == date(2026, 11, 22)


def test_a_year_that_was_begun_is_remembered_with_its_last_day(tmp_path: Path) -> None:
    memory = Memory.load(tmp_path / "7.json")
    memory.last_day = date(2026, 11, 22)
    memory.save()
    assert Memory.load(tmp_path / "7.json").last_day == date(2026, 11, 22)
