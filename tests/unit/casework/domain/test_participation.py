"""Statuses follow from what happened, in the order it happened, whatever order it was learned in."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.casework.domain.participation import (
    TRANSITIONS,
    Ground,
    Kind,
    Status,
    Tries,
    enrolment_id,
    history,
    may_become_inactive,
    suggestion,
)

PERSON = UUID(int=1)
START = datetime(2026, 3, 1, 12, tzinfo=UTC)


def ground(number: int, kind: Kind, days: float, status: Status | None = None) -> Ground:
    return Ground(UUID(int=number), kind, START + timedelta(days=days), status)


def said(*grounds: Ground) -> list[tuple[str, int, bool]]:
    return [(c.status, (c.since - START).days, c.engaged) for c in history(PERSON, grounds)]


def test_nobody_is_a_participant_without_an_intake() -> None:
    assert said(ground(1, "reached", 0), ground(2, "staff", 1, "moved")) == []


def test_the_first_valid_intake_enrolls_once() -> None:
    changes = history(PERSON, [ground(2, "intake", 9), ground(1, "intake", 2)])
    assert [(c.change_id, c.since) for c in changes] == [(enrolment_id(PERSON), START + timedelta(days=2))]


def test_engaged_from_the_first_contact_after_intake_not_from_one_before() -> None:
    assert said(ground(1, "reached", 0), ground(2, "intake", 1)) == [("active", 1, False)]
    assert said(ground(1, "intake", 1), ground(2, "reached", 2)) == [("active", 1, True)]
    assert said(ground(1, "intake", 1), ground(2, "reached", 1)) == [("active", 1, False)]


def test_inactive_and_then_reached_is_active_again_with_the_same_id() -> None:
    grounds = (ground(1, "intake", 0), ground(2, "staff", 61, "inactive"), ground(3, "reached", 92))
    assert said(*grounds) == [("active", 0, False), ("inactive", 61, False), ("active", 92, True)]


def test_a_new_intake_brings_back_without_a_contact() -> None:
    grounds = (ground(1, "intake", 0), ground(2, "staff", 10, "self_closed"), ground(3, "intake", 40))
    assert [status for status, _, _ in said(*grounds)] == ["active", "self_closed", "active"]


def test_nobody_comes_back_from_deceased_by_rule() -> None:
    grounds = (ground(1, "intake", 0), ground(2, "staff", 5, "deceased"), ground(3, "reached", 6))
    assert [status for status, _, _ in said(*grounds)] == ["active", "deceased"]


def test_a_death_entered_in_error_is_undone_by_withdrawing_its_ground() -> None:
    grounds = (ground(1, "intake", 0), ground(2, "staff", 3, "moved"))
    assert said(*grounds, ground(3, "staff", 5, "deceased"))[-1][0] == "deceased"
    assert said(*grounds)[-1][0] == "moved"


def test_a_late_contact_turns_only_the_statuses_from_then_on_engaged() -> None:
    grounds = [ground(1, "intake", 0), ground(2, "staff", 20, "in_the_wind"), ground(3, "reached", 30)]
    assert said(*grounds)[0] == ("active", 0, False)
    assert said(*grounds, ground(4, "reached", 10))[0] == ("active", 0, True)


KINDS = st.sampled_from(["intake", "reached", "staff"])


@given(st.data())
def test_the_order_of_arrival_never_matters(data: st.DataObject) -> None:
    kinds = data.draw(st.lists(KINDS, max_size=8))
    grounds = [
        ground(n, kind, data.draw(st.integers(0, 30)), data.draw(st.sampled_from(list(TRANSITIONS))))
        for n, kind in enumerate(kinds)
    ]
    shuffled = data.draw(st.permutations(grounds))
    assert history(PERSON, shuffled) == history(PERSON, grounds)


@given(st.lists(st.tuples(KINDS, st.integers(0, 60), st.sampled_from(list(TRANSITIONS))), max_size=10))
def test_every_step_is_one_the_table_or_the_rule_allows(steps: list[tuple[Kind, int, Status]]) -> None:
    grounds = [ground(n, kind, day, status) for n, (kind, day, status) in enumerate(steps)]
    changes = history(PERSON, grounds)
    for before, after in itertools.pairwise(changes):
        back = after.status == "active" and before.status not in {"active", "deceased"}
        assert back or after.status in TRANSITIONS[before.status]
        assert before.since <= after.since


@pytest.mark.parametrize(
    ("attempts", "modes", "days", "allowed"),
    [(3, 2, 30, True), (2, 2, 30, False), (3, 1, 30, False), (3, 2, 29, False), (0, 0, None, False)],
)
def test_inactive_needs_three_tries_in_two_modes_over_thirty_days(
    attempts: int, modes: int, days: int | None, allowed: bool
) -> None:
    first = None if days is None else START - timedelta(days=days)
    assert may_become_inactive(Tries(attempts, modes, first), START) is allowed


@pytest.mark.parametrize(
    ("status", "days", "proposed"),
    [
        ("active", 29, None),
        ("active", 30, "flag"),
        ("active", 60, "in_the_wind"),
        ("in_the_wind", 60, "flag"),
        ("in_the_wind", 90, "inactive"),
        ("moved", 400, None),
    ],
)
def test_time_alone_only_suggests(status: Status, days: int, proposed: str | None) -> None:
    assert suggestion(status, days) == proposed
