"""A change of the policy: dated, in order of adoption, and never of the past."""

from __future__ import annotations

from datetime import date

import pytest

from services.referral.domain.policy_changes import CHANGE, Change, ChangeError, changed
from services.referral.store.policy import shipped_policy

SHIPPED = shipped_policy("allegheny")


def change(**content: object) -> Change:
    return CHANGE.validate_python({"from": "2026-12-01", **content})


def test_new_rules_hold_from_their_day_and_keep_what_they_do_not_name() -> None:
    after = changed(SHIPPED, [change(kind="rules", intake_days=45, coordinators=30)])
    before, then = after.on(date(2026, 11, 30)), after.on(date(2026, 12, 1))
    assert (before.version, before.intake_days, then.version, then.intake_days) == (1, 30, 2, 45)
    assert then.days_after_approval == before.days_after_approval
    assert (
        after.on(date(2026, 12, 1)).coordinators_on(date(2026, 11, 30)),
        then.coordinators_on(date(2026, 12, 1)),
    ) == (24, 30)
    assert SHIPPED.on(date(2026, 12, 1)).intake_days == 30


def test_rules_never_begin_before_the_newest_that_are_adopted() -> None:
    later = change(kind="rules", intake_days=45)
    earlier = CHANGE.validate_python({"kind": "rules", "from": "2026-11-30", "intake_days": 60})
    with pytest.raises(ChangeError) as refused:
        changed(SHIPPED, [later, earlier])
    assert refused.value.field == "from"
    # Two that begin on one day: the one adopted later holds.
    assert changed(SHIPPED, [later, change(kind="rules", intake_days=60)]).on(date(2026, 12, 1)).intake_days == 60


def test_a_place_opens_and_ends_on_its_days() -> None:
    opens = change(kind="stage", area_id="pittsburgh-zone-5", stage="active")
    ends = CHANGE.validate_python(
        {"kind": "stage", "from": "2027-01-01", "area_id": "pittsburgh-zone-5", "stage": "ended"}
    )
    (zone,) = [area for area in changed(SHIPPED, [opens, ends]).areas if area.area_id == "pittsburgh-zone-5"]
    on = [zone.active_on(day) for day in (date(2026, 11, 30), date(2026, 12, 1), date(2026, 12, 31), date(2027, 1, 1))]
    assert on == [False, True, True, False]


def test_an_agency_signs_and_another_covers_a_place() -> None:
    after = changed(
        SHIPPED,
        [change(kind="signing", ori="PALEAD001"), change(kind="covering", ori="PALEAD001", area_id="glenfield")],
    )
    agency = after.agency("PALEAD001")
    assert agency is not None
    assert (agency.signed_on(date(2026, 11, 30)), agency.signed_on(date(2026, 12, 1))) == (False, True)
    assert "Glenfield" in after.served_by("PALEAD001", date(2026, 12, 1))
    assert "Glenfield" not in after.served_by("PALEAD001", date(2026, 11, 30))


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ({"kind": "stage", "area_id": "atlantis", "stage": "active"}, "area_id"),
        ({"kind": "covering", "area_id": "glenfield", "ori": "PAXXX9999"}, "ori"),
        ({"kind": "signing", "ori": "PAXXX9999"}, "ori"),
    ],
)
def test_a_change_of_what_is_not_the_programmes_names_the_field(content: dict[str, str], field: str) -> None:
    with pytest.raises(ChangeError) as refused:
        changed(SHIPPED, [change(**content)])
    assert refused.value.field == field


def test_a_kept_change_reads_back_as_it_was() -> None:
    rules = [{"title": "18", "section": "3929", "sub": "(a)(1)", "eligibility": "REVIEW", "why": "merchants asked"}]
    one = change(kind="rules", charge_rules=rules)
    assert CHANGE.validate_json(CHANGE.dump_json(one, by_alias=True, exclude_none=True)) == one


def test_a_list_of_charges_adopted_meanwhile_is_never_overwritten_unseen() -> None:
    theft = {"title": "18", "section": "3929", "eligibility": "REVIEW", "why": "merchants asked"}
    trespass = {"title": "18", "section": "3503", "eligibility": "REVIEW", "why": "buildings differ"}
    first = change(kind="rules", charge_rules=[theft], basis=1)
    second = change(kind="rules", charge_rules=[trespass], basis=1)
    with pytest.raises(ChangeError, match="meanwhile"):
        changed(SHIPPED, [first, second])
    assert changed(SHIPPED, [change(kind="rules", intake_days=45), first]).versions[-1].charge_rules
