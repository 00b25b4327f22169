"""Which source of an agency publishes: the same arrest from two sources would count twice.

A person may say so when they register a source. Otherwise every source publishes but those that only check that
nothing is missing (NIBRS): they publish where the agency sends nothing else.

Whoever publishes from now on, a day stays with the source that published it, and a source always replaces and takes
back what it published itself. So nothing is told twice after a switch, and nothing is left that nobody can correct.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import RowMapping

from services.referral.domain.discretion import SOURCE
from services.referral.store.batches import Batch
from shared.messaging import Tx

_OTHERS: Final = """
  own.feed_source o where o.source <> :source and (o.agency_ori = m.ori or m.ori = any(o.agencies)
    or (o.agency_ori is null and exists (
      select 1 from own.arrest a where a.agency_ori = m.ori and a.source = o.source)))
"""
# Who am I: my person's word, whether my format only checks, and from which day I take over.
_ME: Final = """
  me as (
    select (select is_primary from own.feed_source where source = :source) as is_primary,
      (select takes_over_from from own.feed_source where source = :source) as takes_over_from,
      :format = any(cast(:comparing as text[])) as compares)
"""
# A live arrest `a` of a source that published before and does not now.
_BEFORE: Final = """
  a.state = 'live' and a.source not in (:source, :form) and exists (
    select 1 from me left join own.feed_source o on o.source = a.source
    where case when me.is_primary then o.is_primary is not true
      else o.is_primary is false or (o.is_primary is null and o.format = any(cast(:comparing as text[]))) end)
"""
_TOLD: Final = "cast(cast(r.fact->>'arrested_at' as timestamptz) at time zone :timezone as date)"
# Materialized, and later joined by the key: without statistics of a batch just written, the planner would otherwise
# compare every row with every other.
_DAYS: Final = f"""
  told as materialized (
    select r.number, r.arrest_id, r.agency_ori, r.action, {_TOLD} as day from own.raw_record r
    where r.batch_id = :batch_id and r.outcome is null),
  days as materialized (
    select agency_ori, day, cast(day as timestamp) at time zone :timezone as first,
      cast(day + 1 as timestamp) at time zone :timezone as end
    from (select distinct agency_ori, day from told where action = any(cast(:actions as text[]))) d)
