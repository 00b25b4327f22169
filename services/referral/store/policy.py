"""The policy in force: what ships with the service as data files, plus every adopted change."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any
from uuid import UUID

import yaml
from sqlalchemy import RowMapping

from services.referral.domain.crosswalk_changes import Adoption, CrosswalkChange
from services.referral.domain.offence_list import OffenceList
from services.referral.domain.policy import Policy
from services.referral.domain.policy_changes import CHANGE, Change, changed
from services.referral.store.crosswalk import seed_classifier
from shared.messaging import Tx

_built: dict[tuple[str, UUID], Policy] = {}
"""By programme and newest adopted change. An adopted change is never edited, so an entry is never wrong."""
_KEPT = 8


@cache
def shipped_policy(programme: str = "allegheny") -> Policy:
    """A programme's policy as it ships, with places and agencies. Raises pydantic's error for a wrong file."""
    rules, areas, agencies = (_read(name) for name in (programme, "areas", "agencies"))
    shipped = Policy.model_validate({**rules, **areas, **agencies})
    return shipped.model_copy(update={"offences": OffenceList(seed_classifier().crosswalk)})


async def policy_of(tx: Tx, programme: str | None = None) -> Policy:
    """The policy with all its dated versions, as adopted so far. One short statement; none is built twice."""
    name = programme or tx.settings.programme
    newest = await tx.value(
        """
        select change_id from own.policy_change where programme = :programme and status = 'adopted'
        order by edition desc limit 1
        """,
        {"programme": name},
    )
    if newest is None:
        return shipped_policy(name)
    known = _built.get((name, newest))
    if known is None:
        known = changed(shipped_policy(name), await adopted(tx, name))
        if len(_built) >= _KEPT:
            _built.clear()
        _built[(name, newest)] = known
    return known


async def adopted(tx: Tx, programme: str) -> list[Change]:
    """Every adopted change in the order of adoption; those of the crosswalk know their two reviewers."""
    rows = await tx.rows(
        """
        select change_id, edition, content, proposed_name, decided_name from own.policy_change
        where programme = :programme and status = 'adopted' order by edition
        """,
        {"programme": programme},
    )
    return [_adopted(row) for row in rows]


def _adopted(row: RowMapping) -> Change:
    change = CHANGE.validate_python(row["content"])
    if not isinstance(change, CrosswalkChange):
        return change
    told = Adoption(row["edition"], row["change_id"], row["proposed_name"], row["decided_name"])
    return change.model_copy(update={"adopted": told})


def _read(name: str) -> dict[str, Any]:
    text = (files("services.referral") / "data" / "policy" / f"{name}.yaml").read_text("utf-8")
    content: dict[str, Any] = yaml.safe_load(text)
    return content
