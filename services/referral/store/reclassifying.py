"""After the policy changed: recorded arrests of its days are judged again, and told again where the answer differs."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any, Final, cast
from uuid import UUID

from sqlalchemy import RowMapping

from services.referral.domain.divertible import divertible
from services.referral.domain.policy import Policy
from services.referral.domain.simulation import Statute
from services.referral.store.crosswalk import classifier_on
from services.referral.store.policy import policy_of
from services.referral.store.rowset import rowset
from shared.contracts import ArrestRecorded
from shared.contracts.codes import Eligibility
from shared.messaging import Tx

PAGE: Final = 2000
_SETTLES_AFTER: Final = timedelta(minutes=15)
"""A record may have been staged under the policy before and applied after: look again until none can be on its way."""


async def reclassify(tx: Tx) -> None:
    """Judge again what adopted changes reach; does nothing while nothing was adopted."""
    waiting = await tx.rows(
        """
        select change_id, programme, kind, from_day, decided_at from own.policy_change
        where status = 'adopted' and applied_at is null order by edition
        """
    )
    for change in waiting:
        rules = await policy_of(tx, change["programme"])
        if change["kind"] == "rules":
            await _judge_again(tx, rules, change)
        if change["kind"] != "rules" or tx.now - change["decided_at"] > _SETTLES_AFTER:
            await tx.execute(
                "update own.policy_change set applied_at = :now where change_id = :change_id",
                {"now": tx.now, "change_id": change["change_id"]},
            )


async def _judge_again(tx: Tx, rules: Policy, change: RowMapping) -> None:
    since = datetime.combine(change["from_day"], time(), rules.zone).astimezone(UTC)
    after = UUID(int=0)
    while rows := await _page(tx, change["programme"], since, after):
        after = rows[-1]["arrest_id"]
        different = [judged for row in rows if (judged := _judged(rules, row)) is not None]
        if different:
            await _write(tx, different)
        tx.publish(*(_fact(tx, judged) for judged in different))
        await tx.flush()


async def _page(tx: Tx, programme: str, since: datetime, after: UUID) -> list[RowMapping]:
    return await tx.rows(
        """
        select arrest_id, person_id, version, arrested_at, fact from own.arrest
        where programme = :programme and state = 'live' and arrested_at >= :since and arrest_id > :after
        order by arrest_id limit :limit for update
        """,
        {"programme": programme, "since": since, "after": after, "limit": PAGE},
    )


def judged_again(rules: Policy, arrested_at: datetime, fact: dict[str, Any]) -> dict[str, Any]:
    """What is told of an arrest, under the policy of its day as it is now; the same where no answer changes."""
    classifier = classifier_on(rules, rules.civil_day(arrested_at))
    charges = [_charge(classifier.rules, charge) for charge in fact["charges"]]
    if charges == fact["charges"]:
        return fact
    found = divertible([_Presumed(charge["eligibility"]) for charge in charges])
    return {**fact, "charges": charges, "divertible": found, "policy_version": classifier.policy_version}


def _judged(rules: Policy, row: RowMapping) -> dict[str, Any] | None:
    fact = judged_again(rules, row["arrested_at"], row["fact"])
    if fact == row["fact"]:
        return None
    return {**row, "version": row["version"] + 1, "fact": fact, "divertible": fact["divertible"]}


def _charge(rules: Any, charge: dict[str, Any]) -> dict[str, Any]:
    base = charge.get("base") or charge["eligibility"]
    statute = Statute(charge["title"] or "", charge["section"] or "", charge["subsection"] or "", base)
    return {**charge, "base": base, "eligibility": statute.under(rules)}


class _Presumed:
    def __init__(self, eligibility: str) -> None:
        self.eligibility = cast(Eligibility, eligibility)


async def _write(tx: Tx, judged: list[dict[str, Any]]) -> None:
    await tx.execute(
        """
        update own.arrest a set version = r.version, divertible = r.divertible, fact = r.fact, recorded_at = :now
        from jsonb_to_recordset(cast(:rows as jsonb)) as r(arrest_id uuid, version int, divertible text, fact jsonb)
        where a.arrest_id = r.arrest_id
        """,
        {
            "now": tx.now,
            "rows": rowset(
                [{key: one[key] for key in ("arrest_id", "version", "divertible", "fact")} for one in judged]
            ),
        },
    )


def _fact(tx: Tx, judged: dict[str, Any]) -> ArrestRecorded:
    return ArrestRecorded.model_validate(
        {
            **judged["fact"],
            "arrest_id": judged["arrest_id"],
            "person_id": judged["person_id"],
            "version": judged["version"],
            "action": "replace",
            "recorded_at": tx.now,
        }
    )
