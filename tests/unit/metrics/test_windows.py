"""Before and after intake: which days count, and that a programme that does nothing shows nothing."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest

from services.metrics.domain.counts import Counts
from services.metrics.domain.ladder import Rung
from services.metrics.domain.person import Arrest, Exit, Index, Intake, Person, Referral, index_of
from services.metrics.domain.windows import EVERYBODY, Tally, windows

C = date(2024, 6, 1)
ARRESTED = Rung.CONTACT | Rung.ANY | Rung.NEW_CHARGE


def moment(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 17, tzinfo=UTC)


def arrest(day: date, rungs: Rung = ARRESTED, name: str = "") -> Arrest:
    return Arrest(name or day.isoformat(), day, rungs, True, None, True)


def referral(day: date = C, **given: object) -> Referral:
    values: dict[str, object] = {
        "referral_id": "r", "at": moment(day), "day": day, "pathway": "arrest_diversion", "offer": "accepted",
        "state": "approved", "arrest_id": None, "selected": False,
    }  # fmt: skip
    return Referral(**(values | given))  # type: ignore[arg-type]


def person(*arrests: Arrest, wait: int = 5, **given: object) -> Person:
    t0 = C + timedelta(wait)
    values: dict[str, object] = {
        "arrests": arrests, "referrals": [referral()], "intakes": [Intake("i", "r", moment(t0), t0)],
    }  # fmt: skip
    return Person(**(values | given))  # type: ignore[arg-type]


def tally_of(who: Person, event: str = "any", window: int = 182, follow: str = "full") -> Tally | None:
    """The sums of the person alone, or None when they are not followed so."""
    index = index_of(who)
    assert index is not None
    cells = {(cell.event, cell.window, cell.follow): sums for cell, sums in windows(who, index)}
    if (EVERYBODY, window, follow) not in cells:
        return None
    return Counts(C, outcomes=cells).tally(event, window, follow)


@pytest.mark.parametrize(
    ("days_from_c", "pre", "post"),
    [
        (-183, 0, 0), (-182, 1, 0), (-1, 1, 0), (0, 0, 0), (3, 0, 0), (5, 0, 0), (6, 0, 1), (5 + 182, 0, 1),
        (5 + 183, 0, 0),
    ],
)  # fmt: skip
def test_the_edges_of_both_windows(days_from_c: int, pre: int, post: int) -> None:
    sums = tally_of(person(arrest(C + timedelta(days_from_c))))
    assert sums is not None
    assert (sums.sum_pre, sums.sum_post) == (pre, post)


def test_two_arrests_on_one_day_are_one_event() -> None:
    day = C + timedelta(30)
    sums = tally_of(person(arrest(day, name="one"), arrest(day, name="two")))
    assert sums is not None
    assert sums.sum_post == 1


def test_a_later_referral_or_intake_restarts_nothing() -> None:
    later = C + timedelta(100)
    again = [referral(), referral(later, referral_id="r2")]
    intakes = [Intake("i2", "r2", moment(later), later), Intake("i", "r", moment(C), C)]
    who = person(arrest(C + timedelta(90)), referrals=again, intakes=intakes)
    sums = tally_of(who)
    assert sums is not None
    assert (sums.sum_pre, sums.sum_post) == (0, 1)


def test_a_person_who_moved_inside_the_window_is_left_out_of_it_only() -> None:
    who = person(arrest(C - timedelta(9)), exits=[Exit(C + timedelta(200), "moved")])
    assert tally_of(who, window=182) is not None
    assert tally_of(who, window=365) is None
    assert tally_of(who, window=365, follow="left") == Tally(n=1)


def test_time_before_the_feed_began_is_no_success_and_no_failure() -> None:
    covered = referral(covered_from=C - timedelta(100))
    who = person(arrest(C - timedelta(9)), arrest(C + timedelta(50)), referrals=[covered])
    sums = tally_of(who, follow="post_only")
    assert tally_of(who) is None
    assert sums is not None
    assert (sums.sum_pre, sums.sum_post) == (0, 1)


def test_without_intake_there_is_no_window_and_with_a_void_referral_no_index() -> None:
    assert list(windows(Person(), Index(referral(), None))) == []
    assert index_of(person(referrals=[referral(state="void")])) is None


def changes(people: int, *, diverted_again: float) -> dict[str, float]:
    """Change in percent by event, of a programme that does nothing.

    Constant gamma rates (shape 1, mean 1.2 a year), 6 years; the index is a random arrest of years 3 to 4. Some later
    arrests are diverted again, so that they are police contacts and no arrests.
    """
    random = Random(7)
    start = date(2018, 1, 1)
    before, after = Counter[str](), Counter[str]()
    for _ in range(people):
        rate = random.gammavariate(1.0, 1.2)
        days, at = [], 0.0
        while (at := at + random.expovariate(rate / 365)) < 6 * 365:
            days.append(int(at))
        candidates = [n for n, day in enumerate(days) if 2 * 365 <= day < 4 * 365]
        if not candidates:
            continue
        index = random.choice(candidates)
        c = start + timedelta(days[index])
        t0 = c + timedelta(random.randint(1, 7))
        arrests = []
        for n, day in enumerate(days):
            again = n > index and random.random() < diverted_again
            arrests.append(arrest(start + timedelta(day), Rung.CONTACT if again else ARRESTED, f"a{n}"))
        who = Person(
            arrests=arrests,
            referrals=[referral(c, arrest_id=f"a{index}")],
            intakes=[Intake("i", "r", moment(t0), t0)],
        )
        chosen = index_of(who)
        assert chosen is not None
        for cell, sums in windows(who, chosen):
            if cell.window == 182:
                before[cell.event] += sums.sum_pre
                after[cell.event] += sums.sum_post
    return {event: 100 * (1 - after[event] / before[event]) for event in ("any", "contact")}


@pytest.mark.slow
def test_a_programme_that_does_nothing_shows_no_change_unless_diversions_are_not_counted() -> None:
    """The design's example 9. `contact` counts every record, as `any` would if nobody were diverted again."""
    found = changes(20_000, diverted_again=0.3)
    assert found["contact"] == pytest.approx(0, abs=4)
    assert found["any"] == pytest.approx(29.8, abs=5)
