"""The charge clock counts civil days, and says so in words and colours."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.clock import MOST_PIPS, charge_clock, on_time
from services.intake.domain.entered_time import TimeRefused, civil_day, entered_time

ZONE = ZoneInfo("America/New_York")
REFERRED, DUE = date(2026, 3, 1), date(2026, 3, 31)


@pytest.mark.parametrize(
    ("left", "tone", "words"),
    [
        (8, "ok", "8 days left"),
        (7, "soon", "7 days left"),
        (4, "soon", "4 days left"),
        (3, "risk", "3 days left"),
        (1, "risk", "1 day left"),
        (0, "risk", "Ends today"),
        (-1, "past", "Deadline passed"),
    ],
)
def test_amber_at_seven_days_red_at_three_never_red_after_the_end(left: int, tone: str, words: str) -> None:
    clock = charge_clock(REFERRED, DUE, DUE - timedelta(days=left))
    assert (clock.tone, clock.words) == (tone, words)


def test_a_day_is_a_pip() -> None:
    assert charge_clock(date(2026, 11, 10), date(2026, 11, 24), date(2026, 11, 23)).pips == (13, 14)


@given(st.integers(0, 400), st.integers(-50, 500))
def test_pips_never_run_over(total: int, passed: int) -> None:
    clock = charge_clock(REFERRED, REFERRED + timedelta(days=total), REFERRED + timedelta(days=passed))
    filled, pips = clock.pips
    assert 0 <= filled <= pips <= MOST_PIPS


@pytest.mark.parametrize(
    ("completed", "expected"),
    [("2026-03-31T23:45", True), ("2026-04-01T00:10", False), ("2026-03-31T23:59:59", True)],
)
def test_on_time_is_a_matter_of_the_local_civil_day(completed: str, expected: bool) -> None:
    """Acceptance 2 and 3 of the programme: 23:45 local is already the next day in UTC."""
    at = entered_time(completed, ZONE, datetime(2026, 5, 1, tzinfo=UTC))
    assert on_time(civil_day(at, ZONE), DUE) is expected


def test_while_there_is_no_due_day_any_intake_is_on_time() -> None:
    assert on_time(DUE, None)


def test_a_time_typed_here_is_local_and_one_with_an_offset_is_not() -> None:
    now = datetime(2026, 5, 1, tzinfo=UTC)
    assert entered_time("2026-03-31T23:45", ZONE, now) == datetime(2026, 4, 1, 3, 45, tzinfo=UTC)
    assert entered_time("2026-03-31T23:45Z", ZONE, now) == datetime(2026, 3, 31, 23, 45, tzinfo=UTC)
    assert entered_time(" ", ZONE, now) == now


@pytest.mark.parametrize("text", ["tomorrow", "2026-13-01", "2026-05-01T12:00Z"])
def test_no_time_and_no_future_time_is_taken(text: str) -> None:
    with pytest.raises(TimeRefused):
        entered_time(text, ZONE, datetime(2026, 5, 1, tzinfo=UTC))
