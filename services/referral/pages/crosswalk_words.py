"""Rows of the crosswalk and changes of them, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from sqlalchemy import RowMapping

from services.referral.domain.classification import CLASSIFIER
from services.referral.domain.crosswalk import Crosswalk, CrosswalkRow, Key
from services.referral.domain.crosswalk_changes import CrosswalkChange, RowChange
from services.referral.domain.listed_row import TARGET, ListedRow, statute
from services.referral.domain.nibrs_codes import OFFENSES
from services.referral.domain.offence_list import listed

PRESUMED: Final = {
    "Y": "Divertible",
    "REVIEW": "A person looks first",
    "N": "Not divertible",
    "IGNORE": "Does not count",
    "INHERIT": "As the charge it belongs to",
    "EXCLUDE": "Rules it out",
}
ABOUT: Final = {
    "administration": "Administration of justice",
    "drug": "Drugs",
    "dui": "Driving under the influence",
    "exploitation": "Exploitation",
    "family": "Family",
    "inchoate": "Attempt or conspiracy",
    "ordinance": "Ordinance",
    "process": "Court process",
    "property": "Property",
    "property_serious": "Property, serious",
    "public_order": "Public order",
    "sex_other": "Sexual, other",
    "traffic": "Traffic",
    "traffic_serious": "Traffic, serious",
    "violent": "Violence",
    "weapon": "Weapon",
}
ACTS: Final = {"add": "Added", "replace": "Changed", "confirm": "Confirmed as it is", "end": "Ended"}
_FIELDS: Final = {
    "description": "What it is",
    "nibrs": "NIBRS",
    "category": "About",
    "eligibility": "Presumed",
    "desc_regex": "Words for title 18",
    "notes": "Note",
}


def nibrs(codes: str) -> str:
    """`13A|90Z` as it is read: 13A or 90Z."""
    return "As the charge it belongs to" if codes == TARGET else codes.replace("|", " or ")


def nibrs_names(codes: str) -> str:
    """What the codes mean."""
    return "" if codes == TARGET else "; ".join(OFFENSES[code][0] for code in codes.split("|") if code in OFFENSES)


def shown(row: ListedRow) -> dict[str, str]:
    """Each field of a row in words, by its name."""
    return {
        "description": row.description,
        "nibrs": nibrs(row.nibrs),
        "category": ABOUT.get(row.category, row.category),
        "eligibility": PRESUMED[row.eligibility],
        "desc_regex": row.desc_regex.replace("|", ", "),
        "notes": row.notes,
    }


def address(key: Key) -> str:
    """A row's part of an address."""
    return urlencode(dict(zip(("title", "section", "sub"), key, strict=True)))


def line(row: CrosswalkRow, waits: Mapping[Key, UUID], comes: Mapping[Key, date]) -> dict[str, Any]:
    """A row as the list shows it. `waits`: who proposes a change of it; `comes`: from when one is adopted."""
    return {
        **shown(listed(row)),
        "statute": statute(row.key),
        "value": "|".join(row.key),
        "address": address(row.key),
        "nibrs_names": nibrs_names(row.nibrs),
        "reviewed": row.reviewed,
        "waits": waits.get(row.key),
        "comes": comes.get(row.key),
    }


def reviewed(crosswalk: Crosswalk) -> dict[str, Any]:
    """The version's name, and how many of its rows two people have reviewed."""
    count = Counter(row.reviewed is not None for row in crosswalk.rows)
    return {
        "version": f"{CLASSIFIER}-{crosswalk.version}",
        "rows": len(crosswalk.rows),
        "reviewed": count[True],
        "unreviewed": count[False],
    }


def waiting(changes: Iterable[RowMapping]) -> dict[Key, UUID]:
    """The proposal that waits for each row; the oldest, if several do."""
    found: dict[Key, UUID] = {}
    for change in changes:
        for row in CrosswalkChange.model_validate(change["content"]).rows:
            found.setdefault(row.key, change["change_id"])
    return found


def said(change: CrosswalkChange) -> list[str]:
    """What a change does: one sentence for each act."""
    acts: dict[str, list[str]] = {}
    for row in change.rows:
        acts.setdefault(row.act, []).append(statute(row.key))
    return [f"{ACTS[act]}: {_some(rows)}." for act, rows in acts.items()]


def _some(rows: list[str]) -> str:
    return ", ".join(rows) if len(rows) <= 4 else f"{', '.join(rows[:3])} and {len(rows) - 3} more"


def side_by_side(change: CrosswalkChange) -> list[dict[str, Any]]:
    """Row by row: each field as it was and as it will be."""
    return [_pair(row) for row in change.rows]


def _pair(row: RowChange) -> dict[str, Any]:
    before, after = (shown(one) if one else {} for one in (row.before, row.after))
    fields = [
        {"name": name, "before": before.get(field, ""), "after": after.get(field, "")}
        for field, name in _FIELDS.items()
    ]
    return {
        "statute": statute(row.key),
        "act": row.act,
        "said": ACTS[row.act],
        # A field that says nothing on both sides is no line.
        "fields": [one for one in fields if one["before"] or one["after"]],
    }
