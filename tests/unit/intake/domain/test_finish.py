"""When an intake ended, and what that does to the charge."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.intake.domain.finish import FinishRefused, earliest, effect_on_charge, ended_at

ZONE = ZoneInfo("America/New_York")
REFERRED = datetime(2026, 3, 2, 4, 30, tzinfo=UTC)  # 1 March, 23:30 local
PART_1, PART_2 = datetime(2026, 3, 20, 15, tzinfo=UTC), datetime(2026, 4, 2, 15, tzinfo=UTC)
DUE = date(2026, 3, 31)


def test_the_later_part_makes_the_intake() -> None:
    """Acceptance 9: part 1 on 20 March, part 2 on 2 April is late."""
    assert ended_at(None, "", [PART_1, PART_2], REFERRED, ZONE) == PART_2
    assert effect_on_charge(["held"], "approved", PART_2.date(), DUE) == "prosecutor"


def test_another_time_needs_a_reason() -> None:
    with pytest.raises(FinishRefused) as refused:
        ended_at(PART_1, " ", [PART_1, PART_2], REFERRED, ZONE)
    assert refused.value.field == "completed_reason"
    assert ended_at(PART_1, "Written down late", [PART_1, PART_2], REFERRED, ZONE) == PART_1


def test_no_intake_ends_before_the_day_of_its_referral() -> None:
    with pytest.raises(FinishRefused):
        ended_at(REFERRED - timedelta(days=1), "Wrong", [PART_1], REFERRED, ZONE)
    assert ended_at(REFERRED - timedelta(minutes=20), "Same day", [PART_1], REFERRED, ZONE)


@pytest.mark.parametrize(
    ("states", "referral", "on", "effect"),
    [
        (["held"], "approved", DUE, "given_up"),
        (["eligible_to_file"], "expired", DUE, "given_up"),
        (["held"], "pending", DUE, "awaits_approval"),
        (["held"], "approved", DUE + timedelta(days=1), "prosecutor"),
        (["relinquished"], "approved", DUE + timedelta(days=9), "already"),
        ([], "approved", DUE, "none"),
        (["held"], None, DUE, "unknown"),
    ],
)
def test_the_page_says_what_the_rule_will_do(states: list[str], referral: str | None, on: date, effect: str) -> None:
    assert effect_on_charge(states, referral, on, DUE) == effect


def test_a_correction_never_makes_the_charge_worse() -> None:
    assert earliest(PART_1, PART_2) == PART_1
    assert earliest(PART_2, PART_1) == PART_1
    assert earliest(None, PART_2) == PART_2
