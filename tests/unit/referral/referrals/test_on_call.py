"""Whom an officer calls: by zone and hour, and always somebody."""

from __future__ import annotations

from datetime import time

import pytest

from services.referral.domain.policy import OnCall
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
    assert version.on_call_for(zone, time.fromisoformat(at)).name == name


def test_without_a_rota_the_one_who_always_answers_is_called() -> None:
    found = shipped_policy().versions[-1].on_call_for("1", time(3))
    assert (found.name, found.said, found.backup_said) == ("Robin Makebelieve", "412-555-0142", "412-555-0143")
