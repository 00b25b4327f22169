"""Registered sources: whose records they send, in which format and zone of time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson
from sqlalchemy import RowMapping

from shared.messaging import Tx

NAME: Final = r"^[a-z0-9][a-z0-9-]{0,39}$"
"""What a feed may be called: in an address, in a folder's name, on a page."""


async def source(tx: Tx, name: str) -> RowMapping | None:
    """A registered source within the scope."""
    return await tx.row("select * from own.feed_source where source = :name", {"name": name})


async def header_line(tx: Tx, name: str) -> int:
    """The line in which a file of this source has its header: 1, but where its mapping says otherwise."""
    row = await source(tx, name)
    return int((row["mapping"] or {}).get("header_line", 1)) if row else 1


async def locked(tx: Tx, name: str) -> RowMapping:
    """A registered source that nobody else changes until the transaction ends. Raises LookupError."""
    row = await tx.row("select * from own.feed_source where source = :name for update", {"name": name})
    if row is None:
        raise LookupError("no source of this name")
    return row


async def as_steward(tx: Tx, subject: str) -> None:
    """Let this transaction see rejected rows of the feeds that name this person as their steward, and no other's."""
    await tx.execute("select set_config('lead.steward', :subject, true)", {"subject": subject})


def allowed(agency_ori: str | None, agencies: Sequence[str]) -> frozenset[str] | None:
    """The agencies that a source may send for; None: any, for a source of many that names none."""
    own = {agency_ori} if agency_ori else set()
    return frozenset(own | set(agencies)) or None


async def put_source(tx: Tx, name: str, values: Mapping[str, Any]) -> bool:
    """Register a source, or change it: another format, zone or mapping is a new mapping version. True if new."""
    row = await tx.row(
        """
        with s as (
        insert into own.feed_source as s
          (source, programme, municipality, agency_ori, agencies, is_primary, takes_over_from, steward, format,
           timezone, mapping, created_at, updated_at)
        values (:source, :programme, null, :agency_ori, cast(:agencies as text[]), cast(:is_primary as boolean),
          cast(:takes_over_from as date), :steward, :format, :timezone, cast(:mapping as jsonb), :now, :now)
        on conflict (source) do update set
          mapping_version = s.mapping_version
            + case when (s.format, s.timezone, s.agency_ori, s.agencies, s.mapping)
                is distinct from
                  (excluded.format, excluded.timezone, excluded.agency_ori, excluded.agencies, excluded.mapping)
              then 1 else 0 end,
          agency_ori = excluded.agency_ori, agencies = excluded.agencies, is_primary = excluded.is_primary,
          takes_over_from = excluded.takes_over_from, steward = excluded.steward,
          format = excluded.format, timezone = excluded.timezone, mapping = excluded.mapping,
          updated_at = excluded.updated_at
        returning *),
        kept as (
          insert into own.feed_mapping (source, mapping_version, programme, municipality, agency_ori, format, timezone,
            mapping, created_at)
          select source, mapping_version, programme, municipality, agency_ori, format, timezone, mapping, updated_at
          from s on conflict do nothing)
        select created_at = updated_at as made from s
        """,
        {
            "source": name,
            "programme": tx.settings.programme,
            "agency_ori": values["agency_ori"],
            "agencies": sorted(set(values.get("agencies", ()))),
            "is_primary": values.get("is_primary"),
            "steward": values.get("steward"),
            "takes_over_from": values.get("takes_over_from"),
            "format": values["format"],
            "timezone": values["timezone"],
            "mapping": orjson.dumps(values.get("mapping")).decode(),
            "now": tx.now,
        },
    )
    return bool(row and row["made"])


async def mapping(tx: Tx, name: str, version: int) -> Any:
    """The mapping of one version of a source's registration; None where its format takes none."""
    return await tx.value(
        "select mapping from own.feed_mapping where source = :name and mapping_version = :version",
        {"name": name, "version": version},
    )


async def versions(tx: Tx, name: str) -> list[RowMapping]:
    """Every version of a source's registration, the newest first."""
    return await tx.rows(
        "select mapping_version, format, mapping, created_at from own.feed_mapping where source = :name"
        " order by mapping_version desc",
        {"name": name},
    )


async def all_sources(tx: Tx) -> list[RowMapping]:
    """Every feed with its newest batch."""
    return await tx.rows(
        """
        select s.source, s.agency_ori, s.format, s.timezone, s.mapping_version, b.status, b.received_at, b.batch_id
        from own.feed_source s
        left join lateral (
          select * from own.batch b where b.source = s.source order by received_at desc limit 1) b on true
        order by s.source
        """
    )


async def of_agency(tx: Tx, agency_ori: str) -> list[RowMapping]:
    """The feeds of one agency, by name."""
    return await tx.rows("select * from own.feed_source where agency_ori = :ori order by source", {"ori": agency_ori})
