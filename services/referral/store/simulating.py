"""Runs two versions of crosswalk and charge rules over recorded arrests, in the database, without touching them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.referral.domain.charge_rules import ChargeRule
from services.referral.domain.crosswalk import Crosswalk
from services.referral.domain.simulation import Cell, Statute
from services.referral.store.rowset import rowset
from shared.messaging import Tx


@dataclass(frozen=True)
class Moved:
    """A statute whose presumption would change, with how many charges of the period it touches."""

    statute: Statute
    label: str
    now: str
    then: str
    charges: int


@dataclass(frozen=True)
class Simulation:
    """The answers by municipality and race, and the statutes behind every change."""

    cells: list[Cell]
    moved: list[Moved]


_STATUTES = """
    select coalesce(c.title, '') as title, coalesce(c.section, '') as section, coalesce(c.subsection, '') as sub,
      coalesce(c.base, c.eligibility) as base, min(c.label) as label, count(*) as charges
    from own.arrest a cross join lateral jsonb_to_recordset(a.fact->'charges')
      as c(title text, section text, subsection text, label text, base text, eligibility text)
    where a.state = 'live' and a.programme = :programme and a.arrested_at >= :since and a.arrested_at < :until
    group by 1, 2, 3, 4
"""
# The answer of an arrest is `domain.divertible.divertible`, written as SQL; one test holds the two against each other.
_CELLS = """
    with statute as materialized (
      select * from jsonb_to_recordset(cast(:statutes as jsonb))
        as s(title text, section text, sub text, base text, now text, later text)),
    judged as (
      select a.arrest_id, min(a.municipality) as municipality, min(a.fact->'demographics'->>'race') as race,
        array_agg(s.now) as now, array_agg(s.later) as later
      from own.arrest a cross join lateral jsonb_to_recordset(a.fact->'charges')
        as c(title text, section text, subsection text, base text, eligibility text)
      join statute s on s.title = coalesce(c.title, '') and s.section = coalesce(c.section, '')
        and s.sub = coalesce(c.subsection, '') and s.base = coalesce(c.base, c.eligibility)
      where a.state = 'live' and a.programme = :programme and a.arrested_at >= :since and a.arrested_at < :until
      group by a.arrest_id)
    select municipality, race,
      case when now && array['N', 'EXCLUDE'] then 'no' when 'REVIEW' = any(now) then 'review'
        when 'Y' = any(now) then 'yes' when 'INHERIT' = any(now) then 'review' else 'no' end as now,
      case when later && array['N', 'EXCLUDE'] then 'no' when 'REVIEW' = any(later) then 'review'
        when 'Y' = any(later) then 'yes' when 'INHERIT' = any(later) then 'review' else 'no' end as later,
      count(*) as arrests
    from judged group by 1, 2, 3, 4
"""


async def simulate(
    tx: Tx,
    now: Sequence[ChargeRule],
    then: Sequence[ChargeRule],
    since: datetime,
    until: datetime,
    crosswalks: tuple[Crosswalk, Crosswalk] | None = None,
) -> Simulation:
    """Both rule lists, each over its crosswalk, on the arrests of a period: two statements, whatever its length.

    Without `crosswalks` both are over what each charge was presumed when it was classified.
    """
    period = {"programme": tx.settings.programme, "since": since, "until": until}
    rows = await tx.rows(_STATUTES, period)
    told = []
    moved = []
    for row in rows:
        statute = Statute(row["title"], row["section"], row["sub"], row["base"])
        both = statute.between(*crosswalks, known=row["label"] is not None) if crosswalks else (statute, statute)
        before, after = both[0].under(now), both[1].under(then)
        told.append(
            {"title": statute.title, "section": statute.section, "sub": statute.sub, "base": statute.base,
             "now": before, "later": after}
        )  # fmt: skip
        if before != after:
            moved.append(Moved(statute, row["label"] or "", before, after, row["charges"]))
    cells = await tx.rows(_CELLS, {**period, "statutes": rowset(told)})
    return Simulation(
        [Cell(row["municipality"], row["race"], row["now"], row["later"], row["arrests"]) for row in cells],
        sorted(moved, key=lambda one: -one.charges),
    )
