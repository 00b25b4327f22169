"""How a feed is, from its last batches: what county IT is told, and when it stops being told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.referral.domain.feed_health import COUNTS, Health, Past, health, usual_gap

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)
NONE = dict.fromkeys(COUNTS, 0)


def past(
    hours: float,
    rows: int = 10,
    status: str = "applied",
    warnings: dict[str, int] | None = None,
    columns: tuple[str, ...] = (),
) -> Past:
    """A batch that came so many hours ago."""
    return Past(NOW - timedelta(hours=hours), status, {**NONE, "rows": rows}, warnings or {}, columns)


def of(*batches: Past, held: int = 0, newest_day: dict[str, int] | None = None) -> Health:
    return health(batches, NOW, NONE, newest_day or NONE, held)


def kinds(found: Health) -> list[str]:
    return [sign.kind for sign in found.signs]


def test_a_feed_is_silent_after_twice_its_usual_gap_and_no_sooner() -> None:
    daily = [past(48 + 24 * n) for n in range(4)]
    assert kinds(of(*daily)) == []
    late = of(*[past(49 + 24 * n) for n in range(4)])
    assert kinds(late) == ["silent"]
    assert late.silent_since == NOW - timedelta(hours=1)
    assert late.tone == "risk"


def test_a_zero_report_is_news_and_a_refused_file_is_not() -> None:
    daily = [past(60 + 24 * n) for n in range(4)]
    assert kinds(of(past(1, rows=0), *daily)) == []
    assert kinds(of(past(1, status="refused"), *daily)) == ["refused", "silent"]


def test_the_last_record_is_older_than_a_zero_report() -> None:
    found = of(past(1, rows=0), past(30), past(60))
    assert (found.last_batch, found.last_record) == (NOW - timedelta(hours=1), NOW - timedelta(hours=30))


def test_records_pushed_one_by_one_are_one_delivery() -> None:
    pushed = [past(24 * day + n / 600, rows=1) for day in range(4) for n in range(8)]
    assert of(*pushed).usual_gap is not None
    assert abs(of(*pushed).usual_gap - timedelta(hours=24)) < timedelta(hours=1)  # type: ignore[operator]


def test_two_deliveries_say_nothing_of_what_is_usual() -> None:
    assert of(past(500), past(524)).usual_gap is None
    assert kinds(of(past(500), past(524))) == []


def test_under_half_the_usual_rows_is_a_drop_once_eight_batches_are_known() -> None:
    usual = [past(n, rows=100) for n in range(1, 9)]
    assert kinds(of(past(0, rows=50), *usual)) == []
    assert kinds(of(past(0, rows=49), *usual)) == ["volume"]
    assert kinds(of(past(0, rows=0), *usual)) == []
    assert of(past(0, rows=49), *usual[:-1]).volume_ratio is None


def test_rejects_over_two_percent_of_the_newest_day_are_told() -> None:
    assert kinds(of(past(1), newest_day={**NONE, "rows": 100, "rejected": 2})) == []
    assert kinds(of(past(1), newest_day={**NONE, "rows": 100, "rejected": 3})) == ["rejects"]
    assert of(past(1)).reject_ratio is None


@pytest.mark.parametrize(("code", "kind"), [("W_CAP", "cap"), ("W_MONTH_OFF", "month"), ("W_CODE", "codes")])
def test_a_warning_of_the_newest_batch_counts_until_the_next(code: str, kind: str) -> None:
    assert kinds(of(past(1, warnings={code: 1}))) == [kind]
    assert kinds(of(past(0), past(1, warnings={code: 1}))) == []


def test_changed_columns_are_named_and_their_order_means_nothing() -> None:
    found = of(past(1, columns=("b", "c")), past(2, columns=("a", "b")))
    assert kinds(found) == ["columns"]
    assert (found.columns_gone, found.columns_new) == (("a",), ("c",))
    assert kinds(of(past(1, columns=("b", "a")), past(2, columns=("a", "b")))) == []


def test_what_waits_for_a_person_and_what_never_sent_are_told() -> None:
    assert kinds(of(past(1, status="held"), held=1)) == ["held"]
    assert kinds(of()) == ["unread"]


@given(st.lists(st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2026, 1, 1)), max_size=40))
def test_a_usual_gap_is_never_under_an_hour(times: list[datetime]) -> None:
    found = usual_gap(sorted(times, reverse=True))
    assert found is None or found >= timedelta(hours=1)
