"""What has happened with a person, as one stream: contacts, tries, arrests, referrals, statuses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping

from services.casework.pages import words
from shared.web import Desk

KINDS = {
    "": "Everything",
    "contact": "Contacts",
    "attempt": "Tries",
    "referral": "Referrals",
    "status": "Status",
    "arrest": "Arrests",
}


@dataclass(frozen=True)
class Item:
    """One thing that happened."""

    kind: str
    icon: str
    at: datetime
    title: str
    who: str = ""
    body: str = ""
    tags: tuple[tuple[str, str], ...] = ()
    place: str = ""
    service: str = ""
    new: bool = False
    day_only: bool = False


@dataclass
class Story:
    """The rows a timeline is told from. `notes` is empty for readers outside the care team."""

    referrals: Iterable[RowMapping] = ()
    decisions: Iterable[RowMapping] = ()
    intakes: Iterable[RowMapping] = ()
    charges: Iterable[RowMapping] = ()
    arrests: Iterable[RowMapping] = ()
    contacts: Iterable[RowMapping] = ()
    changes: Iterable[RowMapping] = ()
    assignments: Iterable[RowMapping] = ()
    details: Mapping[UUID, Mapping[str, Any]] = field(default_factory=dict)
    notes: Mapping[UUID, str] = field(default_factory=dict)
    staff: Mapping[str, str] = field(default_factory=dict)


def told(story: Story, kind: str = "", saved: UUID | None = None) -> list[Item]:
    """Newest first; only one kind if asked."""
    began = min((row["occurred_at"] for row in story.referrals), default=None)
    items = [
        *map(_referral, story.referrals),
        *_decisions(story.decisions),
        *_given_up(story.charges),
        *(_intake(row, story.staff) for row in story.intakes),
        *(_arrest(row, began) for row in story.arrests),
        *(_contact(row, story, saved) for row in story.contacts),
        *_statuses(story.changes),
        *(_assignment(row, story.staff) for row in story.assignments),
    ]
    return sorted((i for i in items if not kind or i.kind == kind), key=lambda item: item.at, reverse=True)


def own_contact(desk: Desk, row: RowMapping, note: str, details: Mapping[str, Any]) -> Item:
    """The line of a contact just saved."""
    story = Story(
        details={row["contact_id"]: details},
        notes={row["contact_id"]: note},
        staff={desk.actor.worker: desk.actor.name},
    )
    return _contact(row, story, row["contact_id"])


def _contact(row: RowMapping, story: Story, saved: UUID | None) -> Item:
    details = story.details.get(row["contact_id"], {})
    tried = row["outcome"] == "attempted"
    minutes = f", {row['minutes']} minutes" if row["minutes"] and not tried else ""
    service = ":".join(reversed(details["service"])) if details.get("service") else ""
    return Item(
        kind="attempt" if tried else "contact",
        icon="phone" if tried else "forum",
        at=row["at"],
        title=words.told(row["outcome"], row["mode"]) + minutes,
        who=story.staff.get(row["worker"], "Intake" if row["stage"] != "casework" else "A colleague"),
        body=story.notes.get(row["contact_id"], ""),
        tags=tuple((words.NEEDS.get(need, words.plain(need)), "") for need in details.get("needs", ())),
        place=str(details.get("place") or ""),
        service=words.SERVICES.get(service, words.plain(service.replace(":", ": "))),
        new=row["contact_id"] == saved,
    )


def _arrest(row: RowMapping, began: datetime | None) -> Item:
    place = f" in {row['municipality']}" if row["municipality"] else ""
    said = words.ARRESTED[row["disposition"]]
    charges = row["charges"]
    named = words.offenses(charges).lower()
    title = f"{said}{place} on a warrant only" if row["warrant_only"] else f"{said}{place}: {named}"
    body = ["No new charge."] if row["warrant_only"] else []
    if len(charges) > 1 and not row["warrant_only"]:
        body.append(f"{'; '.join(dict.fromkeys(map(words.offense, charges)))}.")
    if began is not None and row["arrested_at"] > began:
        body.append("LEAD status and a charge given up for good do not change.")
    return Item(
        kind="arrest",
        icon="local_police",
        at=row["arrested_at"],
        title=title,
        body=" ".join(body),
        tags=(("Warrant only", ""),) if row["warrant_only"] else (),
        who="Police record",
        day_only=row["time_precision"] == "day",
    )


def _referral(row: RowMapping) -> Item:
    what = words.offenses(row["charges"]).lower() if row["pathway"] == "arrest_diversion" else ""
    title = f"Referred instead of arrest: {what}" if what else f"Referred: {words.DOORS[row['pathway']].lower()}"
    minutes = row["handoff_minutes"]
    hand_off = {
        "warm": f"Handed over in person{f' in {minutes} minutes' if minutes is not None else ''}.",
        "left_contact": "The officer left a way to reach them.",
        "none": "",
    }[row["handoff"]]
    complainant = {"agrees": " The complainant agreed.", "declines": " The complainant did not agree."}
    return Item(
        kind="referral",
        icon="send",
        at=row["occurred_at"],
        title=title,
        body=hand_off + complainant.get(row["complainant"], ""),
        tags=((words.DOORS[row["pathway"]], ""),),
        who=row["municipality"] or "",
    )


def _decisions(rows: Iterable[RowMapping]) -> Iterator[Item]:
    for row in rows:
        yield Item(
            kind="referral",
            icon="rule",
            at=row["decided_at"],
            title=f"Referral: {words.REFERRAL_STATES.get(row['decision'], words.plain(row['decision'])).lower()}",
        )


def _given_up(rows: Iterable[RowMapping]) -> Iterator[Item]:
    for row in rows:
        if row["state"] == "relinquished":
            yield Item(
                kind="status",
                icon="verified",
                at=row["decided_at"],
                title=f"{charge_name(row)} charge given up for good",
                body="This cannot be undone, whatever happens later.",
                tags=(("Charge given up", "good"),),
            )


def _intake(row: RowMapping, staff: Mapping[str, str]) -> Item:
    return Item(
        kind="status",
        icon="check_circle",
        at=row["completed_at"],
        title="Intake finished" if row["kind"] == "full" else "Short intake finished",
        body=f"{row['minutes']} minutes.",
        who=staff.get(row["worker"], "Intake"),
    )


def _statuses(rows: Iterable[RowMapping]) -> Iterator[Item]:
    for row in list(rows)[1:]:  # the first is the intake itself
        yield Item(
            kind="status",
            icon="autorenew" if row["status"] == "active" else "explore",
            at=row["since"],
            title="Back: active again" if row["status"] == "active" else words.STATUSES[row["status"]],
        )


def _assignment(row: RowMapping, staff: Mapping[str, str]) -> Item:
    who = staff.get(row["worker"], "A colleague")
    return Item(
        kind="status",
        icon="people",
        at=row["from_at"],
        title=f"{who} {'became their coordinator' if row['role'] == 'coordinator' else 'covers'}",
    )


def charge_name(row: RowMapping) -> str:
    """A diverted charge by the words of its referral, else by its statute."""
    referred = row["referred"] or []
    own = [c for c in referred if c.get("charge_id") == str(row["charge_id"])]
    named = own or (referred if len(referred) == 1 else [])
    return words.offense(named[0]) if named else f"Statute {row['statute']}"
