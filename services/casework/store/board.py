"""The supervisor's board: who has nobody, who carries how many, who was not reached for how long."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import RowMapping

from shared.messaging import Tx


async def unassigned(tx: Tx) -> Sequence[RowMapping]:
    """Active people without a coordinator, longest enrolled first."""
    return await tx.rows(
        "select * from own.person_line where worker is null and status in ('active', 'in_the_wind')"
        " order by enrolled_at, home_id limit 50"
    )


async def caseloads(tx: Tx) -> Sequence[RowMapping]:
    """Worker -> people active or in the wind, and how many of them are in the wind."""
    return await tx.rows(
        """
        select worker, count(*) as people, count(*) filter (where status = 'in_the_wind') as in_the_wind
        from own.person_line
        where worker is not null and status in ('active', 'in_the_wind')
        group by worker order by people desc, worker
        """
    )


async def silent(tx: Tx, today: date) -> Sequence[RowMapping]:
    """People not reached for 30 days or more, longest first."""
    return await tx.rows(
        """
        select * from own.person_line
        where status in ('active', 'in_the_wind')
          and cast(coalesce(reached_at, enrolled_at) as date) <= cast(:today as date) - 30
        order by coalesce(reached_at, enrolled_at), home_id limit 200
        """,
        {"today": today},
    )
