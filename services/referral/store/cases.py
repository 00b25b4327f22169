"""One encounter, one arrest: a referral names its case, and takes the arrest of that case when it is known.

The police record may come first or later (programme rule 14).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.referral.domain.canonical_referral import CanonicalReferral
from services.referral.domain.minors import age_on
from services.referral.store.rowset import rowset
from shared.contracts import ReferralCreated
from shared.messaging import Tx

# Of the arrests of a case: the person's own; else the only one, if nothing speaks against its being theirs
# (a record without a name gets a person of its own, so sex, race and age have to do; unknown speaks against nobody).
_MATCH = """
  select distinct on (r.referral_id) r.referral_id, a.arrest_id
  from referral r join own.arrest a on a.case_key = r.case_key and a.agency_ori = r.agency_ori and a.state <> 'void'
    and a.source <> 'form'
  cross join lateral (
    select coalesce(a.fact->'demographics'->>'sex', 'U') as sex, coalesce(a.fact->'demographics'->>'race', 'U') as race,
      cast(a.fact->'demographics'->>'age' as int) as age) as said
  where a.home_id = r.home_id
     or (not a.linkable
       and ('U' in (r.sex, said.sex) or r.sex = said.sex)
       and ('U' in (r.race, said.race) or r.race = said.race)
       and (r.age is null or said.age is null or abs(r.age - said.age) <= 2)
       and 1 = (
          select count(*) from own.arrest b
          where b.case_key = r.case_key and b.agency_ori = r.agency_ori and b.state <> 'void' and b.source <> 'form'))
  order by r.referral_id, a.home_id <> r.home_id, a.arrest_id
"""


@dataclass(frozen=True)
class Case:
    """The key of the case a referral names, and its arrest if that is known."""

    case_key: str | None = None
    arrest_id: UUID | None = None


def case_key(tx: Tx, ori: str | None, case_no: str | None) -> str | None:
    """The key that groups what one agency filed under one case number; says nothing of the number."""
    if not ori or not case_no:
        return None
    return tx.keys.blind("case", f"{ori}:{case_no}").hex()


async def arrests_of(tx: Tx, referred: Sequence[tuple[CanonicalReferral, UUID]]) -> list[Case]:
    """For each new referral with its person: its case, with the arrest that came first."""
    keys = [case_key(tx, record.ori, record.case_no) for record, _ in referred]
    asked = [
        {
            "referral_id": str(number),
            "case_key": key,
            "agency_ori": record.ori,
            "home_id": person_id,
            "sex": record.person.sex,
            "race": record.person.race,
            "age": _age(record),
        }
        for number, ((record, person_id), key) in enumerate(zip(referred, keys, strict=True))
        if key
    ]
    if not asked:
        return [Case(key) for key in keys]
    rows = await tx.rows(
        f"""
        with referral as (select * from jsonb_to_recordset(cast(:rows as jsonb))
          as r(referral_id text, case_key text, agency_ori text, home_id uuid, sex text, race text, age int))
        {_MATCH}""",  # noqa: S608  # one constant text, shared by both directions
        {"rows": rowset(asked)},
    )
    found = {int(row["referral_id"]): row["arrest_id"] for row in rows}
    return [Case(key, found.get(number)) for number, key in enumerate(keys)]


async def link_late(tx: Tx, limit: int = 500) -> int:
    """Give referrals the arrest of their case that has come since, and tell of it; how many there were.

    One whose arrest was withdrawn by its source takes the arrest that came instead, or none.
    """
    rows = await tx.rows(
        f"""
        with asking as (
          select r.* from own.referral r where r.arrest_id is null and r.case_key is not null
          union all
          select r.* from own.arrest v join own.referral r on r.arrest_id = v.arrest_id where v.state = 'void'),
        referral as (
          select referral_id, arrest_id, case_key, agency_ori, home_id,
            coalesce(fact->'demographics'->>'sex', 'U') as sex, coalesce(fact->'demographics'->>'race', 'U') as race,
            cast(fact->'demographics'->>'age' as int) as age
          from asking),
        match as ({_MATCH}),
        changed as (
          select r.referral_id, m.arrest_id from referral r left join match m using (referral_id)
          where m.arrest_id is not null or r.arrest_id is not null limit :n)
        update own.referral o set arrest_id = m.arrest_id, version = o.version + 1,
          fact = o.fact || jsonb_build_object('arrest_id', m.arrest_id, 'version', o.version + 1,
            'action', 'replace', 'recorded_at', cast(:now as timestamptz))
        from changed m where o.referral_id = m.referral_id returning o.fact
        """,  # noqa: S608
        {"n": limit, "now": tx.now},
    )
    tx.publish(*(_fact(row["fact"]) for row in rows))
    return len(rows)


def _age(record: CanonicalReferral) -> int | None:
    born = record.person.birth_date
    return age_on(born, record.occurred_at.date()) if born else record.person.age


def _fact(stored: Any) -> ReferralCreated:
    return ReferralCreated.model_validate(stored)
