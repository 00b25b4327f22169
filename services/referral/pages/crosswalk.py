"""The offense list: every row of the crosswalk with what it means, who reviewed it, and what waits or comes."""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path
from typing import Any, Final

from starlette.responses import Response

from services.referral.domain.classification import CLASSIFIER
from services.referral.domain.crosswalk import Crosswalk, CrosswalkRow, Key
from services.referral.domain.listed_row import statute
from services.referral.domain.offence_list import listed
from services.referral.domain.policy import Policy
from services.referral.feeds.reject_table import no_formula
from services.referral.pages import crosswalk_words as words
from services.referral.store import policy_changes
from services.referral.store.crosswalk import crosswalk_on
from services.referral.store.policy import policy_of
from shared.web import Access, Desk, NotFound, Pages
from shared.web.paging import Paging

router = Pages("referral", templates=Path(__file__).parent / "templates")

LOOK = Access(purpose="steer", reads="RUL", roles="programme_manager prosecutor")
_CSV: Final = (
    "title", "section", "sub_prefix", "desc_regex", "description", "nibrs", "category", "lead_candidate", "notes",
    "reviewed_from", "proposed_by", "adopted_by", "classifier_version",
)  # fmt: skip


@router.get("/policy/crosswalk", access=LOOK)
async def offence_list(
    desk: Desk, q: str = "", show: str = "all", version: str = "", day: str = "", done: str = ""
) -> Response:
    """The list in force today, or the one that a stored version had for encounters of a day."""
    rules = await policy_of(desk.tx)
    crosswalk, fault = _asked(rules, desk.today, version, day)
    rows = [row for row in crosswalk.rows if _shows(row, show) and _matches(row, q.strip().casefold())]
    paging = Paging.of(desk.request, len(rows))
    waits = words.waiting(await policy_changes.waiting(desk.tx, "crosswalk"))
    page = rows[paging.offset : paging.offset + paging.size]
    values: dict[str, Any] = {
        **words.reviewed(crosswalk),
        "lines": [words.line(row, waits, _coming(rules, desk.today)) for row in page],
        "found": len(rows),
        "paging": paging,
        "q": q[:80],
        "show": show if show in {"reviewed", "unreviewed"} else "all",
        "earlier": bool(version) and not fault,
        "asked": {"version": version[:32], "day": day[:10]},
        "done": done == "proposed",
    }
    if fault:
        return desk.invalid("crosswalk.html", errors={"version": fault}, **values)
    return desk.page("crosswalk.html", **values)


@router.get("/policy/crosswalk.csv", access=LOOK)
async def as_csv(desk: Desk, version: str = "", day: str = "") -> Response:
    """The whole list in the columns it ships in, with its reviewers behind."""
    crosswalk, fault = _asked(await policy_of(desk.tx), desk.today, version, day)
    if fault:
        raise NotFound
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(_CSV)
    for row in crosswalk.rows:
        writer.writerow([no_formula(cell) for cell in _cells(row, crosswalk)])
    name = f"lead-offenses-{CLASSIFIER}-{crosswalk.version}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(out.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


def _asked(rules: Policy, today: date, version: str, day: str) -> tuple[Crosswalk, str]:
    """The crosswalk asked for; what is wrong where there is none, with today's."""
    in_force = crosswalk_on(rules, today)
    if not version:
        return in_force, ""
    kind, _, name = version.strip().partition("-")
    try:
        if kind == CLASSIFIER and rules.offences is not None:
            return rules.offences.named(name, date.fromisoformat(day)), ""
    except ValueError:
        return in_force, "Give the day of the encounter: it picks the rows with the version."
    except LookupError:
        pass
    return in_force, "No encounter of that day was classified by this version. Below is the list of today."


def _coming(rules: Policy, today: date) -> dict[Key, date]:
    changes = rules.offences.changes if rules.offences else ()
    return {row.key: change.from_ for change in changes if change.from_ > today for row in change.rows}


def _shows(row: CrosswalkRow, show: str) -> bool:
    return show not in {"reviewed", "unreviewed"} or (row.reviewed is not None) == (show == "reviewed")


def _matches(row: CrosswalkRow, wanted: str) -> bool:
    said = words.shown(listed(row))
    text = f"{statute(row.key)} {row.nibrs} {' '.join(said.values())}".casefold()
    # A number means a section, from its beginning: 39 finds 3929 and not 5139.
    return row.section.startswith(wanted) if wanted[:1].isdigit() and " " not in wanted else wanted in text


def _cells(row: CrosswalkRow, crosswalk: Crosswalk) -> list[str]:
    plain = listed(row)
    review = row.reviewed
    who = [str(review.since), review.proposed_name, review.decided_name] if review else ["", "", ""]
    return [
        *row.key, plain.desc_regex, plain.description, plain.nibrs, plain.category, plain.eligibility, plain.notes,
        *who, f"{CLASSIFIER}-{crosswalk.version}",
    ]  # fmt: skip
