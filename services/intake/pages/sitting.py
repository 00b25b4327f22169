"""An interview while it goes on: its case, its instrument, its two parts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping

from services.intake.domain.answers import Value
from services.intake.domain.instrument import REFUSED, Instrument, Section
from services.intake.pages.case import Case, open_case
from services.intake.store import instruments, interviews, parts
from services.intake.store.parts import SavedPart
from shared.web import Conflict, Desk, NotFound


@dataclass(frozen=True)
class Sitting:
    """What the interview pages work with."""

    case: Case
    interview: RowMapping
    instrument: Instrument
    parts: tuple[SavedPart, SavedPart]

    @property
    def language(self) -> str:
        return str(self.interview["language"])

    @property
    def both_done(self) -> bool:
        return all(part.done_at is not None for part in self.parts)

    def part(self, number: int) -> SavedPart:
        return self.parts[0] if number == 1 else self.parts[1]

    def answers(self) -> dict[str, Value]:
        """All answers of both parts."""
        return {**self.parts[0].sheet.values(), **self.parts[1].sheet.values()}

    def answered(self, section: Section) -> tuple[int, int, int]:
        """(answered, of them "rather not say", all questions) of a section."""
        answers = self.answers()
        given = [answers[question.id] for question in section.questions if question.id in answers]
        return len(given), sum(1 for value in given if value == REFUSED), len(section.questions)

    def said(self, section: Section) -> str:
        """How much of a section was answered, in words."""
        given, refused, total = self.answered(section)
        words = f"All {total}" if given == total else f"{given} of {total}"
        return f"{words}, {refused} rather not say" if refused else words

    def page(self, **more: Any) -> Mapping[str, Any]:
        """What every interview template needs."""
        return {
            "case": self.case,
            "sitting": self,
            "instrument": self.instrument,
            "language": self.language,
            "REFUSED": REFUSED,
            **more,
        }


async def open_sitting(desk: Desk, referral_id: UUID, *, for_change: bool = False) -> Sitting:
    """The running interview of a referral, for who looks after it: answers are theirs alone to open.

    Raises NotFound where there is none, Conflict where somebody else looks after it or it is finished.
    """
    one = await open_case(desk, referral_id, for_change=for_change)
    interview = await interviews.of_referral(desk.tx, referral_id, for_change=for_change)
    if interview is None:
        raise NotFound
    if not one.mine:
        raise Conflict(
            f"{one.claimed_by_other or 'Nobody'} looks after {one.person.short}. Take the interview over first."
        )
    if interview["state"] == "finished":
        raise Conflict("This intake is finished already. What was recorded stands.")
    return await sitting_of(desk, one, interview, for_change=for_change)


async def sitting_of(desk: Desk, one: Case, interview: RowMapping, *, for_change: bool = False) -> Sitting:
    """Open the answers of an interview; the audit learns it."""
    desk.saw([one.row["home_id"]], classes="CLI")
    return Sitting(
        one,
        interview,
        instruments.instrument(interview["instrument"], interview["instrument_version"]),
        await parts.parts(desk.tx, interview["intake_id"], for_change=for_change),
    )
