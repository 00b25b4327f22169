"""Acceptance 22 of the programme: 19 silent, 20 warns, 25 refused unless overridden with a reason."""

from __future__ import annotations

import pytest

from services.casework.domain.caseload import Load, guard


@pytest.mark.parametrize(
    ("held", "role", "reason", "verdict"),
    [
        (19, "coordinator", "", "silent"),
        (20, "coordinator", "", "warn"),
        (24, "coordinator", "", "warn"),
        (25, "coordinator", "they know each other", "refused"),
        (25, "supervisor", " ", "refused"),
        (25, "supervisor", "they know each other", "overridden"),
    ],
)
def test_the_guard_at_20_and_25(held: int, role: str, reason: str, verdict: str) -> None:
    assert guard(held, role, reason) == verdict


def test_room_is_counted_to_the_warning() -> None:
    assert (Load(17).room, Load(20).room, Load(26).room) == (3, 0, 0)