"""  # noqa: S608
_ON_DAY: Final = "a.agency_ori = d.agency_ori and a.arrested_at >= d.first and a.arrested_at < d.end"


async def compared_agencies(tx: Tx, batch: Batch, comparing: Sequence[str]) -> list[str]:
    """The agencies of a batch whose arrests another source publishes. `comparing`: formats that only check."""
    rows = await tx.rows(
        f"""
        with m as (
          select agency_ori as ori from own.raw_record where batch_id = :batch_id
          union select agency_ori from own.raw_mark where batch_id = :batch_id), {_ME}
        select m.ori from m, me
        where case
          when me.is_primary is not null then not me.is_primary
          when exists (select 1 from {_OTHERS} and o.is_primary) then true
          when not me.compares then false
          else exists (
              select 1 from {_OTHERS} and o.format <> all(cast(:comparing as text[]))
                and coalesce(o.is_primary, true))
            or exists (
              select 1 from own.arrest a left join own.feed_source o on o.source = a.source
              where a.agency_ori = m.ori and a.source not in (:source, :form) and o.is_primary is not false)
          end
        order by 1
        """,  # noqa: S608
        _given(batch, comparing),
    )
    return [row["ori"] for row in rows]


async def set_aside(tx: Tx, batch: Batch, agencies: Sequence[str], comparing: Sequence[str]) -> None:
    """Judge as `compared` what is not to be published.

    Of `agencies`, which another source publishes: everything but what this source published and what comes late for
    days that only it published, unless a person said that it publishes nothing. Of the others: what is new of a day
    that the source before published, unless this one takes over.
    """
    # Judged anew where the batch was linked in part, and waited since.
    await tx.execute(
        "update own.raw_record set outcome = null where batch_id = :batch_id and outcome = 'compared'",
        {"batch_id": batch.batch_id},
    )
    await tx.execute(
        f"""
        with {_ME}, {_DAYS},
        kept as materialized (
          select d.agency_ori, d.day, case
              when d.agency_ori = any(cast(:agencies as text[])) then me.is_primary is null
                and exists (select 1 from own.arrest a where {_ON_DAY} and a.source = :source)
                and not exists (
                  select 1 from own.arrest a
                  where {_ON_DAY} and a.state = 'live' and a.source not in (:source, :form))
              else coalesce(d.day >= me.takes_over_from, false)
                or not exists (select 1 from own.arrest a where {_ON_DAY} and {_BEFORE})
                or exists (select 1 from own.arrest a where {_ON_DAY} and a.state = 'live' and a.source = :source)
            end as publishes
          from days d, me),
        judged as materialized (
          -- Rows of one arrest go together.
          select t.number, bool_and(k.publishes) over (partition by t.arrest_id) as publishes
          from told t join kept k using (agency_ori, day)
          where exists (select 1 from kept where not publishes))
        update own.raw_record r set outcome = 'compared' from judged j
        where r.batch_id = :batch_id and r.number = j.number and not j.publishes
          and not exists (select 1 from own.arrest a where a.arrest_id = r.arrest_id and a.state = 'live')
        """,  # noqa: S608
        {**_given(batch, comparing), "agencies": list(agencies), "actions": ["record", "replace", "void"]},
    )


async def compare(tx: Tx, batch: Batch, agencies: Sequence[str]) -> list[RowMapping]:
    """By agency and month of the source's zone: arrests that were set aside, and live ones that others published.

    Of an agency out of `agencies`, which this source publishes, only the days are compared that were set aside.
    """
    return await tx.rows(
        f"""
        with aside as materialized (
          select r.agency_ori, r.arrest_id, {_TOLD} as day from own.raw_record r
          where r.batch_id = :batch_id and r.outcome = 'compared' and r.action <> 'void'),
        sent as (
          select agency_ori, to_char(day, 'YYYY-MM') as month, count(distinct arrest_id) as sent,
            array_agg(distinct day) as days
          from aside group by 1, 2)
        select s.agency_ori as agency, s.month, s.sent, (
          select count(*) from own.arrest a
          where a.agency_ori = s.agency_ori and a.source not in (:source, :form) and a.state = 'live'
            and a.arrested_at >= cast(s.month || '-01' as timestamp) at time zone :timezone
            and a.arrested_at < (cast(s.month || '-01' as timestamp) + interval '1 month') at time zone :timezone
            and (a.agency_ori = any(cast(:agencies as text[]))
              or cast(a.arrested_at at time zone :timezone as date) = any(s.days))
          ) as known
        from sent s order by 1, 2
        """,  # noqa: S608
        {**_given(batch, ()), "agencies": list(agencies)},
    )


async def drop(tx: Tx, batch: Batch, agencies: Sequence[str]) -> int:
    """Forget what was only compared; how many records that was. Deletes of what this source published stay."""
    given = {"batch_id": batch.batch_id, "agencies": list(agencies)}
    await tx.execute(
        """
        delete from own.raw_mark m
        where m.batch_id = :batch_id and m.agency_ori = any(cast(:agencies as text[])) and not exists (
            select 1 from own.arrest a where a.state = 'live' and a.arrest_id = m.arrest_id)
          and not exists (select 1 from own.arrest a where a.state = 'live' and a.group_key = m.group_key)
        """,
        given,
    )
    return (
        await tx.execute("delete from own.raw_record where batch_id = :batch_id and outcome = 'compared'", given)
    ).rowcount


async def taken_over(tx: Tx, batch: Batch, agencies: Sequence[str], comparing: Sequence[str]) -> tuple[int, int]:
    """Of the days that this source takes over and a batch tells of: (arrests published before, arrests it tells).

    Not of `agencies`, which another source publishes.
    """
    row = await tx.row(
        f"""
        with {_ME}, {_DAYS}
        select
          (select count(*) from days d, me, own.arrest a
            where d.day >= me.takes_over_from and d.agency_ori <> all(cast(:agencies as text[])) and {_ON_DAY}
              and {_BEFORE}) as before,
          (select count(distinct t.arrest_id) from told t, me
            where t.action <> 'void' and t.agency_ori <> all(cast(:agencies as text[]))
              and t.day >= me.takes_over_from) as told
        where (select takes_over_from from me) is not null
        """,  # noqa: S608
        {**_given(batch, comparing), "agencies": list(agencies)},
    )
    return (row["before"], row["told"]) if row else (0, 0)


async def list_taken_over(tx: Tx, batch: Batch, agencies: Sequence[str], comparing: Sequence[str]) -> int:
    """List for voiding what the source before published of the days that this one takes over; how many they are."""
    done = await tx.execute(
        f"""
        with {_ME}, {_DAYS}
        insert into own.batch_void (batch_id, arrest_id, programme, municipality, agency_ori)
        select :batch_id, a.arrest_id, a.programme, a.municipality, a.agency_ori
        from days d, me, own.arrest a
        where d.day >= me.takes_over_from and d.agency_ori <> all(cast(:agencies as text[])) and {_ON_DAY}
          and {_BEFORE} and (select takes_over_from from me) is not null
        on conflict do nothing
        """,  # noqa: S608
        {**_given(batch, comparing), "agencies": list(agencies)},
    )
    return done.rowcount


def _given(batch: Batch, comparing: Sequence[str]) -> dict[str, Any]:
    return {
        "batch_id": batch.batch_id,
        "source": batch.source,
        "format": batch.format,
        "timezone": batch.timezone,
        "comparing": list(comparing),
        "actions": ["record", "replace"],
        "form": SOURCE,
    }
