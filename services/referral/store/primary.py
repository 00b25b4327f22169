"""Which source of an agency publishes: the same arrest from two sources would count twice.

A person may say so when they register a source. Otherwise every source publishes but those that only check that
nothing is missing (NIBRS): they publish where the agency sends nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import RowMapping

from services.referral.domain.discretion import SOURCE
from services.referral.store.batches import Batch
from shared.messaging import Tx

_OTHERS: Final = """
  own.feed_source o where o.source <> :source and (o.agency_ori = m.ori or m.ori = any(o.agencies)
    or (o.agency_ori is null and exists (
      select 1 from own.arrest a where a.agency_ori = m.ori and a.source = o.source)))
"""


async def compared_agencies(tx: Tx, batch: Batch, comparing: Sequence[str]) -> list[str]:
    """The agencies of a batch whose arrests another source publishes. `comparing`: formats that only check."""
    rows = await tx.rows(
        f"""
        with m as (
          select agency_ori as ori from own.raw_record where batch_id = :batch_id
          union select agency_ori from own.raw_mark where batch_id = :batch_id),
        me as (
          select (select is_primary from own.feed_source where source = :source) as is_primary,
            :format = any(cast(:comparing as text[])) as compares)
        select m.ori from m, me
        where case
          when me.is_primary is not null then not me.is_primary
          when exists (select 1 from {_OTHERS} and o.is_primary) then true
          when not me.compares then false
          else exists (
              select 1 from {_OTHERS} and o.format <> all(cast(:comparing as text[]))
                and coalesce(o.is_primary, true))
            or exists (select 1 from own.arrest a where a.agency_ori = m.ori and a.source not in (:source, :form))
          end
        order by 1
        """,  # noqa: S608
        {
            "batch_id": batch.batch_id,
            "source": batch.source,
            "format": batch.format,
            "comparing": list(comparing),
            "form": SOURCE,
        },
    )
    return [row["ori"] for row in rows]


async def compare(tx: Tx, batch: Batch, agencies: Sequence[str]) -> list[RowMapping]:
    """By agency and month of the source's zone: arrests the batch tells of, and live ones that others published."""
    return await tx.rows(
        """
        with sent as (
          select agency_ori as agency,
            to_char(cast(fact->>'arrested_at' as timestamptz) at time zone :timezone, 'YYYY-MM') as month,
            count(distinct arrest_id) as sent
          from own.raw_record where batch_id = :batch_id and agency_ori = any(cast(:agencies as text[]))
            and action <> 'void' and outcome is null
          group by 1, 2)
        select s.agency, s.month, s.sent, (
          select count(*) from own.arrest a
          where a.agency_ori = s.agency and a.source not in (:source, :form) and a.state = 'live'
            and a.arrested_at >= cast(s.month || '-01' as timestamp) at time zone :timezone
            and a.arrested_at < (cast(s.month || '-01' as timestamp) + interval '1 month') at time zone :timezone
          ) as known
        from sent s order by 1, 2
        """,
        {
            "batch_id": batch.batch_id,
            "source": batch.source,
            "timezone": batch.timezone,
            "agencies": list(agencies),
            "form": SOURCE,
        },
    )


async def drop(tx: Tx, batch: Batch, agencies: Sequence[str]) -> int:
    """Forget what was only compared; how many records that were."""
    given = {"batch_id": batch.batch_id, "agencies": list(agencies)}
    where = "where batch_id = :batch_id and agency_ori = any(cast(:agencies as text[]))"
    await tx.execute(f"delete from own.raw_mark {where}", given)  # noqa: S608
    return (await tx.execute(f"delete from own.raw_record {where}", given)).rowcount  # noqa: S608
