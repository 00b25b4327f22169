"""Statutes that police charged and no crosswalk row knows: a reviewer's worklist, the most charged first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import RowMapping

from services.referral.domain.charge_rules import ChargeRule, ruling
from shared.messaging import Tx

_UNKNOWN = """
    select c.title, c.section, coalesce(c.subsection, '') as sub, count(*) as charges,
      count(distinct a.arrest_id) as arrests, max(a.arrested_at) as newest
    from own.arrest a cross join lateral jsonb_to_recordset(a.fact->'charges')
      as c(title text, section text, subsection text, label text, kind text)
    where a.state = 'live' and a.programme = :programme and a.arrested_at >= :since
      and c.label is null and c.section is not null and c.kind <> 'traffic'
    group by 1, 2, 3 order by 4 desc, 1, 2, 3 limit :limit
"""


async def unknown(tx: Tx, rules: Sequence[ChargeRule], since: datetime, limit: int) -> list[RowMapping]:
    """Statutes without a row and without a rule of the policy group, with how often they were charged since then."""
    rows = await tx.rows(_UNKNOWN, {"programme": tx.settings.programme, "since": since, "limit": limit})
    return [row for row in rows if ruling(rules, row["title"], row["section"], row["sub"]) is None]
