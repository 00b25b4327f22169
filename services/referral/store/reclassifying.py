"""After the policy changed: recorded arrests of its days are judged again, and told again where the answer differs."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import RowMapping

from services.referral.domain.judging_again import judge_again
from services.referral.domain.policy import Policy
from services.referral.store import sent_text
from services.referral.store.crosswalk import classifier_on
from services.referral.store.policy import policy_of
from services.referral.store.rowset import rowset
from shared.contracts import ArrestRecorded
from shared.messaging import Tx
from shared.runtime.keys import Keyring

PAGE: Final = 2000
_ABOUT_CHARGES: Final = frozenset({"rules", "crosswalk"})
_SETTLES_AFTER: Final = timedelta(minutes=15)
"""A record may have been staged under the policy before and applied after: look again until none can be on its way."""


@dataclass(frozen=True)
class _Different:
    """An arrest that reads differently now; `told`: so that others have to hear of it."""

    arrest_id: UUID
    person_id: UUID
    version: int
    fact: dict[str, Any]
    told: bool


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
        if change["kind"] in _ABOUT_CHARGES:
            await _judge_again(tx, rules, change)
        if change["kind"] not in _ABOUT_CHARGES or tx.now - change["decided_at"] > _SETTLES_AFTER:
            await tx.execute(
                "update own.policy_change set applied_at = :now where change_id = :change_id",
                {"now": tx.now, "change_id": change["change_id"]},
            )


async def _judge_again(tx: Tx, rules: Policy, change: RowMapping) -> None:
    since = datetime.combine(change["from_day"], time(), rules.zone).astimezone(UTC)
    after = UUID(int=0)
    while rows := await sent_text.page(tx, change["programme"], since, after, PAGE):
        after = rows[-1]["arrest_id"]
        different = await asyncio.to_thread(_different, tx.keys, rules, rows)
        if different:
            await _write(tx, different)
        tx.publish(*(_fact(tx, one) for one in different if one.told))
        await tx.flush()


def _different(keys: Keyring, rules: Policy, rows: Sequence[RowMapping]) -> list[_Different]:
    """The arrests of a page that the policy of their day reads differently. Pure computation: it runs in a thread."""
    found = []
    for row in rows:
        classifier = classifier_on(rules, rules.civil_day(row["arrested_at"]))
        before: dict[str, Any] = row["fact"]
        if (before["classifier_version"], before["policy_version"]) == (classifier.version, classifier.policy_version):
            continue
        judged = judge_again(before, sent_text.opened(keys, row), classifier)
        if judged is not None:
            version = row["version"] + judged.told
            found.append(_Different(row["arrest_id"], row["person_id"], version, judged.fact, judged.told))
    return found


async def _write(tx: Tx, judged: Sequence[_Different]) -> None:
    rows = [
        {"arrest_id": one.arrest_id, "version": one.version, "divertible": one.fact["divertible"], "fact": one.fact}
        for one in judged
    ]
    await tx.execute(
        """
        update own.arrest a set version = r.version, divertible = r.divertible, fact = r.fact,
          recorded_at = case when r.version > a.version then :now else a.recorded_at end
        from jsonb_to_recordset(cast(:rows as jsonb)) as r(arrest_id uuid, version int, divertible text, fact jsonb)
        where a.arrest_id = r.arrest_id
        """,
        {"now": tx.now, "rows": rowset(rows)},
    )


def _fact(tx: Tx, judged: _Different) -> ArrestRecorded:
    return ArrestRecorded.model_validate(
        {
            **judged.fact,
            "arrest_id": judged.arrest_id,
            "person_id": judged.person_id,
            "version": judged.version,
            "action": "replace",
            "recorded_at": tx.now,
        }
    )
