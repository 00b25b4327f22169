"""The hand-off's clock counts begun minutes, and half an hour is the bound."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.referral.domain.handoff import minutes, on_time

CALLED = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)


def test_example_23_half_an_hour_is_on_time_and_a_second_more_is_not() -> None:
    bound, over = CALLED + timedelta(seconds=1800), CALLED + timedelta(seconds=1801)
    assert (minutes(CALLED, bound), on_time(CALLED, bound)) == (30, True)
    assert (minutes(CALLED, over), on_time(CALLED, over)) == (31, False)


@given(st.integers(0, 86_400))
def test_what_is_on_time_is_30_minutes_or_fewer(seconds: int) -> None:
    talked = CALLED + timedelta(seconds=seconds)
    assert on_time(CALLED, talked) == (minutes(CALLED, talked) <= 30)
    assert minutes(CALLED, talked) * 60 - seconds in range(60)


def test_a_talk_before_the_call_is_an_error() -> None:
    with pytest.raises(ValueError, match="before"):
        minutes(CALLED, CALLED - timedelta(seconds=1))
