"""Intervals and the reach of data against worked examples, and the ladder of events against its table."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.metrics.domain.as_of import data_as_of, percentile
from services.metrics.domain.intervals import change_interval, change_ratio, mean_interval, wilson
from services.metrics.domain.ladder import Rung, rungs
from services.metrics.domain.windows import Tally, tally
from tests.metrics_facts import LEARNED, arrest, charge

DAY = date(2026, 1, 15)


@pytest.mark.parametrize(
    ("k", "n", "low", "high"), [(34, 44, 0.630, 0.872), (9, 44, 0.112, 0.345), (0, 30, 0, 0.1135), (30, 30, 0.8865, 1)]
)
def test_wilson_as_in_the_worked_examples(k: int, n: int, low: float, high: float) -> None:
    interval = wilson(k, n)
    assert interval is not None
    assert interval.low == pytest.approx(low, abs=0.0006)
    assert interval.high == pytest.approx(high, abs=0.0006)


def five_people() -> Tally:
    """Arrests before and after, by hand: (2, 1), (0, 1), (3, 0), (1, 1), (2, 0)."""
    total = Tally()
    for pre, post in ((2, 1), (0, 1), (3, 0), (1, 1), (2, 0)):
        total = total.plus(tally(pre, post))
    return total


def test_before_and_after_of_five_people_by_hand() -> None:
    sums = five_people()
    assert sums == Tally(5, 4, 3, 2, 8, 3, 18, 3, 3)
    assert change_ratio(sums) == pytest.approx(1 - 3 / 8)
    # By hand: d_i = post/3 − pre/8 = 1/12, 1/3, −3/8, 5/24, −1/4; Σd² = 0.36458; × 5/4, root = 0.67508.
    interval = change_interval(sums)
    assert interval is not None
    assert interval.low == pytest.approx(1 - 0.375 * 2.71828 ** (1.95996 * 0.67508), abs=1e-3)
    assert interval.high == pytest.approx(1 - 0.375 * 2.71828 ** (-1.95996 * 0.67508), abs=1e-3)


def test_nothing_is_claimed_where_nothing_is_known() -> None:
    assert wilson(0, 0) is None
    assert change_ratio(Tally(5)) is None
    assert change_interval(Tally(5, sum_pre=3)) is None
    assert mean_interval(0, 0, 30) is None


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=2, max_size=60))
def test_the_change_lies_in_its_interval(people: list[tuple[int, int]]) -> None:
    sums = Tally()
    for pre, post in people:
        sums = sums.plus(tally(pre, post))
    interval, value = change_interval(sums), change_ratio(sums)
    if interval is not None:
        assert value is not None
        assert interval.low - 1e-9 <= value <= interval.high + 1e-9


@pytest.mark.parametrize(
    ("disposition", "kinds", "warrant_only", "expected"),
    [
        ("arrested", ["new_charge"], False, Rung.ANY | Rung.NEW_CHARGE),
        ("cited", ["ordinance"], False, Rung.ANY | Rung.NEW_CHARGE),
        ("offered_declined", ["inchoate"], False, Rung.ANY | Rung.NEW_CHARGE),
        ("unknown", ["unknown"], False, Rung.ANY | Rung.NEW_CHARGE),
        ("arrested", ["warrant"], True, Rung.ANY | Rung.WARRANT),
        ("arrested", ["traffic"], False, Rung(0)),
        ("arrested", ["traffic", "new_charge"], False, Rung.ANY | Rung.NEW_CHARGE),
        ("warned", ["new_charge"], False, Rung(0)),
        ("diverted", ["new_charge"], False, Rung(0)),
    ],
)
def test_what_a_record_counts_for(disposition: str, kinds: list[str], warrant_only: bool, expected: Rung) -> None:
    charges = [charge(kind) for kind in kinds]
    record = arrest("a", "p", DAY, disposition=disposition, charges=charges, warrant_only=warrant_only)
    assert rungs(record) == expected | Rung.CONTACT


def test_a_filed_charge_counts_only_where_a_source_says_so() -> None:
    assert Rung.FILED in rungs(arrest("a", "p", DAY, filed_at=LEARNED))
    assert Rung.FILED not in rungs(arrest("a", "p", DAY))


def test_data_reach_to_the_later_days_only_as_far_as_reports_and_feeds_do() -> None:
    assert data_as_of(DAY, {}, {}).as_of == DAY - timedelta(1)
    assert data_as_of(DAY, {0: 94, 3: 2, 20: 4}, {}).as_of == DAY - timedelta(3)
    late = data_as_of(DAY, {1: 10}, {"PAPPD0000": DAY - timedelta(9), "PA0020100": DAY})
    assert (late.as_of, late.silent_agency) == (DAY - timedelta(9), "PAPPD0000")


@given(st.dictionaries(st.integers(0, 60), st.integers(1, 50), min_size=1))
def test_the_percentile_passes_at_least_its_share(delays: dict[int, int]) -> None:
    value = percentile(delays.items())
    total = sum(delays.values())
    assert sum(n for delay, n in delays.items() if delay <= value) >= 0.95 * total
    assert sum(n for delay, n in delays.items() if delay < value) < 0.95 * total
