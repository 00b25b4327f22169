"""Search before create: whom the officer's own agency may know already. Nobody has to answer; then the rules decide.

What is shown is what that agency recorded itself. Nothing of it depends on other agencies, an intake or a consent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final
from uuid import UUID

from services.referral.domain.identity.possible import Word
from services.referral.domain.identity.traits import Identity
from services.referral.domain.minors import age_on
from services.referral.domain.policy import Policy
from services.referral.pages import refer_form
from services.referral.pages.known_words import why
from services.referral.store.known_here import Here, known_here
from shared.web import Desk

OTHER: Final = "other"
CHANGED: Final = "What you typed of them has changed since you chose. Choose again, or leave it on “Not sure”."
NOTE: Final = "From your own agency's records. You can leave it on “Not sure”."


@dataclass(frozen=True)
class Panel:
    """Who it may be, as the form shows it. `stale`: the answer given was to another question."""

    here: list[Here] = field(default_factory=list)
    options: list[tuple[str, str, str]] = field(default_factory=list)
    chosen: str = ""
    stale: bool = False

    @property
    def shown(self) -> str:
        """What is on the page, so that only those are ruled out."""
        return " ".join(one.record.ref for one in self.here)

    @property
    def note(self) -> str:
        return CHANGED if self.stale else NOTE


async def look(desk: Desk, rules: Policy, values: Mapping[str, str]) -> Panel:
    """Look for them among the agency's own, once there is a name with a birth date or a number."""
    identity, ori, chosen = _identity(values), desk.actor.agency_ori, values.get("known", "")
    if identity is None or ori is None or _minor(identity, desk, rules):
        return Panel(stale=bool(chosen))
    # Partners see no police record, not even their own agency's.
    police = desk.actor.role != "partner"
    found = await known_here(desk.tx, identity, ori, arrests=police, but=refer_form.draft_id(values))
    here = [one for one in found if not _minor(one.record.identity, desk, rules)]
    desk.saw(
        [one.possible.known.person_id for one in here], classes="ID REF", fields=["name", "birth_date", "recorded_on"]
    )
    if chosen == OTHER:
        meant = OTHER if here else ""
    else:
        # The record that was chosen may be told by another one of the same person now.
        meant = next((one.record.ref for one in here if chosen in one.refs), "")
    return Panel(here, _options(here, rules), meant, stale=bool(chosen) and not meant)


def _options(here: list[Here], rules: Policy) -> list[tuple[str, str, str]]:
    """The choices: value, title, line."""
    them = [(one.record.ref, f"This is them: {_name(one.record.identity)}", _line(one, rules)) for one in here]
    return [*them, (OTHER, "Somebody else", ""), ("", "Not sure", "")] if them else []


def asked_again(typed: refer_form.Typed) -> refer_form.Typed:
    """The form without the answer that no longer fits what is typed, saying so."""
    return replace(typed, values=typed.values | {"known": ""}, errors={**typed.errors, "known": CHANGED})


def word(desk: Desk, values: Mapping[str, str], panel: Panel) -> Word | None:
    """What the officer said of who it is; None where they said nothing."""
    if not panel.chosen:
        return None
    said = Word(desk.actor.id, desk.actor.agency_ori)
    if panel.chosen == OTHER:
        shown = set(values.get("known_shown", "").split())
        others = tuple(one.possible for one in panel.here if shown & one.refs)
        return replace(said, others=others) if others else None
    return replace(said, them=next(one.possible for one in panel.here if panel.chosen == one.record.ref))


def record_word(desk: Desk, said: Word, person_id: UUID) -> None:
    """Leave in the audit what was said of who it is."""
    same = said.them is not None
    meant = [said.them] if said.them else list(said.others)
    desk.changed(
        "say who it is",
        [person_id, *(one.known.person_id for one in meant)],
        classes="ID",
        after={"known": "same" if same else "different"},
    )


def _identity(values: Mapping[str, str]) -> Identity | None:
    typed = refer_form.person(dict(values))
    return Identity.of(typed) if typed else None


def _minor(identity: Identity, desk: Desk, rules: Policy) -> bool:
    """No identity of a minor is looked for, as none leaves."""
    born = identity.birth_date
    return born is not None and age_on(born, desk.today) < rules.on(desk.today).adult_age


def _name(one: Identity) -> str:
    full = " ".join(part for part in (one.first, one.middle, one.last, one.suffix) if part)
    return full or one.preferred_name or "No name given"


def _line(one: Here, rules: Policy) -> str:
    said, day = one.record.identity, rules.civil_day(one.last_at)
    born = f"Born {said.birth_date:%m/%d/%Y}" if said.birth_date else "Birth date not recorded"
    return f"{why(one.possible.comparison)}. {born}. Last recorded by your agency on {day:%b} {day.day}, {day.year}."
