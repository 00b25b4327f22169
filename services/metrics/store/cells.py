"""Read the cells: exact counts for one `as_of`, and how far the data reach."""

from __future__ import annotations

from datetime import date, timedelta

from services.metrics.domain.as_of import DELAY_WINDOW_DAYS, Freshness, data_as_of
from services.metrics.domain.counts import Counts
from services.metrics.domain.funnel import ENGAGED_WITHIN_DAYS
from services.metrics.domain.windows import Tally
from services.metrics.store.counting import SUMS
from shared.messaging import Tx

_FUNNEL = """
    select stage, pathway, dimension,
           case when value = 'not_engaged' and day > :still_early then 'too_early' else value end as value,
           sum(n)::bigint as n
    from copied.cell_funnel
    where day <= :as_of and dimension not in ('delay', 'agency') and (stage <> 'divertible' or day >= :offers_from)
    group by 1, 2, 3, 4
"""
_WINDOWS = f"""
    select event, window_days, follow, {", ".join(f"sum({name})::bigint as {name}" for name in SUMS)}
    from copied.cell_window
    where arm = 'intake' and stratum = 'all' and start_day <= cast(:as_of as date) - window_days
    group by event, window_days, follow
"""  # noqa: S608 - column names of this service
_DELAYS = """
    select value, sum(n)::bigint as n from copied.cell_funnel
    where stage = 'record' and dimension = 'delay' and day > :since and day <= :today group by value
"""
# Live agencies: those that cover an area which is active on the day. What came by another way than the feed shows
# as well that an agency is not silent.
_LIVE = """
    select c.fact_id as ori, greatest(c.covered_through, last.day) as covered_through
    from copied.fact_coverage c
    left join lateral (
        select max(day) as day from copied.cell_funnel
        where stage = 'record' and pathway = 'stops' and dimension = 'agency' and value = c.fact_id) last on true
    where not c.voided and exists (
        select from copied.fact_area a
        where not a.voided and a.active_from <= :today and (a.ended_on is null or a.ended_on > :today)
          and c.fact_id = any(string_to_array(a.agencies, ' ')))
"""
_OFFERS_FROM = "select min(active_from) from copied.fact_area where not voided"


async def read_counts(tx: Tx, as_of: date) -> Counts:
    """Exact counts of everything known today, for windows and referrals that were over by `as_of`."""
    since: date | None = await tx.value(_OFFERS_FROM)
    steps: dict[tuple[str, str], int] = {}
    splits: dict[str, dict[str, int]] = {"divertible": {}, "record": {}, "charges": {}}
    still_early = as_of - timedelta(ENGAGED_WITHIN_DAYS)
    asked = {"as_of": as_of, "still_early": still_early, "offers_from": since or date.min}
    for row in await tx.rows(_FUNNEL, asked):
        if row["stage"] in splits:
            split = splits[row["stage"]]
            split[row["value"]] = split.get(row["value"], 0) + row["n"]
        else:
            steps[row["pathway"], row["value"] or row["stage"]] = row["n"]
    outcomes = {
        (row["event"], row["window_days"], row["follow"]): Tally(*(row[name] for name in SUMS))
        for row in await tx.rows(_WINDOWS, {"as_of": as_of})
    }
    return Counts(
        as_of, steps, splits["divertible"], splits["record"], dict(sorted(splits["charges"].items())), outcomes,
        _measured(outcomes),
    )  # fmt: skip


def _measured(outcomes: dict[tuple[str, int, str], Tally]) -> frozenset[str]:
    """Events that were ever seen. `filed` and `booking` need sources that may not exist."""
    seen = {event for (event, _, _), sums in outcomes.items() if sums.sum_pre or sums.sum_post}
    return frozenset({"any", "new_charge", "warrant", "contact"} | seen)


async def freshness(tx: Tx, today: date) -> Freshness:
    """The last day of which nearly everything is known, and what holds it back."""
    since = today - timedelta(DELAY_WINDOW_DAYS)
    delays = {int(row["value"]): row["n"] for row in await tx.rows(_DELAYS, {"since": since, "today": today})}
    covered = {row["ori"]: row["covered_through"] for row in await tx.rows(_LIVE, {"today": today})}
    return data_as_of(today, delays, covered)
