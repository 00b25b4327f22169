"""A contact needs a person and an outcome; everything else has a default; nothing in the future."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.casework.domain.contact_entry import Read, Typed, read

NOW = datetime(2026, 3, 14, 13, 30, tzinfo=UTC)
ZONE = ZoneInfo("America/New_York")
ONE = "0192f5c1-0000-7000-8000-0123456789ab"
TYPED = Typed(contact_id=ONE, pid=ONE, outcome="reached")


def understood(**typed: str) -> Read:
    found = read(replace(TYPED, **typed), NOW, ZONE)  # type: ignore[arg-type]
    assert isinstance(found, Read), found
    return found


def refused(**typed: str) -> dict[str, str]:
    found = read(replace(TYPED, **typed), NOW, ZONE)  # type: ignore[arg-type]
    assert isinstance(found, dict)
    return found


def test_person_and_outcome_are_enough() -> None:
    entry = understood()
    assert (entry.mode, entry.at, entry.next_due_on) == ("street", NOW, date(2026, 3, 21))


def test_every_error_is_told_at_once() -> None:
    assert set(refused(pid="", outcome="", at="yesterday", minutes="many", mode="pigeon")) == {
        "pid", "outcome", "at", "minutes", "mode",
    }  # fmt: skip


def test_a_time_without_offset_is_local_one_with_offset_is_kept() -> None:
    assert understood(at="2026-03-14T09:00").at == datetime(2026, 3, 14, 13, 0, tzinfo=UTC)
    assert understood(at="2026-03-14T09:00+00:00").at == datetime(2026, 3, 14, 9, 0, tzinfo=UTC)


def test_clocks_may_differ_by_minutes_but_nothing_happens_tomorrow() -> None:
    assert understood(at=(NOW + timedelta(minutes=4)).isoformat())
    assert "future" in refused(at=(NOW + timedelta(minutes=6)).isoformat())["at"]


def test_the_next_step_counts_from_the_civil_day_of_the_contact() -> None:
    assert understood(at="2026-03-10T23:30", next="3d").next_due_on == date(2026, 3, 13)
    assert understood(next="none").next_due_on is None


@pytest.mark.parametrize(
    ("typed", "service"),
    [("connected:housing", ("housing", "connected")), ("cured:all", None), ("", None), ("referred:a b", None)],
)
def test_services_are_codes(typed: str, service: tuple[str, str] | None) -> None:
    assert understood(service=typed).service == service


def test_a_note_has_an_end() -> None:
    assert "too long" in refused(note="x" * 4001)["note"]
