"""The next try is proposed: later, another way, another time of day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.intake.domain.outreach import Try, looks_like, next_try

ZONE = ZoneInfo("America/New_York")
AT = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
TODAY = date(2026, 3, 2)


def tries(count: int) -> list[Try]:
    return [Try(AT, "phone", "attempted")] * count


@pytest.mark.parametrize(("count", "days"), [(1, 1), (2, 2), (3, 4), (4, 7), (9, 7)])
def test_the_wait_grows(count: int, days: int) -> None:
    assert next_try(tries(count), ZONE, TODAY).on == TODAY + timedelta(days=days)


def test_the_first_try_is_today() -> None:
    assert next_try([], ZONE, TODAY).on == TODAY


def test_the_next_try_is_another_way_at_another_hour() -> None:
    proposed = next_try(tries(1), ZONE, TODAY)
    assert proposed.mode != "phone"
    assert proposed.hour >= 13


def test_a_proposal_never_lies_in_the_past() -> None:
    assert next_try(tries(1), ZONE, date(2026, 5, 1)).on == date(2026, 5, 1)


def test_two_tries_within_ten_minutes_by_one_way_may_be_the_same() -> None:
    assert looks_like(tries(1), AT + timedelta(minutes=10), "phone")
    assert not looks_like(tries(1), AT + timedelta(minutes=11), "phone")
    assert not looks_like(tries(1), AT, "street")
