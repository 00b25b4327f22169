"""The days that each agency's records cover."""

from __future__ import annotations

from datetime import date

from sqlalchemy import RowMapping

from shared.messaging import Tx


async def widen(tx: Tx, ori: str, first: date, last: date) -> RowMapping | None:
    """Let an agency's coverage reach from `first` to `last` at least; None if it did already."""
    return await tx.row(
        """
        insert into own.coverage as c (ori, programme, agency_ori, version, covered_from, covered_through)
        values (:ori, :programme, :ori, 1, :first, :last)
        on conflict (ori) do update set version = c.version + 1,
          covered_from = least(c.covered_from, excluded.covered_from),
          covered_through = greatest(c.covered_through, excluded.covered_through)
        where excluded.covered_from < c.covered_from or excluded.covered_through > c.covered_through
        returning version, covered_from, covered_through
        """,
        {"ori": ori, "programme": tx.settings.programme, "first": first, "last": last},
    )
