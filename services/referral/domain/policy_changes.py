"""Changes of a policy: each is dated, adopted once, and never edited afterwards.

A policy in force is the one that ships plus every adopted change, in the order of their adoption.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from services.referral.domain.charge_rules import ChargeRule
from services.referral.domain.crosswalk_changes import CrosswalkChange
from services.referral.domain.dated_change import ChangeError, DatedChange
from services.referral.domain.policy import Headcount, Policy, PolicyVersion
from shared.contracts.codes import Ori, Pathway
from shared.contracts.jurisdiction_changed import Covering, Stage

__all__ = ["CHANGE", "Change", "ChangeError", "RulesChange", "changed"]


class RulesChange(DatedChange):
    """New rules from a civil day on. What is None stays as it is.

    `charge_rules` is the whole list from then on; `basis` is the version whose list the proposer saw, so that a list
    adopted meanwhile is never overwritten unseen.
    """

    kind: Literal["rules"] = "rules"
    intake_days: int | None = Field(default=None, ge=1, le=365)
    days_after_approval: int | None = Field(default=None, ge=0, le=365)
    adult_age: int | None = Field(default=None, ge=16, le=21)
    auto_approve: frozenset[Pathway] | None = None
    relinquish_by: Literal["rule", "prosecutor"] | None = None
    coordinators: int | None = Field(default=None, ge=0, le=10_000)
    charge_rules: tuple[ChargeRule, ...] | None = Field(default=None, max_length=500)
    basis: int | None = Field(default=None, ge=1)


class StageChange(DatedChange):
    """An area enters a stage, such as `active`."""

    kind: Literal["stage"] = "stage"
    area_id: str
    stage: Literal["interested", "signed", "active", "ended"]


class CoveringChange(DatedChange):
    """An agency begins to answer calls in an area."""

    kind: Literal["covering"] = "covering"
    area_id: str
    ori: Ori


class SigningChange(DatedChange):
    """An agency's agreement with the programme begins."""

    kind: Literal["signing"] = "signing"
    ori: Ori


_Any = RulesChange | StageChange | CoveringChange | SigningChange | CrosswalkChange
Change = Annotated[_Any, Field(discriminator="kind")]
CHANGE: TypeAdapter[_Any] = TypeAdapter(Change)


def changed(policy: Policy, changes: Iterable[Change]) -> Policy:
    """The policy after these changes, in this order. Raises ChangeError for the first that does not fit."""
    for change in changes:
        policy = _change(policy, change)
    return policy


def _change(policy: Policy, change: Change) -> Policy:
    match change:
        case RulesChange():
            return policy.model_copy(update={"versions": (*policy.versions, _version(policy, change))})
        case StageChange():
            return _area(policy, change.area_id, "stages", Stage(stage=change.stage, from_=change.from_))
        case CoveringChange():
            return _area(policy, change.area_id, "covering", Covering(ori=change.ori, from_=change.from_))
        case CrosswalkChange():
            if policy.offences is None:
                raise ChangeError("rows", "This policy has no list of offenses.")
            return policy.model_copy(update={"offences": policy.offences.after(change)})
        case SigningChange():
            if policy.agency(change.ori) is None:
                raise ChangeError("ori", "This agency is not one of the programme's.")
            agencies = tuple(
                one.model_copy(update={"signed": change.from_}) if one.ori == change.ori else one
                for one in policy.agencies
            )
            return policy.model_copy(update={"agencies": agencies})


def _version(policy: Policy, change: RulesChange) -> PolicyVersion:
    newest = max(policy.versions, key=lambda one: one.version)
    latest = max(one.from_ for one in policy.versions)
    if change.from_ < latest:
        raise ChangeError("from", f"Rules that begin on {latest} are adopted already: choose that day or a later one.")
    told = change.model_dump(exclude={"kind", "coordinators", "charge_rules", "basis"}, exclude_none=True)
    if change.charge_rules is not None:
        told["charge_rules"] = change.charge_rules
    before = policy.on(change.from_)
    if change.charge_rules is not None and change.basis is not None:
        seen = next((one.charge_rules for one in policy.versions if one.version == change.basis), ())
        if before.charge_rules != seen:
            raise ChangeError("from", "Another list of charges was adopted meanwhile: propose the change anew.")
    if change.coordinators is not None:
        told["coordinators"] = (*before.coordinators, Headcount(from_=change.from_, count=change.coordinators))
    # Every field was validated on its own side; `model_copy` keeps the models as they are.
    return before.model_copy(update={**told, "version": newest.version + 1})


def _area(policy: Policy, area_id: str, field: str, entry: Stage | Covering) -> Policy:
    if all(area.area_id != area_id for area in policy.areas):
        raise ChangeError("area_id", "This area is not one of the programme's.")
    if isinstance(entry, Covering) and policy.agency(entry.ori) is None:
        raise ChangeError("ori", "This agency is not one of the programme's.")
    areas = tuple(
        area.model_copy(update={field: (*getattr(area, field), entry)}) if area.area_id == area_id else area
        for area in policy.areas
    )
    return policy.model_copy(update={"areas": areas})
