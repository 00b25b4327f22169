"""Statutes that police charged and no crosswalk row knows: a reviewer's worklist, the most charged first."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import RowMapping

from services.referral.domain.charge_rules import ruling
from services.referral.domain.classification import Classifier
from shared.messaging import Tx

_UNKNOWN = """
    select c.title, c.section, coalesce(c.subsection, '') as sub, count(*) as charges,
      count(distinct a.arrest_id) as arrests, max(a.arrested_at) as newest
    from own.arrest a cross join lateral jsonb_to_recordset(a.fact->'charges')
      as c(title text, section text, subsection text, label text, kind text)
    where a.state = 'live' and a.programme = :programme and a.arrested_at >= :since
      and c.label is null and c.section is not null and c.kind <> 'traffic'
    group by 1, 2, 3 order by 4 desc, 1, 2, 3
"""


async def unknown(tx: Tx, classifier: Classifier, since: datetime, limit: int) -> list[RowMapping]:
    """Statutes without a row and without a rule of the policy group today, with how often they were charged since then.

    What was listed or ruled on meanwhile is none, also where older arrests were classified before that.
    """
    rows = await tx.rows(_UNKNOWN, {"programme": tx.settings.programme, "since": since})
    return [row for row in rows if not _known(classifier, row["title"], row["section"], row["sub"])][:limit]


def _known(classifier: Classifier, title: str | None, section: str, sub: str) -> bool:
    # A section that no title was known of is under 18 once the list has it there (rule T4).
    row = classifier.crosswalk.find(title or "18", section, sub)
    return row is not None or ruling(classifier.rules, title, section, sub) is not None
