"""People one agency recorded itself, found by the blocks of the person index: nobody else's records are opened."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

import orjson

from services.referral.domain.identity.blocks import MOST_MEMBERS
from services.referral.domain.identity.matching import Known
from services.referral.domain.identity.possible import Possible, askable, possible
from services.referral.domain.identity.traits import Identity, Traits
from services.referral.store import person_index, raw_records
from services.referral.store.identity_weights import current_weights
from services.referral.store.referrals import COLUMN_TYPED, LIVE
from shared.messaging import Tx

MOST_PEOPLE: Final = 60
"""Those who share the most blocks; whoever is meant shares several."""
RECORDS_EACH: Final = 5
"""The newest records of one person, of each kind."""

OF_AGENCY: Final = f"""
  with hit as materialized (
    select w.token, m.person_id from unnest(cast(:tokens as bigint[])) as w(token)
    cross join lateral (
      select b.person_id from own.person_block b where b.token = w.token limit :most + 1) as m),
  kept as (select token from hit group by token having count(*) <= :most),
  home as (
    select p.home_id, count(distinct h.token) as shared from hit h join kept using (token)
    join own.person p on p.person_id = h.person_id group by p.home_id),
  mine as (
    select h.home_id, h.shared from home h
    where exists (select 1 from own.referral r where r.home_id = h.home_id and r.agency_ori = :ori and {LIVE})
      or (:arrests and exists (
        select 1 from own.arrest a where a.home_id = h.home_id and a.agency_ori = :ori
          and a.state <> 'void' and a.linkable))
    order by h.shared desc, h.home_id limit :people),
  said as (
    select r.* from mine m cross join lateral (
      select 'r' as kind, r.referral_id as id, r.person_id, r.home_id, r.occurred_at as at,
        cast(null as uuid) as batch_id, 0 as number, r.typed as sealed
      from own.referral r
      where r.home_id = m.home_id and r.agency_ori = :ori and {LIVE} and r.referral_id <> :but
      order by r.occurred_at desc limit :each) as r
    union all
    select a.* from mine m cross join lateral (
      select 'a', a.arrest_id, a.person_id, a.home_id, a.arrested_at, w.batch_id, w.number, w.record
      from own.arrest a join own.raw_record w on w.arrest_id = a.arrest_id and w.version = a.version
      where :arrests and a.home_id = m.home_id and a.agency_ori = :ori and a.state <> 'void' and a.linkable
      order by a.arrested_at desc limit :each) as a)
  select s.*, (select reltuples from pg_class where oid = cast('own.person_identity' as regclass)) as people
  from said s order by s.at desc, s.id
"""  # noqa: S608  # one constant text: which referrals are in anybody's sight


class Recorded(NamedTuple):
    """One record of the agency: a name for it, what it says of who it is about, and of when it is."""

    ref: str
    known: Known
    identity: Identity
    at: datetime


class Here(NamedTuple):
    """Somebody the agency knows: how they compare, what the most alike record says, and all its records of them."""

    possible: Possible
    record: Recorded
    refs: frozenset[str]
    last_at: datetime


async def known_here(tx: Tx, identity: Identity, ori: str, *, arrests: bool, but: UUID | None = None) -> list[Here]:
    """Who somebody may be, of those whom agency `ori` referred or, with `arrests`, arrested itself. `but`: a referral
    that is left out. One statement, whatever is known."""
    traits = Traits.of(identity)
    if not askable(traits):
        return []
    records, people = await _recorded(tx, traits, ori, arrests=arrests, but=but)
    by_id = {one.known.identity_id: one for one in records}
    found = possible(traits, [one.known for one in records], current_weights(), people)
    return [_here(one, by_id[one.known.identity_id], records) for one in found]


def _here(one: Possible, record: Recorded, records: Sequence[Recorded]) -> Here:
    of_them = [other for other in records if other.known.home_id == one.known.home_id]
    return Here(one, record, frozenset(other.ref for other in of_them), max(other.at for other in of_them))


async def _recorded(tx: Tx, traits: Traits, ori: str, *, arrests: bool, but: UUID | None) -> tuple[list[Recorded], int]:
    rows = await tx.rows(
        OF_AGENCY,
        {
            "tokens": sorted(person_index.tokens(tx.keys, traits)),
            "most": MOST_MEMBERS,
            "ori": ori,
            "arrests": arrests,
            "people": MOST_PEOPLE,
            "each": RECORDS_EACH,
            "but": but or UUID(int=0),
        },
    )
    return [_opened(tx, row) for row in rows], max(0, int(rows[0]["people"])) if rows else 0


def _opened(tx: Tx, row: Any) -> Recorded:
    if row["kind"] == "r":
        plain = tx.keys.open("ID", COLUMN_TYPED, row["id"], row["sealed"])
    else:
        plain = tx.keys.open("RAW", raw_records.COLUMN, f"{row['batch_id']}:{row['number']}", row["sealed"])
    identity = Identity.model_validate(orjson.loads(plain)["person"])
    known = Known(row["id"], row["person_id"], row["home_id"], Traits.of(identity).packed())
    return Recorded(f"{row['kind']}{row['id'].hex}", known, identity, row["at"])
